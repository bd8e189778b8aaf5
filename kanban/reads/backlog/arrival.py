"""Where a form wants a new item to go in the queue: at an end of the backlog, before an item, or at a position.

Also finds the existing item that a form means when it names one instead.
"""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.errors import Invalid
from kanban.flow.stage import QUEUE
from kanban.models import Column, Item, Product, Stage, milestone_item
from kanban.reads.board.place import BOTTOM, TOP, TargetPosition
from kanban.reads.items.links import OFFERED, fits
from kanban.reads.locked import item_in, read_ref
from kanban.status.outlook import Queued

HOWS = ("bottom", "top", "before", "position")


@dataclass(frozen=True)
class Arrival:
    """Where a new item will go: the wish for `read_place`, its index (from 0) in the queue, and the current queue.

    `n_above` items are ready, so they stand above the top of the backlog.
    """

    wish: TargetPosition
    index: int
    queue: tuple[Queued, ...]
    n_above: int


def read_arrival(session: orm.Session, product: Product, how: str, *, before: str = "", position: str = "") -> Arrival:
    """Read where `how` points to; one query.

    `position` counts from 1 over everything in the queue, as the backlog page shows it; one beyond the end means the
    end. Raises Invalid if `before` or `position` makes no sense.
    """
    rows = session.execute(
        sa.select(Item.id, milestone_item.c.milestone_id, Item.number, Item.column_id)
        .join(Column, Column.id == Item.column_id)
        .outerjoin(milestone_item, milestone_item.c.item_id == Item.id)
        .where(Item.product_id == product.id, Item.rank.is_not(None), Column.stage.in_(QUEUE))
        .order_by(Item.rank)
    ).all()
    backlog = product.first_column(Stage.BACKLOG)
    own = [place for place, row in enumerate(rows) if backlog is not None and row.column_id == backlog.id]
    queue = tuple(Queued(row.id, row.milestone_id) for row in rows)
    numbers = [row.number for row in rows]
    n_above = own[0] if own else len(rows)
    match how:
        case "top":
            return Arrival(TOP, n_above, queue, n_above)
        case "before":
            index = _index_of(before, product, numbers)
        case "position":
            index = _index_at(position)
        case _bottom:
            return Arrival(BOTTOM, own[-1] + 1 if own else len(rows), queue, n_above)
    if index < len(rows):
        return Arrival(TargetPosition(before=numbers[index]), index, queue, n_above)
    return Arrival(TargetPosition(after=numbers[-1]) if numbers else BOTTOM, len(rows), queue, n_above)


def _index_of(ref: str, product: Product, numbers: list[int]) -> int:
    words = ref.strip()
    key, number = read_ref(f"{product.key}-{words}" if words.isdecimal() else words) or ("", 0)
    if key != product.key or number not in numbers:
        raise Invalid({"before": f"Name an item that waits in the backlog, such as {product.key}-12."})
    return numbers.index(number)


def _index_at(position: str) -> int:
    words = position.strip()
    if not (words.isascii() and words.isdecimal() and len(words) < 10 and int(words) > 0):
        raise Invalid({"position": "Give a place, counted from 1."})
    return int(words) - 1


def find_items(session: orm.Session, product: Product, words: str) -> list[tuple[str, str]]:
    """References and titles of up to eight items that these words can mean, unfinished ones first, none discarded."""
    if not words.strip():
        return []
    rows = session.execute(
        sa.select(Item.number, Item.title)
        .where(Item.product_id == product.id, Item.discarded_at.is_(None), fits(product, words))
        .order_by(Item.finished_at.is_not(None), Item.number)
        .limit(OFFERED)
    )
    return [(f"{product.key}-{number}", title) for number, title in rows]


def resolve_any_item(session: orm.Session, product: Product, words: str) -> Item:
    """The one item that a reference, a number or part of a title means; Invalid if there is none or more than one."""
    words = words.strip()
    key, number = read_ref(f"{product.key}-{words}" if words.isdecimal() else words) or ("", 0)
    if not key:
        found = find_items(session, product, words)
        key, number = (product.key, int(found[0][0].rpartition("-")[2])) if len(found) == 1 else ("", 0)
    item = item_in(session, product, number, ()) if key == product.key else None
    if item is None:
        raise Invalid({"item": f"Name one item of this product, such as {product.key}-12."})
    return item
