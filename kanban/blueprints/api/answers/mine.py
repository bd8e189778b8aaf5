"""What concerns one person over all their products as the API tells it: their inbox and their work."""

import datetime as dt

from kanban.blueprints.api.answers.common import Instant, Shape
from kanban.blueprints.api.answers.questions import Question


class NotificationTold(Shape):
    """What somebody else did: `kind` is the one chosen in the settings, `what` the kind of the event; `actor` is the
    name of who did it, empty for a stakeholder; `items` counts those that one act touched; `question` has the first
    words of the one it is about, if any; `path` leads to it."""

    id: int
    kind: str
    what: str
    actor: str
    product: str
    ref: str | None
    title: str
    question: str
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
