"""Possible futures drawn from a sample, trial by trial: how many items are finished by the end of each day ahead.

Each trial first draws, with replacement, the weeks of the sample that it believes in, and then resamples whole weeks
among those (double bootstrap; Davison and Hinkley, "Bootstrap Methods and their Application", 1997, 3.9). A numpy
generator gives the same numbers on every machine, as long as the version of numpy is the locked one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from kanban.flow.sample import MOST_WEEKS, WEEK, Sample

VERSION = 1
"""The version of the model; a stored forecast says which one made it."""

DRIFT = 0.4
TRIALS = 2000
_CHUNK_DAYS = 26 * WEEK
_LOTS = 1 << 16

Counts = NDArray[np.int32]


@dataclass(frozen=True)
class Model:
    """How futures are drawn; the same seed, sample and day give the same curves, on every machine.

    `drift` is the spread of the pace between trials; `redraws_beliefs` says whether each trial first draws the blocks
    that it believes in; a block has `block_days` days (7, or 1 for the plain daily bootstrap).
    """

    seed: int = 0
    drift: float = DRIFT
    trials: int = TRIALS
    redraws_beliefs: bool = True
    block_days: int = WEEK

    @classmethod
    def plain(cls, seed: int = 0, trials: int = TRIALS) -> "Model":
        """The daily bootstrap that others use and that the model has to beat; its results can be computed exactly."""
        return cls(seed, drift=0.0, trials=trials, redraws_beliefs=False, block_days=1)


def seed_of(product: str, day: date) -> int:
    """One seed per product and day, so that reloading a page never changes a date."""
    return int.from_bytes(blake2b(f"{product} {day.isoformat()}".encode(), digest_size=6).digest(), "big")


class Drawing:
    """Futures at the pace of the sample, as an endless series of chunks of half a year.

    `moods` is (trials,) standard normal: a trial's pace is exp(drift * mood) times what it draws. Drawing further ahead
    never changes the days drawn before. With `starts_today` the first day of the first block stands for today and is
    left out, so that blocks stay on their weekdays.
    """

    def __init__(self, sample: Sample, model: Model, *, starts_today: bool) -> None:
        if not sample.weeks:
            raise ValueError("There is no complete week to draw from.")
        skipped = 1 if starts_today and model.block_days == WEEK else 0
        finished, added = sample.blocks(model.block_days), sample.added_blocks(model.block_days)
        moods, beliefs, self._drawn = map(np.random.default_rng, np.random.SeedSequence(model.seed).spawn(3))
        self.moods: NDArray[np.float64] = moods.standard_normal(model.trials)
        self._finished = _Running(finished, model.trials, skipped)
        self._added = _Running(added, model.trials, skipped)
        self._believed = len(finished)
        self._beliefs: NDArray[np.int64] | None = None
        if model.redraws_beliefs:
            self._beliefs = _pick(beliefs, self._believed, (self._believed, model.trials))
        self._shape = (_CHUNK_DAYS // model.block_days, model.trials)

    def chunks(self, *, with_added: bool = False) -> Iterator[tuple[Counts, Counts | None]]:
        """(days, trials) finishes by the end of each open day ahead, and on request the additions to the scope."""
        while True:
            chosen = _pick(self._drawn, self._believed, self._shape)
            if self._beliefs is not None:
                chosen = np.take_along_axis(self._beliefs, chosen, axis=0)
            yield self._finished.follow(chosen), self._added.follow(chosen) if with_added else None


def _pick(chance: np.random.Generator, count: int, shape: tuple[int, int]) -> NDArray[np.int64]:
    """Random rows from 0 to count - 1, all equally likely; adding a row changes only those draws that now fall to it.

    So if the sample gets one more week, every other draw with the same seed stays, and a week without a finish never
    brings a date forward by chance.
    """
    if count > MOST_WEEKS:
        return chance.integers(0, count, shape)
    return _lots(count)[chance.integers(0, _LOTS, shape, dtype=np.uint16)]


@cache
def _lots(count: int) -> NDArray[np.int64]:
    """The row that each of 65,536 lots falls to; an n-th row takes every n-th lot of each of the others."""
    lots = np.zeros(_LOTS, dtype=np.int64)
    for n in range(2, count + 1):
        for row in range(n - 1):
            lots[np.flatnonzero(lots == row)[n - 1 :: n]] = n - 1
    return lots


class _Running:
    """A running total along the blocks of each trial, starting with the first day that counts."""

    def __init__(self, blocks: NDArray[np.int64], trials: int, skipped: int) -> None:
        self.within = np.cumsum(blocks, axis=1).astype(np.int32)
        self.before = np.zeros(trials, dtype=np.int32)
        self.skipped = skipped

    def follow(self, chosen: NDArray[np.int64]) -> NDArray[np.int32]:
        """(days, trials): the totals at the end of each day of the chosen blocks (blocks, trials)."""
        days = self.within.shape[1]
        ends = np.cumsum(self.within[:, -1][chosen], axis=0, dtype=np.int32)
        totals = np.empty((len(chosen), days, chosen.shape[1]), dtype=np.int32)
        starts = np.vstack([self.before, self.before + ends[:-1]])
        for day in range(days):
            totals[:, day] = starts + self.within[:, day][chosen]
        self.before = self.before + ends[-1]
        flat = totals.reshape(-1, chosen.shape[1])
        if self.skipped:
            left_out = flat[self.skipped - 1]
            flat, self.before, self.skipped = flat[self.skipped :] - left_out, self.before - left_out, 0
        return flat
