"""What others have changed since a person last looked at a product.

Two queries; one for somebody who never looked.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.models import Column, Event, Item, Member, Product, SeenMark, Stage

MOST = 500


@dataclass(frozen=True)
class Seen:
    """References of items that others have changed since version `base`, which the person saw at `since`, `days` ago.

    Days are counted in the person's time zone. If there are too many items (`has_more`), these are the ones changed
    last.
    """

    refs: frozenset[str] = frozenset()
    base: int = 0
    since: dt.datetime | None = None
    days: int = 0
    has_more: bool = False


NOTHING = Seen()


def load_seen(session: orm.Session, product: Product, member: Member, stages: Collection[Stage]) -> Seen:
    """What is new to this member in these stages; at most five hundred items."""
    mark = session.scalar(_MARK, {"product": product.id, "person": member.user_id})
    if mark is None:
        return NOTHING
    base, since = mark.base(at=clock.now())
    zone = member.user.time_zone
    days = (clock.today(zone) - clock.day_of(since, zone)).days
    if base >= product.version:
        return Seen(frozenset(), base, since, days)
    values = {
        "product": product.id,
        "person": member.user_id,
        "base": base,
        "stages": list(stages),
    }
    numbers = session.scalars(_CHANGED, values).all()
    refs = frozenset(f"{product.key}-{number}" for number in numbers[:MOST])
    return Seen(refs, base, since, days, has_more=len(numbers) > MOST)


def find_mark(session: orm.Session, product_id: int, user_id: int) -> SeenMark | None:
    """The person's mark in the product; None if they never looked."""
    return session.scalar(_MARK, {"product": product_id, "person": user_id})


_MARK = sa.select(SeenMark).where(
    SeenMark.product_id == sa.bindparam("product"), SeenMark.user_id == sa.bindparam("person")
)
_CHANGED = (
    sa.select(Item.number)
    .join(Event, Event.item_id == Item.id)
    .join(Column, Column.id == Item.column_id)
    .where(
        Event.product_id == sa.bindparam("product"),
        Event.version > sa.bindparam("base"),
        sa.or_(Event.actor_id.is_(None), Event.actor_id != sa.bindparam("person")),
        Item.rank.is_not(None),
        Column.stage.in_(sa.bindparam("stages", expanding=True)),
    )
    .group_by(Item.number)
    .order_by(sa.func.max(Event.version).desc())
    .limit(MOST + 1)
)
