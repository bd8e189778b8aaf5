"""A milestone day by day: its scope and who changed it, how much of it was done, and when the rest will be."""

import datetime as dt
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.charts.burn_up import BurnUpChart, Target, draw_burn_up
from kanban.flow.forecast import CONE, EARLY_SHARES
from kanban.flow.product_forecast import Forecast, later
from kanban.flow.sample import Standing
from kanban.models import Commitment, Event, Item, Member, Milestone, Product, User
from kanban.reads.promises.growth import MilestoneAhead, read_milestones_ahead
from kanban.reads.promises.milestones import MilestoneLine, list_milestones
from kanban.reads.promises.promises import PromiseLine, list_promises
from kanban.status.health import of_promise

_SCOPE_KINDS = ("aimed", "discarded", "restored")


@dataclass(frozen=True)
class ScopeChange:
    """An item joined the milestone or left it; `by` is a name, `scope` how many items the milestone then had."""

    on: dt.date
    by: str | None
    ref: str
    title: str
    is_added: bool
    scope: int


@dataclass(frozen=True)
class BurnUp:
    """The page of one milestone.

    `ahead` and `health` are None if nothing is left to do or nothing can be said; `finishes` are the days on which some
    of it was done, with the total done by then.
    """

    line: MilestoneLine
    promise: PromiseLine | None
    ahead: MilestoneAhead | None
    forecast: Forecast
    health: str | None
    changes: tuple[ScopeChange, ...]
    finishes: tuple[tuple[dt.date, int], ...]
    chart: BurnUpChart


def load_burn_up(session: orm.Session, product: Product, member: Member, number: int) -> BurnUp | None:
    """One milestone, or None if there is none with this number; about twenty queries."""
    line = next((each for each in list_milestones(session, product) if each.number == number), None)
    if line is None:
        return None
    opened_at = session.scalars(sa.select(Milestone.opened_at).where(Milestone.id == line.id)).one()
    of_this = (Commitment.milestone_id == line.id, Commitment.withdrawn_at.is_(None))
    promise = next(iter(list_promises(session, product, member, *of_this, milestones=[line])), None)
    forecast, aheads = read_milestones_ahead(session, product, [line])
    ahead, today = aheads.get(line.number), clock.today(product.zone)
    opened_on = clock.day_of(opened_at, product.zone)
    changes = [] if line.top else _changes(session, product, line)
    scope = _scope(line, changes, opened_on)
    finishes = _finishes(line, scope)
    cone = _cone(forecast, ahead, line.done) if ahead else {}
    return BurnUp(
        line=line,
        promise=promise,
        ahead=ahead,
        forecast=forecast,
        health=_health(promise, ahead),
        changes=tuple(changes),
        finishes=tuple(finishes),
        chart=draw_burn_up(
            scope=scope, done=finishes, cone=cone, targets=_targets(promise), first=scope[0][0], today=today
        ),
    )


def _health(promise: PromiseLine | None, ahead: MilestoneAhead | None) -> str | None:
    if promise is None or ahead is None or not ahead.dates:
        return None
    return of_promise(promise.due_on, half=ahead.dates.get(50), sure=ahead.dates.get(85))


def _changes(session: orm.Session, product: Product, line: MilestoneLine) -> list[ScopeChange]:
    """The changes of scope in log order, without those that were undone.

    A discarded item counts in no milestone until it is restored.
    """
    rows = session.execute(
        sa.select(Event.item_id, Event.version, Event.kind, Event.data, Event.effective_at)
        .add_columns(User.name, Item.number, Item.title)
        .join(Item, Item.id == Event.item_id)
        .outerjoin(User, User.id == Event.actor_id)
        .where(Event.product_id == product.id, Event.kind.in_(_SCOPE_KINDS))
        .order_by(Event.version, Event.seq)
    ).all()
    undone = {(row.item_id, row.data["undoes"]) for row in rows if "undoes" in row.data}
    members, dropped, changes = set[int](), set[int](), list[ScopeChange]()
    for row in rows:
        if "undoes" in row.data or (row.item_id, row.version) in undone:
            continue
        was = row.item_id in members and row.item_id not in dropped
        _follow(row, line.number, members, dropped)
        now = row.item_id in members and row.item_id not in dropped
        if was != now:
            on, ref = clock.day_of(row.effective_at, product.zone), f"{product.key}-{row.number}"
            changes.append(ScopeChange(on, row.name, ref, row.title, now, len(members - dropped)))
    return changes


def _follow(row: Any, number: int, members: set[int], dropped: set[int]) -> None:
    match row.kind:
        case "aimed":
            (members.add if row.data.get("milestone") == number else members.discard)(row.item_id)
        case "discarded":
            dropped.add(row.item_id)
        case _:
            dropped.discard(row.item_id)


def _scope(line: MilestoneLine, changes: Sequence[ScopeChange], opened_on: dt.date) -> list[tuple[dt.date, int]]:
    """The days on which the scope changed, each with the number of items at the end of the day."""
    if line.top:
        return [(opened_on, line.top)]
    by_day = {opened_on: 0} | {change.on: change.scope for change in changes}
    return sorted(by_day.items())


def _finishes(line: MilestoneLine, scope: Sequence[tuple[dt.date, int]]) -> list[tuple[dt.date, int]]:
    """The days on which some of it was done, with the total by then.

    What was finished earlier counts from the first day of the milestone's scope. What was finished on an unknown day
    counts from the day by which it was.
    """
    first = scope[0][0]
    days = sorted(max(item.finished_by, first) for item in line.items if item.finished_by is not None)
    return [(day, bisect_right(days, day)) for day in sorted(set(days))]


def _cone(forecast: Forecast, ahead: MilestoneAhead, done: int) -> dict[int, list[tuple[dt.date, int]]]:
    """By share, the days on which the forecast has one more of them done; an early estimate has no outer lines."""
    if forecast.sets is None:
        return {}
    shares = CONE if forecast.standing is Standing.ENOUGH else EARLY_SHARES
    cone = {}
    for share in shares:
        days = [forecast.sets.date_of(place, share) for place in sorted(ahead.aim.places)]
        if days and share in ahead.dates:
            days[-1] = later(days[-1], ahead.dates[share])
        cone[share] = [(day, done + count) for count, day in enumerate(days, start=1) if day is not None]
    return cone


def _targets(promise: PromiseLine | None) -> list[Target]:
    """Every day that was promised, in order; the last one is the current one."""
    if promise is None:
        return []
    days = [change.from_on for change in promise.changes]
    return [*(Target(day, is_current=False) for day in days), Target(promise.due_on, is_current=True)]
