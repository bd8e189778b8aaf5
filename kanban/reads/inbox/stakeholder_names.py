"""Which stakeholders a notification is about, by name, for a reader who may see them.

Names are read when the inbox is opened, so that an erased person is no longer named.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import policy
from kanban.models import Delivery, Event, Response, ResponseKind, Stakeholder
from kanban.policy import Action
from kanban.reads.updates import acknowledged

_SAID = ("decided", "stakeholder_asked")
#: How many readers of an update are named, the latest ones; the others are only counted.
_NAMED = 2


def read_stakeholder_names(session: orm.Session, rows: Sequence[Any]) -> dict[int, tuple[str, ...]]:
    """Names by notification id; at most two queries."""
    seen = [row.Notification for row in rows if policy.allows(row.role, Action.SEE_STAKEHOLDERS)]
    said = {(told.product_id, told.version, told.what): told.id for told in seen if told.what in _SAID}
    read = {acknowledged.update_of(told.version): told for told in seen if told.what == acknowledged.WHAT}
    return {**(_speakers(session, said) if said else {}), **(_readers(session, read) if read else {})}


def _speakers(session: orm.Session, said: dict[tuple[int, int, str], int]) -> dict[int, tuple[str, ...]]:
    columns = (Event.product_id, Event.version, Event.kind)
    query = (
        sa.select(*columns, Stakeholder.name)
        .join(Stakeholder, Stakeholder.id == Event.data["stakeholder"].as_integer())
        .where(sa.tuple_(*columns).in_(list(said)), Stakeholder.erased_at.is_(None))
    )
    return {said[product_id, version, kind]: (name,) for product_id, version, kind, name in session.execute(query)}


def _readers(session: orm.Session, read: dict[int, Any]) -> dict[int, tuple[str, ...]]:
    place = sa.func.row_number().over(partition_by=Delivery.update_id, order_by=Response.id.desc()).label("place")
    last = (
        sa.select(Delivery.update_id, Stakeholder.name, Stakeholder.erased_at, place)
        .select_from(Response)
        .join(Delivery, Delivery.id == Response.delivery_id)
        .join(Stakeholder, Stakeholder.id == Delivery.stakeholder_id)
        .where(Delivery.update_id.in_(list(read)), Response.kind == ResponseKind.ACKNOWLEDGED)
        .subquery()
    )
    query = sa.select(last).where(last.c.place <= _NAMED, last.c.erased_at.is_(None)).order_by(last.c.place)
    found: dict[int, tuple[str, ...]] = {}
    for row in session.execute(query):
        told = read[row.update_id]
        if row.place <= told.items:
            found[told.id] = (*found.get(told.id, ()), row.name)
    return found
