"""Ageing work as dots: column and age of each item, over bands of the ages at which finished items left the column."""

import datetime as dt
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from kanban.charts.plot import Plot, rounded

_STEP = 15
_TODAY = dt.date(2000, 1, 1)  # no days on this chart


@dataclass(frozen=True)
class AgeColumn:
    """What is drawn of one column.

    `shares` are the ages at 50, 85 and 95 % (empty if too few are known); `ages` are the ages of its items, or the
    least that they can be where the start is unknown.
    """

    name: str
    shares: tuple[int, ...]
    ages: tuple[int, ...]


@dataclass(frozen=True)
class AgeDot:
    """One item: its index in `AgeColumn.ages`, its position, and whether it is older than 85 % of finished items."""

    place: int
    x: float
    y: float
    is_old: bool


@dataclass(frozen=True)
class AgeStrip:
    """One column: its left edge and width, its bands from the bottom up as (y, height), and its dots."""

    name: str
    x: float
    width: float
    bands: tuple[tuple[float, float], ...]
    dots: tuple[AgeDot, ...]


@dataclass(frozen=True)
class AgeingChart:
    """The strips of the columns, from left to right."""

    plot: Plot
    strips: tuple[AgeStrip, ...]


def draw_ageing(columns: Sequence[AgeColumn]) -> AgeingChart:
    """Lay out the chart; items of nearly the same age are put beside each other."""
    oldest = max([2, *(age for column in columns for age in (*column.ages, *column.shares))])
    plot = Plot(_TODAY, _TODAY, rounded(oldest), top=24)
    width = (plot.edge - plot.left) / max(1, len(columns))
    strips = []
    for number, column in enumerate(columns):
        x = plot.left + number * width
        edges = [plot.y(0), *(plot.y(age) for age in column.shares)]
        bands = tuple((round(upper, 1), round(lower - upper, 1)) for lower, upper in itertools.pairwise(edges))
        strips.append(AgeStrip(column.name, round(x, 1), round(width, 1), bands, _dots(plot, column, x, width)))
    return AgeingChart(plot, tuple(strips))


def _dots(plot: Plot, column: AgeColumn, x: float, width: float) -> tuple[AgeDot, ...]:
    old = column.shares[1] if len(column.shares) > 1 else None
    beside: dict[int, int] = {}
    dots = []
    room = max(1, int(width // _STEP) - 1)
    for place, age in enumerate(column.ages):
        y = plot.y(age)
        row = round(y / _STEP)
        count = beside[row] = beside.get(row, -1) + 1
        side = (count + 1) // 2 * (1 if count % 2 else -1)
        shift = max(-room // 2, min(room // 2, side)) * _STEP
        dots.append(AgeDot(place, round(x + width / 2 + shift, 1), y, old is not None and age > old))
    return tuple(dots)
