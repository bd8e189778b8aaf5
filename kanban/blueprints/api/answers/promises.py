"""Milestones and promises (commitments), as the API returns them."""

import datetime as dt

from kanban.blueprints.api.answers.common import Change, Instant, Shape
from kanban.blueprints.api.answers.flow import DatesByShare


class Milestone(Shape):
    """A milestone: a named set of items, or (with `top`) the next N items to be finished. `commitment` is the id of its
    promise and `promised_on` the date of that; `finished_on` is the day on which the last of its items was finished,
    null if that is unknown. `dates` is the forecast if nothing more is added to the milestone, `dates_growing` the one
    if it keeps growing as it has; null if there is none."""

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
    """Milestones in the order of their ids."""

    data: list[Milestone]
    next: str | None


class MilestoneChanged(Milestone, Change):
    """A milestone just made."""


class CommitmentSubject(Shape):
    """What is promised: an item (its reference), a milestone or a request (their ids); the others are null. For an
    accepted request, `item` is the item that it became."""

    item: str | None
    milestone: int | None
    request: int | None


class CommitmentChange(Shape):
    """An entry of the delay log: a new date, its cause, and what helps until then."""

    number: int
    from_on: dt.date
    to_on: dt.date
    cause: str
    explanation: str
    mitigation: str
    at: Instant
    by: str


class Slips(Shape):
    """How often the date moved to a later day, and how many days after the first date it is now."""

    times: int
    days: int


class Commitment(Shape):
    """A promise. `state` is open, kept, late (its day passed before the work was finished, by `late_days` so far) or
    withdrawn. `stakeholders` are the addresses of those to whom it was made, null if you may not see them."""

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
    """Promises in the order of their ids."""

    data: list[Commitment]
    next: str | None


class CommitmentChanged(Commitment, Change):
    """A promise just made, moved to another date, or withdrawn."""
