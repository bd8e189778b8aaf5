"""The working calendar of a product: its closures and its working weekdays.

The forecast counts every open day, weekends included; a promise must be for a working day.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

_DAY = timedelta(days=1)

#: Monday to Friday, counted as `date.weekday()` counts.
MONDAY_TO_FRIDAY = frozenset(range(5))


@dataclass(frozen=True)
class Calendar:
    """Every day is open except closures: holidays and shutdowns, as days in the product's time zone."""

    closures: frozenset[date] = frozenset()
    working_weekdays: frozenset[int] = MONDAY_TO_FRIDAY

    def is_open(self, day: date) -> bool:
        return day not in self.closures

    def is_working(self, day: date) -> bool:
        """Whether people work on this day: it is a working weekday, and not a closure."""
        return day.weekday() in self.working_weekdays and self.is_open(day)

    def next_working(self, day: date) -> date:
        """The day itself, or the first working one after it. At least one weekday is always a working day."""
        while not self.is_working(day):
            day += _DAY
        return day

    def open_days(self, first: date, last: date) -> list[date]:
        """The open days from first to last, both counted, oldest first; none if last is before first."""
        return [day for day in each_day(first, last) if day not in self.closures]

    def next_open(self, day: date) -> date:
        """The day itself, or the first open one after it."""
        while day in self.closures:
            day += _DAY
        return day

    def last_open(self, until: date, count: int, *, since: date) -> list[date]:
        """The last `count` open days up to `until`, oldest first; fewer when `since` comes before that many."""
        found: list[date] = []
        day = until
        while len(found) < count and day >= since:
            if day not in self.closures:
                found.append(day)
            day -= _DAY
        return found[::-1]


def each_day(first: date, last: date) -> Iterator[date]:
    """Every day from first to last, both included."""
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)
