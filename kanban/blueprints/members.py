"""The members of a product, on a page of its settings: adding or inviting one or a whole team, changing roles, removing
members."""

from collections.abc import Sequence

import flask
from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kanban import access, identity, keys
from kanban.errors import Invalid, Missing, Refused
from kanban.extensions import db, settings
from kanban.models import Delivery, LinkPurpose, Product, User
from kanban.policy import Action, Role
from kanban.reads import locked
from kanban.reads.people.team import InviteOutcome, Team, read_team, summarise
from kanban.reads.settings import list_members

bp = Blueprint("members", __name__, url_prefix="/products/<key>/settings/members")

_ROLES = (Role.DELEGATE, Role.LEAD, Role.DEVELOPER, Role.VIEWER)


@bp.get("")
@access.needs(Action.SEE)
def index(key: str) -> Response:
    """The members of the product and their roles."""
    return _page(key, 200)


@bp.post("")
@access.needs(Action.CONFIGURE)
def add(key: str) -> Response:
    """Make somebody with an account a member; somebody without one is invited, for which the form needs a name."""
    product = _change(key)
    session, form = db.session(), request.form
    try:
        role = _role(form.get("role"))
        user = locked.user_by_email(session, form.get("email", ""))
        told, links = _("%(name)s is a member now."), []
        if user is None:
            user = _newcomer(form.get("email", ""), form.get("name", ""))
            told, links = _("%(name)s has been invited by mail."), _invite(product, [user])
        elif product.member_for(user) is None:
            identity.end_printed_links(user)
        product.let_in(user, role, by=access.member())
    except Invalid as invalid:
        session.rollback()
        return _page(key, 422, errors=invalid.errors)
    access.commit(product)
    if links:
        return _page(key, 201, shown_links=links)
    flask.flash(told % {"name": user.name}, "good")
    return _back(key)


def _newcomer(email: str, name: str) -> User:
    """A new account, not yet in the session. Raises Invalid without a name."""
    if not name.strip():
        user = User(email=email, name="?")
        sentence = _("Nobody with this address has an account yet. Write the name as well to invite them.")
        raise Invalid({"name": sentence} if user.email else {})
    return User(email=email, name=name, is_admin=False)


def _invite(product: Product, people: list[User]) -> list[tuple[User, str]]:
    """Store these accounts and mail each an invitation.

    Without a mail server, returns each person with their link, to be shown once and handed over; otherwise nothing.
    """
    db.session.add_all(people)
    db.session.flush()
    if not settings().sends_mail:
        return [(user, keys.make_link(LinkPurpose.INVITATION, user)) for user in people]
    context = {"inviter": identity.current_user().name, "product": product.name}
    db.session.add_all(Delivery.to_user("invitation", user, context=context) for user in people)
    return []


@bp.get("/several")
@access.needs(Action.CONFIGURE)
def ask_several(key: str) -> Response:
    """The form for pasting a team, one person per line."""
    return _several(access.see_product(key))


@bp.post("/several/look")
@access.needs(Action.CONFIGURE)
def look(key: str) -> Response:
    """Show what the pasted lines would do; nothing is written."""
    product = access.see_product(key)
    try:
        return _several(product, _read_team(product))
    except Invalid as invalid:
        return _several(product, errors=invalid.errors)


@bp.post("/several")
@access.needs(Action.CONFIGURE)
def add_several(key: str) -> Response:
    """Add and invite the team that was shown, all or nobody.

    If a line can't be read, or if something other than what was shown would happen, nothing is written and the team is
    shown again.
    """
    product = _change(key)
    try:
        team = _read_team(product)
    except Invalid as invalid:
        db.session.rollback()
        return _several(access.see_product(key), errors=invalid.errors)
    if team.troubles or request.form.get("seen") != team.in_short:
        db.session.rollback()
        again = access.see_product(key)
        return _several(again, _read_team(again), is_other=True)
    people = {row.email: row.user or User(email=row.email, name=row.name, is_admin=False) for row in team.rows}
    links = _invite(product, [people[row.email] for row in team.those(InviteOutcome.INVITED)])
    for row in team.those(InviteOutcome.LET_IN):
        identity.end_printed_links(people[row.email])
    for row in team.rows:
        if row.fate is not InviteOutcome.STAYS:
            product.let_in(people[row.email], row.role, by=access.member())
    is_news, said = access.commit(product), summarise(team, by_mail=settings().sends_mail)
    if links:
        return _page(key, 201, shown_links=links, said=said)
    flask.flash(said, "good" if is_news else "plain")
    return _back(key)


def _read_team(product: Product) -> Team:
    form = request.form
    return read_team(db.session(), product, form.get("people", ""), role=_role(form.get("role")))


def _several(
    product: Product, team: Team | None = None, *, errors: dict[str, str] | None = None, is_other: bool = False
) -> Response:
    html = render_template(
        "settings/several.html",
        product=product,
        team=team,
        is_other=is_other,
        errors=errors or {},
        typed=request.form,
    )
    return flask.make_response(html, 422 if errors or is_other or (team and team.troubles) else 200)


@bp.post("/<int:user_id>/link")
@access.needs(Action.CONFIGURE)
def invite_again(key: str, user_id: int) -> Response:
    """Invite somebody again who was invited to this product alone and has never signed in; the earlier link ends.

    The invitation goes by mail; without a mail server, the new link is shown once.
    """
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
    links = _invite(product, [user])
    session.commit()
    if links:
        return _page(key, 201, shown_links=links)
    flask.flash(_("%(name)s has been invited by mail.", name=user.name), "good")
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
    """Remove a member at once; what the person wrote stays."""
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


def _page(
    key: str,
    status: int,
    *,
    errors: dict[str, str] | None = None,
    shown_links: Sequence[tuple[User, str]] = (),
    said: str = "",
) -> Response:
    product = access.see_product(key)
    html = render_template(
        "settings/members.html",
        product=product,
        members=list_members(db.session(), product),
        may_change=access.member().may(Action.CONFIGURE) and product.archived_at is None,
        errors=errors or {},
        typed=request.form if errors else {},
        shown_links=shown_links,
        said=said,
    )
    return flask.make_response(html, status)


def _back(key: str) -> Response:
    return flask.redirect(url_for("members.index", key=key), 303)
