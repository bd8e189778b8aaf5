"""Links that say what an item needs and what needs it: adding and removing them, and suggestions while typing."""

from flask import Blueprint, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kanban import access
from kanban.errors import Missing
from kanban.extensions import db
from kanban.models import Item, LinkKind
from kanban.policy import Action
from kanban.reads import locked
from kanban.reads.items.links import find_linkable, needs_in
from kanban.web import panels
from kanban.web.naming import MOST_TYPED, item_named
from kanban.web.panels import keeps

bp = Blueprint("item_links", __name__)

_LOADS = ("links",)
_WAYS = ("needs", "needed_by")


@bp.get("/items/<ref>/links/suggest")
@access.needs(Action.EDIT_ITEM)
def suggest(ref: str) -> str:
    """Suggest items for what was typed so far (`other`): a reference or letters of a title."""
    item = access.see_item(ref)
    found = find_linkable(db.session(), item.product, item, request.args.get("other", "")[:MOST_TYPED])
    return render_template("items/_link_options.html", found=found)


@bp.post("/items/<ref>/links")
@access.needs(Action.EDIT_ITEM)
@keeps("link")
def add(ref: str) -> Response:
    """Say that the item needs the one that `other` describes or, if `way` is needed_by, that it is needed by it."""
    item = access.change_item(ref, _LOADS)
    other = item_named(item.product, item, "other", _LOADS)
    first, second = _ends(item, request.form.get("way", "needs"), other)
    first.link(LinkKind.NEEDS, second, needs=needs_in(db.session(), item.product), by=access.member())
    access.commit(item.product)
    told = _("%(ref)s needs %(other)s.", ref=first.ref, other=second.ref)
    return panels.answer(item, told, undo_url=panels.undo_url(item.product))


@bp.post("/items/<ref>/links/<way>/<other>/remove")
@access.needs(Action.EDIT_ITEM)
def remove(ref: str, way: str, other: str) -> Response:
    """Say that the item no longer needs the other one, or is no longer needed by it."""
    item = access.change_item(ref, _LOADS)
    key, number = locked.read_ref(other) or ("", 0)
    found = locked.item_in(db.session(), item.product, number, _LOADS) if key == item.product.key else None
    if found is None:
        raise Missing
    first, second = _ends(item, way, found)
    first.unlink(LinkKind.NEEDS, second, by=access.member())
    access.commit(item.product)
    told = _("%(ref)s no longer needs %(other)s.", ref=first.ref, other=second.ref)
    return panels.answer(item, told, undo_url=panels.undo_url(item.product))


def _ends(item: Item, way: str, other: Item) -> tuple[Item, Item]:
    """The item that needs the other, then the one that is needed."""
    if way not in _WAYS:
        raise Missing
    return (item, other) if way == "needs" else (other, item)
