"""Drafts that a delegate handed to the owner for publishing."""

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
    """A draft that waits for its owner: who handed it over, and on which day (in the product's zone).

    `is_changed` if its words have changed since.
    """

    by: Person
    owner: Person
    on: dt.date
    is_changed: bool


def read_owner(session: orm.Session, product: Product) -> Person:
    """The owner, who publishes; named so as to differ from members with the same name. Two queries."""
    owner_id = owner_of(session, product).id
    return people_by_id(session, [owner_id], among=product)[owner_id]


def read_handed(session: orm.Session, product: Product, updates: Iterable[Any]) -> dict[int, Handed]:
    """By number, those of these updates (or rows of them) that wait for the owner; two queries, none if none does."""
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
    """Since when the present owner has owned the product; None if it never changed owners.

    A draft handed over before then was announced to another owner.
    """
    return session.scalar(sa.select(_since(product)))


def _since(product: Product) -> sa.ScalarSelect[dt.datetime]:
    changes = sa.select(sa.func.max(Event.at)).where(Event.product_id == product.id, Event.kind == _ANOTHER_OWNER)
    return changes.scalar_subquery()


def waits_for_owner() -> sa.ColumnElement[bool]:
    """The condition on StatusUpdate that it is a draft which waits for its product's present owner.

    Either it was handed to that owner, or it was held back.
    """
    since = sa.exists().where(
        Event.product_id == StatusUpdate.product_id, Event.kind == _ANOTHER_OWNER, Event.at >= StatusUpdate.handed_at
    )
    is_open = sa.and_(StatusUpdate.state == UpdateState.DRAFT, StatusUpdate.goes_out_at.is_(None))
    is_theirs = sa.and_(StatusUpdate.handed_at.is_not(None), ~since)
    return sa.and_(is_open, sa.or_(is_theirs, StatusUpdate.held.is_not(None)))


_ANOTHER_OWNER = "handed_over"
