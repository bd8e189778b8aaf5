"""The backtest: how well a product's forecasts would have held, made again from its own past without looking ahead.

From the outcomes it also learns the product's drift: how much the pace differs from one possible future to the next.
The dates of a steady team can lie closer together than those of one that is called away every other month, so each
product has a drift of its own; with few outcomes it stays near the default. Nothing is stored here; the forecasts that
people were shown are kept and judged in `track`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import accumulate

import numpy as np

from kanban.flow.calendar import Calendar
from kanban.flow.draws import DRIFT, Counts, Drawing, Model
from kanban.flow.forecast import SHARES, open_days_ahead, rank
from kanban.flow.sample import WEEK, WEEKS, Sample, Standing

AMOUNTS = (10, 30)
EVERY_DAYS = 28
TRIALS = 1000
DRIFTS = (0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8)
PSEUDO_OBSERVATIONS = 8

Lengths = tuple[int, ...]
"""Days from the origin, one for each of SHARES."""


@dataclass(frozen=True)
class Tried:
    """One forecast of the past: "when are `items` done", asked on `origin`; `actual_days` is None while they are not.

    A percentile beyond five years counts as the day after those. `plain` is the same by the plain daily bootstrap.
    """

    origin: date
    items: int
    drift: float
    lengths: Lengths
    plain: Lengths
    actual_days: int | None

    def outcome(self, share: int) -> tuple[date, date | None]:
        """The forecast date for one of SHARES, and the day on which the items were done; None while they are not."""
        forecast = self.origin + timedelta(days=self.lengths[SHARES.index(share)])
        return forecast, None if self.actual_days is None else self.origin + timedelta(days=self.actual_days)


@dataclass(frozen=True)
class Learnt:
    """The drift of a product, and the number of forecasts it was learnt from; 0.4 if there were none."""

    drift: float
    n: int


@dataclass(frozen=True)
class Score:
    """How `n` forecasts with a known outcome turned out: how often each percentile held (0 to 1); the pinball loss."""

    n: int
    held: tuple[float, ...]
    pinball: float


class Drifts:
    """Learns the drift: the one with the least pinball loss so far, pulled towards 0.4 as if by eight more forecasts.

    The loss is that of the logarithm of the days, so that one long forecast doesn't outweigh all the short ones.
    """

    def __init__(self) -> None:
        self._known: list[tuple[date, tuple[float, ...]]] = []

    def add(self, known_on: date, losses: Sequence[float]) -> None:
        """Add the loss of each of DRIFTS in a forecast whose outcome was known at the end of that day."""
        self._known.append((known_on, tuple(losses)))

    def learnt(self, today: date) -> Learnt:
        """What could have been learnt by the end of that day."""
        losses = [each for known_on, each in self._known if known_on <= today]
        if not losses:
            return Learnt(DRIFT, 0)
        best = DRIFTS[int(np.argmin(np.sum(losses, axis=0)))]
        n = len(losses)
        return Learnt((n * best + PSEUDO_OBSERVATIONS * DRIFT) / (n + PSEUDO_OBSERVATIONS), n)


@dataclass(frozen=True)
class Backtest:
    """The forecasts with all three dates that the product would have made, and what it had learnt by the end.

    `left_out` counts the days on which it would have shown no date, or only an early estimate.
    """

    tried: tuple[Tried, ...]
    learnt: Learnt
    left_out: int


def walk_forward(
    finishes: Mapping[date, int],
    *,
    today: date,
    calendar: Calendar | None = None,
    since: date | None = None,
    weeks: int = WEEKS,
    every_days: int = EVERY_DAYS,
    amounts: Sequence[int] = AMOUNTS,
    seed: int = 0,
    trials: int = TRIALS,
) -> Backtest:
    """Forecast from every `every_days`-th day since the first full window, each time with the drift learnt until then.

    Days up to yesterday are known. On each of these days, one forecast is made for each of `amounts`: when that many
    more items will be done. Takes about 15 ms for each such day.
    """
    calendar = calendar or Calendar()
    past = _Past(finishes, today - timedelta(days=1))
    drifts = Drifts()
    tried: list[Tried] = []
    left_out = 0
    first = min([*past.days, since or today])
    for origin in _origins(first + timedelta(days=weeks * WEEK), past.last, every_days):
        sample = Sample.of(finishes, today=origin, calendar=calendar, weeks=weeks, since=first)
        if sample.standing is not Standing.ENOUGH:
            left_out += 1
            continue
        model = Model(seed + origin.toordinal(), trials=trials)
        ahead = _Ahead(sample, model, origin, calendar, max(amounts))
        plainly = _Ahead(sample, replace(Model.plain(model.seed), trials=trials), origin, calendar, max(amounts))
        drift = drifts.learnt(origin).drift
        for items in amounts:
            actual = past.length(origin, items)
            lengths = ahead.lengths(items, drift)
            tried.append(Tried(origin, items, drift, lengths, plainly.lengths(items, 0.0), actual))
            if actual is not None:
                losses = [_log_loss(ahead.lengths(items, each), actual) for each in DRIFTS]
                drifts.add(origin + timedelta(days=actual), losses)
    return Backtest(tuple(tried), drifts.learnt(today), left_out)


def score(outcomes: Iterable[tuple[Lengths, int]]) -> Score:
    """How often each of SHARES held, and the mean pinball loss in days, of (forecast lengths, actual days)."""
    known = list(outcomes)
    held = tuple(
        sum(actual <= lengths[which] for lengths, actual in known) / max(1, len(known)) for which in range(len(SHARES))
    )
    return Score(len(known), held, sum(pinball(*each) for each in known) / max(1, len(known)))


def pinball(lengths: Sequence[float], actual: float) -> float:
    """The mean over SHARES of the quantile loss (Koenker and Bassett, 1978), lowest for the true percentiles."""
    losses = [
        share / 100 * (actual - length) if actual >= length else (1 - share / 100) * (length - actual)
        for share, length in zip(SHARES, lengths, strict=True)
    ]
    return sum(losses) / len(losses)


def _log_loss(lengths: Lengths, actual: int) -> float:
    return pinball(np.log(lengths).tolist(), float(np.log(actual)))


def _origins(first: date, last: date, every_days: int) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=every_days)


class _Past:
    """The finishes up to the last known day, as a running total by day."""

    def __init__(self, finishes: Mapping[date, int], last: date) -> None:
        self.last = last
        self.days = sorted(day for day, count in finishes.items() if count and day <= last)
        self._numbers = np.array([day.toordinal() for day in self.days], dtype=np.int64)
        self._totals = np.array(list(accumulate((finishes[day] for day in self.days), initial=0)), dtype=np.int64)

    def length(self, origin: date, items: int) -> int | None:
        """Days from the origin to the finish of that many items after it; None if that did not happen yet."""
        before = self._totals[np.searchsorted(self._numbers, origin.toordinal(), side="right")]
        index = int(np.searchsorted(self._totals, before + items))
        return None if index == len(self._totals) else int(self._numbers[index - 1]) - origin.toordinal()


class _Ahead:
    """The futures seen from one day, until 95 % of the trials have finished the items at any of DRIFTS.

    They reach five years at most.
    """

    def __init__(self, sample: Sample, model: Model, origin: date, calendar: Calendar, items: int) -> None:
        days = open_days_ahead(origin, calendar)
        drawing = Drawing(sample, model, starts_today=calendar.is_open(origin))
        needed = np.ceil(items / np.exp(max(DRIFTS) * drawing.moods))
        wanted, parts, length = rank(max(SHARES), model.trials), list[Counts](), 0
        for part, _ in drawing.chunks():
            parts.append(part)
            length += len(part)
            if length >= len(days) or np.count_nonzero(part[-1] >= needed) >= wanted:
                break
        self._counts = np.concatenate(parts)[: len(days)]
        self._moods = drawing.moods
        self._days: list[int] = (days - np.datetime64(origin, "D")).astype(int).tolist()

    def lengths(self, items: int, drift: float) -> Lengths:
        """Days to the finish of that many items, one for each of SHARES."""
        needed = np.ceil(items / np.exp(drift * self._moods))
        through = np.sort(np.count_nonzero(self._counts < needed, axis=0))
        return tuple(self._day(int(through[rank(share, len(through)) - 1])) for share in SHARES)

    def _day(self, index: int) -> int:
        """Items not finished by the last day drawn, or within five years, count as finished the day after."""
        return self._days[index] if index < len(self._days) else self._days[-1] + 1
