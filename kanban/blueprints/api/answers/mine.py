"""What concerns one person over all their products as the API tells it: their inbox and their work."""

import datetime as dt

from kanban.blueprints.api.answers.common import Instant, Shape
from kanban.blueprints.api.answers.questions import Question


class NotificationTold(Shape):
    """What somebody else did: `kind` is the one chosen in the settings, `what` the kind of the event; `actor` is the
    name of who did it, empty for a stakeholder; `items` counts those that one act touched; `question` and
    `comment` have the first words of the one it is about, if any; `path` leads to it."""

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
    """Notifications, the newest first, and how many are unread in all."""

    data: list[NotificationTold]
    unread: int
    next: str | None


class Marked(Shape):
    """How many this call marked as read, and how many are unread now."""

    marked: int
    unread: int


class HoldTold(Shape):
    """What holds an item up."""

    reason: str
    since: Instant
    waiting_for: str


class HeldTold(Shape):
    """An item that the person holds; `age_days` is null before the start, and where nobody knows when
    that was (its `column` tells which)."""

    ref: str
    title: str
    product: str
    column: str
    age_days: int | None
    in_column_since: Instant
    promised_on: dt.date | None
    is_late: bool
    blocked: HoldTold | None


class NextTold(Shape):
    """An item that could be pulled."""

    ref: str
    title: str
    has_criteria: bool
    promised_on: dt.date | None


class SourceTold(Shape):
    """A product where the person may pull; the first of its items is what a pull takes."""

    product: str
    items: list[NextTold]


class MyWork(Shape):
    """What the person holds, the oldest first; the questions that wait on them; what they could pull next."""

    held: list[HeldTold]
    waiting: list[Question]
    next: list[SourceTold]


class ReportedTold(Shape):
    """What the last update to everybody said."""

    update: int
    headline: str
    health: str
    on: dt.date


class PendingTold(Shape):
    """Questions that wait on somebody, `outside` of them asked by stakeholders; `blocking` ones hold work up."""

    count: int
    since: Instant | None
    blocking: int
    outside: int


class UnderWay(Shape):
    """Items in progress; `oldest_days` is the age of the oldest (at least, where not `is_age_known`), null without
    any."""

    count: int
    oldest_days: int | None
    is_age_known: bool
    blocked: int


class StandingTold(Shape):
    """One product: the health that was reported, null before the first update, and the one the facts suggest, with the
    reasons; running promises counted as late, off_track, at_risk, on_track or unknown, and how often dates slipped,
    with the days in all; `silent_days` if nobody has heard of it for too long; `draft` the number of one that waits for
    its owner to publish it; `new_requests` null for whoever does not see them."""

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
