"""What a product's forecast says: the dates of a set of items, of a place in the queue, and of items in progress.

It answers by position and never by item, so one set of curves serves every order.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from kanban.flow.age import Age
from kanban.flow.calendar import Calendar
from kanban.flow.draws import Model
from kanban.flow.forecast import LEAST_CYCLE_TIMES, Curves, draw, in_whole_weeks, shares_shown
from kanban.flow.sample import Sample, Standing
from kanban.flow.survival import in_progress
from kanban.flow.track import UNKNOWN, Track


@dataclass(frozen=True)
class Dates:
    """The days by which something is done in 50 and in 85 % of the possible futures; None means beyond five years."""

    half: dt.date | None
    sure: dt.date | None


def later(one: dt.date | None, other: dt.date | None) -> dt.date | None:
    """The later of two forecast days; None, which means beyond five years, is later than any day."""
    return None if one is None or other is None else max(one, other)


@dataclass(frozen=True)
class Reach:
    """What has to happen before something is done.

    It can be a number of finishes (`finishes`), an item's turn in the queue (`position`, after `wip` items in
    progress), or the finish of items in progress with these `ages`. For a set with items in the queue it is both the
    finishes and the turn of the last one, since no whole is done before its part.
    """

    finishes: int | None = None
    position: int | None = None
    wip: int = 0
    ages: tuple[Age, ...] = ()


@dataclass(frozen=True, eq=False)
class Forecast:
    """What the finishes so far say about the days ahead.

    `sets` counts finishes from today on: a set of items is done with its N-th finish. `items` counts queue positions,
    each with a cycle time of its own. Both are None if there is too little history for a date, and `items` also if too
    few cycle times are known.

    `track` says how often such dates held, as last counted by the daily chores.
    """

    today: dt.date
    calendar: Calendar
    sample: Sample
    model: Model
    cycle_times: tuple[int, ...]
    sets: Curves | None
    items: Curves | None
    track: Track = UNKNOWN
    _grown: dict[Any, dict[int, dt.date | None]] = field(default_factory=dict, repr=False)

    @cached_property
    def standing(self) -> Standing:
        """How much history there is, and so what may be shown; cached, since each date asks for it."""
        return self.sample.standing

    def silence(self, reach: Reach) -> str:
        """Why something that is still to be done has no dates.

        Either there is too little `history`, or, for items in progress, too few cycle times are known (`times`), its
        start is unknown (`start`), or almost all finished items took less time than its age (`old`).
        """
        if self.sets is None:
            return "history"
        if len(self.cycle_times) < LEAST_CYCLE_TIMES:
            return "times"
        return "old" if all(age.is_known for age in reach.ages) else "start"

    def when(self, count: int) -> dict[int, dt.date | None]:
        """When the next `count` finishes have happened, by the shares that may be shown; empty without a forecast."""
        if self.sets is None:
            return {}
        shown = shares_shown(self.standing)
        return {share: self._shown(day) for share, day in self.sets.dates(count, shown).items()}

    def how_many(self, by: dt.date) -> dict[int, int]:
        """By share, how many finishes there are at least by the end of that day.

        The forecast must have been read up to that day (`by`).
        """
        return {share: self.sets.count_by(by, share) for share in shares_shown(self.standing)} if self.sets else {}

    def when_growing(self, count: int, added: Mapping[dt.date, int]) -> dict[int, dt.date | None]:
        """Like `when`, but with the scope growing as it did on these days of the window.

        Takes some 20 ms the first time, and more if work is added faster than it gets done.
        """
        if self.sets is None:
            return {}
        days = self.calendar.last_open(self.sample.until, len(self.sample.counts), since=self.sample.first)
        growing = replace(self.sample, added=tuple(added.get(day, 0) for day in days))
        key = (count, growing.added)
        if key not in self._grown:
            drawn = draw(growing, self.model, self.today, positions=count, calendar=self.calendar, is_growing=True)
            self._grown[key] = drawn.curves().dates(count, shares_shown(self.standing))
        return {share: self._shown(day) for share, day in self._grown[key].items()}

    def of_set(self, count: int) -> Dates | None:
        """When the next `count` finishes have happened: work in progress, then the queue up to a set's last item."""
        return self._pairs(self.sets, [count])[0] if self.sets else None

    def of_queue(self, length: int, wip: int) -> list[Dates] | None:
        """The dates of the queue's positions, from the first on, after `wip` items in progress."""
        if self.sets is None or not length:
            return [] if self.sets else None
        if self.items is None:
            return self._pairs(self.sets, range(wip + 1, wip + length + 1))
        return self._pairs(self.items, range(1, length + 1))

    def of_sets(self, length: int, wip: int) -> list[Dates] | None:
        """When the queue up to each position is done, with all work in progress; never before the item there."""
        if self.sets is None:
            return None
        sets = self._pairs(self.sets, range(wip + 1, wip + length + 1))
        items = self.of_queue(length, wip) or []
        return [
            Dates(later(whole.half, last.half), later(whole.sure, last.sure))
            for whole, last in zip(sets, items, strict=True)
        ]

    def of_started(self, age: Age) -> Dates | None:
        """The dates of an item in progress, from the finished items that took longer than its age.

        None if it is older than almost all of them, or if its age is unknown: a lower bound of the age doesn't tell how
        long the rest may take.
        """
        if self.sets is None or not age.is_known:
            return None
        [left] = in_progress([age.days], self.cycle_times, self.today, calendar=self.calendar, shares=(50, 85))
        return Dates(self._shown(left.dates[50]), self._shown(left.dates[85])) if left.dates else None

    def dates_at(self, reach: Reach) -> Mapping[int, dt.date | None]:
        """All the dates that may be shown, by share.

        Empty without a forecast, or if an item in progress is older than almost all finished ones or of unknown age.
        """
        if reach.finishes is None and reach.position is None:
            return self._of_ages(reach.ages)
        finished = self.when(reach.finishes) if reach.finishes is not None else {}
        if reach.position is None:
            return finished
        turn = self._of_turn(reach.position, reach.wip)
        return {share: later(day, finished.get(share, day)) for share, day in turn.items()}

    def _of_turn(self, position: int, wip: int) -> dict[int, dt.date | None]:
        if self.sets is None or self.items is None:
            return self.when(wip + position)
        dates = self.items.dates(position, shares_shown(self.standing))
        return {share: self._shown(day) for share, day in dates.items()}

    def _of_ages(self, ages: Sequence[Age]) -> Mapping[int, dt.date | None]:
        if not all(age.is_known for age in ages):
            return {}
        shares, days_old = shares_shown(self.standing), [age.days for age in ages]
        each = in_progress(days_old, self.cycle_times, self.today, calendar=self.calendar, shares=shares)
        known = [left.dates for left in each if left.dates]
        if not known or len(known) < len(each):
            return {}
        days = {share: [dates[share] for dates in known] for share in shares}
        return {
            share: self._shown(None if None in found else max(filter(None, found))) for share, found in days.items()
        }

    def _pairs(self, curves: Curves, positions: Sequence[int]) -> list[Dates]:
        half, sure = (curves.label(np.asarray(positions), share).astype(object).tolist() for share in (50, 85))
        return [Dates(self._shown(one), self._shown(other)) for one, other in zip(half, sure, strict=True)]

    def _shown(self, day: dt.date | None) -> dt.date | None:
        if day is None or self.standing is not Standing.EARLY:
            return day
        return in_whole_weeks(day, self.today, self.calendar)
