"""Cycle times as dots: the day an item was finished, and how long it took."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kanban.charts.plot import Mark, Plot, rounded, spread

_LABEL_GAP = 14


@dataclass(frozen=True)
class Dot:
    """Items that finished on the same day after the same time; `which` are their indexes in the given sequence."""

    x: float
    y: float
    radius: float
    which: tuple[int, ...]


@dataclass(frozen=True)
class ScatterChart:
    """The dots, and for each percentile its share in per cent, its length in days and its line."""

    plot: Plot
    dots: tuple[Dot, ...]
    lines: tuple[tuple[int, int, Mark], ...]


def draw_scatter(
    finished: Sequence[tuple[dt.date, int]],
    *,
    percentiles: Mapping[int, int],
    first: dt.date,
    last: dt.date,
    is_log: bool = False,
) -> ScatterChart:
    """Lay out the chart.

    `finished` are days of finish with lengths in days; `percentiles` are lengths in days by share in per cent. Items at
    the same point become one dot, whose size grows with their number.
    """
    longest = max([2, *(days for _on, days in finished), *percentiles.values()])
    most = longest if is_log else rounded(longest)
    plot = Plot(first, max(last, first + dt.timedelta(days=1)), most, right=104, top=24, is_log=is_log)
    together: dict[tuple[dt.date, int], list[int]] = {}
    for place, found in enumerate(finished):
        together.setdefault(found, []).append(place)
    dots = [
        Dot(plot.x(on), plot.y(days), round(3.4 + 1.6 * (len(which) - 1) ** 0.5, 1), tuple(which))
        for (on, days), which in together.items()
    ]
    shares = sorted(percentiles.items())
    heights = [plot.y(days) for _share, days in shares]
    labels = spread([height + 4 for height in heights], gap=_LABEL_GAP, top=plot.top, bottom=plot.bottom)
    lines = tuple(
        (share, days, Mark(height, label_at=label_at))
        for (share, days), height, label_at in zip(shares, heights, labels, strict=True)
    )
    return ScatterChart(plot, tuple(dots), lines)
