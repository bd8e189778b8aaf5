"""What was put away, the last first, with why and by whom; it can be brought back from there."""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Column, Event, Item, Product, User

MOST_SHOWN = 200


@dataclass(frozen=True)
class Discarded:
    """One item that left the order; `column` is where it would come back to, `by` who put it away ("" by nobody)."""

    ref: str
    title: str
    reason: str
    at: dt.datetime
    by: str
    column: str


def list_discarded(session: orm.Session, product: Product) -> tuple[list[Discarded], int]:
    """The last 200 and how many there are in all. Two queries."""
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
