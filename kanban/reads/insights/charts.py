"""The charts of the insights page, drawn from histories already read: cumulative flow, cycle times, ages."""

import datetime as dt
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from kanban.charts.ageing import AgeColumn, AgeingChart, draw_ageing
from kanban.charts.cumulative import CumulativeChart, draw_cumulative
from kanban.charts.scatter import ScatterChart, draw_scatter
from kanban.flow.ageing import ENOUGH, age_bands
from kanban.flow.cumulative import Day, cumulative_flow
from kanban.flow.history import WORKED_ON, ItemHistory
from kanban.flow.metrics import CycleTimes, Wip, WipItem, cycle_time
from kanban.flow.stage import Stage
from kanban.models import Product
from kanban.reads.board.ageing import COMPARED, folded
from kanban.reads.insights.insights import Insights

MOST_DOTS = 1000
"""The most items that are drawn, since more can't be told apart on a chart.

Beyond that, the charts draw (and the lists below them show) the items finished last and the oldest in progress.
"""
MOST_WEEKS = 104


@dataclass(frozen=True)
class FlowRow:
    """How many items stood in each stage at the end of a day; the count of done items is a running total."""

    on: dt.date
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Flow:
    """The cumulative flow as a chart, and by week, the newest first; `stages` runs from the last stage to the first."""

    chart: CumulativeChart
    stages: tuple[Stage, ...]
    rows: tuple[FlowRow, ...]


@dataclass(frozen=True)
class Ageing:
    """The ageing chart, and the items behind the dots of each of its columns."""

    chart: AgeingChart
    items: tuple[tuple[WipItem, ...], ...]
    has_bands: bool


@dataclass(frozen=True)
class Charts:
    """The charts of the page; each is None if there is nothing to draw."""

    flow: Flow | None
    scatter: ScatterChart | None
    ageing: Ageing | None
    most_dots: int


def draw_charts(product: Product, insights: Insights, *, is_log: bool = False, has_backlog: bool = False) -> Charts:
    """The charts for the period of these insights; no queries."""
    first_day, today = insights.first_day, insights.today
    return Charts(
        flow=_flow(product, insights.histories, first_day, today, has_backlog=has_backlog),
        scatter=_scatter(insights.cycle, first_day, today, is_log=is_log),
        ageing=_ageing(product, insights.histories, insights.wip),
        most_dots=MOST_DOTS,
    )


def _flow(
    product: Product, histories: Sequence[ItemHistory], first_day: dt.date | None, today: dt.date, *, has_backlog: bool
) -> Flow | None:
    """The cumulative flow, from the first day of an item that is neither discarded nor undated.

    The backlog is left out unless asked for, since it towers above everything else.
    """
    dated = (each.created_on for each in histories if not each.is_discarded and not each.is_undated)
    first = min(dated, default=today)
    days = cumulative_flow(histories, max(first, first_day or first), today)
    if len(days) < 2:
        return None
    standing = {column.stage for column in product.standing}
    stages = [stage for stage in reversed(Stage) if stage in standing or stage in (Stage.DOING, Stage.DONE)]
    stages = [stage for stage in stages if has_backlog or stage is not Stage.BACKLOG]
    lines = [(stage.value, [day.reached[stage] for day in days]) for stage in stages]
    chart = draw_cumulative([day.on for day in days], lines)
    weeks = [day for day in days if day.on.weekday() == 6 or day is days[-1]]
    return Flow(chart, tuple(stages), tuple(_row(day, stages) for day in reversed(weeks[-MOST_WEEKS:])))


def _row(day: Day, stages: Sequence[Stage]) -> FlowRow:
    reached = [0, *(day.reached[stage] for stage in stages)]
    return FlowRow(day.on, tuple(upper - lower for lower, upper in itertools.pairwise(reached)))


def _scatter(cycle: CycleTimes, first_day: dt.date | None, today: dt.date, *, is_log: bool) -> ScatterChart | None:
    """Cycle times as dots; percentile lines only if there are ten items or more, since they mean little with fewer."""
    if not cycle.rows:
        return None
    shares = {50: cycle.p50, 85: cycle.p85, 95: cycle.p95} if cycle.n >= ENOUGH else {}
    shown = cycle.rows[:MOST_DOTS]
    first = shown[-1].finished_on if first_day is None else max(first_day, shown[-1].finished_on)
    return draw_scatter(
        [(row.finished_on, row.days) for row in shown],
        percentiles={share: days for share, days in shares.items() if days is not None},
        first=first,
        last=today,
        is_log=is_log,
    )


def _ageing(product: Product, histories: Sequence[ItemHistory], wip: Wip) -> Ageing | None:
    """The ages of items in progress, over bands from the same finished items as the age marks of cards."""
    if not wip.rows:
        return None
    columns = [column for column in product.standing if column.stage in WORKED_ON]
    finished = [(each.finished_at, each.item_id, each) for each in histories if cycle_time(each) is not None]
    numbers = [column.number for column in product.standing]
    bands = age_bands([each for *_when, each in sorted(finished)[-COMPARED:]], numbers, folded=folded(product))
    stands_in = {history.ref: history.entries[-1].column for history in histories if history.is_in_progress}
    items = [tuple(row for row in wip.rows[:MOST_DOTS] if stands_in[row.ref] == column.number) for column in columns]
    drawn = [
        AgeColumn(column.name, bands.get(column.number, ()), tuple(row.age.days for row in rows))
        for column, rows in zip(columns, items, strict=True)
    ]
    return Ageing(draw_ageing(drawn), tuple(items), bool(bands))
