"""Cumulative flow: a band for each stage, as high as the number of items in it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from kanban.charts.plot import Plot, points, spread

_MOST_POINTS = 180
_LABEL_GAP = 15


@dataclass(frozen=True)
class Band:
    """One band: its name, the points of its polygon, its number of items on the last day, and the y of its label."""

    name: str
    area: str
    count: int
    label_at: float


@dataclass(frozen=True)
class CumulativeChart:
    """The bands, from the lowest upwards."""

    plot: Plot
    bands: tuple[Band, ...]


def draw_cumulative(days: Sequence[dt.date], lines: Sequence[tuple[str, Sequence[int]]]) -> CumulativeChart:
    """Lay out the chart.

    `lines` hold for each day how many items had come at least as far as a stage, the furthest stage first, so no line
    lies below the one before it. The lowest band begins at its height on the first day, so that years of finished work
    don't flatten the others.
    """
    (_name, lowest), (_last, highest) = lines[0], lines[-1]
    shown = sorted({*range(len(days) - 1, -1, -max(1, len(days) // _MOST_POINTS)), 0})
    last = max(days[-1], days[0] + dt.timedelta(days=1))
    plot = Plot(days[0], last, max(*highest, lowest[0] + 1), least=lowest[0], right=118, top=24)
    floor: Sequence[int] = [lowest[0]] * len(days)
    bands: list[tuple[str, str, int]] = []
    middles = []
    for name, line in lines:
        there = [(plot.x(days[at]), plot.y(line[at])) for at in shown]
        back = [(plot.x(days[at]), plot.y(floor[at])) for at in reversed(shown)]
        count = line[-1] - (floor[-1] if bands else 0)
        bands.append((name, points([*there, *back]), count))
        middles.append((plot.y(line[-1]) + plot.y(floor[-1])) / 2)
        floor = line
    labels = spread(middles, gap=_LABEL_GAP, top=plot.top + 8, bottom=plot.bottom)
    return CumulativeChart(plot, tuple(Band(*band, label_at) for band, label_at in zip(bands, labels, strict=True)))
