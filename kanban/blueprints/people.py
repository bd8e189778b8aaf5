"""The accounts of the installation, for administrators: inviting, deactivating, promoting, showing sign-in links."""

import flask
from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kanban import access, identity, keys
from kanban.errors import Invalid, Missing, Refused
from kanban.extensions import db, settings
from kanban.models import Delivery, LinkPurpose, User
from kanban.reads import locked
from kanban.reads.people.accounts import everybody, ownerships, products_owned
from kanban.web.forms import Draft

bp = Blueprint("people", __name__, url_prefix="/people")


@bp.get("")
@access.admin
def show() -> str:
    """Everybody with an account."""
    return _page({})


def _page(errors: dict[str, str], **more: object) -> str:
    draft = Draft.typed("invite", errors) if errors else Draft("invite")
    session = db.session()
    people, products = everybody(session), ownerships(session)
    return render_template("people/page.html", people=people, ownerships=products, draft=draft, **more)


@bp.post("")
@access.admin
def invite() -> Response | tuple[str, int]:
    """Invite somebody by mail; without a mail server, their link is shown once, to be handed over."""
    by = access.begin_change()
    session = db.session()
    try:
        user = User(email=request.form.get("email", ""), name=request.form.get("name", ""), is_admin=False)
    except Invalid as invalid:
        session.rollback()
        return _page(invalid.errors), 422
    if locked.user_by_email(session, user.email) is not None:
        session.rollback()
        return _page({"email": _("Somebody with this address already has an account.")}), 422
    session.add(user)
    session.flush()
    if settings().sends_mail:
        session.add(Delivery.to_user("invitation", user, context={"inviter": by.name, "product": None}))
        session.commit()
        flask.flash(_("%(name)s has been invited by mail.", name=user.name), "good")
        return flask.redirect(url_for("people.show"), 303)
    link = keys.make_link(LinkPurpose.INVITATION, user)
    session.commit()
    return _page({}, shown_link=link, shown_for=f"{user.name} ({user.email})"), 201


@bp.post("/<int:user_id>/link")
@access.admin
def print_link(user_id: int) -> tuple[str, int]:
    """Show a sign-in link once, to be handed to the person."""
    access.begin_change()
    user = _person(user_id)
    if not user.is_active:
        raise Refused(_("Give the person access back first."))
    purpose = LinkPurpose.SIGN_IN if user.password_hash else LinkPurpose.INVITATION
    link = keys.make_link(purpose, user)
    db.session.commit()
    return _page({}, shown_link=link, shown_for=f"{user.name} ({user.email})"), 201


@bp.post("/<int:user_id>/deactivate")
@access.admin
def deactivate(user_id: int) -> Response:
    """End a person's access at once, everywhere."""
    by = access.begin_change()
    user = _person(user_id)
    user.deactivate(by=by)
    identity.end_sign_ins(user)
    owned = products_owned(db.session(), user)
    db.session.commit()
    if owned:
        flask.flash(
            _("%(name)s owns %(products)s. Appoint a new owner.", name=user.name, products=", ".join(owned)), "warn"
        )
        return flask.redirect(url_for("people.show", _anchor="products"), 303)
    return flask.redirect(url_for("people.show"), 303)


@bp.post("/<int:user_id>/activate")
@access.admin
def activate(user_id: int) -> Response:
    """Give a person access back."""
    access.begin_change()
    _person(user_id).activate()
    db.session.commit()
    return flask.redirect(url_for("people.show"), 303)


@bp.post("/<int:user_id>/admin")
@access.admin
def make_admin(user_id: int) -> Response:
    """Make a person an administrator, or no longer one; refused for one's own account."""
    by = access.begin_change()
    user = _person(user_id)
    if user.id == by.id:
        raise Refused(_("Somebody else has to change that for you."))
    user.is_admin = request.form.get("admin") == "1"
    db.session.commit()
    return flask.redirect(url_for("people.show"), 303)


def _person(user_id: int) -> User:
    user = db.session.get(User, user_id)
    if user is None:
        raise Missing
    return user
