"""The demo owner’s values and efforts, what she made a part of what, and the item that she split this morning."""

from functools import partial

from kanban.demo.workspace import Workspace
from kanban.models import Item, Product
from kanban.models.split import Split, split_item
from kanban.reads import locked
from kanban.reads.backlog.splitting import read_split_places

#: Value and effort by item.
POINTS = {
    73: (3, 2),
    66: (5, 4),
    75: (4, 2),
    62: (2, 4),
    77: (4, 1),
    68: (1, 1),
    80: (3, 1),
    64: (2, 3),
    81: (4, 2),
    59: (3, 3),
    41: (3, 2),
    71: (2, 1),
    79: (4, 2),
}
#: Items that are a part of another one, each with its whole.
WHOLES = {46: 54, 78: 60}
SPLIT = 57
PARTS = ("Park at the harbour and pay by the hour", "Keep a space for cars that arrive late")
REST = "Book a parking space with the ticket"


def tell(ferry: Workspace) -> None:
    """Schedule the scores, and the split after the last new item, so that the story's numbers stay as they are."""
    for step, (number, points) in enumerate(POINTS.items()):
        ferry.ago(partial(_score, ferry, number, *points), hours=5 - step / 60)
    for part, whole in WHOLES.items():
        ferry.ago(partial(_make_part, ferry, part, whole), hours=3)
    ferry.ago(partial(_split, ferry), hours=2)


def _score(ferry: Workspace, number: int, value: int, effort: int) -> None:
    item = _item(ferry, number)
    item.edit({"value": value, "effort": effort}, revision=item.revision, by=ferry.owner())


def _make_part(ferry: Workspace, part: int, whole: int) -> None:
    product = ferry.lock()
    _load(ferry, product, part).make_part_of(_load(ferry, product, whole), has_parts=False, by=ferry.owner())


def _split(ferry: Workspace) -> None:
    item = _item(ferry, SPLIT)
    places = read_split_places(ferry.session, item.product, item, len(PARTS))
    split_item(item, Split(PARTS, rest=REST), places, needing={}, needs={}, by=ferry.owner())


def _item(ferry: Workspace, number: int) -> Item:
    return _load(ferry, ferry.lock(), number)


def _load(ferry: Workspace, product: Product, number: int) -> Item:
    loads = ("assignees", "labels", "criteria", "blocks", "links", "milestone")
    item = locked.item_in(ferry.session, product, number, loads)
    assert item is not None
    return item
