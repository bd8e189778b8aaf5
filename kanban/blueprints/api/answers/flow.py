"""Flow metrics, forecasts, the log and imports, as the API returns them."""

import datetime as dt
from typing import Any

from kanban.blueprints.api.answers.common import Change, Instant, Shape


class CycleTime(Shape):
    """The cycle time of a finished item, in days."""

    ref: str
    finished_on: dt.date
    days: int


class Percentiles(Shape):
    """Percentiles of the cycle times of `n` finished items, in days, by nearest rank."""

    n: int
    p50: int | None
    p85: int | None
    p95: int | None


class Week(Shape):
    """How many items were finished in the week that begins on the Monday `week`."""

    week: dt.date
    finished: int


class Throughput(Shape):
    """The complete weeks of the window, Monday to Sunday, oldest first, and their mean; `running` is the week that was
    not over when the window ended, with what was finished in it within the window."""

    weeks: list[Week]
    running: Week
    mean: float | None


class Age(Shape):
    """An item in progress; `started_on` and `age_days` are null if it was imported without its start date."""

    ref: str
    stage: str
    started_on: dt.date | None
    age_days: int | None
    is_blocked: bool


class CountedReason(Shape):
    """A reason ("" if none was given) and how often it was given."""

    reason: str
    times: int


class PassedOver(Shape):
    """An item that was passed over: it stood higher and could have been pulled, but wasn't."""

    ref: str
    times: int
    reasons: list[CountedReason]


class BrokenLimit(Shape):
    """A column that held more than its limit; `most` is the highest number of items it held."""

    column_id: int
    column: str
    times: int
    most: int
    reasons: list[CountedReason]


class FlowDay(Shape):
    """How many items had reached each stage, or a later one, by the end of a day; items imported without dates count
    from the day on which they were imported."""

    on: dt.date
    backlog: int
    ready: int
    doing: int
    review: int
    done: int


class Flow(Shape):
    """The flow metrics of a product."""

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
    """What is missing before there can be a forecast: how many there are (`have`) of the days with a finish or of the
    complete weeks (`unit`: days or weeks) that are needed (`need`)."""

    have: int
    need: int
    unit: str


class LearntFrom(Shape):
    """The sample that a forecast learns from: complete weeks of finished items. `active_days` are days on which
    something was finished; `quiet_days` counts the days since the last of them, null if nothing was ever finished."""

    first: dt.date
    until: dt.date
    weeks: int
    finished: int
    active_days: int
    quiet_days: int | None


class ModelTold(Shape):
    """How the possible futures were drawn; a forecast is the same if it is repeated on the same day."""

    version: int
    drift: float
    trials: int
    seed: int


class Held(Shape):
    """How many of the `n` dates of one percentile (`share`) held."""

    share: int
    held: int
    n: int


class Backtest(Shape):
    """Forecasts that were made again from the product's own past, without looking ahead, `on` the day given; the drift
    was learnt from `learnt_from` of them."""

    on: dt.date | None
    learnt_from: int
    forecasts: list[Held]


class TrackRecord(Shape):
    """How often earlier forecasts held: `forecasts` are those that were shown, one per week for each subject,
    `backtest` those that would have been shown. The verdict is about `forecasts`, and is `too early to judge` with
    fewer than 20 of them."""

    verdict: str
    forecasts: list[Held]
    backtest: Backtest | None


class DatesByShare(Shape):
    """Forecast dates by percentile; null means beyond five years, and `p95` is also null for an early estimate."""

    p50: dt.date | None = None
    p85: dt.date | None = None
    p95: dt.date | None = None


class CountsByShare(Shape):
    """How many items will be done at least, by percentile."""

    p50: int | None = None
    p85: int | None = None
    p95: int | None = None


class Forecast(Shape):
    """When the next `items` will be done (work in progress counts), and how many will be done `by` a day.

    `standing` says how much history there is: `enough`, `early` (only two dates, in whole weeks), `short` (`lacking`
    says what is missing) or `stalled`; the last two have no dates and no counts.
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
    """One event of the log; `at` is when it was recorded, `effective_at` when it happened."""

    version: int
    seq: int
    kind: str
    ref: str | None
    actor: str | None
    at: Instant
    effective_at: Instant
    data: dict[str, Any]


class EventList(Shape):
    """Events in the order of their versions; all events of a version are on the same page."""

    data: list[Event]
    next: str | None


class Imported(Change):
    """What an import did or, if it was only rehearsed, would do."""

    created: int
    known: int
    mapping: list[dict[str, str | None]]
    notes: list[str]
