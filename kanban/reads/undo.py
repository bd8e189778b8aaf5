"""Finds what a person may take back: their own last move of an item, and the place it came from."""

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.errors import Refused
from kanban.models import Column, Event, Item, Moved, Place, Product
from kanban.reads.place import beside, read_place


def read_undo(session: orm.Session, product: Product, item: Item, version: int) -> tuple[Moved, Place]:
    """The move of this version and the place beside the item's old neighbour; refused where there is no such move."""
    events = session.scalars(
        sa.select(Event).where(
            Event.product_id == product.id,
            Event.version == version,
            Event.item_id == item.id,
            Event.kind.in_(("moved", "assigned", "unblocked")),
        )
    ).all()
    move = next((event for event in events if event.kind == "moved"), None)
    if move is None:
        raise Refused("There is no move to take back.")
    assigned = next((event.data["was"] for event in events if event.kind == "assigned"), None)
    was = move.data["was"]
    column = _column(product, was["column"])
    place = read_place(session, product, column, beside(session, item, was["after"]), item=item, pulling=False)
    freed = any(event.kind == "unblocked" and event.data["question"] is None for event in events)
    return Moved(version, move.actor_id, was, assigned, freed), place


def _column(product: Product, number: int) -> Column:
    for column in product.standing:
        if column.number == number:
            return column
    raise Refused("The column it came from is gone.")
