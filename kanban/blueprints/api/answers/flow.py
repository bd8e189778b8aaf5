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
    """The weeks that lie in the window from Monday to Sunday, oldest first; and what was finished within it in the week
    that was still running when it ended."""

    weeks: list[Week]
    running: Week
    mean: float | None


class Age(Shape):
    """An item in progress; `started_on` and `age_days` are null where it came from a list which didn't tell the day."""

    ref: str
    stage: str
    started_on: dt.date | None
    age_days: int | None
    is_blocked: bool


class CountedReason(Shape):
    """The reason ("" if nobody gave one) and how often it was given."""

    reason: str
    times: int


class PassedOver(Shape):
    """An item that stood higher and was not pulled."""

    ref: str
    times: int
    reasons: list[CountedReason]


class BrokenLimit(Shape):
    """A column that held more than its limit; `most` is the highest count."""

    column_id: int
    column: str
    times: int
    most: int
    reasons: list[CountedReason]


class FlowDay(Shape):
    """How many items had reached each stage, or a later one, by the end of a day; those from a list which didn't tell
    when, by the day on which they came in."""

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


class Lacking(Shape):
    """What is missing before there can be a date: how many there are of the `days` with a finish, or complete `weeks`,
    that are needed."""

    have: int
    need: int
    unit: str


class LearntFrom(Shape):
    """Complete weeks of finishes; `quiet_days` since the last one, null if nothing was ever finished."""

    first: dt.date
    until: dt.date
    weeks: int
    finished: int
    active_days: int
    quiet_days: int | None


class ModelTold(Shape):
    """How the futures were drawn; the same on the same day."""

    version: int
    drift: float
    trials: int
    seed: int


class Held(Shape):
    """How often of `n` times the dates of one percentile (`share`) held."""

    share: int
    held: int
    n: int


class Backtest(Shape):
    """Forecasts made again `on` a day from the product's own past, without looking ahead; the drift was learnt from
    that many of them."""

    on: dt.date | None
    learnt_from: int
    forecasts: list[Held]


class TrackRecord(Shape):
    """How often earlier forecasts held: `forecasts` those that were shown, one per week for each subject, `backtest`
    those that would have been. The verdict is about the former, and is `too early to judge` below 20 of them."""

    verdict: str
    forecasts: list[Held]
    backtest: Backtest | None


class DatesByShare(Shape):
    """Days by percentile; null beyond five years, and the last one is null for an early estimate."""

    p50: dt.date | None = None
    p85: dt.date | None = None
    p95: dt.date | None = None


class CountsByShare(Shape):
    """The least number of items, by percentile."""

    p50: int | None = None
    p85: int | None = None
    p95: int | None = None


class Forecast(Shape):
    """When the next `items` are done (work in progress counts), and how many are done `by` a day.

    `standing` is `enough`, `early` (two dates, in whole weeks), `short` (`lacking` says what of) or `stalled`; the last
    two have no dates and no counts.
    """

    version: int
    today: dt.date
    standing: str
    lacking: Lacking | None
    items: int | None
    dates: DatesByShare | None
    by: dt.date | None
    counts: CountsByShare | None
    sample: LearntFrom
    model: ModelTold
    track_record: TrackRecord


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
    """What an import did, or would do if it was only rehearsed."""

    created: int
    known: int
    mapping: list[dict[str, str | None]]
    notes: list[str]
