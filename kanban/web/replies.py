"""Responses: a fragment for a page that asked for one, a redirect for a form without script, a sentence for a refusal;
and how the plain values of a form are read."""

import datetime as dt
import json
import logging
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import flask
import sqlalchemy as sa
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from kanban import clock, identity
from kanban.access import most_bytes_of
from kanban.commands import Replayed
from kanban.config import MOST_FILE_BYTES, MOST_FILES_AT_ONCE
from kanban.errors import Busy, Invalid, KanbanError, Stale
from kanban.extensions import db, limiter
from kanban.identity import NotSignedIn, is_program
from kanban.web import typed

log = logging.getLogger("kanban")


def wants_fragment() -> bool:
    """Tell whether the page's script asked, and so wants a fragment rather than a page."""
    return flask.request.headers.get("HX-Request") == "true"


def fragment(template: str, *, otherwise: str, status: int = 200, **context: Any) -> Response:
    """The fragment for a page's script; without script a redirect to the page that shows the same."""
    if not wants_fragment():
        return flask.redirect(otherwise, 303)
    return flask.make_response(flask.render_template(template, **context), status)


def toast(sentence: str, *, otherwise: str, notice: str | None = None, **context: Any) -> Response:
    """A sentence about what happened, as a toast for a page's script; without script as a `notice` (the same sentence,
    unless given) on the page to go to. `context`: the way back and what else components/_toast.html shows."""
    if not wants_fragment() and (told := sentence if notice is None else notice):
        flask.flash(told, "good")
    return fragment("components/_toast.html", otherwise=otherwise, sentence=sentence, **context)


def _no_errors() -> Mapping[str, str | None]:
    return defaultdict(lambda: None)


@dataclass(frozen=True)
class Draft:
    """A form that was rejected: what was typed stays in its fields, with a sentence beside them.

    A field that was not sent reads as empty; one without a problem has None as its error.
    """

    form: str
    values: Mapping[str, str] = field(default_factory=lambda: defaultdict(str))
    errors: Mapping[str, str | None] = field(default_factory=_no_errors)
    is_stale: bool = False

    @classmethod
    def typed(
        cls, form: str, errors: Mapping[str, str], *, is_stale: bool = False, more: Mapping[str, str] | None = None
    ) -> "Draft":
        """What this request sent, plus what its address said (`more`)."""
        values = defaultdict(str, flask.request.form.to_dict() | dict(more or {}))
        return cls(form, values, defaultdict(lambda: None, errors), is_stale)


class Edit:
    """A form beside what it edits as that stands now: `changed` are the fields that say something else than when the
    form was drawn (`was_…`; one without it counts as changed), `clashes` those of them that somebody else changed too,
    each with a sentence. `values` fill the form when it is drawn again."""

    def __init__(self, thing: object, names: Iterable[str]) -> None:
        form = flask.request.form
        standing = {name: getattr(thing, name) for name in names}
        self.changed: dict[str, str] = {}
        self.clashes: dict[str, str] = {}
        for name, value in standing.items():
            said = as_typed(form.getlist(name)) if isinstance(value, list) else form.get(name, "")
            was, now = form.get(f"was_{name}"), as_typed(value)
            if was is not None and _lines(said) in (_lines(was), [_one_line(was)]):
                continue
            self.changed[name] = said
            if was is not None and _one_line(now) not in (_one_line(was), _one_line(said)):
                self.clashes[name] = _overtaken(value)
        self.values = {name: as_typed(value) for name, value in standing.items()} | self.changed

    def changes(self) -> dict[str, str]:
        """What to change; Invalid if that would overwrite what somebody else changed in the meantime."""
        if self.clashes:
            raise Invalid(self.clashes, Stale.code)
        return self.changed


def as_typed(value: Any) -> str:
    """A value as its field sends it: nothing and "no" as an empty text, "yes" as 1, several ticks as their words."""
    if value is True:
        return "1"
    if isinstance(value, list):
        return " ".join(value)
    return "" if value is None or value is False else str(value)


def _lines(text: str) -> list[str]:
    return text.splitlines() or [""]


def _one_line(text: str) -> str:
    """The text as a field of one line holds it."""
    return "".join(text.splitlines())


def _overtaken(theirs: Any) -> str:
    if not theirs or theirs is True or isinstance(theirs, Enum | list | dt.date):
        return _("Somebody changed this meanwhile. What you chose is kept here; saving replaces theirs.")
    return _(
        "Somebody changed it meanwhile: “%(title)s”. What you wrote is kept here; saving replaces theirs.", title=theirs
    )


def focusing(attrs: Mapping[str, Any], error: str | None) -> dict[str, Any]:
    """The attributes of a field: a page that answers a sent form puts the focus only on the first field with an error.

    An empty `autofocus` means on, False means off.
    """
    wanted = attrs.get("autofocus", False) not in (False, None)
    if flask.request.method == "POST":
        wanted = bool(error) and not flask.g.get("has_focus")
        flask.g.has_focus = flask.g.get("has_focus") or wanted
    rest = {name: value for name, value in attrs.items() if name != "autofocus"}
    return rest | ({"autofocus": ""} if wanted else {})


def own_path(target: str | None, default: str) -> str:
    """The path to continue with, if it is one of this installation; anything else becomes the default.

    Browsers drop tabs and line breaks from an address, so `/<tab>/example.org` would lead elsewhere.
    """
    safe = target and target.isprintable() and target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if safe and target else default


def small_number(text: str) -> int:
    """For `type=` of a query or form: a whole number that every database can hold, else ValueError."""
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise ValueError("no number, or too long")
    return int(text)


def number_or_none(text: str) -> int | None:
    """The same number, or None for anything else."""
    try:
        return small_number(text)
    except ValueError:
        return None


def references(most: int) -> list[str]:
    """The references in `items`, one field or several, in capitals as they are written; no more than `most`."""
    return " ".join(flask.request.values.getlist("items")).replace(",", " ").upper().split()[:most]


def file_sent(most: int) -> bytes | None:
    """The field `file` of a form, None without one; of a file of more than so many bytes one byte more than that."""
    file = flask.request.files.get("file")
    if file is None:
        return None
    with file.stream:
        content: bytes = file.read(most + 1)
        return content


def download(text: str, mimetype: str, name: str) -> flask.Response:
    """A text as a file that the browser keeps under this name (ASCII)."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-cache"}
    return flask.Response(text, mimetype=mimetype, headers=headers)


def init_app(app: flask.Flask) -> None:
    """Attach the answers to refusals and bugs."""
    app.register_error_handler(KanbanError, _refused)
    app.register_error_handler(Replayed, _replayed)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(sa.exc.IntegrityError, _collided)
    app.register_error_handler(sa.exc.DataError, _unfit)
    for lost in (sa.exc.OperationalError, sa.exc.TimeoutError):
        app.register_error_handler(lost, _database_away)
    app.register_error_handler(Exception, _bug)


def _refused(error: KanbanError) -> Response:
    db.session.rollback()
    if isinstance(error, NotSignedIn) and not is_program() and not wants_fragment():
        return _signed_out()
    if error.code == "reason_required" and not is_program() and not wants_fragment():
        return _ask_why(error.sentence)
    extra: dict[str, Any] = {}
    if isinstance(error, Invalid):
        extra["errors"] = [{"field": field, "message": text} for field, text in error.errors.items()]
    if isinstance(error, Stale):
        extra["current"] = error.current
    response = answer(error.status, error.sentence, error.code, **extra)
    if isinstance(error, Busy):
        response.headers["Retry-After"] = "2"
    return response


def _signed_out() -> Response:
    """To the sign-in page; whoever wrote something while their sign-in ended has it shown first, to be copied."""
    flask.g.person = None
    if flask.request.method != "GET" and typed.read_written():
        sentence = _(
            "You were signed out meanwhile. The sign-in opens in another tab, so that what you wrote stays here."
        )
        return answer(401, sentence, NotSignedIn.code)
    here = flask.request.full_path.rstrip("?") if flask.request.method == "GET" else None
    return flask.redirect(flask.url_for("auth.sign_in", next=here), 303)


def _ask_why(sentence: str) -> Response:
    """A page that sends the same form once more, with the reason that a full column asks for."""
    request = flask.request
    fields = [pair for pair in request.form.items(multi=True) if pair[0] not in ("csrf_token", "limit_reason")]
    back = _page_before() or "/"
    html = flask.render_template("errors/why.html", sentence=sentence, url=request.path, fields=fields, back=back)
    return flask.make_response(html, 409)


def _collided(error: Exception) -> Response:
    """Two people did the same thing at once, and a database constraint stopped one of them."""
    db.session.rollback()
    log.warning("collision at %s %s: %s", flask.request.method, flask.request.endpoint, error.__class__.__name__)
    return answer(409, "Somebody did the same at the same moment. Look again, then repeat it.", "collision")


def _unfit(error: Exception) -> Response:
    """A value that the database can't hold."""
    db.session.rollback()
    log.warning("unfit value at %s %s", flask.request.method, flask.request.endpoint)
    return answer(422, "Something in it is too large to be stored. Nothing was changed.", "invalid")


def _database_away(error: Exception) -> Response:
    """The database is locked, full, restarting or unreachable: nothing was changed, and the client may try again."""
    db.session.rollback()
    flask.g.person = None
    log.error("database at %s %s", flask.request.method, flask.request.endpoint, exc_info=error)
    response = answer(503, "The database can't be reached just now. Nothing was changed; try again.", "database")
    response.headers["Retry-After"] = "5"
    return response


def _replayed(done: Replayed) -> Response:
    db.session.rollback()
    result = done.result or {}
    if is_program():
        response = flask.jsonify(result)
        response.status_code = done.status
        response.headers["Idempotent-Replay"] = "true"
        return response
    if wants_fragment():
        response = flask.Response("", 200, {"X-Kanban-Replay": str(done.version or 0), "HX-Reswap": "none"})
        if "revision" in result:
            response.headers["X-Kanban-Revision"] = str(result["revision"])
        return response
    return flask.redirect(own_path(flask.request.form.get("next"), result.get("next", "/")), 303)


_SENTENCES = {
    400: "The request can't be understood.",
    404: "There is nothing here, or you may not see it.",
    405: "That can't be done here.",
    413: "That is too large.",
    415: "This needs to be sent in another form.",
    429: "Too many tries. Wait a little and try again.",
}


def _http(error: HTTPException) -> Response:
    db.session.rollback()
    if error.code is None or error.code < 400:
        return error.get_response()
    sentence = _SENTENCES.get(error.code, error.description or error.name)
    if error.code == 413 and most_bytes_of(flask.request.endpoint) is not None:
        sentence = f"At most {MOST_FILES_AT_ONCE} files of {MOST_FILE_BYTES // 1_000_000} MB each fit into one go."
    if isinstance(error, CSRFError):
        if identity.maybe_user() is None and flask.g.need.kind != "public" and not wants_fragment():
            return _signed_out()
        return answer(403, "This form belongs to another sign-in. Load the page again and repeat it.", "csrf")
    response = answer(error.code, sentence, error.name.lower().replace(" ", "_"))
    for name, value in error.get_response().headers.items():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    if error.code == 429:
        response.headers.setdefault("Retry-After", str(_wait_s()))
    return response


def _wait_s() -> int:
    """How many seconds somebody who hit a rate limit has to wait until it lets them through again."""
    met = limiter.current_limit
    if met is None:
        return 60
    return min(max(math.ceil(met.reset_at - clock.now().timestamp()), 1), 24 * 3600)


def _bug(error: Exception) -> Response:
    db.session.rollback()
    if flask.current_app.config.get("PROPAGATE_EXCEPTIONS"):
        raise error
    request_id = flask.g.get("request_id", "")
    flask.g.person = None
    log.error("bug at %s %s", flask.request.method, flask.request.endpoint, exc_info=error)
    return answer(500, f"Something broke on our side. Nothing was changed. (Reference {request_id})", "bug")


def _is_in_app() -> bool:
    """Tell whether this is somebody who is signed in, on a page that only such people see."""
    need = flask.g.get("need")
    return (need is None or need.kind not in ("public", "personal_link")) and identity.maybe_user() is not None


def answer(status: int, sentence: str, code: str, **extra: Any) -> Response:
    """The same refusal for a program (problem document), a page's script (notice) or a person (page)."""
    if is_program():
        words = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": sentence}
        headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
        text = json.dumps({**words, "code": code, **extra})
        return flask.Response(text, status, headers, mimetype="application/problem+json")
    if wants_fragment():
        html = flask.render_template("components/_notice.html", kind="bad", sentence=sentence)
        return flask.Response(html, status, {"X-Kanban-Code": code})
    flask.g.pop("member", None)  # what a change had loaded is gone with it; the rail finds the product by its key
    html = flask.render_template(
        "errors/in_app.html" if status < 500 and status != 401 and _is_in_app() else "errors/error.html",
        status=status,
        sentence=sentence,
        back=_way_back(status, code),
    )
    return flask.make_response(html, status)


def _way_back(status: int, code: str) -> str:
    """Where to go on from a refusal: to the page that the form stood on, if it is still there for whoever sent it."""
    if status == 401:
        return flask.url_for("auth.sign_in", next=_page_before())
    if status == 409 or code == "csrf":
        return own_path(flask.request.form.get("next"), _page_before())
    return ""


def _page_before() -> str:
    """The page of this installation that the browser came from, or an empty text."""
    before = urlsplit(flask.request.referrer or "")
    return own_path(before._replace(scheme="", netloc="", fragment="").geturl(), "")
