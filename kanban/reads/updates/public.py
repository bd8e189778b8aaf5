"""What a personal link leads to: a copy of an update, its reader, what they asked, and what else they were sent."""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.mail.links import LinkClaim
from kanban.models import (
    Delivery,
    Product,
    Stakeholder,
    StatusUpdate,
    UpdateQuestion,
    UpdateState,
    User,
)
from kanban.reads.updates.corrections import read_corrections


def copy_behind(session: orm.Session, claim: LinkClaim, *, to_act: bool = False) -> Delivery | None:
    """The delivery that a genuine link names, with person, update and responses; None if the link is dead.

    A link dies when the person is removed, and when new links are made for the person. `to_act` locks the row, so that
    nobody else acts on it at the same moment.
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
class SentUpdate:
    """An update that this person was sent; the link to it is made from its delivery.

    If it was corrected, `instead` is the delivery to read instead; None if that was not sent to them.
    """

    delivery_id: int
    number: int
    headline: str
    health: str
    published_at: dt.datetime
    is_this: bool
    corrected_at: dt.datetime | None
    instead: int | None


def sent_to(session: orm.Session, delivery: Delivery, product: Product) -> list[SentUpdate]:
    """All updates of the product that were sent to the same person, the newest first; two queries."""
    rows = session.execute(
        sa.select(
            Delivery.id,
            Delivery.update_id,
            StatusUpdate.number,
            StatusUpdate.headline,
            StatusUpdate.health,
            StatusUpdate.published_at,
        )
        .join(StatusUpdate, StatusUpdate.id == Delivery.update_id)
        .where(Delivery.stakeholder_id == delivery.stakeholder_id, StatusUpdate.state == UpdateState.PUBLISHED)
        .order_by(StatusUpdate.number.desc())
    ).all()
    corrections, copies = read_corrections(session, product.id), {row.update_id: row.id for row in rows}
    sent = []
    for row in rows:
        right = corrections.get(row.update_id or 0)
        sent.append(
            SentUpdate(
                delivery_id=row.id,
                number=row.number,
                headline=row.headline,
                health=row.health.value,
                published_at=row.published_at,
                is_this=row.id == delivery.id,
                corrected_at=right.published_at if right else None,
                instead=copies.get(right.update_id) if right else None,
            )
        )
    return sent


def product_of(session: orm.Session, delivery: Delivery) -> Product:
    """The product whose stakeholder got this delivery."""
    assert delivery.stakeholder is not None
    return session.scalars(sa.select(Product).where(Product.id == delivery.stakeholder.product_id)).one()


def product_behind(session: orm.Session, claim: LinkClaim) -> int | None:
    """The id of the product that a genuine link belongs to, even if the link is dead."""
    return session.scalar(
        sa.select(Stakeholder.product_id)
        .join(Delivery, Delivery.stakeholder_id == Stakeholder.id)
        .where(Delivery.id == claim.delivery_id)
    )


def count_waiting(session: orm.Session, person: Stakeholder) -> int:
    """How many of the person's questions have not been answered yet."""
    mine = UpdateQuestion.stakeholder_id == person.id
    return session.scalars(
        sa.select(sa.func.count()).select_from(UpdateQuestion).where(mine, UpdateQuestion.answered_at.is_(None))
    ).one()


def was_asked(session: orm.Session, delivery: Delivery, body: str) -> bool:
    """Whether the person has already asked exactly this about the update, answered or not."""
    asked = sa.exists().where(
        UpdateQuestion.update_id == delivery.update_id,
        UpdateQuestion.stakeholder_id == delivery.stakeholder_id,
        UpdateQuestion.body == body,
    )
    return bool(session.scalar(sa.select(asked)))


@dataclass(frozen=True)
class ReaderQuestion:
    """What the person asked about an update, and, if there is one, the answer and who gave it."""

    number: int
    body: str
    asked_at: dt.datetime
    answer: str
    answered_by: str | None
    answered_at: dt.datetime | None


def asked_about(session: orm.Session, delivery: Delivery) -> list[ReaderQuestion]:
    """What this person asked about the update that the delivery is a copy of, in order."""
    rows = session.execute(
        sa.select(UpdateQuestion, User.name)
        .outerjoin(User, User.id == UpdateQuestion.answered_by_id)
        .where(UpdateQuestion.update_id == delivery.update_id, UpdateQuestion.stakeholder_id == delivery.stakeholder_id)
        .order_by(UpdateQuestion.number)
    )
    return [
        ReaderQuestion(each.number, each.body, each.asked_at, each.answer, name, each.answered_at)
        for each, name in rows
    ]


def people_with_address(session: orm.Session, email: str) -> list[Stakeholder]:
    """The stakeholders with this email address, locked, so that two requests at the same time lead to one mail."""
    return list(
        session.scalars(
            sa.select(Stakeholder)
            .join(Product, Product.id == Stakeholder.product_id)
            .where(Stakeholder.email == email, Stakeholder.removed_at.is_(None), Product.archived_at.is_(None))
            .order_by(Stakeholder.id)
            .with_for_update(of=Stakeholder)
        )
    )


def was_sent_lately(session: orm.Session, person: Stakeholder, since: dt.datetime) -> bool:
    """Whether the person was sent their link again since then."""
    return bool(
        session.scalar(
            sa.select(
                sa.exists().where(
                    Delivery.stakeholder_id == person.id, Delivery.kind == "lost_link", Delivery.created_at > since
                )
            )
        )
    )
