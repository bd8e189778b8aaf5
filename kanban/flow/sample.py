"""What a forecast learns from: finished items per day over whole weeks that end yesterday, and whether that is enough.

Zero days count, and so do those since the last finish: a window that ended with the last finish would hide a stall.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from kanban.flow.calendar import Calendar

WEEK = 7
WEEKS = 13
MOST_WEEKS = 26
LEAST_WEEKS = 4
LEAST_ACTIVE_DAYS = 5
FULL_ACTIVE_DAYS = 10
STALLED_AFTER_DAYS = 28


class Standing(StrEnum):
    """What a sample supports: three dates, an early estimate of two, or none."""

    ENOUGH = "enough"
    EARLY = "early"
    SHORT = "short"
    STALLED = "stalled"


@dataclass(frozen=True)
class Shortage:
    """What is missing before there can be a date: "not enough history: 3 of 5" days with a finish, or weeks."""

    have: int
    need: int
    unit: str


@dataclass(frozen=True)
class Sample:
    """Daily counts over complete blocks of seven open days, oldest first, the last one `until`.

    `added` holds the items added to the scope on the same days, or nothing if they were not asked for. `quiet_days` is
    the number of open days since the last finish; None if nothing was ever finished. `past_weeks` is how many complete
    weeks have left the window.
    """

    counts: tuple[int, ...]
    first: date
    until: date
    quiet_days: int | None
    added: tuple[int, ...] = ()
    past_weeks: int = 0

    @classmethod
    def of(
        cls,
        finishes: Mapping[date, int],
        *,
        today: date,
        calendar: Calendar | None = None,
        weeks: int = WEEKS,
        since: date | None = None,
        added: Mapping[date, int] | None = None,
    ) -> "Sample":
        """The last complete blocks of seven open days that end yesterday: at most `weeks` (13 to 26) of them.

        `since` is the first day on which something could have been finished; by default the first finish. Closures are
        cut out, with what was finished on them; a finish today only ends a stall.
        """
        if not WEEKS <= weeks <= MOST_WEEKS:
            raise ValueError(f"A window has {WEEKS} to {MOST_WEEKS} weeks, not {weeks}.")
        calendar = calendar or Calendar()
        yesterday = today - timedelta(days=1)
        finished_on = [day for day, count in finishes.items() if count and day <= today]
        since = min([*finished_on, since or today])
        days = calendar.last_open(yesterday, weeks * WEEK, since=since)
        days = days[len(days) % WEEK :]
        last = max(finished_on, default=None)
        all_days = (today - since).days - sum(since <= closure < today for closure in calendar.closures)
        return cls(
            counts=tuple(finishes.get(day, 0) for day in days),
            first=days[0] if days else today,
            until=days[-1] if days else yesterday,
            quiet_days=None if last is None else len(calendar.open_days(last + timedelta(days=1), yesterday)),
            added=() if added is None else tuple(added.get(day, 0) for day in days),
            past_weeks=(all_days - len(days)) // WEEK,
        )

    @property
    def weeks(self) -> int:
        return len(self.counts) // WEEK

    @property
    def finished(self) -> int:
        return sum(self.counts)

    @property
    def active_days(self) -> int:
        """The days with at least one finish."""
        return sum(count > 0 for count in self.counts)

    @property
    def standing(self) -> Standing:
        if self.quiet_days is not None and self.quiet_days >= STALLED_AFTER_DAYS:
            return Standing.STALLED
        if self.shortage is not None:
            return Standing.SHORT
        return Standing.EARLY if self.active_days < FULL_ACTIVE_DAYS else Standing.ENOUGH

    @property
    def shortage(self) -> Shortage | None:
        """What is missing below 4 complete weeks or 5 days with a finish; None if nothing is."""
        if self.weeks < LEAST_WEEKS:
            return Shortage(self.weeks, LEAST_WEEKS, "weeks")
        if self.active_days < LEAST_ACTIVE_DAYS:
            return Shortage(self.active_days, LEAST_ACTIVE_DAYS, "days")
        return None

    def blocks(self, days: int = WEEK) -> NDArray[np.int64]:
        """(blocks, days): the finishes, in an order in which a week keeps its row while it stays in the window.

        So with the same seed a new week replaces the one that left, and nothing else in the draw changes.
        """
        return self._rows(self.counts, days)

    def added_blocks(self, days: int = WEEK) -> NDArray[np.int64]:
        """(blocks, days): the additions to the scope, in the same order; zeros if they were not asked for."""
        return self._rows(self.added or (0,) * len(self.counts), days)

    def _rows(self, counts: tuple[int, ...], days: int) -> NDArray[np.int64]:
        rows = np.array(counts, dtype=np.int64).reshape(-1, days)
        return np.roll(rows, self.past_weeks % len(rows), axis=0) if len(rows) else rows
