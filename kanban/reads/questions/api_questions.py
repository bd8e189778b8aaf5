"""Questions as the API returns them, over all products of a person, the costliest silence first."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.errors import Invalid
from kanban.models import Answer, Item, Member, Product, Question, QuestionState, User
from kanban.reads.questions.cost import NEAREST_PROMISE, Cost, cost_of, place_of

_asker, _addressee, _waits_on = orm.aliased(User), orm.aliased(User), orm.aliased(User)


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """One entry of a thread; `kind` says whether it is an answer, a question back, a reply or a return."""

    id: int
    kind: str
    author: str
    body: str
    becomes: str | None
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class ApiQuestion:
    """One question; people are email addresses.

    `cost` is a value of `cost.Cost`; `promised_on` is the item's nearest promise.
    """

    id: int
    ref: str
    title: str
    product: str
    body: str
    blocking: bool
    needed_by: dt.date | None
    assumption: str | None
    assumed_until: dt.date | None
    promised_on: dt.date | None
    state: str
    waiting_on: str | None
    asker: str
    addressee: str
    asked_at: dt.datetime
    turned_at: dt.datetime
    closed_at: dt.datetime | None
    cost: str
    answers: list[ApiAnswer]


def read_api_question(session: orm.Session, question: Question) -> ApiQuestion:
    """One question as it is in the session, including uncommitted changes."""
    session.flush()
    row = session.execute(_query().where(Question.id == question.id)).one()
    return _api_question(row, _answers(session, [question.id])[question.id])


def questions_on(session: orm.Session, product: Product) -> list[ApiQuestion]:
    """All questions of a product in the order in which they were asked."""
    rows = session.execute(_query().where(Question.product_id == product.id).order_by(Question.id)).all()
    answers = _answers(session, [row.Question.id for row in rows])
    return [_api_question(row, answers[row.Question.id]) for row in rows]


def read_api_questions(
    session: orm.Session,
    user: User,
    *,
    state: QuestionState | None,
    waiting_on: str | None,
    after: str | None,
    limit: int,
) -> tuple[list[ApiQuestion], str | None]:
    """A page of the questions in the person's products, and where the next page begins; discarded items are left out.

    `waiting_on` is an email address. `after` is where the previous page ended; the question that stood there may be
    gone by now.
    """
    member = sa.and_(Member.product_id == Product.id, Member.user_id == user.id)
    query = _query().join(Member, member).where(Item.discarded_at.is_(None), Product.archived_at.is_(None))
    if state is not None:
        query = query.where(Question.state == state)
    if waiting_on is not None:
        query = query.where(_waits_on.email == waiting_on)
    rows = sorted(session.execute(query), key=_by_cost)
    if after is not None:
        place = _read_place(after)
        rows = [row for row in rows if _by_cost(row) > place]
    page, more = rows[:limit], len(rows) > limit
    answers = _answers(session, [row.Question.id for row in page])
    found = [_api_question(row, answers[row.Question.id]) for row in page]
    return found, _place_words(page[-1]) if more else None


def _query() -> Any:
    return (
        sa.select(
            Question,
            Item.number.label("number"),
            Item.title.label("title"),
            Item.started_at.label("started_at"),
            Item.finished_at.label("finished_at"),
            Product.key.label("key"),
            Product.time_zone.label("time_zone"),
            NEAREST_PROMISE.label("promised_on"),
            _asker.email.label("asker"),
            _addressee.email.label("addressee"),
            _waits_on.email.label("waits_on"),
        )
        .join(Item, Item.id == Question.item_id)
        .join(Product, Product.id == Question.product_id)
        .join(_asker, _asker.id == Question.asker_id)
        .join(_addressee, _addressee.id == Question.addressee_id)
        .outerjoin(_waits_on, _waits_on.id == Question.waits_on_id)
    )


def _answers(session: orm.Session, ids: Sequence[int]) -> dict[int, list[ApiAnswer]]:
    found: dict[int, list[ApiAnswer]] = defaultdict(list)
    query = sa.select(Answer, User.email).join(User, User.id == Answer.author_id).where(Answer.question_id.in_(ids))
    for answer, email in session.execute(query.order_by(Answer.id)):
        becomes = answer.becomes.value if answer.becomes else None
        found[answer.question_id].append(
            ApiAnswer(answer.id, answer.kind.value, email, answer.body, becomes, answer.at)
        )
    return found


def _api_question(row: Any, answers: list[ApiAnswer]) -> ApiQuestion:
    question: Question = row.Question
    return ApiQuestion(
        id=question.id,
        ref=f"{row.key}-{row.number}",
        title=row.title,
        product=row.key,
        body=question.body,
        blocking=question.blocking,
        needed_by=question.needed_by,
        assumption=question.assumption,
        assumed_until=question.assumed_until,
        promised_on=row.promised_on,
        state=question.state.value,
        waiting_on=row.waits_on,
        asker=row.asker,
        addressee=row.addressee,
        asked_at=question.asked_at,
        turned_at=question.turned_at,
        closed_at=question.closed_at,
        cost=_cost(row).value,
        answers=answers,
    )


def _cost(row: Any) -> Cost:
    return cost_of(row.Question, started_at=row.started_at, finished_at=row.finished_at, time_zone=row.time_zone)


_Place = tuple[int, str, str, int]


def _by_cost(row: Any) -> _Place:
    question: Question = row.Question
    place, day, asked_at, number = place_of(
        _cost(row),
        promised_on=row.promised_on,
        needed_by=question.needed_by,
        assumed_until=question.assumed_until,
        asked_at=question.asked_at,
        number=question.id,
    )
    return place, day.isoformat(), asked_at.isoformat(), number


def _place_words(row: Any) -> str:
    return "~".join(str(part) for part in _by_cost(row))


def _read_place(words: str) -> _Place:
    parts = words.split("~")
    if len(parts) != 4 or not all(len(part) < 40 for part in parts) or not (parts[0] + parts[3]).isdecimal():
        raise Invalid({"after": "That is not a position in this list. Take it from the previous page."})
    return int(parts[0] or 0), parts[1], parts[2], int(parts[3] or 0)
