"""Questions and their threads as the API tells them."""

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
    """A question with its thread."""

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
    """Questions, the costliest silence first."""

    data: list[Question]
    next: str | None


class QuestionChanged(Question, Change):
    """A question just changed."""
