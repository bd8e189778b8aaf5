"""Links that say what an item needs, over the API: adding and removing one; reading the item lists them all."""

from flask import Response

from kanban import access
from kanban.blueprints.api import answers, asks
from kanban.blueprints.api.calls import api, changed
from kanban.errors import Invalid, Missing
from kanban.extensions import db
from kanban.models import Item, LinkKind
from kanban.policy import Action
from kanban.reads import locked
from kanban.reads.items import api_items
from kanban.reads.items.links import needs_in

_LOADS = ("links",)


@api.post("/items/<ref>/links", responses={201: answers.ItemChanged})
@access.needs(Action.EDIT_ITEM)
def add_link(path: asks.OfItem, body: asks.NewLink) -> Response:
    """Say that an item needs another one of its product; 409 if the items would then need each other in a circle."""
    item = access.change_item(path.ref, _LOADS)
    other = _other(item, body.ref)
    if other is None:
        raise Invalid({"ref": "There is no such item in this product."})
    item.link(LinkKind.NEEDS, other, needs=needs_in(db.session(), item.product), by=access.member())
    return _changed(item, 201)


@api.delete("/items/<ref>/links/<kind>/<other>", responses={200: answers.ItemChanged})
@access.needs(Action.EDIT_ITEM)
def remove_link(path: asks.OfLink) -> Response:
    """Say that an item no longer needs another one."""
    item = access.change_item(path.ref, _LOADS)
    other = _other(item, path.other) if path.kind == "needs" else None
    if other is None or all(link.other is not other or link.kind is not LinkKind.NEEDS for link in item.links):
        raise Missing
    item.unlink(LinkKind.NEEDS, other, by=access.member())
    return _changed(item)


def _other(item: Item, ref: str) -> Item | None:
    number = asks.number_in(ref, item.product.key)
    if number == item.number:
        return item
    return locked.item_in(db.session(), item.product, number, ()) if number is not None else None


def _changed(item: Item, status: int = 200) -> Response:
    answer = answers.ItemChanged.model_validate(api_items.read_api_item(db.session(), item.product, item))
    return changed(item.product, answer, status)
