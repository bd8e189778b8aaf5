"""What an order of the backlog means for the promises: how each one looks, and whose health a move changes."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.flow.age import Age
from kanban.flow.stage import QUEUE
from kanban.models import Column, Commitment, Item, Milestone, Product, Request, milestone_item
from kanban.reads.insights.forecast import Dates, Forecast, Reach, read_forecast
from kanban.status.health import of_promise

_WORST_FIRST = ("off_track", "at_risk", "on_track")


@dataclass(frozen=True)
class Queued:
    """An item in the queue, with the milestone that it belongs to."""

    item_id: int
    milestone_id: int | None


@dataclass(frozen=True)
class Started:
    """An item in progress."""

    item_id: int
    milestone_id: int | None
    age: Age


@dataclass(frozen=True)
class Outlook:
    """An open promise, and how it looks in this order.

    `ref` names its item, `milestone` is its milestone's number. `queued` are the ids of its items in the queue, whose
    order matters; if there are none, no order of the backlog changes it. `reach` is what has to happen before it is
    kept. `dates` and `health` are None if nothing can be said: there is no forecast, or an item in progress is older
    than almost all finished ones or of unknown age; `lacks` says which.
    """

    number: int
    name: str
    ref: str
    milestone: int | None
    due_on: dt.date
    queued: tuple[int, ...]
    reach: Reach
    dates: Dates | None
    health: str | None
    lacks: str


@dataclass(frozen=True)
class Ahead:
    """The forecast of a product in one order of its queue: the dates by position, and every open promise.

    `rows` are the dates of each item, `sets` those by which everything up to it is done.
    """

    key: str
    forecast: Forecast
    wip: int
    rows: tuple[Dates, ...] | None
    sets: tuple[Dates, ...] | None
    promises: tuple[Outlook, ...]


def read_ahead(session: orm.Session, product: Product, queue: Sequence[Queued]) -> Ahead:
    """The outlook for a queue in this order.

    Four queries while the forecast is cached, however many promises there are.
    """
    return _read(session, product, queue)[0]


def _read(
    session: orm.Session, product: Product, queue: Sequence[Queued]
) -> tuple[Ahead, list[sa.Row[Any]], list[Started]]:
    started, promises = _started(session, product), _promises(session, product)
    ahead = _dated(session, product, queue, started)
    return replace(ahead, promises=tuple(_judged(ahead, promises, queue, started))), promises, started


def _dated(session: orm.Session, product: Product, queue: Sequence[Queued], started: Sequence[Started]) -> Ahead:
    """The outlook without the promises."""
    forecast = read_forecast(session, product, positions=len(started) + len(queue))
    rows, sets = forecast.of_queue(len(queue), len(started)), forecast.of_sets(len(queue), len(started))
    return Ahead(product.key, forecast, len(started), _frozen(rows), _frozen(sets), ())


@dataclass(frozen=True)
class Given:
    """A promise that was read already, with what its health follows from.

    `top` is set if it is about the next items, and `done` says how many of these are finished.
    """

    number: int
    due_on: dt.date
    item_id: int | None
    milestone_id: int | None
    milestone: int | None
    statement: str = ""
    item: int | None = None
    top: int | None = None
    done: int = 0


@dataclass(frozen=True)
class HypotheticalOutlook:
    """What a promise would look like before anybody makes it.

    `lacks` says why it has no dates: no `item` came from the request yet, nothing is `left` to do, or the reason for
    which the forecast is silent (see `Forecast.silence`); "" if it has.
    """

    outlook: Outlook | None
    lacks: str
    forecast: Forecast | None = None


def read_hypothetical_outlook(
    session: orm.Session, product: Product, subject: Item | Milestone | Request, due_on: dt.date | None
) -> HypotheticalOutlook:
    """What a promise would look like in the present order; its `health` means something only if `due_on` is given."""
    day = due_on or dt.date.max
    if isinstance(subject, Milestone):
        done = session.scalar(_DONE_SINCE, {"product": product.id, "since": subject.opened_at}) if subject.top else 0
        given = Given(0, day, None, subject.id, subject.number, top=subject.top, done=done or 0)
    else:
        item_id = subject.id if isinstance(subject, Item) else subject.item_id
        if item_id is None:
            return HypotheticalOutlook(None, "item")
        given = Given(0, day, item_id, None, None)
    ahead = read_ahead_of(session, product, [given])
    outlook = next(iter(ahead.promises), None)
    if outlook is None or outlook.reach == Reach(ages=()):
        return HypotheticalOutlook(None, "left")
    return HypotheticalOutlook(outlook, outlook.lacks, ahead.forecast)


def read_ahead_of(session: orm.Session, product: Product, promises: Sequence[Given]) -> Ahead:
    """The present order with the outlook of just these promises; three queries while the forecast is cached."""
    rows = session.execute(_LEFT, {"product": product.id}).all()
    today, zone = clock.today(product.zone), product.zone
    started = [_begun(row, zone, today) for row in rows if row.started_at is not None]
    queue = [Queued(row.id, row.milestone_id) for row in rows if row.stage in QUEUE]
    ahead = _dated(session, product, queue, started)
    return replace(ahead, promises=tuple(_judged(ahead, promises, queue, started)))


@dataclass(frozen=True)
class Aim:
    """What has to happen before a milestone is reached, and the places of its items among the finishes to come.

    Places count from 1. Items in progress come before the queue, the oldest first.
    """

    reach: Reach
    places: tuple[int, ...]


def read_aims(
    session: orm.Session, product: Product, left: Mapping[int, int | None]
) -> tuple[Forecast, dict[int, Aim]]:
    """The forecast, and the aims of those milestones among `left` (by id) that have something left to do.

    For "the next N", the value in `left` is how many of them are left, else None. Seven queries at most.
    """
    queue = read_queue(session, product)
    ahead, _, started = _read(session, product, queue)
    oldest = sorted(started, key=lambda item: -item.age.days)
    aims = {}
    for milestone_id, count in left.items():
        begun = [item for item in oldest if item.milestone_id == milestone_id]
        queued = [place for place, item in enumerate(queue) if item.milestone_id == milestone_id]
        places = [oldest.index(item) + 1 for item in begun] + [ahead.wip + place + 1 for place in queued]
        if count is not None:
            aims[milestone_id] = Aim(Reach(finishes=count), tuple(range(1, count + 1)))
        elif queued:
            turn = places[-1] - ahead.wip
            aims[milestone_id] = Aim(Reach(finishes=places[-1], position=turn, wip=ahead.wip), tuple(places))
        elif begun:
            aims[milestone_id] = Aim(Reach(ages=tuple(item.age for item in begun)), tuple(places))
    return ahead.forecast, aims


def by_row(promises: Iterable[Outlook]) -> dict[int, tuple[Outlook, ...]]:
    """By item id, the promises that each queued item falls under, the nearest first.

    An item is listed for its own promise or a request's, and then its milestone's is added; a milestone's promise alone
    has a line of its own elsewhere.
    """
    found: dict[int, list[Outlook]] = {}
    of_sets: dict[int, list[Outlook]] = {}
    for promise in promises:
        for item_id in promise.queued:
            (of_sets if promise.milestone is not None else found).setdefault(item_id, []).append(promise)
    return {
        item_id: tuple(sorted([*own, *of_sets.get(item_id, ())], key=lambda each: (each.due_on, each.number)))
        for item_id, own in found.items()
    }


def worst(healths: Iterable[str | None]) -> str | None:
    """The worst of the healths that are known; None if none is."""
    return min((health for health in healths if health), key=_WORST_FIRST.index, default=None)


def _frozen(dates: list[Dates] | None) -> tuple[Dates, ...] | None:
    return None if dates is None else tuple(dates)


def _started(session: orm.Session, product: Product) -> list[Started]:
    today, zone = clock.today(product.zone), product.zone
    rows = session.execute(
        sa.select(Item.id, Item.started_at, Item.is_start_known, milestone_item.c.milestone_id)
        .outerjoin(milestone_item, milestone_item.c.item_id == Item.id)
        .where(Item.product_id == product.id, Item.rank.is_not(None))
        .where(Item.started_at.is_not(None), Item.finished_at.is_(None))
    )
    return [_begun(row, zone, today) for row in rows]


def _begun(row: sa.Row[Any], zone: ZoneInfo, today: dt.date) -> Started:
    age = Age.since(clock.day_of(row.started_at, zone), today, is_known=row.is_start_known)
    return Started(row.id, row.milestone_id, age)


def _promises(session: orm.Session, product: Product) -> list[sa.Row[Any]]:
    """Promises neither withdrawn nor kept, by their day; for "the next N" also how many are done.

    A promise about a request is about the item that comes from it, once there is one.
    """
    done = (
        sa.select(sa.func.count(Item.id))
        .where(Item.product_id == product.id, Item.rank.is_not(None))
        .where(Item.finished_at >= Milestone.opened_at, Item.is_finish_known)
        .correlate(Milestone)
        .scalar_subquery()
    )
    query = (
        sa.select(Commitment.number, Commitment.statement, Commitment.due_on, Item.id.label("item_id"))
        .add_columns(Commitment.milestone_id, Item.number.label("item"), Milestone.number.label("milestone"))
        .add_columns(Milestone.top, done.label("done"))
        .outerjoin(Request, Request.id == Commitment.request_id)
        .outerjoin(Item, Item.id == sa.func.coalesce(Commitment.item_id, Request.item_id))
        .outerjoin(Milestone, Milestone.id == Commitment.milestone_id)
        .where(Commitment.product_id == product.id, Commitment.withdrawn_at.is_(None))
        .where(sa.or_(Item.id.is_(None), sa.and_(Item.finished_at.is_(None), Item.rank.is_not(None))))
        .order_by(Commitment.due_on, Commitment.number)
    )
    return list(session.execute(query))


def _judged(
    ahead: Ahead, promises: Iterable[sa.Row[Any] | Given], queue: Sequence[Queued], started: Sequence[Started]
) -> Iterable[Outlook]:
    place = {item.item_id: index for index, item in enumerate(queue)}
    for row in promises:
        mine = [item for item in queue if _belongs(item, row)]
        begun = [item for item in started if _belongs(item, row)]
        left = max(row.top - row.done, 0) if row.top else len(mine) + len(begun)
        if row.item_id is None and (row.milestone is None or not left):
            continue
        places = [place[item.item_id] for item in mine]
        reach, dates = _reach(ahead, row, left, places, begun), _dates(ahead, row, left, places, begun)
        yield Outlook(
            number=row.number,
            name=row.statement,
            ref=f"{ahead.key}-{row.item}" if row.item else "",
            milestone=row.milestone,
            due_on=row.due_on,
            queued=tuple(item.item_id for item in mine),
            reach=reach,
            dates=dates,
            health=of_promise(row.due_on, half=dates.half, sure=dates.sure) if dates else None,
            lacks="" if dates else ahead.forecast.silence(reach),
        )


def _belongs(item: Queued | Started, row: Any) -> bool:
    if row.item_id is not None:
        return bool(item.item_id == row.item_id)
    return row.milestone_id is not None and item.milestone_id == row.milestone_id


def _reach(ahead: Ahead, row: Any, left: int, places: list[int], begun: list[Started]) -> Reach:
    if row.top:
        return Reach(finishes=left)
    if not places:
        return Reach(ages=tuple(item.age for item in begun))
    last = max(places) + 1
    finishes = ahead.wip + last if row.milestone_id else None
    return Reach(finishes=finishes, position=last, wip=ahead.wip)


def _dates(ahead: Ahead, row: Any, left: int, places: list[int], begun: list[Started]) -> Dates | None:
    if ahead.rows is None or ahead.sets is None:
        return None
    if row.top:
        return ahead.forecast.of_set(left)
    if places:
        return (ahead.sets if row.milestone_id else ahead.rows)[max(places)]
    each = [ahead.forecast.of_started(item.age) for item in begun]
    known = [dates for dates in each if dates is not None]
    if not known or len(known) < len(each):
        return None
    return Dates(_last([dates.half for dates in known]), _last([dates.sure for dates in known]))


def _last(days: list[dt.date | None]) -> dt.date | None:
    known = [day for day in days if day is not None]
    return max(known) if len(known) == len(days) else None


# What a move changed


@dataclass(frozen=True)
class Turn:
    """A promise whose health a move changed."""

    promise: Outlook
    was: str

    @property
    def is_worse(self) -> bool:
        """Whether its health got worse."""
        assert self.promise.health is not None
        return _WORST_FIRST.index(self.promise.health) < _WORST_FIRST.index(self.was)


def read_queue(session: orm.Session, product: Product) -> list[Queued]:
    """Everything in the queue, in rank order; one query."""
    return [Queued(*row) for row in session.connection().execute(_QUEUED, {"product": product.id})]


def read_promised_queue(session: orm.Session, product: Product) -> list[Queued]:
    """The same if any promise stands, else empty: then no order can change a promise."""
    return [Queued(*row) for row in session.connection().execute(_QUEUED_IF_PROMISED, {"product": product.id})]


_LEFT = (
    sa.select(Item.id, Item.started_at, Item.is_start_known, Column.stage, milestone_item.c.milestone_id)
    .join(Column, Column.id == Item.column_id)
    .outerjoin(milestone_item, milestone_item.c.item_id == Item.id)
    .where(Item.product_id == sa.bindparam("product"), Item.rank.is_not(None), Item.finished_at.is_(None))
    .order_by(Item.rank)
)
_DONE_SINCE = sa.select(sa.func.count(Item.id)).where(
    Item.product_id == sa.bindparam("product"),
    Item.rank.is_not(None),
    Item.finished_at >= sa.bindparam("since", type_=Item.finished_at.type),
    Item.is_finish_known,
)
_QUEUED = (
    sa.select(Item.id, milestone_item.c.milestone_id)
    .join(Column, Column.id == Item.column_id)
    .outerjoin(milestone_item, milestone_item.c.item_id == Item.id)
    .where(Item.product_id == sa.bindparam("product"), Item.rank.is_not(None), Column.stage.in_(QUEUE))
    .order_by(Item.rank)
)
_QUEUED_IF_PROMISED = _QUEUED.where(
    sa.exists().where(Commitment.product_id == sa.bindparam("product"), Commitment.withdrawn_at.is_(None))
)


def turns_between(
    session: orm.Session, product: Product, before: Sequence[Queued], after: Sequence[Queued]
) -> list[Turn]:
    """The promises whose health differs between two orders of the queue, those that got worse first, the worst on top.

    `after` may be just a proposal. Both orders are judged by the same forecast and the same work in progress.
    """
    now, earlier = between(session, product, before, after)
    was = {each.number: each.health for each in earlier}
    turns = [
        Turn(promise, health)
        for promise in now.promises
        if (health := was.get(promise.number)) and promise.health and health != promise.health
    ]
    return sorted(turns, key=lambda turn: (not turn.is_worse, _WORST_FIRST.index(turn.promise.health or "off_track")))


def between(
    session: orm.Session, product: Product, before: Sequence[Queued], after: Sequence[Queued]
) -> tuple[Ahead, tuple[Outlook, ...]]:
    """The outlook in the order `after`, and how the promises looked in the order `before` by the same forecast."""
    now, promises, started = _read(session, product, after)
    return now, tuple(_judged(now, promises, before, started))
