"""Questions and their threads, as the API returns them."""

import datetime as dt

from kanban.blueprints.api.answers.common import Change, Instant, Shape


class AnswerTold(Shape):
    """One entry of a question's thread."""

    id: int
    kind: str
    author: str
    body: str
    becomes: str | None
    at: Instant


class Question(Shape):
    """A question with its thread; `ref` and `title` are those of its item, `turned_at` is when it became the turn of
    `waiting_on`."""

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
    asked_at: Instant
    turned_at: Instant
    closed_at: Instant | None
    cost: str
    answers: list[AnswerTold]


class QuestionList(Shape):
    """Questions, ordered by what the wait for an answer costs, costliest first."""

    data: list[Question]
    next: str | None


class QuestionChanged(Question, Change):
    """A question just changed."""
