"""Drafts that go out by themselves, and drafts that were held back when their time came."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.models import Product, StatusUpdate
from kanban.reads.people.people import Person, people_by_id


@dataclass(frozen=True)
class Scheduled:
    """When a draft goes out, and who scheduled it.

    If it was held back, `at` is when it was to go out, and `why` says in sentences why it did not.
    """

    at: dt.datetime
    by: Person
    why: tuple[str, ...] = ()

    @property
    def is_held(self) -> bool:
        """Whether it was held back."""
        return bool(self.why)


def due_updates(session: orm.Session) -> list[tuple[int, int]]:
    """The updates (product id, number) whose time has come, the earliest first; one query."""
    query = sa.select(StatusUpdate.product_id, StatusUpdate.number).where(StatusUpdate.goes_out_at <= clock.now())
    return [(row.product_id, row.number) for row in session.execute(query.order_by(StatusUpdate.goes_out_at))]


def read_scheduled(session: orm.Session, product: Product, updates: Iterable[Any]) -> dict[int, Scheduled]:
    """By number, those of these updates (or rows of them) that are scheduled or held back; one query, or none."""
    given = {each.number: each for each in updates if each.goes_out_at is not None or each.held is not None}
    if not given:
        return {}
    who = {number: each.scheduled_by_id or each.held["by"] for number, each in given.items()}
    people = people_by_id(session, who.values(), among=product)
    return {number: _scheduled(each, people[who[number]]) for number, each in given.items()}


def _scheduled(update: Any, by: Person) -> Scheduled:
    if update.goes_out_at is not None:
        return Scheduled(update.goes_out_at, by)
    return Scheduled(dt.datetime.fromisoformat(update.held["was_due"]), by, tuple(update.held["why"]))
