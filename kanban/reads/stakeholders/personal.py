"""What is known of one stakeholder: their page, its export, and forgetting it. The log knows people only by id, so that
it can still be replayed after an erasure."""

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import (
    Answer,
    Block,
    Command,
    Comment,
    Commitment,
    CommitmentChange,
    Criterion,
    Decision,
    Delivery,
    DeliveryState,
    Item,
    Member,
    Problem,
    Product,
    Question,
    Response,
    ResponseKind,
    Stakeholder,
    StatusUpdate,
    UpdateQuestion,
    User,
    commitment_stakeholder,
    search_index,
)
from kanban.models.stakeholder import FORMER
from kanban.reads.insights.forecast import Forecast
from kanban.reads.promises.outlook import read_ahead, read_queue
from kanban.reads.promises.promises import PromiseLine, list_promises
from kanban.reads.requests import privacy as request_privacy
from kanban.reads.updates.copies import shown_state

MAILS_SHOWN = 200
_LINES_AT_MOST = 20


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
    """A question that the person asked back, and its answer."""

    number: int
    update: int
    body: str
    asked_at: dt.datetime
    answer: str
    answered_at: dt.datetime | None


@dataclass(frozen=True)
class PersonPage:
    """A stakeholder's page: who added them, what was promised to them, their mails newest first, their questions.
    `health` by a promise's number, for members and promises of which something can be said; `silent` is the forecast
    if it has no dates for one of them, and `lacks` why."""

    added_by: str
    promises: list[PromiseLine]
    health: Mapping[int, str | None]
    silent: Forecast | None
    lacks: str
    mails: list[MailLine]
    asked: list[AskedLine]


def read_person(session: orm.Session, product: Product, person: Stakeholder, member: Member | None) -> PersonPage:
    """All of one person in this product."""
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
    """The id of this mail if it is one to this person."""
    return session.scalar(
        sa.select(Delivery.id).where(Delivery.id == delivery_id, Delivery.stakeholder_id == person.id)
    )


# Export


def export_person(session: orm.Session, product: Product, person: Stakeholder) -> dict[str, Any]:
    """Everything that is kept of the person in this product, for them to have; no links and no secrets."""
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


# Erasure


def erase_person(session: orm.Session, product: Product, person: Stakeholder, *, by: Member) -> list[str]:
    """Erase the person under the product's lock: name and address in their row, what mail servers said about the
    address, stored results of API calls. Waiting mails are not sent. What people wrote by hand is found by
    `still_named`. Returns the keys of files to be deleted after the commit."""
    email, name = person.email, person.name
    mails = sa.update(Delivery).where(Delivery.stakeholder_id == person.id)
    session.execute(
        mails.where(Delivery.state == DeliveryState.WAITING)
        .values(state=DeliveryState.CANCELLED)
        .execution_options(synchronize_session=False)
    )
    session.execute(mails.values(trouble=None).execution_options(synchronize_session=False))
    asked = sa.select(Delivery.id).where(Delivery.stakeholder_id == person.id)
    session.execute(
        sa.update(Response)
        .where(Response.delivery_id.in_(asked), Response.kind == ResponseKind.ASKED)
        .values(body="")
        .execution_options(synchronize_session=False)
    )
    session.execute(
        sa.update(Decision)
        .where(Decision.stakeholder_id == person.id, Decision.who == name)
        .values(who=FORMER)
        .execution_options(synchronize_session=False)
    )
    forget_answers(session, product, email, name.casefold())
    keys = request_privacy.forget_person(session, product, person)
    person.erase()
    product.record("stakeholder_erased", by=by, stakeholder=person.id)
    return keys


def forget_answers(session: orm.Session, product: Product, *words: str) -> None:
    """Drop the stored answers of commands in which one of these words (in lower case) occurs."""
    for command in session.scalars(sa.select(Command).where(Command.product_id == product.id)):
        if command.result and any(_holds(command.result, word) for word in words):
            command.result = None


def settle_erasure(engine: sa.Engine) -> None:
    """After the commit: remove the words of deleted texts from the index, and checkpoint SQLite's write-ahead log, so
    that the old rows can't be found there either. A reader in the middle of something delays that until the next
    erasure."""
    if engine.dialect.name != "sqlite":
        return
    connection = engine.raw_connection()
    try:
        connection.cursor().execute(search_index.FORGET_REMOVED)
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()


def _holds(result: Any, word: str) -> bool:
    """Tell whether the word occurs anywhere in a stored result."""
    match result:
        case dict():
            return any(_holds(value, word) for value in result.values())
        case list():
            return any(_holds(value, word) for value in result)
        case str():
            return word in result.casefold()
    return False


_of_questions = (
    sa.select(Item.number).join(Question, Question.item_id == Item.id).join(Answer, Answer.question_id == Question.id)
)


@dataclass(frozen=True)
class Named:
    """A text that still contains the name or address, and where it is, for whoever corrects it by hand."""

    kind: str
    ref: str
    update: int | None = None


def still_named(session: orm.Session, product: Product, name: str, email: str) -> list[Named]:
    """Texts of the product in which the name or the address occurs; the first twenty."""
    given = [word for word in (name.strip(), email) if len(word) > 2]
    words = sorted({way(word) for word in given for way in (str, str.lower, str.upper, str.title)})  # for SQLite
    found: list[Named] = []

    def holds(*columns: Any) -> sa.ColumnElement[bool]:
        return sa.or_(*(column.icontains(word, autoescape=True) for column in columns for word in words))

    of_items: list[tuple[str, sa.Select[Any]]] = [
        ("item", sa.select(Item.number).where(holds(Item.title, Item.description))),
        ("comment", sa.select(Item.number).join(Comment, Comment.item_id == Item.id).where(holds(Comment.body))),
        (
            "question",
            sa.select(Item.number)
            .join(Question, Question.item_id == Item.id)
            .where(holds(Question.body, Question.assumption)),
        ),
        ("answer", _of_questions.where(holds(Answer.body))),
        (
            "criterion",
            sa.select(Item.number).join(Criterion, Criterion.item_id == Item.id).where(holds(Criterion.text)),
        ),
        (
            "block",
            sa.select(Item.number).join(Block, Block.item_id == Item.id).where(holds(Block.reason, Block.waiting_for)),
        ),
    ]
    for kind, query in of_items:
        mine = query.where(Item.product_id == product.id).distinct().order_by(Item.number)
        found += [Named(kind, f"{product.key}-{number}") for number in session.scalars(mine.limit(_LINES_AT_MOST))]
    promised = sa.select(Commitment.number).outerjoin(CommitmentChange, CommitmentChange.commitment_id == Commitment.id)
    promised = promised.where(
        Commitment.product_id == product.id,
        holds(
            Commitment.statement, CommitmentChange.explanation, CommitmentChange.mitigation, Commitment.withdrawn_reason
        ),
    )
    found += [Named("promise", str(number)) for number in session.scalars(promised.distinct().limit(_LINES_AT_MOST))]
    trouble = holds(Problem.text, Problem.owner, Problem.next_step, Problem.ending)
    register = sa.select(Problem.number).where(Problem.product_id == product.id, trouble).order_by(Problem.number)
    found += [Named("problem", str(number)) for number in session.scalars(register.limit(_LINES_AT_MOST))]
    decided = sa.select(Decision.number).where(Decision.product_id == product.id)
    decided = decided.where(holds(Decision.body, Decision.context, Decision.who)).order_by(Decision.number)
    found += [Named("decision", str(number)) for number in session.scalars(decided.limit(_LINES_AT_MOST))]
    asked = sa.select(UpdateQuestion.number, StatusUpdate.number).join(StatusUpdate)
    asked = asked.where(StatusUpdate.product_id == product.id, holds(UpdateQuestion.body, UpdateQuestion.answer))
    found += [Named("asked", str(number), about) for number, about in session.execute(asked.limit(_LINES_AT_MOST))]
    of_update = (StatusUpdate.sections, StatusUpdate.answers, StatusUpdate.known, StatusUpdate.held)
    kept = [sa.cast(column, sa.Text) for column in of_update]
    escaped = [each.icontains(json.dumps(word)[1:-1], autoescape=True) for each in kept for word in words]  # by SQLite
    written = holds(StatusUpdate.headline, StatusUpdate.summary, StatusUpdate.health_reason, *kept)
    updates = sa.select(StatusUpdate.number).where(StatusUpdate.product_id == product.id, sa.or_(written, *escaped))
    found += [Named("update", str(number), number) for number in session.scalars(updates.limit(_LINES_AT_MOST))]
    return found[:_LINES_AT_MOST]
