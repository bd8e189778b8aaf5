"""The burn-up of a milestone: its scope, what is done, the forecast as a cone from today, and every promised day."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kanban.charts.plot import Mark, Plot, Steps, points

_MOST_AHEAD_DAYS = 540
_LABEL_STEP = 13


@dataclass(frozen=True)
class Target:
    """A promised day; a day that has been replaced (`is_current` is false) stays visible."""

    day: dt.date
    is_current: bool


@dataclass(frozen=True)
class Ray:
    """One line of the cone: points of a polyline, and where its percentage is written."""

    share: int
    points: str
    x: float
    y: float


@dataclass(frozen=True)
class BurnUpChart:
    """The lines of the chart as SVG points; `fan` is the area between the outermost rays, cut at the right edge."""

    plot: Plot
    scope: str
    done: str
    fan: str
    rays: tuple[Ray, ...]
    today: float
    targets: tuple[Mark, ...]


def draw_burn_up(
    *,
    scope: Steps,
    done: Steps,
    cone: Mapping[int, Steps],
    targets: Sequence[Target],
    first: dt.date,
    today: dt.date,
) -> BurnUpChart:
    """Lay out the chart.

    `scope` and `done` hold the days on which the line changed, with its height from then on. `cone` holds, for each
    percentage, the days on which the count of done items rises by one.
    """
    ends = [steps[-1][0] for share, steps in cone.items() if steps and share <= 95]
    last = max([today, *(target.day for target in targets), *ends])
    last = min(last, today + dt.timedelta(days=_MOST_AHEAD_DAYS))
    last = max(last, first + dt.timedelta(days=7)) + dt.timedelta(days=max(1, (last - first).days // 40))
    most = max([1, *(height for _, height in scope), *(height for _, height in done)])
    plot = Plot(first, last, most)
    now = done[-1][1] if done else 0
    rays = tuple(_ray(plot, share, steps, today, now) for share, steps in sorted(cone.items()) if steps)
    return BurnUpChart(
        plot=plot,
        scope=plot.steps([(first, 0), *scope], today),
        done=plot.steps([(first, 0), *done], today),
        fan=f"{rays[0].points} {' '.join(reversed(rays[-1].points.split(' ')))}" if len(rays) > 1 else "",
        rays=rays,
        today=plot.x(today),
        targets=_marks(plot, targets),
    )


def _ray(plot: Plot, share: int, steps: Steps, today: dt.date, now: int) -> Ray:
    """One ray, starting at today's height; what lies beyond the right edge is cut off."""
    found = [(plot.x(today), plot.y(now))]
    for day, height in steps:
        if day > plot.last:
            break
        found.append((plot.x(day), plot.y(height)))
    return Ray(share, points(found), *found[-1])


def _marks(plot: Plot, targets: Sequence[Target]) -> tuple[Mark, ...]:
    """Lines for the promised days; labels alternate between two heights, so that those of near days don't overlap."""
    found = []
    for place, target in enumerate(targets):
        at = plot.x(target.day)
        found.append(
            Mark(
                at,
                target.day,
                label_at=plot.top - 4 - (len(targets) - 1 - place) % 2 * _LABEL_STEP,
                is_current=target.is_current,
                is_at_end=at > plot.edge - 90,
            )
        )
    return tuple(found)
