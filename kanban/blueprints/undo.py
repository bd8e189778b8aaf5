"""Undo: a person's own last command on some items, from a toast or with Ctrl+Z."""

from collections.abc import Iterable

import flask
from flask import Blueprint, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from kanban import access, cards, replies
from kanban.extensions import db
from kanban.models import Caution, Item, Product, Stage
from kanban.policy import Action
from kanban.reads.undo import read_take_backs

bp = Blueprint("undo", __name__)


@bp.post("/products/<key>/undo/<int:version>")
@access.needs(Action.MOVE)
def take_back(key: str, version: int) -> Response:
    """Take back all that the command of this version did; `next` is the page to go on to without script."""
    product = access.change_product(key)
    items, cautions, moved = [], [], False
    reason = request.form.get("limit_reason")
    for part in read_take_backs(db.session(), product, version, by=access.member(), limit_reason=reason):
        cautions += part.carry_out()
        items.append(part.item)
        moved = moved or part.place is not None
    access.commit(product)
    if not replies.wants_fragment():
        return _lead_back(product, items, cautions, moved=moved)
    numbers = [item.number for item in items]
    return flask.make_response(cards.changes(product, numbers=numbers, sentence=_sentence(items, cautions, moved)))


def _lead_back(product: Product, items: list[Item], cautions: Iterable[Caution], *, moved: bool) -> Response:
    flask.flash(_sentence(items, (), moved), "good")
    for caution in cautions:
        flask.flash(caution.message, "warn")
    where = "backlog.show" if items[0].column.stage is Stage.BACKLOG else "board.show"
    page = url_for(where, key=product.key) if moved else url_for("items.show", ref=items[0].ref)
    return flask.redirect(replies.own_path(request.form.get("next"), page), 303)


def _sentence(items: list[Item], cautions: Iterable[Caution], moved: bool) -> str:
    item, count = items[0], len(items)
    if count > 1:
        told = ngettext("Taken back: one item is as it was.", "Taken back: %(num)d items are as they were.", count)
    elif moved:
        told = _("Taken back: %(ref)s is in %(column)s again.", ref=item.ref, column=item.column.name)
    else:
        told = _("Taken back: %(ref)s is as it was.", ref=item.ref)
    return " ".join([told, *(caution.message for caution in cautions)])
