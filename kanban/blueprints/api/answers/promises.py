"""Milestones and promises (commitments) as the API tells them."""

import datetime as dt

from kanban.blueprints.api.answers.common import Change, Instant, Shape
from kanban.blueprints.api.answers.flow import DatesByShare


class Milestone(Shape):
    """A milestone: a named set of items, or (with `top`) the next N that are finished. `promised_on` is the date of its
    promise, `finished_on` the day on which the last of its items was finished, null where nobody knows it. `dates` is
    the forecast if nothing is added to it, `dates_growing` if it keeps growing like this; null if there is none."""

    id: int
    name: str
    top: int | None
    items: list[str]
    total: int
    done: int
    finished_on: dt.date | None
    promised_on: dt.date | None
    commitment: int | None
    dates: DatesByShare | None
    dates_growing: DatesByShare | None


class MilestoneList(Shape):
    """Milestones by id."""

    data: list[Milestone]
    next: str | None


class MilestoneChanged(Milestone, Change):
    """A milestone just made."""


class CommitmentSubject(Shape):
    """What is promised: an item by its reference, a milestone or a request by its id; the others are null. An accepted
    request also has the item that it became."""

    item: str | None
    milestone: int | None
    request: int | None


class CommitmentChange(Shape):
    """An entry of the delay log."""

    number: int
    from_on: dt.date
    to_on: dt.date
    cause: str
    explanation: str
    mitigation: str
    at: Instant
    by: str


class Slips(Shape):
    """How often the date moved to a later day, and how many days it is now after the first one."""

    times: int
    days: int


class Commitment(Shape):
    """A promise. `state` is open, kept, late (its day passed before it was finished, by `late_days` so far) or
    withdrawn; `stakeholders` is null for those who may not see them."""

    id: int
    subject: CommitmentSubject
    statement: str
    first_due_on: dt.date
    due_on: dt.date
    state: str
    late_days: int
    finished_on: dt.date | None
    made_at: Instant
    withdrawn_at: Instant | None
    withdrawn_reason: str
    stakeholders: list[str] | None
    changes: list[CommitmentChange]
    slipped: Slips


class CommitmentList(Shape):
    """Promises by id."""

    data: list[Commitment]
    next: str | None


class CommitmentChanged(Commitment, Change):
    """A promise just made, moved or withdrawn."""
