"""Which drafts a delegate handed to the owner, who is to publish them, as pages tell it."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.models import Event, Member, Product, StatusUpdate, UpdateState, constant
from kanban.policy import Role
from kanban.reads.people.people import Person, owner_of, people_by_id


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
    drafts = [each for each in updates if each.state is UpdateState.DRAFT and each.goes_out_at is None]
    given = [each for each in drafts if each.handed_at is not None]
    if not given:
        return {}
    owning = sa.select(Member.user_id, _since(product)).where(Member.product_id == product.id)
    owner_id, since = session.execute(owning.where(Member.role == constant(Role.OWNER))).one()
    waiting = [each for each in given if since is None or each.handed_at > since]
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


def owner_since(session: orm.Session, product: Product) -> dt.datetime | None:
    """Since when its owner has owned it, None for the first one: what was handed over before was told to another."""
    return session.scalar(sa.select(_since(product)))


def _since(product: Product) -> sa.ScalarSelect[dt.datetime]:
    changes = sa.select(sa.func.max(Event.at)).where(Event.product_id == product.id, Event.kind == _ANOTHER_OWNER)
    return changes.scalar_subquery()


def waits_for_owner() -> sa.ColumnElement[bool]:
    """The condition that an update of a query is a draft with which its product's owner was told to go on, or that was
    held back."""
    since = sa.exists().where(
        Event.product_id == StatusUpdate.product_id, Event.kind == _ANOTHER_OWNER, Event.at >= StatusUpdate.handed_at
    )
    is_open = sa.and_(StatusUpdate.state == UpdateState.DRAFT, StatusUpdate.goes_out_at.is_(None))
    is_theirs = sa.and_(StatusUpdate.handed_at.is_not(None), ~since)
    return sa.and_(is_open, sa.or_(is_theirs, StatusUpdate.held.is_not(None)))


_ANOTHER_OWNER = "handed_over"
