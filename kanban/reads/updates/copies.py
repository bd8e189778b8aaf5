"""The copies of a published update: one mail per person, what became of it, and how the person responded."""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Delivery, DeliveryState, Response, ResponseKind, Stakeholder, StatusUpdate


@dataclass(frozen=True)
class Recipient:
    """One person's copy of a published update, and what became of it."""

    delivery_id: int
    id: int
    name: str
    organisation: str
    state: str
    trouble: str | None
    sent_at: dt.datetime | None
    acknowledged_at: dt.datetime | None
    is_removed: bool


def read_recipients(session: orm.Session, update: StatusUpdate) -> list[Recipient]:
    """Each person's copy, refused ones first, then by name."""
    acknowledged = (
        sa.select(Response.delivery_id, sa.func.min(Response.at).label("at"))
        .where(Response.kind == ResponseKind.ACKNOWLEDGED)
        .group_by(Response.delivery_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(
            Delivery.id.label("delivery_id"),
            Stakeholder.id,
            Stakeholder.name,
            Stakeholder.organisation,
            Stakeholder.removed_at,
            Delivery.state,
            Delivery.trouble,
            Delivery.sent_at,
            acknowledged.c.at,
        )
        .join(Stakeholder, Stakeholder.id == Delivery.stakeholder_id)
        .outerjoin(acknowledged, acknowledged.c.delivery_id == Delivery.id)
        .where(Delivery.update_id == update.id)
        .order_by(Delivery.state != DeliveryState.REFUSED, sa.func.lower(Stakeholder.name))
    )
    return [
        Recipient(
            delivery_id=row.delivery_id,
            id=row.id,
            name=row.name,
            organisation=row.organisation,
            state=shown_state(row.state),
            trouble=row.trouble,
            sent_at=row.sent_at,
            acknowledged_at=row.at,
            is_removed=row.removed_at is not None,
        )
        for row in rows
    ]


def find_copy(session: orm.Session, update: StatusUpdate, delivery_id: int) -> Delivery | None:
    """One person's copy of this update, with the person loaded."""
    return session.scalar(
        sa.select(Delivery)
        .where(Delivery.update_id == update.id, Delivery.id == delivery_id)
        .options(orm.joinedload(Delivery.stakeholder))
    )


@dataclass(frozen=True)
class Copy:
    """One person's copy for the API; each kind of response is listed once, in the order in which they came."""

    email: str
    state: str
    responses: list[str]


def read_copies(session: orm.Session, update: StatusUpdate) -> list[Copy]:
    """Each person's copy of an update, by email address."""
    rows = session.execute(
        sa.select(Delivery.id, Stakeholder.email, Delivery.state)
        .join(Stakeholder, Stakeholder.id == Delivery.stakeholder_id)
        .where(Delivery.update_id == update.id)
        .order_by(Stakeholder.email)
    ).all()
    told = sa.select(Response.delivery_id, Response.kind).join(Delivery, Delivery.id == Response.delivery_id)
    told = told.where(Delivery.update_id == update.id, Response.kind != ResponseKind.UNSUBSCRIBED)
    responses: dict[int, list[str]] = {}
    for delivery_id, kind in session.execute(told.order_by(Response.id)):
        kinds = responses.setdefault(delivery_id, [])
        if kind.value not in kinds:
            kinds.append(kind.value)
    return [Copy(row.email, shown_state(row.state), responses.get(row.id, [])) for row in rows]


def shown_state(state: DeliveryState) -> str:
    """The state as people see it: a mail that is just being sent counts as still waiting."""
    return DeliveryState.WAITING.value if state is DeliveryState.SENDING else state.value
