"""The first page of a product's settings: name and goal, ownership, archiving. Members see it, the owner changes it."""

from typing import Any

import flask
from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kanban import access
from kanban.errors import Invalid, Missing
from kanban.extensions import db
from kanban.models import Product, User
from kanban.policy import Action, Role
from kanban.reads import locked
from kanban.reads.people.people import active_members
from kanban.reads.settings import time_zones
from kanban.web.forms import Edit, small_number

bp = Blueprint("settings", __name__, url_prefix="/products/<key>/settings")


@bp.get("")
@access.needs(Action.SEE)
def show(key: str) -> str:
    """The product's name, goal and other settings; members who may not change them can read them."""
    return _page(access.see_product(key))


def _page(product: Product, edit: Edit | None = None, errors: dict[str, str] | None = None) -> str:
    is_owner = access.member().may(Action.CONFIGURE)
    return render_template(
        "settings/page.html",
        product=product,
        is_owner=is_owner,
        may_change=is_owner and product.archived_at is None,
        errors=errors or {},
        typed=edit.values if edit else {},
        zones=time_zones(),
    )


_FIELDS = ("name", "goal", "time_zone", "cadence_days", "delegates_publish")


@bp.post("")
@access.needs(Action.CONFIGURE)
def configure(key: str) -> Response:
    """Save what was changed in the form (see Edit): name, goal, time zone, cadence, whether delegates publish."""
    product = access.change_product(key)
    try:
        changes: dict[str, Any] = dict(Edit(product, _FIELDS).changes())
        if "cadence_days" in changes:
            changes["cadence_days"] = request.form.get("cadence_days", -1, type=int)
        if "delegates_publish" in changes:
            changes["delegates_publish"] = changes["delegates_publish"] == "1"
        product.configure(by=access.member(), **changes)
    except Invalid as invalid:
        db.session.rollback()
        product = access.see_product(key)
        edit = Edit(product, _FIELDS)
        return flask.make_response(_page(product, edit, {**invalid.errors, **edit.clashes}), 422)
    if access.commit(product):
        flask.flash(_("Saved."), "good")
    return _back(key)


@bp.get("/hand-over")
@access.needs(Action.CONFIGURE)
def ask_hand_over(key: str) -> str:
    """The form that asks who owns the product from now on."""
    product = access.see_product(key)
    heirs = [one for one in active_members(db.session(), product) if one.id != access.member().user_id]
    return render_template("settings/hand_over.html", product=product, heirs=heirs)


@bp.post("/hand-over")
@access.needs(Action.CONFIGURE)
def hand_over(key: str) -> Response:
    """Make another member the owner; the former one stays as delegate."""
    product = locked.with_members(db.session(), access.change_product(key))
    user = db.session.get(User, request.form.get("person", 0, type=small_number))
    if user is None:
        raise Missing
    _former, heir = product.hand_over(user, by=access.member())
    db.session.flush()
    heir.role = Role.OWNER
    access.commit(product)
    flask.flash(_("%(name)s owns this product now. You stay on as a delegate.", name=user.name), "good")
    return _back(key)


@bp.get("/archive")
@access.needs(Action.CONFIGURE)
def ask_archive(key: str) -> str:
    """Ask for confirmation."""
    return render_template("settings/archive.html", product=access.see_product(key))


@bp.post("/archive")
@access.needs(Action.CONFIGURE, even_archived=True)
def archive(key: str) -> Response:
    """Archive the product: it can be read, but nothing in it changes until it is brought back."""
    product = access.change_product(key)
    product.archive(by=access.member())
    access.commit(product)
    flask.flash(_("%(name)s is archived.", name=product.name), "plain")
    return _back(key)


@bp.post("/bring-back")
@access.needs(Action.CONFIGURE, even_archived=True)
def bring_back(key: str) -> Response:
    """Bring an archived product back, so that it can be changed again."""
    product = access.change_product(key)
    product.bring_back(by=access.member())
    access.commit(product)
    return _back(key)


def _back(key: str) -> Response:
    return flask.redirect(url_for("settings.show", key=key), 303)
