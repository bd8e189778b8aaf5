"""Which drafts a delegate handed to the owner, who is to publish them, as pages tell it."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import orm

from kanban import clock
from kanban.models import Product, UpdateState
from kanban.reads.people import Person, owner_of, people_by_id


@dataclass(frozen=True)
class Handed:
    """A draft that waits for its owner, by whom it was handed over and on which day of the product; `is_changed` if its
    words are others by now."""

    by: Person
    owner: Person
    on: dt.date
    is_changed: bool


def read_owner(session: orm.Session, product: Product) -> Person:
    """Who publishes, told apart from members of the same name; two queries."""
    owner_id = owner_of(session, product).id
    return people_by_id(session, [owner_id], among=product)[owner_id]


def read_handed(session: orm.Session, product: Product, updates: Iterable[Any]) -> dict[int, Handed]:
    """By number, those of these updates (or rows of them) that wait for the owner; two queries, none without one."""
    waiting = [each for each in updates if each.state is UpdateState.DRAFT and each.handed_at is not None]
    if not waiting:
        return {}
    owner_id = owner_of(session, product).id
    people = people_by_id(session, [owner_id, *(each.handed_by_id for each in waiting)], among=product)
    return {
        each.number: Handed(
            people[each.handed_by_id],
            people[owner_id],
            clock.day_of(each.handed_at, product.zone),
            each.handed_revision != each.revision,
        )
        for each in waiting
        if each.handed_by_id != owner_id
    }
