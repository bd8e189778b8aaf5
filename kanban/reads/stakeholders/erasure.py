"""Erases a stakeholder, and finds texts that still name them.

The log knows stakeholders only by id, so it can be replayed afterwards.
"""

import json
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
    search_index,
)
from kanban.models.stakeholder import FORMER
from kanban.reads.requests import privacy as request_privacy

_LINES_AT_MOST = 20


def erase_person(session: orm.Session, product: Product, person: Stakeholder, *, by: Member) -> list[str]:
    """Erase the person under the product's lock; returns the keys of files to be deleted after the commit.

    This removes name and address from their row, from decisions and from requests; what mail servers said about the
    address; the bodies of questions in responses to mails; and stored results of commands. Mails that wait are
    cancelled. Other texts that people wrote by hand are not changed; `still_named` finds them.
    """
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
    """Drop the stored results of commands in which one of these words (in lower case) occurs."""
    for command in session.scalars(sa.select(Command).where(Command.product_id == product.id)):
        if command.result and any(_holds(command.result, word) for word in words):
            command.result = None


def settle_erasure(engine: sa.Engine) -> None:
    """After the commit: remove the words of deleted texts from the index, and checkpoint SQLite's write-ahead log.

    Otherwise the old rows could still be found there. If somebody is reading at that moment, it happens with the next
    erasure.
    """
    if engine.dialect.name != "sqlite":
        return
    connection = engine.raw_connection()
    try:
        connection.cursor().execute(search_index.FORGET_REMOVED)
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()


def _holds(result: Any, word: str) -> bool:
    """Whether the word occurs anywhere in a stored result."""
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
    """Texts of the product in which the name or the address occurs; at most twenty."""
    given = [word for word in (name.strip(), email) if len(word) > 2]
    # The usual spellings, since SQLite ignores case only in ASCII.
    words = sorted({way(word) for word in given for way in (str, str.lower, str.upper, str.title)})
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
    # SQLite stores JSON with other letters than ASCII escaped.
    escaped = [each.icontains(json.dumps(word)[1:-1], autoescape=True) for each in kept for word in words]
    written = holds(StatusUpdate.headline, StatusUpdate.summary, StatusUpdate.health_reason, *kept)
    updates = sa.select(StatusUpdate.number).where(StatusUpdate.product_id == product.id, sa.or_(written, *escaped))
    found += [Named("update", str(number), number) for number in session.scalars(updates.limit(_LINES_AT_MOST))]
    return found[:_LINES_AT_MOST]
