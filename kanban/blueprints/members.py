"""The members of a product, on a page of its settings: let in, invite, give another role, let go."""

import flask
from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kanban import access, identity, keys
from kanban.errors import Invalid, Missing, Refused
from kanban.extensions import db
from kanban.models import Delivery, LinkPurpose, Product, User
from kanban.policy import Action, Role
from kanban.reads import locked
from kanban.reads.settings import list_members

bp = Blueprint("members", __name__, url_prefix="/products/<key>/settings/members")

_ROLES = (Role.DELEGATE, Role.LEAD, Role.DEVELOPER, Role.VIEWER)


@bp.get("")
@access.needs(Action.SEE)
def index(key: str) -> Response:
    """Who sees the product, and what they may do in it."""
    return _page(key, 200)


@bp.post("")
@access.needs(Action.CONFIGURE)
def add(key: str) -> Response:
    """Let in somebody with an account; somebody without one is invited, which needs a name."""
    product = _change(key)
    session, form = db.session(), request.form
    try:
        role = _role(form.get("role"))
        user = locked.user_by_email(session, form.get("email", ""))
        link = None
        if user is None:
            user, link = _invite(product, form.get("email", ""), form.get("name", ""))
        elif product.member_for(user) is None:
            identity.end_printed_links(user)
        product.let_in(user, role, by=access.member())
    except Invalid as invalid:
        session.rollback()
        return _page(key, 422, errors=invalid.errors)
    access.commit(product)
    if link is not None:
        return _page(key, 201, shown_link=link, shown_for=f"{user.name} ({user.email})")
    flask.flash(_("%(name)s is a member now.", name=user.name), "good")
    return _back(key)


def _invite(product: Product, email: str, name: str) -> tuple[User, str | None]:
    """A new account, invited by mail; without a mail server its link is shown once, to be handed over."""
    session = db.session()
    if not name.strip():
        user = User(email=email, name="?")
        sentence = _("Nobody with this address has an account yet. Write the name as well to invite them.")
        raise Invalid({"name": sentence} if user.email else {})
    user = User(email=email, name=name, is_admin=False)
    session.add(user)
    session.flush()
    return user, _send_link(product, user)


def _send_link(product: Product, user: User) -> str | None:
    """Mail the invitation and answer None; without a mail server answer its link."""
    if not flask.current_app.config["KANBAN"].smtp_url:
        return keys.make_link(LinkPurpose.INVITATION, user)
    context = {"inviter": identity.current_user().name, "product": product.name}
    db.session.add(Delivery.to_user("invitation", user, context=context))
    return None


@bp.post("/<int:user_id>/link")
@access.needs(Action.CONFIGURE)
def invite_again(key: str, user_id: int) -> Response:
    """Invite somebody again who was invited to this product only and never came; the former link ends."""
    access.begin_change()
    product, session = access.see_product(key), db.session()
    product.refuse_archived()
    row = next((member for member in list_members(session, product) if member.id == user_id), None)
    user = session.get(User, user_id)
    if row is None or user is None:
        raise Missing
    if not row.is_awaited:
        raise Refused(_("%(name)s needs no invitation. An administrator can print a link to sign in.", name=user.name))
    identity.end_sign_ins(user)
    link = _send_link(product, user)
    session.commit()
    if link is not None:
        return _page(key, 201, shown_link=link, shown_for=f"{user.name} ({user.email})")
    flask.flash(_("%(name)s is invited by mail.", name=user.name), "good")
    return _back(key)


@bp.post("/<int:user_id>")
@access.needs(Action.CONFIGURE)
def change(key: str, user_id: int) -> Response:
    """Give a member another role."""
    product = _change(key)
    product.let_in(_member(product, user_id), _role(request.form.get("role")), by=access.member())
    access.commit(product)
    return _back(key)


@bp.post("/<int:user_id>/remove")
@access.needs(Action.CONFIGURE)
def remove(key: str, user_id: int) -> Response:
    """End a membership at once; what the person wrote stays."""
    product = _change(key)
    user = _member(product, user_id)
    product.let_go(user, by=access.member())
    access.commit(product)
    flask.flash(_("%(name)s is no longer a member.", name=user.name), "plain")
    return _back(key)


def _change(key: str) -> Product:
    return locked.with_members(db.session(), access.change_product(key))


def _member(product: Product, user_id: int) -> User:
    for member in product.members:
        if member.user_id == user_id:
            return member.user
    raise Missing


def _role(value: str | None) -> Role:
    if value not in _ROLES:
        raise Invalid({"role": _("Choose a role.")})
    return Role(value)


def _page(key: str, status: int, *, errors: dict[str, str] | None = None, **more: str) -> Response:
    product = access.see_product(key)
    html = render_template(
        "settings/members.html",
        product=product,
        members=list_members(db.session(), product),
        may_change=access.member().may(Action.CONFIGURE) and product.archived_at is None,
        errors=errors or {},
        typed=request.form if errors else {},
        **more,
    )
    return flask.make_response(html, status)


def _back(key: str) -> Response:
    return flask.redirect(url_for("members.index", key=key), 303)
