"""Reads, under the product's lock, how several items of the backlog go into another of its columns at once."""

from collections.abc import Collection
from itertools import pairwise

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.errors import Invalid, Refused
from kanban.flow.stage import QUEUE
from kanban.models import Column, Item, Place, Product
from kanban.reads.ranks import MOST_AT_ONCE, items_numbered


def waiting_columns(product: Product) -> list[Column]:
    """Where items wait: what is moved among these starts and ends nothing."""
    return [column for column in product.standing if column.stage in QUEUE]


def read_crossings(
    session: orm.Session, product: Product, refs: Collection[str], target: Column
) -> list[tuple[Item, Place]]:
    """The items with these references that wait elsewhere, in their order, each with its place in the target: the one
    in the order that it has. The limit judges with the first of them how many come in.

    Refused where one does not wait any more; two queries.
    """
    if not refs:
        raise Invalid({"items": "Choose one item or more."})
    if len(refs) > MOST_AT_ONCE:
        raise Refused(f"At most {MOST_AT_ONCE} items move at once.")
    order = session.execute(
        sa.select(Item.number, Item.column_id, Column.stage)
        .join(Column, Column.id == Item.column_id)
        .where(Item.product_id == product.id, Item.rank.is_not(None))
        .order_by(Item.rank)
    ).all()
    waiting = {f"{product.key}-{row.number}": row for row in order if row.stage in QUEUE}
    if gone := [ref for ref in refs if ref not in waiting]:
        raise Refused(f"{gone[0][:40]} is not in the backlog. Nothing was moved; look again.", "not_in_backlog")
    wanted = {waiting[ref].number for ref in refs}
    coming = [row.number for row in order if row.number in wanted and row.column_id != target.id]
    above = {row.number: before.number for before, row in pairwise(order)}
    occupancy = sum(row.column_id == target.id for row in order)
    items = items_numbered(session, product, coming)
    return [
        (
            items[number],
            Place(
                target,
                None,
                after=above.get(number),
                previous=above.get(number),
                occupancy=occupancy,
                arriving=0 if place else len(coming),
            ),
        )
        for place, number in enumerate(coming)
    ]
