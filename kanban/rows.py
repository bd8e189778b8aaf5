"""Draws the backlog's list, each row once for all readers; what stands in a row is read elsewhere."""

from functools import lru_cache
from typing import Any

import flask
from flask_babel import get_locale
from markupsafe import Markup

from kanban import access
from kanban.extensions import db
from kanban.models import Product
from kanban.reads.backlog import BacklogPage, Row, load_backlog


def page_of(product: Product) -> dict[str, Any]:
    """What the templates of the backlog need, for the person who is asking."""
    backlog = load_backlog(db.session(), product, access.member())
    return {"backlog": backlog, "cells": cells(backlog)}


def cells(backlog: BacklogPage) -> list[tuple[str, Markup]]:
    """Reference and cells of each row, in order; the number in front is the list's, so that a move redraws no row."""
    locale = str(get_locale())
    ready, may_move = backlog.ready_name or "", backlog.may.move
    return [(row.ref, _drawn(row, locale, ready, may_move)) for row in backlog.rows]


@lru_cache(maxsize=12_000)  # a backlog of ten thousand, drawn whole
def _drawn(row: Row, _locale: str, ready: str, may_move: bool) -> Markup:
    template = flask.current_app.jinja_env.get_template("backlog/_row.html")
    return Markup(template.render(row=row, ready=ready, movable=may_move))  # noqa: S704 (escaped by the template)
