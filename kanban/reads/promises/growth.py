"""When milestones are done if nothing is added to them, and when if they keep growing as they have lately."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.flow.product_forecast import Forecast, later
from kanban.flow.sample import WEEK
from kanban.models import Event, Milestone, Product, milestone_item
from kanban.reads.promises.milestones import MilestoneLine
from kanban.reads.promises.outlook import read_aims
from kanban.status.outlook import Ahead, Aim

LEAST_WEEKS = 2

Dates = Mapping[int, dt.date | None]


@dataclass(frozen=True)
class MilestoneAhead:
    """The dates by share if nothing is added (empty without a forecast), and if the milestone keeps growing.

    `added` is how many items joined in the last `weeks` whole weeks. `growing` is None if growth says nothing: nothing
    was added in those weeks, it is about "the next N", all its items are in progress, or it is younger than two weeks
    (`weeks` is 0 then).
    """

    aim: Aim
    dates: Dates
    growing: Dates | None
    added: int
    weeks: int


def read_milestones_ahead(
    session: orm.Session, product: Product, lines: Sequence[MilestoneLine]
) -> tuple[Forecast, dict[int, MilestoneAhead]]:
    """The dates by milestone number, for milestones not yet reached; at most nine queries, however many there are."""
    open_lines = [line for line in lines if line.finished_by is None and line.total]
    left = {line.id: line.total - line.done if line.top else None for line in open_lines}
    forecast, aims = read_aims(session, product, left)
    joined = _joined(session, product, Milestone.id) if aims else {}
    return forecast, {
        line.number: _ahead(forecast, aims[line.id], *joined.get(line.id, (forecast.today, Counter())))
        for line in open_lines
        if line.id in aims
    }


def read_growing(session: orm.Session, product: Product, ahead: Ahead) -> dict[int, dt.date | None]:
    """By number, when promised milestones are done if they keep growing: the 85 % day (None: beyond five years).

    Milestones for which growth says nothing are left out. One query if a milestone is promised.
    """
    reach = {each.milestone: each.reach for each in ahead.promises if each.milestone is not None}
    joined = _joined(session, product, Milestone.number) if reach and ahead.sets is not None else {}
    told = {
        number: _ahead(ahead.forecast, Aim(reach[number], ()), *joined[number]) for number in reach if number in joined
    }
    return {number: each.growing[85] for number, each in told.items() if each.growing and 85 in each.growing}


def _ahead(forecast: Forecast, aim: Aim, opened_on: dt.date, joined: Counter[dt.date]) -> MilestoneAhead:
    dates, count = forecast.dates_at(aim.reach), aim.reach.finishes
    weeks = min((forecast.today - opened_on).days // WEEK, forecast.sample.weeks)
    if weeks < LEAST_WEEKS or count is None or not dates:
        return MilestoneAhead(aim, dates, None, 0, 0)
    since = forecast.today - dt.timedelta(days=weeks * WEEK)
    added = sum(number for day, number in joined.items() if since <= day < forecast.today)
    if not added:
        return MilestoneAhead(aim, dates, None, 0, weeks)
    grown = forecast.when_growing(count, _repeated(joined, forecast, weeks * WEEK))
    growing = {share: later(day, dates.get(share, day)) for share, day in grown.items()}
    return MilestoneAhead(aim, dates, growing, added, weeks)


def _repeated(joined: Counter[dt.date], forecast: Forecast, length: int) -> dict[dt.date, int]:
    """How many items joined on each day of the forecast's window.

    Days before the milestone was created repeat the counts since then: they say nothing about its growth, and as zeros
    they would make a young milestone look calm.
    """
    last = forecast.today - dt.timedelta(days=1)
    days = (last - dt.timedelta(days=n) for n in range((last - forecast.sample.first).days + 1))
    return {day: joined[last - dt.timedelta(days=n % length)] for n, day in enumerate(days)}


def _joined(
    session: orm.Session, product: Product, key: orm.InstrumentedAttribute[int]
) -> dict[int, tuple[dt.date, Counter[dt.date]]]:
    """By `key` (id or number), the day a milestone was created, and how many of its items joined on each later day.

    Left out are items that have left again, items that came back by an undo, and those that joined on the first day.
    """
    zone = product.zone
    rows = session.execute(
        sa.select(key.label("key"), Milestone.opened_at, Event.item_id, sa.func.max(Event.effective_at).label("at"))
        .join(milestone_item, milestone_item.c.milestone_id == Milestone.id)
        .join(Event, sa.and_(Event.item_id == milestone_item.c.item_id, Event.kind == "aimed"))
        .where(Milestone.product_id == product.id, Milestone.top.is_(None), Event.product_id == product.id)
        .where(Event.data["milestone"].as_integer() == Milestone.number, Event.data["undoes"].as_integer().is_(None))
        .group_by(Milestone.id, key, Milestone.opened_at, Event.item_id)
    )
    found: dict[int, tuple[dt.date, Counter[dt.date]]] = {}
    for row in rows:
        opened_on, joined_on = clock.day_of(row.opened_at, zone), clock.day_of(row.at, zone)
        _, counts = found.setdefault(row.key, (opened_on, Counter()))
        if joined_on > opened_on:
            counts[joined_on] += 1
    return found
