"""How often the dates of forecasts held, counted from those that were kept as they were said."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

LEAST_TO_JUDGE = 20

Row = TypeVar("Row")


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
