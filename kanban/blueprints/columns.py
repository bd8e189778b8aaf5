"""The columns of a product, changed on its settings page: name, limit, policy, order, coming and going."""

import flask
from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kanban import access
from kanban.errors import Invalid, Missing
from kanban.extensions import db
from kanban.models import Column, Product, Stage, WipMode
from kanban.policy import Action
from kanban.reads import locked
from kanban.reads.settings import read_settings, standing_in, time_zones

bp = Blueprint("columns", __name__, url_prefix="/products/<key>/settings/columns")


@bp.post("")
@access.needs(Action.CONFIGURE)
def add(key: str) -> Response:
    """Add a column behind the last one of its stage."""
    product = access.change_product(key)
    try:
        product.add_column(request.form.get("name", ""), _stage(request.form.get("stage")), by=access.member())
    except Invalid as invalid:
        return _with_errors(key, "column-new", invalid)
    access.commit(product)
    return _back(key)


@bp.post("/<int:column_id>")
@access.needs(Action.CONFIGURE)
def edit(key: str, column_id: int) -> Response:
    """Change name, limit, policy and acceptance; the stage as long as nothing ever stood in the column."""
    product, column = _change(key, column_id)
    form = request.form
    try:
        product.change_column(
            column,
            by=access.member(),
            name=form.get("name", ""),
            wip_limit=_limit(form.get("wip_limit", "")),
            wip_mode=_mode(form.get("wip_mode")),
            policy=form.get("policy", ""),
            accepts=form.get("accepts") == "1",
            stage=_stage(form["stage"]) if "stage" in form else None,
        )
    except Invalid as invalid:
        return _with_errors(key, f"column-{column_id}", invalid)
    access.commit(product)
    return _back(key, column_id)


@bp.post("/<int:column_id>/move")
@access.needs(Action.CONFIGURE)
def move(key: str, column_id: int) -> Response:
    """Put the column one place up or down."""
    product, column = _change(key, column_id)
    numbers = [each.number for each in product.standing]
    here = numbers.index(column.number)
    there = here + (1 if request.form.get("way") == "down" else -1)
    if 0 <= there < len(numbers):
        numbers[here], numbers[there] = numbers[there], numbers[here]
        product.order_columns(numbers, by=access.member())
    access.commit(product)
    return _back(key, column_id)


@bp.post("/<int:column_id>/remove")
@access.needs(Action.CONFIGURE)
def remove(key: str, column_id: int) -> Response:
    """Take an empty column away."""
    product, column = _change(key, column_id)
    product.remove_column(column, occupancy=standing_in(db.session(), column), by=access.member())
    access.commit(product)
    return _back(key)


def _change(key: str, column_id: int) -> tuple[Product, Column]:
    product = access.change_product(key)
    column = locked.column_in(product, column_id)
    if column is None:
        raise Missing
    return product, column


def _stage(value: str | None) -> Stage:
    if value not in list(Stage):
        raise Invalid({"stage": _("Choose a stage.")})
    return Stage(value)


def _mode(value: str | None) -> WipMode:
    if value not in list(WipMode):
        raise Invalid({"wip_mode": _("Choose what happens at the limit.")})
    return WipMode(value)


def _limit(text: str) -> int | None:
    text = text.strip()
    if text and not (text.isascii() and text.isdecimal() and len(text) < 6):
        raise Invalid({"wip_limit": _("A limit is a whole number from 1 to 10,000, or empty.")})
    return int(text) if text else None


def _with_errors(key: str, form: str, invalid: Invalid) -> Response:
    db.session.rollback()
    page = read_settings(db.session(), access.see_product(key), is_owner=True)
    html = render_template(
        "settings/page.html", page=page, errors=invalid.errors, wrong=form, typed=request.form, zones=time_zones()
    )
    return flask.make_response(html, 422)


def _back(key: str, column_id: int | None = None) -> Response:
    anchor = f"column-{column_id}" if column_id else "columns"
    return flask.redirect(url_for("settings.show", key=key, _anchor=anchor), 303)
