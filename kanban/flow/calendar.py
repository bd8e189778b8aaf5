"""The working calendar of a product: calendar days, weekends included, without its closures; it knows no pace."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Calendar:
    """Every day is open but the closures: holidays and shutdowns, as days in the product's time zone."""

    closures: frozenset[date] = frozenset()

    def is_open(self, day: date) -> bool:
        return day not in self.closures

    def open_days(self, first: date, last: date) -> list[date]:
        """The open days from first to last, both counted, oldest first; none when last lies before first."""
        return [day for day in _days(first, last) if day not in self.closures]

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


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)
