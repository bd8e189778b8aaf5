"""The working calendar of a product: the weekdays on which people work, and closures, on which nobody does."""

import flask
from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kanban import access, clock
from kanban.errors import Invalid
from kanban.extensions import db
from kanban.models import Closure, Product
from kanban.policy import Action
from kanban.reads.promises.calendar import find_closure, list_closures
from kanban.web.forms import Draft, day_sent

bp = Blueprint("calendar", __name__, url_prefix="/products/<key>/settings/calendar")


@bp.get("")
@access.needs(Action.SEE)
def show(key: str) -> str:
    """Working weekdays and closures; members who may not change them can read them."""
    return _page(access.see_product(key), Draft(""))


def _page(product: Product, draft: Draft) -> str:
    closures = list_closures(db.session(), product)
    today = clock.today(product.zone)
    return render_template(
        "settings/calendar.html",
        product=product,
        coming=[closure for closure in closures if closure.last_on >= today],
        past=[closure for closure in reversed(closures) if closure.last_on < today],
        may_change=access.member().may(Action.CONFIGURE) and product.archived_at is None,
        draft=draft,
    )


@bp.post("")
@access.needs(Action.CONFIGURE)
def set_weekdays(key: str) -> Response:
    """Set the days of the week on which people work."""
    product = access.change_product(key)
    try:
        product.configure(by=access.member(), working_days="".join(request.form.getlist("day")))
    except Invalid as invalid:
        return _again(key, "weekdays", invalid)
    if access.commit(product):
        flask.flash(_("Saved."), "good")
    return _back(key)


@bp.post("/closures")
@access.needs(Action.CONFIGURE)
def close(key: str) -> Response:
    """Add a closure: one day, or all days from the first to the last."""
    product, form = access.change_product(key), request.form
    session = db.session()
    try:
        first_on = day_sent("first_on")
        last_on = day_sent("last_on") if form.get("last_on") else first_on
        known = list_closures(session, product)
        closure = Closure.close(product, first_on, last_on, form.get("name", ""), known=known, by=access.member())
    except Invalid as invalid:
        return _again(key, "closure", invalid)
    session.add(closure)
    access.commit(product)
    return _back(key)


@bp.post("/closures/<int:closure_id>/remove")
@access.needs(Action.CONFIGURE)
def open_again(key: str, closure_id: int) -> Response:
    """Remove a closure: people work on these days after all."""
    product = access.change_product(key)
    session = db.session()
    closure = find_closure(session, product, closure_id)
    closure.open_again(product, by=access.member())
    session.delete(closure)
    access.commit(product)
    return _back(key)


def _again(key: str, form: str, invalid: Invalid) -> Response:
    db.session.rollback()
    return flask.make_response(_page(access.see_product(key), Draft.typed(form, invalid.errors)), 422)


def _back(key: str) -> Response:
    return flask.redirect(url_for("calendar.show", key=key), 303)
