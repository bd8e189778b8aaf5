"""What all charts have in common: days from left to right, numbers from below, and the lines of the grid."""

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 980, 360
LEFT, BOTTOM = 34, 28
_TICKS = 6
_ROUND = (1, 2, 5)

Steps = Sequence[tuple[dt.date, int]]


@dataclass(frozen=True)
class Mark:
    """A line of the grid, or of something that is named beside it: where it stands, and its day or number."""

    at: float
    day: dt.date | None = None
    number: int = 0
    label_at: float = 0
    is_current: bool = False
    is_at_end: bool = False


@dataclass(frozen=True)
class Plot:
    """All of it inside `width` by `height`, the plot itself between `left` and `edge`, `top` and `bottom`. Numbers go
    from `least` to `most`, by their logarithm where `is_log`; what lies beyond the last day is cut there."""

    first: dt.date
    last: dt.date
    most: int
    least: int = 0
    right: int = 18
    top: int = 34
    is_log: bool = False
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT

    @property
    def edge(self) -> int:
        """The right end of the plot."""
        return self.width - self.right

    @property
    def bottom(self) -> int:
        """The lower end of the plot."""
        return self.height - BOTTOM

    def x(self, day: dt.date) -> float:
        """Where a day stands."""
        share = (min(day, self.last) - self.first).days / max(1, (self.last - self.first).days)
        return round(self.left + share * (self.edge - self.left), 1)

    def y(self, number: float) -> float:
        """Where a number stands."""
        return round(self.bottom - self._share(number) * (self.bottom - self.top), 1)

    def _share(self, number: float) -> float:
        if self.is_log:
            return math.log(max(number, 1)) / math.log(max(self.most, 2))
        return (number - self.least) / max(1, self.most - self.least)

    def steps(self, heights: Steps, until: dt.date) -> str:
        """A staircase up to a day: what changed on a day stands at its full height from that day on."""
        found, level = [], heights[0][1]
        for day, height in heights:
            found += [(self.x(day), self.y(level)), (self.x(day), self.y(height))]
            level = height
        found.append((self.x(until), self.y(level)))
        return points(found)

    def days(self) -> tuple[Mark, ...]:
        """Some days, evenly spread."""
        length = (self.last - self.first).days
        step = max(1, -(-length // _TICKS))
        days = [self.first + dt.timedelta(days=n) for n in range(0, length + 1, step)]
        return tuple(Mark(self.x(day), day) for day in days if self.x(day) < self.edge - 20)

    def numbers(self) -> tuple[Mark, ...]:
        """Some numbers, evenly spread: round ones where they are many."""
        if self.is_log:
            rungs = (10**power * digit for power in range(len(str(self.most))) for digit in _ROUND)
            return tuple(Mark(self.y(number), number=number) for number in rungs if number <= self.most)
        step = round_step(self.most - self.least)
        lowest = -(-self.least // step) * step
        return tuple(Mark(self.y(number), number=number) for number in range(lowest, self.most + 1, step))


def round_step(span: int) -> int:
    """The smallest of 1, 2, 5, 10, 20 … that cuts a span into six parts at most."""
    power = 1
    while True:
        for digit in _ROUND:
            if digit * power * 6 >= span:
                return digit * power
        power *= 10


def rounded(most: int) -> int:
    """The next number that the grid names, so that nothing stands above its highest line."""
    step = round_step(most)
    return -(-most // step) * step


def points(found: Iterable[tuple[float, float]]) -> str:
    """Points as SVG writes them."""
    return " ".join(f"{x:g},{y:g}" for x, y in found)


def spread(wanted: Sequence[float], *, gap: float, top: float, bottom: float) -> list[float]:
    """Heights of labels, near where they are wanted (falling, as they come), but a gap apart and inside the plot."""
    found: list[float] = []
    for height in wanted:
        found.append(min(height, found[-1] - gap) if found else min(height, bottom))
    lowest = top
    for place in reversed(range(len(found))):
        found[place] = max(found[place], lowest)
        lowest = found[place] + gap
    return [round(height, 1) for height in found]
