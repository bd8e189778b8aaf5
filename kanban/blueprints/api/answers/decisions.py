"""Decisions and stakeholders' questions about updates, as the API returns them."""

import datetime as dt

from kanban.blueprints.api.answers.common import Change, Instant, Shape


class Decision(Shape):
    """A decision, made by `who` if that is given, by `stakeholder` if one is named, or else by the member `by`. It may
    be about an `item`, and come from a `question` or an `update`; `superseded_by` is the decision that replaced it."""

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
    """Decisions, newest first."""

    data: list[Decision]
    next: str | None


class DecisionChanged(Decision, Change):
    """A decision just written down."""


class UpdateQuestion(Shape):
    """A stakeholder's question about an update; `answer` is empty until somebody answers."""

    number: int
    update: int
    stakeholder: str
    body: str
    asked_at: Instant
    answer: str
    answered_by: str | None
    answered_at: Instant | None


class UpdateQuestionList(Shape):
    """Stakeholders' questions about updates, in the order of their numbers."""

    data: list[UpdateQuestion]
    next: str | None


class UpdateQuestionChanged(UpdateQuestion, Change):
    """A stakeholder's question just answered."""
