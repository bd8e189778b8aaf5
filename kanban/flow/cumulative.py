"""Cumulative flow as numbers: how many items had reached each stage, or a later one, by the end of each day."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from kanban.flow.calendar import each_day
from kanban.flow.history import ItemHistory
from kanban.flow.stage import Stage


@dataclass(frozen=True)
class Day:
    """The height of each stage's line at the end of one day; no line ever falls, or lies above an earlier stage's."""

    on: date
    reached: dict[Stage, int]


def cumulative_flow(histories: Iterable[ItemHistory], first: date, last: date) -> list[Day]:
    """Every day from first to last; which days are asked for has no influence on their counts.

    Items that are discarded now do not count. A start or finish whose day is unknown counts from the day by which it
    had happened, so that the counts of the last day agree with the board.
    """
    arrivals = {stage: Counter[date]() for stage in Stage}
    for history in histories:
        if not history.is_discarded:
            for crossing in history.crossings:
                arrivals[crossing.stage][crossing.on] += 1
    reached = {stage: sum(n for on, n in counts.items() if on < first) for stage, counts in arrivals.items()}
    days = []
    for on in each_day(first, last):
        for stage, counts in arrivals.items():
            reached[stage] += counts[on]
        days.append(Day(on, dict(reached)))
    return days
