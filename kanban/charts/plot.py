"""What all charts share: days run from left to right, numbers upwards, with a grid and its labels."""

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
    """A grid line or another labelled line: its coordinate, and the day or number it stands for."""

    at: float
    day: dt.date | None = None
    number: int = 0
    label_at: float = 0
    is_current: bool = False
    is_at_end: bool = False


@dataclass(frozen=True)
class Plot:
    """The drawing area, and where days and numbers lie in it.

    The whole chart is `width` by `height`; the plot lies between `left` and `edge`, and between `top` and `bottom`.
    Numbers run from `least` to `most`, on a logarithmic scale if `is_log`; days after `last` are drawn at its right
    edge.
    """

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
        """The x coordinate of a day."""
        share = (min(day, self.last) - self.first).days / max(1, (self.last - self.first).days)
        return round(self.left + share * (self.edge - self.left), 1)

    def y(self, number: float) -> float:
        """The y coordinate of a number."""
        return round(self.bottom - self._share(number) * (self.bottom - self.top), 1)

    def _share(self, number: float) -> float:
        if self.is_log:
            return math.log(max(number, 1)) / math.log(max(self.most, 2))
        return (number - self.least) / max(1, self.most - self.least)

    def steps(self, heights: Steps, until: dt.date) -> str:
        """Points of a staircase up to the day `until`: each change shows its full height from its day on."""
        found, level = [], heights[0][1]
        for day, height in heights:
            found += [(self.x(day), self.y(level)), (self.x(day), self.y(height))]
            level = height
        found.append((self.x(until), self.y(level)))
        return points(found)

    def days(self) -> tuple[Mark, ...]:
        """Vertical grid lines: at most seven days, evenly spread."""
        length = (self.last - self.first).days
        step = max(1, -(-length // _TICKS))
        days = [self.first + dt.timedelta(days=n) for n in range(0, length + 1, step)]
        return tuple(Mark(self.x(day), day) for day in days if self.x(day) < self.edge - 20)

    def numbers(self) -> tuple[Mark, ...]:
        """Horizontal grid lines: evenly spread round numbers, or 1, 2, 5, 10 … on a logarithmic scale."""
        if self.is_log:
            rungs = (10**power * digit for power in range(len(str(self.most))) for digit in _ROUND)
            return tuple(Mark(self.y(number), number=number) for number in rungs if number <= self.most)
        step = round_step(self.most - self.least)
        lowest = -(-self.least // step) * step
        return tuple(Mark(self.y(number), number=number) for number in range(lowest, self.most + 1, step))


def round_step(span: int) -> int:
    """The smallest of 1, 2, 5, 10, 20 … that divides a span into at most six parts."""
    power = 1
    while True:
        for digit in _ROUND:
            if digit * power * 6 >= span:
                return digit * power
        power *= 10


def rounded(most: int) -> int:
    """The next number upwards that has a grid line, so that nothing is drawn above the highest line."""
    step = round_step(most)
    return -(-most // step) * step


def points(found: Iterable[tuple[float, float]]) -> str:
    """Points in the notation of SVG."""
    return " ".join(f"{x:g},{y:g}" for x, y in found)


def spread(wanted: Sequence[float], *, gap: float, top: float, bottom: float) -> list[float]:
    """Label heights close to the wanted ones (given in falling order), at least `gap` apart and inside the plot."""
    found: list[float] = []
    for height in wanted:
        found.append(min(height, found[-1] - gap) if found else min(height, bottom))
    lowest = top
    for place in reversed(range(len(found))):
        found[place] = max(found[place], lowest)
        lowest = found[place] + gap
    return [round(height, 1) for height in found]
