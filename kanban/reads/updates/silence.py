"""For how long a product has published no update: whether that is too long, and when its owner is reminded.

The clock starts with the product's last update for everybody, or, before the first, with the first stakeholder who gets
updates. Without either, or with a cadence of 0 days, nobody is waiting and nothing is due.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.models import Delivery, Level, Member, Product, Stakeholder, StatusUpdate, UpdateState, constant
from kanban.policy import Role
from kanban.reads.updates.updates import FOR_EVERYBODY
from kanban.status.honesty import is_silent

REMINDER = "update_due"
MORNING = dt.time(7)


@dataclass(frozen=True)
class Silence:
    """The state today: the day of the last update (None if there was none), and since when people have waited."""

    last_on: dt.date | None
    since_on: dt.date
    days: int
    cadence_days: int
    is_long: bool

    @property
    def due_on(self) -> dt.date:
        """The day for which an update is, or was, due."""
        return self.since_on + dt.timedelta(days=self.cadence_days)

    @property
    def period_began_on(self) -> dt.date:
        """The latest day on which an update was due: one is due after each cadence that passes in silence."""
        return self.since_on + dt.timedelta(days=self.days // self.cadence_days * self.cadence_days)


def waiting_since() -> tuple[sa.ScalarSelect[Any], sa.ScalarSelect[Any]]:
    """Columns for a query over products: when the last update went out, and since when the first person waits."""
    told = (
        sa.select(sa.func.max(StatusUpdate.published_at))
        .where(StatusUpdate.product_id == Product.id, StatusUpdate.state == UpdateState.PUBLISHED, FOR_EVERYBODY)
        .correlate(Product)
        .scalar_subquery()
    )
    waits = (
        sa.select(sa.func.min(Stakeholder.added_at))
        .where(Stakeholder.product_id == Product.id, Stakeholder.removed_at.is_(None), Stakeholder.level != Level.NONE)
        .correlate(Product)
        .scalar_subquery()
    )
    return told, waits


def silence_of(
    told_at: dt.datetime | None, waits_since: dt.datetime | None, time_zone: str, cadence_days: int
) -> Silence | None:
    """The silence in days of the product's zone; None if nobody is waiting."""
    since = told_at or waits_since
    if since is None or cadence_days == 0:
        return None
    zone = ZoneInfo(time_zone)
    today, since_on = clock.today(zone), clock.day_of(since, zone)
    return Silence(
        last_on=clock.day_of(told_at, zone) if told_at else None,
        since_on=since_on,
        days=(today - since_on).days,
        cadence_days=cadence_days,
        is_long=is_silent(since_on, today, cadence_days),
    )


def read_silence(session: orm.Session, product: Product) -> Silence | None:
    """The silence of one product; one query."""
    told, waits = session.execute(
        sa.select(*waiting_since()).where(Product.id == product.id).select_from(Product)
    ).one()
    return silence_of(told, waits, product.time_zone, product.cadence_days)


# Reminders


def products_to_remind(session: orm.Session) -> list[int]:
    """The ids of the products whose owners are to be reminded now.

    An update is due, it is morning there, and the owner was not reminded of it yet.
    """
    return [product_id for product_id, _user_id in _due(session)]


def owner_to_remind(session: orm.Session, product_id: int) -> int | None:
    """The user id of the owner to remind about this product, if an update is still due; read under the write lock."""
    return next((user_id for found, user_id in _due(session, Product.id == product_id)), None)


def lock_of(product_id: int) -> sa.Select[Any]:
    """Locks the product's row, so that a second worker looks only after the first has written its reminder."""
    return sa.select(Product.id).where(Product.id == product_id).with_for_update()


def _due(session: orm.Session, *which: sa.ColumnElement[bool]) -> list[tuple[int, int]]:
    told, waits = waiting_since()
    reminded = (
        sa.select(sa.func.max(Delivery.created_at))
        .where(Delivery.product_id == Product.id, Delivery.kind == REMINDER)
        .correlate(Product)
        .scalar_subquery()
    )
    query = (
        sa.select(
            Product.id,
            Product.time_zone,
            Product.cadence_days,
            Member.user_id,
            told.label("told"),
            waits.label("waits"),
            reminded.label("reminded"),
        )
        .join(Member, Member.product_id == Product.id)
        .where(Member.role == constant(Role.OWNER))
        .where(Product.archived_at.is_(None), Product.cadence_days > 0, *which)
        .order_by(Product.id)
    )
    return [
        (row.id, row.user_id)
        for row in session.execute(query)
        if _is_due(silence_of(row.told, row.waits, row.time_zone, row.cadence_days), row.reminded, row.time_zone)
    ]


def _is_due(silence: Silence | None, reminded_at: dt.datetime | None, time_zone: str) -> bool:
    if silence is None or silence.days < silence.cadence_days:
        return False
    zone = ZoneInfo(time_zone)
    if clock.now().astimezone(zone).time() < MORNING:
        return False
    return reminded_at is None or clock.day_of(reminded_at, zone) < silence.period_began_on
