"""Cycle time, age, throughput, work in progress and blocked time, worked out from histories.

Every number counts calendar days in the product's time zone, weekends included; percentiles are nearest rank.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from kanban.flow.age import Age, oldest
from kanban.flow.history import ItemHistory
from kanban.flow.stage import Stage

LEAST_WEEKS = 6
"""The fewest complete weeks for which limits are given; fewer don't tell what is ordinary."""


@dataclass(frozen=True)
class Sle:
    """The service level expectation: `share` per cent of items finish within `days`, judged by `n` finished ones."""

    share: int
    days: int
    n: int


@dataclass(frozen=True)
class CycleTime:
    """One finished item; blocked time is shown beside the cycle time, never taken off it."""

    ref: str
    title: str
    type: str
    started_on: date
    finished_on: date
    days: int
    blocked: timedelta


@dataclass(frozen=True)
class CycleTimes:
    """The finished items of a window, newest finish first; the percentiles are None while there are none."""

    n: int
    p50: int | None
    p85: int | None
    p95: int | None
    rows: tuple[CycleTime, ...]


@dataclass(frozen=True)
class Throughput:
    """Finished items by week (its Monday, count), oldest first, zeros included; `running` is the current week.

    The first week may have begun before `since`, the first day about which anything is known.
    """

    weeks: tuple[tuple[date, int], ...]
    running: tuple[date, int]
    since: date = date.min

    @property
    def complete(self) -> tuple[int, ...]:
        """The counts of the weeks of which every day is known: those that did not begin before `since`."""
        return tuple(count for monday, count in self.weeks if monday >= self.since)

    @property
    def mean(self) -> float | None:
        """Items a week over the complete weeks; None before the first one is over."""
        return sum(self.complete) / len(self.complete) if self.complete else None

    @property
    def limits(self) -> tuple[float, float] | None:
        """The counts between which a week is ordinary: the mean, and 2.66 times the mean moving range to either side.

        These are the natural limits of an XmR chart (D. Wheeler, Understanding Variation), the lower one at least 0.
        None with fewer than six weeks.
        """
        counts = self.complete
        if self.mean is None or len(counts) < LEAST_WEEKS:
            return None
        ranges = [abs(later - earlier) for earlier, later in pairwise(counts)]
        reach = 2.66 * sum(ranges) / len(ranges)
        return max(0.0, self.mean - reach), self.mean + reach


@dataclass(frozen=True)
class WipItem:
    """One item in progress and its age today; if that is not known, `started_on` is a day by which it had started."""

    ref: str
    title: str
    type: str
    stage: Stage
    started_on: date
    age: Age
    is_blocked: bool
    blocked: timedelta


@dataclass(frozen=True)
class Wip:
    """The items in progress, oldest first as far as their ages are known."""

    n: int
    rows: tuple[WipItem, ...]

    @property
    def oldest(self) -> Age | None:
        """The age of the oldest of them."""
        return oldest(row.age for row in self.rows)


def days_between(first: date, last: date) -> int:
    """Calendar days from one day to another, both counted: the same day is 1."""
    return (last - first).days + 1


def cycle_time(history: ItemHistory) -> int | None:
    """Finish day minus start day plus 1; None unless it is finished and both days are known."""
    if not history.is_finished or history.finished_on is None or not history.is_start_known:
        return None
    assert history.started_on is not None
    return days_between(history.started_on, history.finished_on)


def age(history: ItemHistory, today: date) -> Age | None:
    """Today minus start day plus 1; None unless in progress. On the finishing day it equals the cycle time."""
    if not history.is_in_progress or history.started_on is None:
        return None
    return Age.since(history.started_on, today, is_known=history.is_start_known)


def percentile(values: Iterable[int], share: int) -> int | None:
    """The nearest-rank percentile: the smallest value that at least `share` per cent of the values do not exceed."""
    if not 0 < share <= 100:
        raise ValueError(f"A percentile lies above 0 and up to 100, not at {share}.")
    ordered = sorted(values)
    if not ordered:
        return None
    return ordered[-(-share * len(ordered) // 100) - 1]


def service_level(histories: Iterable[ItemHistory], share: int = 85) -> Sle | None:
    """The expectation that the finished items among these support; None if there are none."""
    days = [value for value in map(cycle_time, histories) if value is not None]
    at = percentile(days, share)
    return None if at is None else Sle(share, at, len(days))


def finished_within(
    histories: Iterable[ItemHistory], *, since: date | None = None, until: date | None = None
) -> list[ItemHistory]:
    """The finished items whose finish is known to lie in the window, both ends included; None means no bound."""
    return [
        history
        for history in histories
        if history.is_finished
        and history.finished_on is not None
        and (since is None or history.finished_on >= since)
        and (until is None or history.finished_on <= until)
    ]


def cycle_times(
    histories: Iterable[ItemHistory], *, since: date | None = None, until: date | None = None
) -> CycleTimes:
    """The cycle times, where they are known, of the items finished in the window, or of all if none is given."""
    known = (history for history in finished_within(histories, since=since, until=until) if history.is_start_known)
    rows = [_cycle_row(history) for history in known]
    rows.sort(key=lambda row: (row.finished_on, row.days), reverse=True)
    days = [row.days for row in rows]
    return CycleTimes(len(rows), percentile(days, 50), percentile(days, 85), percentile(days, 95), tuple(rows))


def _cycle_row(history: ItemHistory) -> CycleTime:
    assert history.started_on is not None
    assert history.finished_on is not None
    assert history.finished_at is not None
    return CycleTime(
        ref=history.ref,
        title=history.title,
        type=history.type,
        started_on=history.started_on,
        finished_on=history.finished_on,
        days=days_between(history.started_on, history.finished_on),
        blocked=blocked_time(history, history.finished_at),
    )


def throughput(histories: Sequence[ItemHistory], today: date, since: date, *, weeks: int = 13) -> Throughput:
    """Finished items of the last weeks, Monday to Sunday.

    Weeks that lie before both `since` (the first day on which a finish could have been recorded) and the first finish
    are left out, and so are items that were finished on an unknown day.
    """
    this_monday = monday_of(today)
    days = [history.finished_on for history in finished_within(histories, until=today) if history.finished_on]
    since = min([since, *days])
    first = max(min(monday_of(since), this_monday), this_monday - timedelta(weeks=weeks))
    counts = Counter(map(monday_of, days))
    complete = max(0, (this_monday - first).days // 7)
    mondays = [first + timedelta(weeks=number) for number in range(complete)]
    told = tuple((monday, counts[monday]) for monday in mondays)
    return Throughput(told, (this_monday, counts[this_monday]), since)


def monday_of(day: date) -> date:
    """The Monday of the week in which a day lies."""
    return day - timedelta(days=day.weekday())


def wip(histories: Iterable[ItemHistory], today: date, now: datetime) -> Wip:
    """What is in progress, oldest first; items of the same age in the order given."""
    rows = [_wip_row(history, today, now) for history in histories if history.is_in_progress]
    rows.sort(key=lambda row: row.started_on)
    return Wip(len(rows), tuple(rows))


def _wip_row(history: ItemHistory, today: date, now: datetime) -> WipItem:
    assert history.started_on is not None
    return WipItem(
        ref=history.ref,
        title=history.title,
        type=history.type,
        stage=history.stage,
        started_on=history.started_on,
        age=Age.since(history.started_on, today, is_known=history.is_start_known),
        is_blocked=any(block.until is None for block in history.blocks),
        blocked=blocked_time(history, now),
    )


def blocked_time(history: ItemHistory, now: datetime) -> timedelta:
    """How long the item could not proceed between its start and its finish (or now); overlaps count once."""
    if history.started_at is None:
        return timedelta(0)
    end = min(history.finished_at or now, now)
    total, reached = timedelta(0), history.started_at
    for block in history.blocks:
        since, until = max(block.since, reached), min(block.until or end, end)
        if until > since:
            total += until - since
            reached = until
    return total
