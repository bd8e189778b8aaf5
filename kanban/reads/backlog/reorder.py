"""Reads, under the product's lock, where items go that exchange places among themselves."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import ranking
from kanban.errors import Refused
from kanban.models import Item, Place, Product
from kanban.reads.backlog.bulk_ranking import items_numbered, step
from kanban.reads.board.place import respace


def read_reorder(session: orm.Session, product: Product, numbers: Sequence[int]) -> list[tuple[Item, Place]]:
    """The items with these numbers that get another place, in the wanted order, each with the place it gets.

    Together they keep the places they have now, and every other item stays where it is. Four queries; respaces the
    product if there is no gap left.
    """
    whole = _whole(session, product)
    slots = _slots(whole, numbers)
    ranks = _ranks(whole, slots)
    if ranks is None:
        respace(session, product)
        whole = _whole(session, product)
        ranks = _ranks(whole, slots)
        if ranks is None:
            raise Refused("There is no room at these places. Try again.")
    order, current = [number for number, _ in whole], [number for number, _ in whole]
    for slot, number in zip(slots, numbers, strict=True):
        order[slot] = number
    moved = [(slot, rank) for slot, rank in zip(slots, ranks, strict=True) if order[slot] != current[slot]]
    items = items_numbered(session, product, [order[slot] for slot, _ in moved])
    places = []
    for slot, rank in moved:
        number, after = order[slot], order[slot - 1] if slot else None
        item = items[number]
        previous = step(current, number, after)
        places.append((item, Place(item.column, rank, after=after, previous=previous)))
    return places


def _whole(session: orm.Session, product: Product) -> list[tuple[int, int]]:
    rows = session.execute(
        sa.select(Item.number, Item.rank)
        .where(Item.product_id == product.id, Item.rank.is_not(None))
        .order_by(Item.rank)
    )
    return [(number, rank) for number, rank in rows if rank is not None]


def _slots(whole: Sequence[tuple[int, int]], numbers: Sequence[int]) -> list[int]:
    wanted = set(numbers)
    slots = [slot for slot, (number, _) in enumerate(whole) if number in wanted]
    if len(slots) != len(numbers) or len(wanted) != len(numbers):
        raise Refused("One of these items has left the order. Look again.")
    return slots


def _ranks(whole: Sequence[tuple[int, int]], slots: Sequence[int]) -> list[int] | None:
    """A new rank for each slot, between its present one and the next, so that no two items ever share a rank."""
    upper = [rank for _, rank in whole[1:]] + [None]
    found = [ranking.between(whole[slot][1], upper[slot]) for slot in slots]
    known = [rank for rank in found if rank is not None]
    return known if len(known) == len(slots) else None
