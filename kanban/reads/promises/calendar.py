"""A product's calendar, read from its closures and the weekdays it works on; for promises and forecasts."""

import datetime as dt
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.errors import Missing
from kanban.flow.calendar import Calendar
from kanban.models import Closure, Product


def read_calendar(session: orm.Session, product: Product) -> Calendar:
    """The product's calendar; one query."""
    return calendar_of(list_closures(session, product), product.working_days)


def calendar_of(closures: Iterable[Closure], working_days: str) -> Calendar:
    """The calendar with these closures and working weekdays (digits from 1 for Monday)."""
    days = (day for closure in closures for day in _days(closure))
    return Calendar(frozenset(days), frozenset(int(day) - 1 for day in working_days))


def list_closures(session: orm.Session, product: Product) -> list[Closure]:
    """The product's closures by first day."""
    query = sa.select(Closure).where(Closure.product_id == product.id)
    return list(session.scalars(query.order_by(Closure.first_on, Closure.last_on)))


def find_closure(session: orm.Session, product: Product, closure_id: int) -> Closure:
    """The product's closure with this id; raises Missing if there is none."""
    query = sa.select(Closure).where(Closure.product_id == product.id, Closure.id == closure_id)
    found = session.scalar(query)
    if found is None:
        raise Missing
    return found


def _days(closure: Closure) -> Iterable[dt.date]:
    return (closure.first_on + dt.timedelta(days=n) for n in range((closure.last_on - closure.first_on).days + 1))
