"""Numbers of flow, the log and imports as the API tells them."""

import datetime as dt
from typing import Any

from kanban.blueprints.api.answers.common import Change, Instant, Shape


class CycleTime(Shape):
    """A finished item."""

    ref: str
    finished_on: dt.date
    days: int


class Percentiles(Shape):
    """Cycle times in days, nearest rank, over `n` finished items."""

    n: int
    p50: int | None
    p85: int | None
    p95: int | None


class Week(Shape):
    """Finished items of a week, by its Monday."""

    week: dt.date
    finished: int


class Throughput(Shape):
    """Complete weeks, oldest first, and the running one."""

    weeks: list[Week]
    running: Week
    mean: float | None


class Age(Shape):
    """An item in progress."""

    ref: str
    stage: str
    started_on: dt.date
    age_days: int
    is_blocked: bool


class CountedReason(Shape):
    """Why, "" where nobody said, and how often."""

    reason: str
    times: int


class PassedOver(Shape):
    """An item that stood higher and was not pulled."""

    ref: str
    times: int
    reasons: list[CountedReason]


class BrokenLimit(Shape):
    """A column that held more than its limit, at most `most`."""

    column_id: int
    column: str
    times: int
    most: int
    reasons: list[CountedReason]


class FlowDay(Shape):
    """How many items had come to each stage or beyond by the end of a day."""

    on: dt.date
    backlog: int
    ready: int
    doing: int
    review: int
    done: int


class Flow(Shape):
    """The flow of a product."""

    version: int
    cycle_times: list[CycleTime]
    percentiles: Percentiles
    throughput: Throughput
    wip: int
    ages: list[Age]
    cumulative: list[FlowDay]
    passed_over: list[PassedOver]
    limits_broken: list[BrokenLimit]


class Event(Shape):
    """One event of the log."""

    version: int
    seq: int
    kind: str
    ref: str | None
    actor: str | None
    at: Instant
    effective_at: Instant
    data: dict[str, Any]


class EventList(Shape):
    """Events by version; a version is never split."""

    data: list[Event]
    next: str | None


class Imported(Change):
    """What an import did, or would do where it was rehearsed."""

    created: int
    known: int
    mapping: list[dict[str, str | None]]
    notes: list[str]
