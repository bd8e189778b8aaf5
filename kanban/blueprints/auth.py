"""Signing in and out, single-use links, the forgotten password, and the first start."""

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import available_timezones

import flask
from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kanban import access, identity, keys
from kanban.errors import Invalid, Refused
from kanban.evenly import evenly
from kanban.extensions import db, limiter, settings
from kanban.models import Delivery, LinkPurpose, SignInLink, User
from kanban.models.user import read_email, read_name
from kanban.reads import locked
from kanban.reads.people.accounts import has_mail_enough, hold_first_account, is_any_product, is_anybody_here
from kanban.transactions import begin_write
from kanban.web.forms import Draft
from kanban.web.replies import own_path

bp = Blueprint("auth", __name__)


#: How many mailed links one IP address may ask for, for any accounts: enough for a whole office in the morning.
_per_address = limiter.shared_limit("20 per minute; 240 per hour", scope="mailed links")


def _account_and_address() -> str:
    """The key for rate limits: the account together with the IP address, so that attempts made elsewhere lock nobody
    out."""
    email = request.form.get("email", "").strip().lower()[:254]
    return f"{request.remote_addr} {email}"


@bp.get("/sign-in")
@access.public
def sign_in() -> str | Response:
    """The sign-in page."""
    if identity.maybe_user() is not None:
        return flask.redirect(own_path(request.args.get("next"), "/"))
    return render_template("auth/sign_in.html", email="", next=own_path(request.args.get("next"), "/"), errors={})


@bp.post("/sign-in")
@access.public
@limiter.limit("10 per minute; 60 per hour", key_func=_account_and_address)
@limiter.limit("120 per minute")
def sign_in_with_password() -> tuple[str, int] | Response:
    """Sign in with address and password; the answer is the same whichever of them was wrong."""
    email, password = request.form.get("email", ""), request.form.get("password", "")
    goal = own_path(request.form.get("next"), "/")
    user = locked.user_by_email(db.session(), email)
    is_right = keys.check_password(user, password)
    if user is None or not is_right or not _enter(user, keys.rehash(user, password)):
        errors = {"password": _("That address and password don’t match.")}
        return render_template("auth/sign_in.html", email=email, next=goal, errors=errors), 422
    return flask.redirect(goal, 303)


@bp.post("/sign-in/mail")
@access.public
@limiter.limit("5 per minute; 20 per hour", key_func=_account_and_address)
@_per_address
@evenly
def mail_link() -> str:
    """Mail a sign-in link; the answer is the same whether or not the address is known."""
    return _mail("sign_in")


@bp.get("/forgotten-password")
@access.public
def forgotten() -> str:
    """The form that asks for a link to set a new password."""
    return render_template("auth/forgotten.html")


@bp.post("/forgotten-password")
@access.public
@limiter.limit("5 per minute; 20 per hour", key_func=_account_and_address)
@_per_address
@evenly
def mail_new_password() -> str:
    """Mail a link to set a new password; the answer is the same whether or not the address is known."""
    return _mail("password")


def _mail(kind: str) -> str:
    email = request.form.get("email", "")
    session = begin_write()
    user = locked.user_by_email(session, email)
    if user is not None and user.is_active and not has_mail_enough(session, kind, user):
        session.add(Delivery.to_user(kind, user))
    session.commit()
    has_mail = settings().sends_mail
    return render_template("auth/mailed.html", email=email, kind=kind, has_mail=has_mail)


@bp.get("/sign-in/link/<secret>")
@access.public
@limiter.limit("60 per minute")
def link(secret: str) -> tuple[str, int] | str:
    """Show what a single-use link is for; scanners that follow links do not use it up."""
    found = keys.read_link(secret)
    if found is None:
        return render_template("auth/link_spent.html"), 404
    return render_template("auth/link.html", link=found, secret=secret, draft=Draft("link"))


@bp.post("/sign-in/link/<secret>")
@access.public
@limiter.limit("30 per minute")
def use_link(secret: str) -> tuple[str, int] | Response:
    """Use the link up and sign in, after setting name and password if that is its purpose."""
    found = keys.read_link(secret)
    if found is None:
        return render_template("auth/link_spent.html"), 404
    try:
        wish = _read_wish(found)
    except Invalid as invalid:
        draft = Draft.typed("link", invalid.errors)
        return render_template("auth/link.html", link=found, secret=secret, draft=draft), 422
    begin_write()
    found = keys.read_link(secret, to_use=True)
    if found is None:
        db.session.rollback()
        return render_template("auth/link_spent.html"), 404
    user = _person_behind(found, wish)
    found.use()
    if wish.password_hash is not None:
        identity.end_sign_ins(user)
    identity.sign_in(user)
    db.session.commit()
    return flask.redirect("/", 303)


@dataclass(frozen=True)
class LinkForm:
    """What was entered in the form of a link; the password is already hashed, since that is too slow to do under a
    lock."""

    name: str
    email: str
    time_zone: str
    password_hash: str | None


def _read_wish(link: SignInLink) -> LinkForm:
    form = request.form
    name, email, hashed = form.get("name", ""), form.get("email", ""), None
    errors: dict[str, str] = {}
    if link.purpose is LinkPurpose.SETUP:
        errors |= _errors_of(read_email, email)
    if link.purpose in (LinkPurpose.SETUP, LinkPurpose.INVITATION):
        errors |= _errors_of(read_name, name)
    if link.purpose is not LinkPurpose.SIGN_IN:
        try:
            hashed = keys.hash_password(form.get("password", ""))
        except Invalid as invalid:
            errors |= invalid.errors
    if errors:
        raise Invalid(errors)
    zone = form.get("time_zone", "")
    return LinkForm(name, email, zone if zone in available_timezones() else "UTC", hashed)


def _errors_of(check: Callable[[str], str], value: str) -> dict[str, str]:
    try:
        check(value)
    except Invalid as invalid:
        return invalid.errors
    return {}


def _person_behind(link: SignInLink, wish: LinkForm) -> User:
    """The person whose link it is, updated with what the form said; a set-up link creates the first administrator."""
    if link.purpose is LinkPurpose.SETUP:
        hold_first_account(db.session())
        if is_anybody_here(db.session()):
            raise Refused(_("There is already an administrator."))
        user = User(email=wish.email, name=wish.name, time_zone=wish.time_zone, is_admin=True)
        user.password_hash = wish.password_hash
        db.session.add(user)
        db.session.flush()
        return user
    person = link.user
    assert person is not None, "every link but the set-up one belongs to somebody"
    if link.purpose is LinkPurpose.INVITATION:
        person.name, person.time_zone = wish.name, wish.time_zone
    if wish.password_hash is not None:
        person.password_hash = wish.password_hash
    return person


def _enter(checked: User, new_hash: str | None) -> bool:
    """Sign in the user whose password was just checked; False if it has changed, or their access has ended, since."""
    session = begin_write()
    user = session.get(User, checked.id, with_for_update={"key_share": True})
    if user is None or not user.is_active or user.password_hash != checked.password_hash:
        session.rollback()
        return False
    if new_hash is not None:
        user.password_hash = new_hash
    identity.sign_in(user)
    session.commit()
    return True


@bp.post("/sign-out")
@access.signed_in
def sign_out() -> Response:
    """Sign out in this browser."""
    access.begin_change()
    identity.sign_out()
    db.session.commit()
    return flask.redirect(url_for("auth.sign_in"), 303)


@bp.get("/welcome")
@access.public
def welcome() -> str | Response:
    """The page of an installation without accounts, which says where to find the one-time set-up link."""
    if is_anybody_here(db.session()):
        return flask.redirect(url_for("auth.sign_in"))
    return render_template("auth/welcome.html")


@bp.get("/start")
@access.signed_in
def start() -> str:
    """The page for people without a product; in an empty installation, administrators can choose the demo workspace."""
    user = identity.current_user()
    empty = not is_any_product(db.session())
    return render_template("auth/start.html", may_fill=user.is_admin and empty)


@bp.post("/start/demo")
@access.admin
def fill_demo() -> Response:
    """Fill an empty installation with the demo workspace and become its product owner."""
    from kanban import demo  # only here, so that its long story takes no memory unless somebody asks for it

    user = access.begin_change()
    demo.fill(db.session(), guest=user)
    db.session.commit()
    flask.flash(_("This is the demo workspace. Look around and break things; nobody gets mail."), "good")
    return flask.redirect("/", 303)
