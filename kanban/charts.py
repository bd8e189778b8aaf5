"""Charts as plain coordinates for the templates that write them as SVG; no colours, no words, no database."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 860, 330
_LEFT, _RIGHT, _TOP, _BOTTOM = 34, 18, 34, 28
_MOST_AHEAD_DAYS = 540
_TICKS = 6
_LABEL_STEP = 13

Steps = Sequence[tuple[dt.date, int]]


@dataclass(frozen=True)
class Target:
    """A promised day; one that was given up stays visible."""

    day: dt.date
    is_current: bool


@dataclass(frozen=True)
class Mark:
    """A line of the grid or a target: where it stands, and the day or number written beside it."""

    at: float
    day: dt.date | None = None
    number: int = 0
    label_at: float = 0
    is_current: bool = False
    is_at_end: bool = False


@dataclass(frozen=True)
class Ray:
    """One line of the cone: points of a polyline, and where its share is written."""

    share: int
    points: str
    x: float
    y: float


@dataclass(frozen=True)
class BurnUpChart:
    """All of it inside `width` by `height`; `left`, `right`, `top` and `bottom` frame the plot. `fan` is the area
    between the outermost rays. What lies beyond the right edge is cut there."""

    width: int
    height: int
    left: float
    right: float
    top: float
    bottom: float
    scope: str
    done: str
    fan: str
    rays: tuple[Ray, ...]
    today: float
    targets: tuple[Mark, ...]
    days: tuple[Mark, ...]
    numbers: tuple[Mark, ...]


def draw_burn_up(
    *,
    scope: Steps,
    done: Steps,
    cone: Mapping[int, Steps],
    targets: Sequence[Target],
    first: dt.date,
    today: dt.date,
) -> BurnUpChart:
    """`scope` and `done` are the days on which the line changed, with its height from then on; `cone` holds for each
    share the days on which one more is done."""
    ends = [steps[-1][0] for share, steps in cone.items() if steps and share <= 95]
    last = max([today, *(target.day for target in targets), *ends])
    last = min(last, today + dt.timedelta(days=_MOST_AHEAD_DAYS))
    last = max(last, first + dt.timedelta(days=7)) + dt.timedelta(days=max(1, (last - first).days // 40))
    most = max([1, *(height for _, height in scope), *(height for _, height in done)])
    plot = _Plot(first, last, most)
    now = done[-1][1] if done else 0
    rays = tuple(plot.ray(share, steps, today, now) for share, steps in sorted(cone.items()) if steps)
    return BurnUpChart(
        width=WIDTH,
        height=HEIGHT,
        left=_LEFT,
        right=WIDTH - _RIGHT,
        top=_TOP,
        bottom=HEIGHT - _BOTTOM,
        scope=plot.steps([(first, 0), *scope], today),
        done=plot.steps([(first, 0), *done], today),
        fan=plot.fan(rays),
        rays=rays,
        today=plot.x(today),
        targets=plot.marks(targets),
        days=plot.days(),
        numbers=plot.numbers(),
    )


@dataclass(frozen=True)
class _Plot:
    first: dt.date
    last: dt.date
    most: int

    def x(self, day: dt.date) -> float:
        share = (min(day, self.last) - self.first).days / max(1, (self.last - self.first).days)
        return round(_LEFT + share * (WIDTH - _LEFT - _RIGHT), 1)

    def y(self, height: float) -> float:
        return round(HEIGHT - _BOTTOM - height / self.most * (HEIGHT - _TOP - _BOTTOM), 1)

    def steps(self, heights: Steps, until: dt.date) -> str:
        """A staircase up to a day: what changed on a day stands at its full height from that day on."""
        points, level = [], heights[0][1]
        for day, height in heights:
            points += [(self.x(day), self.y(level)), (self.x(day), self.y(height))]
            level = height
        points.append((self.x(until), self.y(level)))
        return _points(points)

    def ray(self, share: int, steps: Steps, today: dt.date, now: int) -> Ray:
        """From today's height; a ray that leaves the plot is cut at its edge."""
        points = [(self.x(today), self.y(now))]
        for day, height in steps:
            if day > self.last:
                break
            points.append((self.x(day), self.y(height)))
        return Ray(share, _points(points), *points[-1])

    def fan(self, rays: Sequence[Ray]) -> str:
        return f"{rays[0].points} {' '.join(reversed(rays[-1].points.split(' ')))}" if len(rays) > 1 else ""

    def marks(self, targets: Sequence[Target]) -> tuple[Mark, ...]:
        """Words beside a line are put one below the other, so that near days don't cover each other."""
        found = []
        for place, target in enumerate(targets):
            at = self.x(target.day)
            found.append(
                Mark(
                    at,
                    target.day,
                    label_at=_TOP - 4 - (len(targets) - 1 - place) % 2 * _LABEL_STEP,
                    is_current=target.is_current,
                    is_at_end=at > WIDTH - _RIGHT - 90,
                )
            )
        return tuple(found)

    def days(self) -> tuple[Mark, ...]:
        length = (self.last - self.first).days
        step = max(1, -(-length // _TICKS))
        days = [self.first + dt.timedelta(days=n) for n in range(0, length + 1, step)]
        return tuple(Mark(self.x(day), day) for day in days if self.x(day) < WIDTH - _RIGHT - 20)

    def numbers(self) -> tuple[Mark, ...]:
        step = max(1, -(-self.most // 5))
        return tuple(Mark(self.y(number), number=number) for number in range(0, self.most + 1, step))


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in points)
