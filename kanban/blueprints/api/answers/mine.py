"""What concerns one person over all their products, as the API returns it: inbox, *My work* and portfolio."""

import datetime as dt

from kanban.blueprints.api.answers.common import Instant, Shape
from kanban.blueprints.api.answers.questions import Question


class NotificationTold(Shape):
    """A notification of what somebody else did. `kind` is the kind of notification as in the settings, `what` the kind
    of event; `actor` is the name of who did it, empty for a stakeholder; `items` counts the items that the act touched;
    `question` and `comment` have the first words of the one that it is about, if any; `path` leads there."""

    id: int
    kind: str
    what: str
    actor: str
    product: str
    ref: str | None
    title: str
    question: str
    comment: str
    items: int
    at: Instant
    is_read: bool
    path: str


class Inbox(Shape):
    """Notifications, newest first, and how many are unread in all."""

    data: list[NotificationTold]
    unread: int
    next: str | None


class Marked(Shape):
    """How many notifications this call marked as read, and how many are unread now."""

    marked: int
    unread: int


class HoldTold(Shape):
    """Why an item is blocked, since when, and what it waits for."""

    reason: str
    since: Instant
    waiting_for: str


class HeldTold(Shape):
    """An item that the person holds; `age_days` is null before its start (see its `column`), and if the start date is
    unknown."""

    ref: str
    title: str
    product: str
    column: str
    age_days: int | None
    in_column_since: Instant
    promised_on: dt.date | None
    is_late: bool
    blocked: HoldTold | None


class ToAcceptTold(Shape):
    """An item that stands where its owner's side accepts, and how many of its `criteria` are `met`."""

    ref: str
    title: str
    product: str
    column: str
    in_column_since: Instant
    met: int
    criteria: int
    promised_on: dt.date | None
    is_late: bool


class NextTold(Shape):
    """An item that could be pulled."""

    ref: str
    title: str
    has_criteria: bool
    promised_on: dt.date | None


class SourceTold(Shape):
    """A product in which the person may pull, and what they could pull; a pull takes the first of the items."""

    product: str
    items: list[NextTold]


class MyWork(Shape):
    """What the person holds and what they are to accept, oldest first; the questions that wait for them; and what they
    could pull next."""

    held: list[HeldTold]
    to_accept: list[ToAcceptTold]
    waiting: list[Question]
    next: list[SourceTold]


class ReportedTold(Shape):
    """What the last update to all stakeholders said."""

    update: int
    headline: str
    health: str
    on: dt.date


class PendingTold(Shape):
    """How many questions wait for an answer, and since when; `blocking` of them hold work up, `outside` of them were
    asked by stakeholders."""

    count: int
    since: Instant | None
    blocking: int
    outside: int


class UnderWay(Shape):
    """Items in progress; `oldest_days` is the age of the oldest, null if there are none; it is a lower bound unless
    `is_age_known`."""

    count: int
    oldest_days: int | None
    is_age_known: bool
    blocked: int


class StandingTold(Shape):
    """One product. `reported` is the health in the last update, null before the first one; `suggested_health` is what
    the facts suggest, with the `reasons`. `promises` counts the open ones as late, off_track, at_risk, on_track or
    unknown; `slipped_times` and `slipped_days` say how often and by how many days in all their dates moved later.
    `silent_days` is the time since the last update, if that is too long; `draft` the number of a draft that waits for
    its owner to publish it; `new_requests` is null for those who may not see requests."""

    product: str
    name: str
    needs_a_look: bool
    reported: ReportedTold | None
    draft: int | None
    suggested_health: str
    is_at_odds: bool
    reasons: list[str]
    promises: dict[str, int]
    slipped_times: int
    slipped_days: int
    silent_days: int | None
    questions: PendingTold
    in_progress: UnderWay
    new_requests: int | None


class Portfolio(Shape):
    """Your products; those that need a look come first."""

    data: list[StandingTold]
