"""The promises that look worse today than when the forecast was last stored; the daily chore tells the owner.

Days are compared, not acts: when work gets slower, no event says so. A promise that only looks worse because somebody
moved its date is left out, since that act was reported already.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.models import (
    Commitment,
    ForecastSnapshot,
    Member,
    Notification,
    NotificationKind,
    Product,
    Request,
    User,
    Way,
    constant,
)
from kanban.policy import Role
from kanban.reads.inbox.recipients import way_for, ways_of
from kanban.status.health import WORST_FIRST, of_promise


@dataclass(frozen=True)
class Worsened:
    """A promise whose health sank to `health`; `item_id` is the item it is about, None for a milestone."""

    number: int
    item_id: int | None
    health: str


def read_worsened(session: orm.Session, product_id: int, today: dt.date) -> list[Worsened]:
    """The promises whose row for today is worse than their previous row, the worst first; one query."""
    before, last = orm.aliased(ForecastSnapshot), orm.aliased(ForecastSnapshot)
    newest = (
        sa.select(sa.func.max(last.made_on))
        .where(last.commitment_id == ForecastSnapshot.commitment_id, last.made_on < ForecastSnapshot.made_on)
        .where(last.shares > 0)
        .correlate(ForecastSnapshot)
        .scalar_subquery()
    )
    query = (
        sa.select(ForecastSnapshot, before, Commitment.number)
        .add_columns(sa.func.coalesce(Commitment.item_id, Request.item_id).label("item_id"))
        .join(Commitment, Commitment.id == ForecastSnapshot.commitment_id)
        .join(before, sa.and_(before.commitment_id == Commitment.id, before.made_on == newest))
        .outerjoin(Request, Request.id == Commitment.request_id)
        .where(ForecastSnapshot.product_id == product_id, ForecastSnapshot.made_on == today)
        .where(ForecastSnapshot.shares > 0, Commitment.withdrawn_at.is_(None))
        .where(before.target_on == ForecastSnapshot.target_on, Commitment.due_on == ForecastSnapshot.target_on)
    )
    found = [
        Worsened(number, item_id, _health(now))
        for now, earlier, number, item_id in session.execute(query)
        if WORST_FIRST.index(_health(now)) < WORST_FIRST.index(_health(earlier))
    ]
    return sorted(found, key=lambda each: (WORST_FIRST.index(each.health), each.number))


def _health(row: Any) -> str:
    return of_promise(row.target_on, half=row.p50_on, sure=row.p85_on)


def note(session: orm.Session, product: Product) -> Notification | None:
    """Today's one notification about them; under the product's lock.

    None if no health sank, if it exists already, or if the owner wants no such notifications.
    """
    today = clock.today(product.zone)
    worse = read_worsened(session, product.id, today)
    owner_id = _owner_id(session, product.id)
    if not worse or owner_id is None:
        return None
    way = way_for(ways_of(session, [owner_id]), owner_id, NotificationKind.PROMISE)
    told = sa.select(Notification.id).where(
        Notification.user_id == owner_id,
        Notification.product_id == product.id,
        Notification.version == version_of(today),
    )
    if way is Way.OFF or session.scalar(told) is not None:
        return None
    made = Notification(
        user_id=owner_id,
        product_id=product.id,
        version=version_of(today),
        kind=NotificationKind.PROMISE,
        what=f"promise_{worse[0].health}",
        item_id=worse[0].item_id if len(worse) == 1 else None,
        actor_id=None,
        items=len(worse),
        way=way,
        at=clock.now(),
        made_at=clock.now(),
    )
    session.add(made)
    return made


def version_of(day: dt.date) -> int:
    """Stands in for a version in notifications that come from a day and not from an act: negative, one per day."""
    return -day.toordinal()


def _owner_id(session: orm.Session, product_id: int) -> int | None:
    query = sa.select(User.id).join(Member, Member.user_id == User.id)
    return session.scalar(
        query.where(Member.product_id == product_id, Member.role == constant(Role.OWNER), User.is_active)
    )
