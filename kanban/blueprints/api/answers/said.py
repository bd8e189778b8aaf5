"""Decisions and stakeholders' questions as the API tells them."""

import datetime as dt

from kanban.blueprints.api.answers.common import Change, Instant, Shape


class Decision(Shape):
    """A decision: made by `who`, or by the stakeholder named, or else by `by`; what it came from, and what replaced
    it."""

    number: int
    body: str
    context: str
    who: str
    by: str | None
    stakeholder: str | None
    decided_on: dt.date
    at: Instant
    item: str | None
    question: int | None
    update: int | None
    supersedes: int | None
    superseded_by: int | None


class DecisionList(Shape):
    """Decisions, the newest first."""

    data: list[Decision]
    next: str | None


class DecisionChanged(Decision, Change):
    """A decision just written down."""


class UpdateQuestion(Shape):
    """What a stakeholder asked about an update, and the answer, empty while it waits."""

    number: int
    update: int
    stakeholder: str
    body: str
    asked_at: Instant
    answer: str
    answered_by: str | None
    answered_at: Instant | None


class UpdateQuestionList(Shape):
    """What stakeholders asked, in order."""

    data: list[UpdateQuestion]
    next: str | None


class UpdateQuestionChanged(UpdateQuestion, Change):
    """A question just answered."""
