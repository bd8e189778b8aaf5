"""The answers that no view gives: a refusal in one sentence, the result of a command that was already carried out, and
the page after a bug, which is logged."""

import json
import logging
import math
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
from kanban.web.replies import own_path, wants_fragment

log = logging.getLogger("kanban")


def init_app(app: flask.Flask) -> None:
    """Register the handlers of refusals and bugs."""
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
    """Redirect to the sign-in page; if the person had written something, a page shows it first, so that it can be
    copied."""
    flask.g.person = None
    if flask.request.method != "GET" and typed.read_written():
        sentence = _("You have been signed out. Sign-in opens in another tab, so that what you wrote stays here.")
        return answer(401, sentence, NotSignedIn.code)
    here = flask.request.full_path.rstrip("?") if flask.request.method == "GET" else None
    return flask.redirect(flask.url_for("auth.sign_in", next=here), 303)


def _ask_why(sentence: str) -> Response:
    """A page that asks for the reason to exceed a column's limit, and sends the same form again with it."""
    request = flask.request
    fields = [pair for pair in request.form.items(multi=True) if pair[0] not in ("csrf_token", "limit_reason")]
    back = _page_before() or "/"
    html = flask.render_template("errors/why.html", sentence=sentence, url=request.path, fields=fields, back=back)
    return flask.make_response(html, 409)


def _collided(error: Exception) -> Response:
    """Answer when two people did the same thing at once, and a database constraint stopped one of them."""
    db.session.rollback()
    log.warning("collision at %s %s: %s", flask.request.method, flask.request.endpoint, error.__class__.__name__)
    return answer(409, "Somebody else did the same thing at the same moment. Look again, then repeat it.", "collision")


def _unfit(error: Exception) -> Response:
    """Answer when a value does not fit into the database."""
    db.session.rollback()
    log.warning("unfit value at %s %s", flask.request.method, flask.request.endpoint)
    return answer(422, "Something in it is too large to be stored. Nothing was changed.", "invalid")


def _database_away(error: Exception) -> Response:
    """Answer when the database is locked, full, restarting or unreachable: nothing was changed, so retrying is safe."""
    db.session.rollback()
    flask.g.person = None
    log.error("database at %s %s", flask.request.method, flask.request.endpoint, exc_info=error)
    response = answer(503, "The database can’t be reached just now. Nothing was changed; try again.", "database")
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
    400: "The request can’t be understood.",
    404: "There is nothing here, or you may not see it.",
    405: "That can’t be done here.",
    413: "That is too large.",
    415: "This needs to be sent in another format.",
    429: "Too many attempts. Wait a little and try again.",
}


def _http(error: HTTPException) -> Response:
    db.session.rollback()
    if error.code is None or error.code < 400:
        return error.get_response()
    sentence = _SENTENCES.get(error.code, error.description or error.name)
    if error.code == 413 and most_bytes_of(flask.request.endpoint) is not None:
        sentence = f"At most {MOST_FILES_AT_ONCE} files of {MOST_FILE_BYTES // 1_000_000} MB each can be sent at once."
    if isinstance(error, CSRFError):
        if identity.maybe_user() is None and flask.g.need.kind != "public" and not wants_fragment():
            return _signed_out()
        return answer(403, "This form belongs to another sign-in. Reload the page and try again.", "csrf")
    response = answer(error.code, sentence, error.name.lower().replace(" ", "_"))
    for name, value in error.get_response().headers.items():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    if error.code == 429:
        response.headers.setdefault("Retry-After", str(_wait_s()))
    return response


def _wait_s() -> int:
    """The seconds until the rate limit that was hit lets this client through again; at most a day."""
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
    """Whether somebody is signed in, and the address is one for signed-in people or unknown."""
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
    flask.g.pop("member", None)  # its session was rolled back; without it, the rail finds the product by its key
    html = flask.render_template(
        "errors/in_app.html" if status < 500 and status != 401 and _is_in_app() else "errors/error.html",
        status=status,
        sentence=sentence,
        back=_way_back(status, code),
    )
    return flask.make_response(html, status)


def _way_back(status: int, code: str) -> str:
    """Where the page of a refusal leads: to sign-in, back to the page of the form, or nowhere ("")."""
    if status == 401:
        return flask.url_for("auth.sign_in", next=_page_before())
    if status == 409 or code == "csrf":
        return own_path(flask.request.form.get("next"), _page_before())
    return ""


def _page_before() -> str:
    """The path of the page of this installation that the browser came from, or ""."""
    before = urlsplit(flask.request.referrer or "")
    return own_path(before._replace(scheme="", netloc="", fragment="").geturl(), "")
