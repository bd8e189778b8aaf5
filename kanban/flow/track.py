"""What was forecast on a day, kept as it was said and marked with its outcome; nothing here is ever recomputed."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TypeVar

from kanban.flow.draws import VERSION, Model
from kanban.flow.forecast import Curves, shares_shown
from kanban.flow.sample import Sample

LEAST_TO_JUDGE = 20

Row = TypeVar("Row")


@dataclass(frozen=True)
class Snapshot:
    """ "`items` will be done by …", as it was said on `made_on`: the dates by share, None for one beyond five years.

    Only what was shown is kept: no 95 % date of an early estimate. `target` is the date that was promised then.
    """

    made_on: date
    items: int
    dates: Mapping[int, date | None]
    window: tuple[date, date]
    seed: int
    drift: float
    target: date | None = None
    version: int = VERSION
    actual: date | None = None

    @classmethod
    def of(cls, sample: Sample, model: Model, curves: Curves, items: int, target: date | None = None) -> "Snapshot":
        """What the curves say today about the next so many items; no dates if the sample supports none."""
        return cls(
            made_on=curves.today,
            items=items,
            dates=curves.dates(items, shares_shown(sample.standing)),
            window=(sample.first, sample.until),
            seed=model.seed,
            drift=model.drift,
            target=target,
        )

    def marked(self, finishes: Mapping[date, int]) -> "Snapshot":
        """A copy with the day on which the last of its items was finished, if that has happened since `made_on`."""
        return self if self.actual else replace(self, actual=day_of_finish(finishes, self.made_on, self.items))

    def held(self, share: int, today: date) -> bool | None:
        """Whether the date of this share held; None if it was not given, or it is too early to say."""
        return did_hold(self.dates[share], self.actual, today) if share in self.dates else None


@dataclass(frozen=True)
class Record:
    """ "Our 85 % dates held 21 of 24 times"; below 20 it is too early to judge."""

    share: int
    held: int
    n: int

    @property
    def is_too_early(self) -> bool:
        return self.n < LEAST_TO_JUDGE


@dataclass(frozen=True)
class Track:
    """How often a product's dates held, by share.

    `kept` counts the dates that were shown to people, `tried` those that the forecast would have shown in the past (by
    the backtest of `tried_on`). The two are never added up.
    """

    kept: tuple[Record, ...] = ()
    tried: tuple[Record, ...] = ()
    tried_on: date | None = None
    learnt_from: int = 0

    @property
    def sure(self) -> Record:
        """The record of the 85 % dates that were shown."""
        return next((each for each in self.kept if each.share == 85), Record(85, 0, 0))


UNKNOWN = Track()


def record(share: int, outcomes: Iterable[bool | None]) -> Record:
    """The record of one percentile, over the forecasts that are known to have held or not."""
    known = [outcome for outcome in outcomes if outcome is not None]
    return Record(share, sum(known), len(known))


def did_hold(forecast: date | None, actual: date | None, today: date) -> bool | None:
    """Whether all was done by the date; a date that has passed with work remaining did not hold. None: not known yet.

    "Beyond five years" (None) held as soon as the work is done, since it promised nothing.
    """
    if actual is not None:
        return forecast is None or actual <= forecast
    return False if forecast is not None and forecast < today else None


def day_of_finish(finishes: Mapping[date, int], made_on: date, items: int) -> date | None:
    """The day of the n-th finish after a day; None if there are fewer."""
    for day in sorted(day for day in finishes if day > made_on):
        items -= finishes[day]
        if items <= 0:
            return day
    return None


def once_a_week(rows: Iterable[tuple[Hashable, date, Row]]) -> list[Row]:
    """From (subject, day, row), the first row of each subject in each week from Monday to Sunday, by day.

    The forecasts of two consecutive days are almost the same. If each were counted, one long promise that held would
    make up the whole record.
    """
    first: dict[tuple[Hashable, date], tuple[date, Row]] = {}
    for subject, day, row in rows:
        week = (subject, day - timedelta(days=day.weekday()))
        if week not in first or day < first[week][0]:
            first[week] = (day, row)
    return [row for _, row in sorted(first.values(), key=lambda pair: pair[0])]
