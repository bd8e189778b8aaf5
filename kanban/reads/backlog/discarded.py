"""Discarded items, the latest first, with reason and person; and, under the lock, the items to discard together."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.errors import Invalid, Refused
from kanban.flow.stage import QUEUE
from kanban.models import Block, Column, Event, Item, Product, User
from kanban.reads.backlog.bulk_ranking import MOST_AT_ONCE

MOST_SHOWN = 200


@dataclass(frozen=True)
class Discarded:
    """One discarded item. `column` is where it would be restored to, `by` who discarded it ("" if unknown)."""

    ref: str
    title: str
    reason: str
    at: dt.datetime
    by: str
    column: str


def list_discarded(session: orm.Session, product: Product) -> tuple[list[Discarded], int]:
    """The 200 discarded last, and how many there are in all. Two queries."""
    gone = (Item.product_id == product.id, Item.discarded_at.is_not(None))
    last = sa.select(sa.func.max(Event.version)).where(Event.item_id == Item.id, Event.kind == "discarded")
    rows = session.execute(
        sa.select(
            Item.number, Item.title, Item.discard_reason, Item.discarded_at, User.name, Column.name.label("column")
        )
        .join(Column, Column.id == Item.column_id)
        .outerjoin(
            Event,
            sa.and_(
                Event.item_id == Item.id,
                Event.kind == "discarded",
                Event.version == last.correlate(Item).scalar_subquery(),
            ),
        )
        .outerjoin(User, User.id == Event.actor_id)
        .where(*gone)
        .order_by(Item.discarded_at.desc(), Item.number.desc())
        .limit(MOST_SHOWN)
    ).all()
    count = session.scalar(sa.select(sa.func.count()).select_from(Item).where(*gone)) or 0
    found = [
        Discarded(
            f"{product.key}-{row.number}",
            row.title,
            row.discard_reason or "",
            row.discarded_at,
            row.name or "",
            row.column,
        )
        for row in rows
        if row.discarded_at is not None
    ]
    return found, count


def read_items_to_discard(
    session: orm.Session, product: Product, refs: Collection[str]
) -> list[tuple[Item, int | None]]:
    """The backlog items with these references in rank order, each with the number of the nearest item above that stays.

    An undo puts the item back after that neighbour. The items have their blocks loaded. Refused if one is not in the
    backlog; three queries.
    """
    if not refs:
        raise Invalid({"items": "Choose one item or more."})
    if len(refs) > MOST_AT_ONCE:
        raise Refused(f"At most {MOST_AT_ONCE} items can be discarded at once.")
    order = session.execute(
        sa.select(Item.number, Column.stage)
        .join(Column, Column.id == Item.column_id)
        .where(Item.product_id == product.id, Item.rank.is_not(None))
        .order_by(Item.rank)
    ).all()
    waiting = {f"{product.key}-{row.number}": row.number for row in order if row.stage in QUEUE}
    if gone := [ref for ref in refs if ref not in waiting]:
        raise Refused(f"{gone[0][:40]} is not in the backlog. Nothing was discarded; look again.", "not_in_backlog")
    wanted = {waiting[ref] for ref in refs}
    items = _with_blocks(session, product, wanted)
    above: int | None = None
    found = []
    for row in order:
        if row.number in wanted:
            found.append((items[row.number], above))
        else:
            above = row.number
    return found


def _with_blocks(session: orm.Session, product: Product, numbers: Collection[int]) -> dict[int, Item]:
    query = sa.select(Item).where(Item.product_id == product.id, Item.number.in_(numbers))
    blocks = orm.selectinload(Item.blocks).joinedload(Block.question)
    found = session.scalars(query.options(blocks).execution_options(populate_existing=True))
    items = {item.number: item for item in found}
    for item in items.values():
        orm.attributes.set_committed_value(item, "product", product)
    return items
