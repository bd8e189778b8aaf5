"""When work in progress counts as old, judged by how old the finished items were when they left each column.

The method is that of the ageing chart, whose bands are percentiles of the total age at leaving a column.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from kanban.flow.history import ItemHistory
from kanban.flow.metrics import cycle_time, days_between, percentile

ENOUGH = 10
SHARE = 85
BANDS = (50, SHARE, 95)


@dataclass(frozen=True)
class AgeMarks:
    """The age in days above which an item is old, by column; `otherwise` is that of any column not listed.

    `n` counts the finished items it is based on; `otherwise` is None if they are too few.
    """

    n: int
    by_column: Mapping[int, int]
    otherwise: int | None

    def days(self, column: int) -> int | None:
        """The highest age in this column that is not yet old."""
        return self.by_column.get(column, self.otherwise)


NONE = AgeMarks(0, {}, None)


def age_marks(
    histories: Iterable[ItemHistory], columns: Sequence[int], *, folded: Mapping[int, int] | None = None
) -> AgeMarks:
    """The marks of the columns, which are given in their order; `folded` maps a removed column to the one it counts as.

    The mark of a column is the 85th percentile, nearest rank, of the age at which the finished items left it for good.
    An item that skipped it left it on the day it passed it, so all columns are judged by the same items and the marks
    never decrease from left to right. A column that fewer than ten of them were ever in takes the mark of the next one
    to its right, and the percentile of the whole cycle time where there is none; with fewer than ten finished items
    there is no mark at all.
    """
    finished = _finished(histories)
    if len(finished) < ENOUGH:
        return AgeMarks(len(finished), {}, None)
    bands = _bands(finished, columns, folded, (SHARE,))
    otherwise = _at(_cycle_times(finished), SHARE)
    return AgeMarks(len(finished), {column: mark for column, (mark,) in bands.items()}, otherwise)


def age_bands(
    histories: Iterable[ItemHistory],
    columns: Sequence[int],
    *,
    folded: Mapping[int, int] | None = None,
) -> dict[int, tuple[int, ...]]:
    """By column, the ages at the percentiles of BANDS, found as in `age_marks`; empty below ten finished items."""
    finished = _finished(histories)
    return _bands(finished, columns, folded, BANDS) if len(finished) >= ENOUGH else {}


def _finished(histories: Iterable[ItemHistory]) -> list[ItemHistory]:
    return [history for history in histories if cycle_time(history) is not None]


def _cycle_times(finished: Iterable[ItemHistory]) -> list[int]:
    return [days for history in finished if (days := cycle_time(history)) is not None]


def _bands(
    finished: Sequence[ItemHistory],
    columns: Sequence[int],
    folded: Mapping[int, int] | None,
    shares: Sequence[int],
) -> dict[int, tuple[int, ...]]:
    places = {column: place for place, column in enumerate(columns)}
    places |= {gone: places[instead] for gone, instead in (folded or {}).items() if instead in places}
    ages, bands = _cycle_times(finished), {}
    for place, column in reversed(list(enumerate(columns))):
        if sum(_stood_in(history, place, places) for history in finished) >= ENOUGH:
            ages = [age_at_leaving(history, place, places) for history in finished]
        bands[column] = tuple(_at(ages, share) for share in shares)
    return bands


def _at(days: Iterable[int], share: int) -> int:
    found = percentile(days, share)
    assert found is not None, "there are finished items"
    return found


def age_at_leaving(history: ItemHistory, place: int, places: Mapping[int, int]) -> int:
    """How old a finished item was when it last passed this place, the first day counting as 1."""
    assert history.started_on is not None
    assert history.finished_on is not None
    left_on = _left_on(history, place, places) or history.finished_on
    return max(1, days_between(history.started_on, min(left_on, history.finished_on)))


def _left_on(history: ItemHistory, place: int, places: Mapping[int, int]) -> date | None:
    """The day of its first entry beyond this place that no later entry reversed; None if it has not left it."""
    left_on: date | None = None
    for entry in history.entries:
        here = places.get(entry.column or 0)
        if here is None:
            continue
        if here <= place:
            left_on = None
        elif left_on is None:
            left_on = entry.on
    return left_on


def _stood_in(history: ItemHistory, place: int, places: Mapping[int, int]) -> bool:
    return any(places.get(entry.column or 0) == place for entry in history.entries)
