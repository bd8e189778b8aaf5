"""Turns a product's log into flow records, and reads the insights page; the counting itself is in `kanban.flow`."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.flow import metrics
from kanban.flow.history import Blockage, ItemHistory, Move, Subject, build_histories
from kanban.models import Block, Event, Item, Product, Stage
from kanban.reads.insights.forecast import first_recorded

MOVING = ("created", "moved", "discarded", "restored")
PERIODS: Mapping[str, int | None] = {"all": None, "180": 180, "90": 90}
_STAGES = {stage.value: stage for stage in Stage}
_EVERY_WEEK = 100_000
_QUIET_RUN = 4


def read_histories(
    session: orm.Session, product: Product, *, item_ids: list[int] | sa.CompoundSelect[int] | None = None
) -> list[ItemHistory]:
    """The history of each item of the product (or of those in `item_ids`), by item number; three queries."""
    told = (Item.id, Item.number, Item.title, Item.type, Item.is_start_known, Item.is_finish_known)
    items = sa.select(*told).where(Item.product_id == product.id)
    log = _LOG.where(Event.product_id == product.id, Event.kind.in_(MOVING), Event.item_id.is_not(None))
    blocks = (
        sa.select(Block.item_id, Block.since, Block.until)
        .join(Item, Item.id == Block.item_id)
        .where(Item.product_id == product.id)
    )
    if item_ids is not None:
        items, log = items.where(Item.id.in_(item_ids)), log.where(Event.item_id.in_(item_ids))
        blocks = blocks.where(Block.item_id.in_(item_ids))
    stages = {column.number: column.stage for column in product.columns}
    subjects = [
        Subject(item_id, f"{product.key}-{number}", title, kind.value, *known)
        for item_id, number, title, kind, *known in session.execute(items.order_by(Item.number))
    ]
    moves = [_move(row, stages) for row in session.execute(log)]
    blockages = [Blockage(row.item_id, row.since, row.until) for row in session.execute(blocks)]
    return build_histories(subjects, moves, blockages, product.zone)


_data = Event.data
_LOG = sa.select(
    *(Event.item_id, Event.effective_at, Event.version, Event.seq, _data["from_stage"].as_string().label("left")),
    sa.func.coalesce(_data["to_stage"].as_string(), _data["stage"].as_string()).label("reached"),
    sa.func.coalesce(_data["to"].as_integer(), _data["column"].as_integer()).label("column"),
    _data["undoes"].as_integer().label("undoes"),
).order_by(Event.version, Event.seq)
"""The moves in the log, with only those parts of their data that say where to, since the rest is long.

A restored item records only a column, a discarded one neither column nor stage.
"""


def _move(row: Any, stages: Mapping[int, Stage]) -> Move:
    item_id, at, version, seq, left, reached, column, undoes = row
    to_stage = _STAGES[reached] if reached else stages.get(column)
    return Move(item_id, _STAGES[left] if left else None, to_stage, at, version, seq, undoes, column)


@dataclass(frozen=True)
class Week:
    """One line of the throughput table: a week from Monday on, or a run of weeks in which nothing was finished."""

    first: dt.date
    last: dt.date
    count: int
    weeks: int = 1


@dataclass(frozen=True)
class Insights:
    """What the page shows.

    `first_day` is where the period begins, None for all of it; `n_items` counts every item ever; everything else
    follows from `histories`. `limits` are the counts between which a week is an ordinary one.
    """

    period: str
    first_day: dt.date | None
    n_items: int
    cycle: metrics.CycleTimes
    sle: metrics.Sle | None
    weeks: tuple[Week, ...]
    busiest: int
    n_complete_weeks: int
    mean: float | None
    running: Week
    wip: metrics.Wip
    columns: Mapping[str, str]
    histories: tuple[ItemHistory, ...]
    today: dt.date
    limits: tuple[float, float] | None

    @property
    def has_finished(self) -> bool:
        """Whether anything was ever finished, in this period or before; until then there are no numbers to show."""
        return any(history.is_finished for history in self.histories)


def read_insights(session: orm.Session, product: Product, period: str = "all") -> Insights:
    """The numbers of one period. A shorter period shows fewer weeks and items, but counts them the same way."""
    period = period if period in PERIODS else "all"
    histories = read_histories(session, product)
    now = clock.now()
    today = clock.day_of(now, product.zone)
    days = PERIODS[period]
    first_day = today - dt.timedelta(days=days - 1) if days else None
    since = first_recorded(session, product)
    pace = metrics.throughput(histories, today, since, weeks=days // 7 if days else _EVERY_WEEK)
    cycle = metrics.cycle_times(histories, since=first_day, until=today)
    return Insights(
        period=period,
        first_day=first_day,
        n_items=len(histories),
        cycle=cycle,
        sle=metrics.Sle(85, cycle.p85, cycle.n) if cycle.p85 is not None else None,
        weeks=tuple(_folded(pace.weeks)),
        busiest=max([count for _, count in pace.weeks], default=0),
        n_complete_weeks=len(pace.complete),
        mean=pace.mean,
        running=_week(*pace.running),
        wip=metrics.wip(histories, today, now),
        columns=_columns_by_ref(session, product),
        histories=tuple(histories),
        today=today,
        limits=pace.limits,
    )


def _columns_by_ref(session: orm.Session, product: Product) -> dict[str, str]:
    """The name of the column in which each unfinished item of the product stands now, by reference."""
    names = {column.id: column.name for column in product.columns}
    unfinished = (Item.product_id == product.id, Item.finished_at.is_(None))
    rows = session.execute(sa.select(Item.number, Item.column_id).where(*unfinished))
    return {f"{product.key}-{number}": names[column_id] for number, column_id in rows}


def _folded(weeks: tuple[tuple[dt.date, int], ...]) -> list[Week]:
    """The weeks, newest first; four or more in a row without a finish become one line, to spare people scrolling."""
    lines: list[Week] = []
    quiet: list[Week] = []
    for monday, count in reversed(weeks):
        if count == 0:
            quiet.append(_week(monday, count))
            continue
        lines += _as_run(quiet)
        lines.append(_week(monday, count))
        quiet = []
    return lines + _as_run(quiet)


def _as_run(quiet: list[Week]) -> list[Week]:
    if len(quiet) < _QUIET_RUN:
        return quiet
    return [Week(quiet[-1].first, quiet[0].last, 0, len(quiet))]


def _week(monday: dt.date, count: int) -> Week:
    return Week(monday, monday + dt.timedelta(days=6), count)
