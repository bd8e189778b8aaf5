"""Appointing the owner of a product, for administrators; they see the product's name and nothing in it."""

import uuid

import flask
from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kanban import access, identity
from kanban.errors import Missing
from kanban.extensions import db
from kanban.models import User
from kanban.policy import Role
from kanban.reads.people.accounts import heirs, ownerships
from kanban.web.forms import small_number

bp = Blueprint("owners", __name__, url_prefix="/people/owners")


@bp.get("/<key>")
@access.admin
def ask(key: str) -> str:
    """The form that asks who owns the product from now on."""
    found = ownerships(db.session(), key)
    if not found:
        raise Missing
    people = heirs(db.session(), but=found[0].owner.id)
    return render_template("people/owner.html", product=found[0], people=people, command=uuid.uuid4().hex)


@bp.post("/<key>")
@access.admin
def appoint(key: str) -> Response:
    """Make any active person the owner; a former owner without access stops being a member."""
    product = access.change_ownership(key)
    user = db.session.get(User, request.form.get("person", 0, type=small_number))
    if user is None:
        raise Missing
    identity.end_printed_links(user)
    heir = product.appoint(user, by=identity.current_user())
    db.session.flush()
    heir.role = Role.OWNER
    access.commit(product)
    flask.flash(_("%(name)s owns %(product)s now.", name=user.name, product=product.key), "good")
    return flask.redirect(url_for("people.show", _anchor="products"), 303)
