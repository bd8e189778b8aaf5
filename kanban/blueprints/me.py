"""A person's own settings: name, language, time zone, theme, password, open sign-ins and tokens for programs."""

import datetime as dt
from zoneinfo import available_timezones

import flask
import sqlalchemy as sa
from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kanban import access, clock, identity, keys
from kanban.errors import Invalid, Missing
from kanban.extensions import db, limiter
from kanban.models import ApiToken, NotificationKind, SignIn, Way
from kanban.reads.inbox import inbox
from kanban.reads.people.accounts import open_sign_ins, open_tokens
from kanban.web.forms import Draft

bp = Blueprint("me", __name__, url_prefix="/me")

LANGUAGES = (("en", "English"),)
THEMES = ("system", "light", "dark")
#: Cookie that switches off single-character keyboard shortcuts, for one browser only: people's devices differ.
LETTERLESS = "letterless"


@bp.get("")
@access.signed_in
def show() -> str:
    """The page of the person's own settings."""
    return _page({})


def _page(errors: dict[str, str], **more: object) -> str:
    user = identity.current_user()
    current = identity.current_sign_in()
    return render_template(
        "me/page.html",
        person=user,
        draft=Draft.typed("me", errors) if errors else Draft("me"),
        zones=sorted(available_timezones()),
        languages=LANGUAGES,
        sign_ins=open_sign_ins(db.session(), user),
        current_id=current.id if current else None,
        tokens=open_tokens(db.session(), user),
        ways=inbox.read_ways(db.session(), user.id),
        **more,
    )


@bp.post("")
@access.signed_in
def change() -> Response | tuple[str, int]:
    """Change name, language, time zone and theme, and whether single-character shortcuts work in this browser."""
    user = access.begin_change()
    form = request.form
    try:
        user.name = form.get("name", "")
        _choose(form.get("time_zone", ""), available_timezones(), "time_zone", _("That time zone is not known."))
        _choose(form.get("language", "en"), [code for code, _name in LANGUAGES], "language", _("Choose a language."))
        _choose(form.get("theme", "system"), THEMES, "theme", _("Choose a theme."))
    except Invalid as invalid:
        db.session.rollback()
        return _page(invalid.errors), 422
    user.time_zone, user.language = form["time_zone"], form.get("language", "en")
    user.theme = form.get("theme", "system")
    db.session.commit()
    flask.flash(_("Saved."), "good")
    answer = flask.redirect(url_for("me.show"), 303)
    if form.get("letters") == "off":
        answer.set_cookie(LETTERLESS, "1", max_age=dt.timedelta(days=365), samesite="Lax")
    else:
        answer.delete_cookie(LETTERLESS)
    return answer


def _choose(value: str, known: object, field: str, sentence: str) -> None:
    if value not in known:  # type: ignore[operator]
        raise Invalid({field: sentence})


@bp.post("/notifications")
@access.signed_in
def choose_notifications() -> Response:
    """Choose how each kind of notification reaches the person."""
    user = access.begin_change()
    for kind in NotificationKind:
        way = request.form.get(kind.value, "")
        if way in list(Way):
            inbox.choose_way(db.session(), user.id, kind, Way(way))
    db.session.commit()
    flask.flash(_("Saved."), "good")
    return flask.redirect(url_for("me.show", _anchor="notifications"), 303)


@bp.post("/password")
@access.signed_in
@limiter.limit("10 per minute")
def change_password() -> Response | tuple[str, int]:
    """Set a new password and end every other sign-in of this person."""
    user = identity.current_user()
    wrong = {"old": _("That is not your current password.")}
    old, new = request.form.get("old", ""), request.form.get("password", "")
    if user.password_hash and not keys.check_password(user, old):
        return _page(wrong), 422
    try:
        hashed = keys.hash_password(new)
    except Invalid as invalid:
        return _page(invalid.errors), 422
    current, checked = identity.current_sign_in(), user.password_hash
    user = access.begin_change()
    if user.password_hash != checked:
        db.session.rollback()
        return _page(wrong), 422
    user.password_hash = hashed
    identity.end_sign_ins(user, but=current)
    db.session.commit()
    flask.flash(_("Your password is changed. You are signed out everywhere else."), "good")
    return flask.redirect(url_for("me.show"), 303)


@bp.post("/sign-ins/end")
@access.signed_in
def end_others() -> Response:
    """Sign out everywhere else."""
    current = identity.current_sign_in()
    user = access.begin_change()
    identity.end_sign_ins(user, but=current)
    db.session.commit()
    flask.flash(_("You are signed out everywhere else."), "good")
    return flask.redirect(url_for("me.show"), 303)


@bp.post("/sign-ins/<int:sign_in_id>/end")
@access.signed_in
def end_one(sign_in_id: int) -> Response:
    """End one of the person's own sign-ins."""
    return _end(SignIn, sign_in_id)


@bp.post("/tokens")
@access.signed_in
def make_token() -> Response | tuple[str, int]:
    """Make a token for programs; its secret is shown once."""
    name, scope = request.form.get("name", "").strip(), request.form.get("scope", "read")
    if not 1 <= len(name) <= 100 or scope not in ("read", "write"):
        return _page({"token_name": _("Give the token a name of 1 to 100 characters.")}), 422
    user = access.begin_change()
    secret = keys.make_api_token(user, name, scope)
    db.session.commit()
    return _page({}, shown_token=secret), 201


@bp.post("/tokens/<int:token_id>/end")
@access.signed_in
def end_token(token_id: int) -> Response:
    """End one of the person's own tokens."""
    return _end(ApiToken, token_id)


def _end(kind: type[SignIn | ApiToken], row_id: int) -> Response:
    user = access.begin_change()
    ended = db.session.execute(
        sa.update(kind).where(kind.id == row_id, kind.user_id == user.id).values(ended_at=clock.now())
    )
    if not ended.rowcount:  # type: ignore[attr-defined]
        raise Missing
    db.session.commit()
    return flask.redirect(url_for("me.show"), 303)
