"""When the item at a position will be finished, and how many will be by a day: curves drawn from a sample of finishes.

A forecast depends on positions in the queue, not on items, so one set of curves serves every order and a re-order is a
look-up. The plain daily bootstrap that most tools use (single days; T. Vacanti, "When Will It Be Done?", 2020) is
over-confident on real histories. Here each trial draws whole weeks, among those that it believes in (see `draws`), and
multiplies its pace by exp(drift * standard normal), since no team keeps a constant pace; docs/decisions says what that
achieved. Percentiles are nearest rank. Day 1 is tomorrow. No clock and no calendar of its own: both are passed in.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kanban.flow.calendar import Calendar
from kanban.flow.draws import Counts, Drawing, Model
from kanban.flow.sample import WEEK, Sample, Standing

SHARES = (50, 85, 95)
EARLY_SHARES = (50, 85)
CONE = (15, 50, 85, 95)
LAST_YEAR = 5
LEAST_CYCLE_TIMES = 5
_MOST = np.iinfo(np.int32).max

Days = NDArray[np.datetime64]


@dataclass(frozen=True, eq=False)
class Curves:
    """How many items are finished by the end of each open day ahead, in every trial.

    They answer both questions: when so many items are done, and how many are done by a day.

    `days` are the open days from tomorrow on; `ranked` is (days, trials), each row sorted: items that are finished by
    then. Rows never fall from one day to the next. Anything beyond the last day, or five years, is None or NaT.
    """

    today: date
    days: Days
    ranked: Counts
    _columns: dict[int, Counts] = field(default_factory=dict, repr=False)

    def by_day(self, share: int) -> Counts:
        """(days,): the most items that at least `share` per cent of the trials have finished by the end of each day."""
        if share not in self._columns:
            trials = self.ranked.shape[1]
            self._columns[share] = np.ascontiguousarray(self.ranked[:, trials - rank(share, trials)])
        return self._columns[share]

    def date_of(self, position: int, share: int) -> date | None:
        """The first day by which at least `share` per cent of the trials have finished that many items."""
        return self.label([position], share)[0].astype(object)  # type: ignore[no-any-return]

    def dates(self, position: int, shares: Iterable[int] = SHARES) -> dict[int, date | None]:
        """`date_of` for several shares."""
        return {share: self.date_of(position, share) for share in shares}

    def label(self, positions: ArrayLike, share: int) -> Days:
        """(n,) days for (n,) positions, in any order: microseconds for a thousand, however the queue was re-ordered."""
        return self._padded_days[np.searchsorted(self.by_day(share), positions)]

    def count_by(self, day: date, share: int) -> int:
        """The most items that at least `share` per cent of the trials have finished by the end of that day.

        A day beyond the last one drawn counts as that one; to reach a later day, pass it to `draw` as `last_day`.
        """
        number = self._days_until(day)
        return int(self.by_day(share)[number - 1]) if number else 0

    def chance(self, position: int, day: date) -> float:
        """The share (0 to 1) of the trials that have finished that many items by the end of that day.

        People are never told more than ">95 %" while work remains.
        """
        number = self._days_until(day)
        if not number:
            return 0.0
        row = self.ranked[number - 1]
        return 1 - float(np.searchsorted(row, position)) / len(row)

    def kept(self, shares: Iterable[int] = SHARES) -> "Curves":
        """The curves of these shares only, in a few kilobytes instead of megabytes; they can no longer tell chances."""
        none = np.empty((0, 0), dtype=np.int32)  # an empty slice of `ranked` would keep all of it in memory
        return Curves(self.today, self.days, none, {share: self.by_day(share) for share in shares})

    def _days_until(self, day: date) -> int:
        return int(np.searchsorted(self.days, np.datetime64(day, "D"), side="right"))

    @cached_property
    def _padded_days(self) -> Days:
        return np.append(self.days, np.datetime64("NaT", "D"))


@dataclass(frozen=True, eq=False)
class Futures:
    """Drawn futures: `counts` is (open days ahead, trials), the items that are finished by the end of each day."""

    today: date
    ahead: Days
    counts: Counts

    def curves(self) -> Curves:
        """When the item at a position among all unfinished ones is finished; the same curve tells when it is pulled.

        An item is pulled when a place becomes free: the one at queue position k on the day of the k-th finish. A set of
        items is done with the N-th finish, N = the work in progress + the queue position of its last item.
        """
        return Curves(self.today, self.ahead[: len(self.counts)], np.sort(self.counts, axis=1))

    def done_curves(self, cycle_times: Sequence[int]) -> Curves | None:
        """When the item at each queue position is done: its pull, then a resampled cycle time of finished items.

        Cycle times are calendar days, both ends counted, so one of 1 is done on the day of its pull. A day that falls
        on a closure moves to the next open one. None with fewer than 5 cycle times.
        """
        if len(cycle_times) < LEAST_CYCLE_TIMES:
            return None
        offsets = (self.ahead - np.datetime64(self.today, "D")).astype(int)
        reached, trials = self.counts.shape
        end = offsets[reached - 1] + max(cycle_times) - 1 if reached else 0
        offsets = offsets[: np.searchsorted(offsets, end) + 1]
        started = np.vstack([np.zeros((1, trials), dtype=np.int32), self.counts])
        done = np.empty((len(offsets), trials), dtype=np.int32)
        for days, part in _spread(cycle_times, trials):
            rows = np.searchsorted(offsets[:reached], offsets - (days - 1), side="right")
            done[:, part] = started[rows, part]
        return Curves(self.today, self.ahead[: len(offsets)], np.sort(done, axis=1))


def curves(sample: Sample, model: Model, today: date, *, positions: int, calendar: Calendar | None = None) -> Curves:
    """The days by which the first `positions` items of a queue are finished: the futures of `draw`, sorted."""
    return draw(sample, model, today, positions=positions, calendar=calendar).curves()


def draw(
    sample: Sample,
    model: Model,
    today: date,
    *,
    positions: int,
    calendar: Calendar | None = None,
    is_growing: bool = False,
    last_day: date | None = None,
) -> Futures:
    """Futures long enough for 95 % of the trials to finish `positions` items, and up to `last_day`; five years at most.

    With `is_growing` the scope grows as it has lately (`Sample.added`, from the same weeks as the finishes), and only
    what is finished beyond that counts. `Sample.standing` tells what may be shown; only a sample without a complete
    week is rejected (ValueError). Drawing further ahead never changes the nearer days. Takes about 30 ms for 1,000
    positions at two a day.
    """
    calendar = calendar or Calendar()
    ahead = open_days_ahead(today, calendar)
    least = int(np.searchsorted(ahead, np.datetime64(last_day, "D"), side="right")) if last_day else 0
    parts: list[Counts] = []
    length = 0
    for part in _scaled(sample, model, calendar.is_open(today), is_growing=is_growing):
        parts.append(part[: len(ahead) - length])
        length += len(parts[-1])
        enough = np.count_nonzero(part[-1] >= positions) >= rank(max(SHARES), model.trials)
        if length >= len(ahead) or (enough and length >= least):
            break
    counts = np.concatenate(parts)
    return Futures(today, ahead, counts[: max(least, _rows_needed(counts, positions))])


def open_days_ahead(today: date, calendar: Calendar) -> Days:
    """The open days from tomorrow to the day five years from today; no date is ever later."""
    is_leap_day = (today.month, today.day) == (2, 29)
    last = today.replace(year=today.year + LAST_YEAR, day=28 if is_leap_day else today.day)
    days = np.arange(np.datetime64(today, "D") + 1, np.datetime64(last, "D") + 1)
    closed = np.array(list(calendar.closures), dtype="datetime64[D]")
    return days[~np.isin(days, closed)] if len(closed) else days


def _rows_needed(counts: Counts, positions: int) -> int:
    """The number of days after which 95 % of the trials are finished; all days if that never happens."""
    behind = np.count_nonzero(counts < positions, axis=1)
    allowed = counts.shape[1] - rank(max(SHARES), counts.shape[1])
    return min(len(counts), int(np.count_nonzero(behind > allowed)) + 1)


def _scaled(sample: Sample, model: Model, is_open_today: bool, *, is_growing: bool) -> Iterator[Counts]:
    """Chunk after chunk, (days, trials): what is finished by the end of each open day ahead, at each trial's pace."""
    drawing = Drawing(sample, model, starts_today=is_open_today)
    pace = np.exp(model.drift * drawing.moods)
    top = np.full(model.trials, -_MOST, dtype=np.int32)
    for finished, added in drawing.chunks(with_added=is_growing):
        scaled = pace * finished
        through = np.minimum(scaled, _MOST, out=scaled).astype(np.int32)
        if added is not None:
            through = np.maximum.accumulate(np.vstack([top, through - added]), axis=0)[1:]
            top = through[-1]
        yield through


def _spread(values: Sequence[int], trials: int) -> Iterator[tuple[int, slice]]:
    """Each distinct value with the slice of trials that get it, in proportion to how often it occurs.

    Any slice will do, since the trials are drawn independently of each other.
    """
    found, counts = np.unique(np.asarray(values), return_counts=True)
    ends = np.cumsum(counts) * trials // len(values)
    for value, start, end in zip(found, np.append(0, ends[:-1]), ends, strict=True):
        yield int(value), slice(int(start), int(end))


def rank(share: int, count: int) -> int:
    """The nearest rank, from 1: the smallest one that covers at least `share` per cent of `count` sorted values."""
    if not 0 < share <= 100:
        raise ValueError(f"A percentile lies above 0 and up to 100, not at {share}.")
    return -(-share * count // 100)


def shares_shown(standing: Standing) -> tuple[int, ...]:
    """The percentiles that a sample supports: three, two for an early estimate, none while there is too little."""
    match standing:
        case Standing.ENOUGH:
            return SHARES
        case Standing.EARLY:
            return EARLY_SHARES
        case Standing.SHORT | Standing.STALLED:
            return ()


def in_whole_weeks(day: date, today: date, calendar: Calendar | None = None) -> date:
    """Move a day out to whole weeks from today, and off a closure: an early estimate is no more precise than a week."""
    weeks = -(-(day - today).days // WEEK)
    return (calendar or Calendar()).next_open(today + timedelta(weeks=weeks))
