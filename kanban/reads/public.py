"""Reads what a personal link leads to: a copy of an update, whom it was sent to, and what else they were sent."""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.mail.links import LinkClaim
from kanban.models import Delivery, Member, Product, StatusUpdate, UpdateState, User
from kanban.policy import Role


def copy_behind(session: orm.Session, claim: LinkClaim, *, to_act: bool = False) -> Delivery | None:
    """The delivery that a genuine link names, with person, update and responses; None where the link is dead.

    A link dies with the person's removal and when the person's links are made anew. `to_act` keeps others from acting
    on it at the same moment.
    """
    query = sa.select(Delivery).where(Delivery.id == claim.delivery_id)
    if to_act:
        query = query.with_for_update(of=Delivery)
    delivery = session.scalar(
        query.options(
            orm.joinedload(Delivery.stakeholder),
            orm.joinedload(Delivery.update),
            orm.selectinload(Delivery.responses),
        ).execution_options(populate_existing=True)
    )
    person = delivery.stakeholder if delivery is not None else None
    if person is None or person.removed_at is not None or person.link_serial != claim.serial:
        return None
    return delivery


@dataclass(frozen=True)
class Sent:
    """An earlier update that this person was sent; its own link is made from the delivery."""

    delivery_id: int
    number: int
    headline: str
    health: str
    published_at: dt.datetime
    is_this: bool


def sent_to(session: orm.Session, delivery: Delivery) -> list[Sent]:
    """All updates of the product that were sent to the same person, the newest first."""
    rows = session.execute(
        sa.select(
            Delivery.id, StatusUpdate.number, StatusUpdate.headline, StatusUpdate.health, StatusUpdate.published_at
        )
        .join(StatusUpdate, StatusUpdate.id == Delivery.update_id)
        .where(Delivery.stakeholder_id == delivery.stakeholder_id, StatusUpdate.state == UpdateState.PUBLISHED)
        .order_by(StatusUpdate.number.desc())
    )
    return [
        Sent(row.id, row.number, row.headline, row.health.value, row.published_at, row.id == delivery.id)
        for row in rows
        if row.published_at is not None
    ]


def correction_of(session: orm.Session, update_id: int) -> int | None:
    """The number of the newest published correction of an update, or None."""
    return session.scalar(
        sa.select(sa.func.max(StatusUpdate.number)).where(
            StatusUpdate.corrects_id == update_id, StatusUpdate.state == UpdateState.PUBLISHED
        )
    )


def product_of(session: orm.Session, delivery: Delivery) -> Product:
    """The product whose stakeholder this is."""
    assert delivery.stakeholder is not None
    return session.scalars(sa.select(Product).where(Product.id == delivery.stakeholder.product_id)).one()


def owner_of(session: orm.Session, product: Product) -> str:
    """The name of the product's owner."""
    return session.scalars(
        sa.select(User.name)
        .join(Member, Member.user_id == User.id)
        .where(Member.product_id == product.id, Member.role == Role.OWNER)
    ).one()
