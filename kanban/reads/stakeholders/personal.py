"""What is known about one stakeholder: their page, and its export."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.flow.product_forecast import Forecast
from kanban.models import (
    Commitment,
    Delivery,
    Member,
    Product,
    Response,
    Stakeholder,
    StatusUpdate,
    UpdateQuestion,
    User,
    commitment_stakeholder,
)
from kanban.reads.promises.outlook import read_ahead, read_queue
from kanban.reads.promises.promises import PromiseLine, list_promises
from kanban.reads.requests import privacy as request_privacy
from kanban.reads.updates.copies import shown_state

MAILS_SHOWN = 200


@dataclass(frozen=True)
class MailLine:
    """One mail to the person: its state as people see it, and what the person did through its links."""

    delivery_id: int
    kind: str
    update: int | None
    headline: str
    state: str
    trouble: str | None
    created_at: dt.datetime
    sent_at: dt.datetime | None
    responses: tuple[tuple[str, dt.datetime], ...]


@dataclass(frozen=True)
class AskedLine:
    """A question that the person asked about an update, and its answer."""

    number: int
    update: int
    body: str
    asked_at: dt.datetime
    answer: str
    answered_at: dt.datetime | None


@dataclass(frozen=True)
class PersonPage:
    """A stakeholder's page: who added them, what was promised to them, their mails (newest first) and their questions.

    `health` is by promise number, for members, and only for promises about which something can be said. If one of their
    promises has no dates, `silent` is the forecast and `lacks` says why.
    """

    added_by: str
    promises: list[PromiseLine]
    health: Mapping[int, str | None]
    silent: Forecast | None
    lacks: str
    mails: list[MailLine]
    asked: list[AskedLine]


def read_person(session: orm.Session, product: Product, person: Stakeholder, member: Member | None) -> PersonPage:
    """Everything about one person in this product; without a `member`, nothing that only members may see."""
    mine = sa.select(commitment_stakeholder.c.commitment_id).where(commitment_stakeholder.c.stakeholder_id == person.id)
    promises = list_promises(session, product, member, Commitment.id.in_(mine))
    is_judged = member is not None and any(line.is_running for line in promises)
    ahead = read_ahead(session, product, read_queue(session, product)) if is_judged else None
    health = {each.number: each.health for each in ahead.promises} if ahead else {}
    theirs = {line.number for line in promises}
    lacking = [each.lacks for each in ahead.promises if each.lacks and each.number in theirs] if ahead else []
    return PersonPage(
        added_by=session.scalar(sa.select(User.name).where(User.id == person.added_by_id)) or "",
        promises=promises,
        health=health,
        silent=ahead.forecast if ahead and lacking else None,
        lacks=lacking[0] if lacking else "",
        mails=_mails(session, person),
        asked=_asked(session, person),
    )


def _mails(session: orm.Session, person: Stakeholder) -> list[MailLine]:
    told: dict[int, list[tuple[str, dt.datetime]]] = defaultdict(list)
    query = sa.select(Response.delivery_id, Response.kind, Response.at).join(
        Delivery, Delivery.id == Response.delivery_id
    )
    for row in session.execute(query.where(Delivery.stakeholder_id == person.id).order_by(Response.id)):
        told[row.delivery_id].append((row.kind.value, row.at))
    rows = session.execute(
        sa.select(
            Delivery.id,
            Delivery.kind,
            Delivery.state,
            Delivery.trouble,
            Delivery.created_at,
            Delivery.sent_at,
            StatusUpdate.number,
            StatusUpdate.headline,
        )
        .outerjoin(StatusUpdate, StatusUpdate.id == Delivery.update_id)
        .where(Delivery.stakeholder_id == person.id)
        .order_by(Delivery.id.desc())
        .limit(MAILS_SHOWN)
    )
    return [
        MailLine(
            delivery_id=row.id,
            kind=row.kind,
            update=row.number,
            headline=row.headline or "",
            state=shown_state(row.state),
            trouble=row.trouble,
            created_at=row.created_at,
            sent_at=row.sent_at,
            responses=tuple(told.get(row.id, ())),
        )
        for row in rows
    ]


def _asked(session: orm.Session, person: Stakeholder) -> list[AskedLine]:
    rows = session.execute(
        sa.select(UpdateQuestion, StatusUpdate.number)
        .join(StatusUpdate, StatusUpdate.id == UpdateQuestion.update_id)
        .where(UpdateQuestion.stakeholder_id == person.id)
        .order_by(UpdateQuestion.number.desc())
    )
    return [
        AskedLine(asked.number, number, asked.body, asked.asked_at, asked.answer, asked.answered_at)
        for asked, number in rows
    ]


def find_mail(session: orm.Session, person: Stakeholder, delivery_id: int) -> int | None:
    """The id of this mail if it was sent to this person, else None."""
    return session.scalar(
        sa.select(Delivery.id).where(Delivery.id == delivery_id, Delivery.stakeholder_id == person.id)
    )


# Export


def export_person(session: orm.Session, product: Product, person: Stakeholder) -> dict[str, Any]:
    """Everything that is kept about the person in this product, to be given to them; no links and no secrets."""
    page = read_person(session, product, person, None)
    return {
        "product": {"key": product.key, "name": product.name},
        "person": {
            "name": person.name,
            "email": person.email,
            "organisation": person.organisation,
            "level": person.level.value,
            "reason": person.reason,
            "added_at": person.added_at.isoformat(),
            "added_by": page.added_by,
            "removed_at": person.removed_at.isoformat() if person.removed_at else None,
        },
        "promises": [
            {
                "statement": line.statement,
                "item": line.ref or None,
                "first_due_on": line.first_on.isoformat(),
                "due_on": line.due_on.isoformat(),
                "made_at": line.made_at.isoformat(),
                "withdrawn_at": line.withdrawn_at.isoformat() if line.withdrawn_at else None,
                "changes": [
                    {
                        "from": change.from_on.isoformat(),
                        "to": change.to_on.isoformat(),
                        "cause": change.cause,
                        "explanation": change.explanation,
                        "mitigation": change.mitigation,
                    }
                    for change in line.changes
                ],
            }
            for line in page.promises
        ],
        "mails": [
            {
                "kind": line.kind,
                "update": line.update,
                "headline": line.headline,
                "state": line.state,
                "written_at": line.created_at.isoformat(),
                "sent_at": line.sent_at.isoformat() if line.sent_at else None,
                "answers": [{"kind": kind, "at": at.isoformat()} for kind, at in line.responses],
            }
            for line in page.mails
        ],
        "requests": request_privacy.export_requests(session, product, person),
        "questions": [
            {
                "update": asked.update,
                "question": asked.body,
                "asked_at": asked.asked_at.isoformat(),
                "answer": asked.answer or None,
            }
            for asked in page.asked
        ],
    }
