"""When the items in progress will be finished, judged by the finished items that took longer than they have so far."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from kanban.flow.calendar import Calendar
from kanban.flow.forecast import SHARES, open_days_ahead, rank

LEAST_SURVIVORS = 5


@dataclass(frozen=True)
class Remaining:
    """When an item in progress will be finished; `dates` is None for one older than almost everything finished."""

    age_days: int
    survivors: int
    dates: dict[int, date | None] | None


def in_progress(
    ages: Iterable[int],
    cycle_times: Sequence[int],
    today: date,
    *,
    calendar: Calendar | None = None,
    shares: Sequence[int] = SHARES,
) -> list[Remaining]:
    """For each age in days, in the order given, when an item of that age will be finished.

    It is judged by the finished items that took longer than that age (the survivors): their cycle times, less the age.
    To subtract the age from the service level would be wrong: that forgets that this item has already survived so long.
    With fewer than 5 survivors there is no date: the item is older than almost everything that was finished.
    """
    calendar = calendar or Calendar()
    ahead = open_days_ahead(today, calendar)
    horizon = int((ahead[-1] - np.datetime64(today, "D")).astype(int)) if len(ahead) else 0
    ordered = np.sort(np.asarray(cycle_times, dtype=np.int64))
    found = []
    for age in ages:
        longer = ordered[np.searchsorted(ordered, age, side="right") :]
        dates: dict[int, date | None] | None = None
        if len(longer) >= LEAST_SURVIVORS:
            lengths = {share: int(longer[rank(share, len(longer)) - 1]) - age for share in shares}
            dates = {share: _landing(today, days, calendar, horizon) for share, days in lengths.items()}
        found.append(Remaining(age, len(longer), dates))
    return found


def _landing(today: date, days: int, calendar: Calendar, horizon: int) -> date | None:
    """The day that many days from today, or the next open day after it; None if it is beyond `horizon` days."""
    if days > horizon:
        return None
    return calendar.next_open(today + timedelta(days=days))
