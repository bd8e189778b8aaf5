"""Creating products, and the counts in the rail; everything else about an existing product is in `settings`."""

import flask
from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import orm
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from kanban import access, identity
from kanban.errors import Invalid
from kanban.extensions import db
from kanban.models import Product
from kanban.policy import Action
from kanban.reads.settings import free_key, is_key_taken, time_zones

bp = Blueprint("products", __name__, url_prefix="/products")


@bp.get("/new")
@access.signed_in
def new() -> str:
    """The form for a new product."""
    return _page({}, {"time_zone": identity.current_user().time_zone, "cadence_days": "14"})


def _page(errors: dict[str, str], form: dict[str, str]) -> str:
    return render_template("products/new.html", errors=errors, form=form, zones=time_zones())


@bp.get("/<key>/counts")
@access.needs(Action.SEE)
def counts(key: str) -> str:
    """The numbers in the rail as they are now, for open screens."""
    access.see_product(key)
    return render_template("layouts/_counts.html")


@bp.post("/new")
@access.signed_in
def create() -> Response:
    """Create a product, owned by whoever creates it."""
    owner = access.begin_change()
    session, form = db.session(), request.form
    try:
        product = Product.open(
            key=_key(session, form.get("key", ""), form.get("name", "")),
            name=form.get("name", ""),
            goal=form.get("goal", ""),
            owner=owner,
            time_zone=form.get("time_zone", "UTC"),
            cadence_days=form.get("cadence_days", -1, type=int),
        )
        session.add(product)
        here = url_for("backlog.show", key=product.key)
        access.commit(product, {"next": here})
    except Invalid as invalid:
        session.rollback()
        return flask.make_response(_page(invalid.errors, form.to_dict()), 422)
    except IntegrityError:
        session.rollback()
        return flask.make_response(_page({"key": _("Another product has this key.")}, form.to_dict()), 422)
    return flask.redirect(here, 303)


def _key(session: orm.Session, given: str, name: str) -> str:
    """The key that was given, or a free one made from the name. Raises Invalid if the given key is taken."""
    if not given.strip():
        return free_key(session, name)
    if is_key_taken(session, given):
        free = free_key(session, name)
        told = (
            _("Another product has this key. %(free)s is free.", free=free)
            if free
            else _("Another product has this key.")
        )
        raise Invalid({"key": told})
    return given
