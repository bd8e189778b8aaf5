"""What an order of the backlog means for the promises, read for the rules of `status.outlook`."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.flow.age import Age
from kanban.flow.product_forecast import Dates, Forecast, Reach
from kanban.flow.stage import QUEUE
from kanban.models import Column, Commitment, Item, Milestone, Product, Request, milestone_item
from kanban.reads.insights.forecast import read_forecast
from kanban.status.outlook import Ahead, Aim, Given, Outlook, Queued, Started, Turn, aims, outlooks, turns


def read_ahead(session: orm.Session, product: Product, queue: Sequence[Queued]) -> Ahead:
    """The outlook for a queue in this order.

    Four queries while the forecast is cached, however many promises there are.
    """
    return _read(session, product, queue)[0]


def _read(session: orm.Session, product: Product, queue: Sequence[Queued]) -> tuple[Ahead, list[Given], list[Started]]:
    started, promises = _started(session, product), _promises(session, product)
    ahead = _dated(session, product, queue, started)
    return replace(ahead, promises=tuple(outlooks(ahead, promises, queue, started))), promises, started


def _dated(session: orm.Session, product: Product, queue: Sequence[Queued], started: Sequence[Started]) -> Ahead:
    """The outlook without the promises."""
    forecast = read_forecast(session, product, positions=len(started) + len(queue))
    rows, sets = forecast.of_queue(len(queue), len(started)), forecast.of_sets(len(queue), len(started))
    return Ahead(product.key, forecast, len(started), _frozen(rows), _frozen(sets), ())


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
    return replace(ahead, promises=tuple(outlooks(ahead, promises, queue, started)))


def read_aims(
    session: orm.Session, product: Product, left: Mapping[int, int | None]
) -> tuple[Forecast, dict[int, Aim]]:
    """The forecast, and the aims of those milestones among `left` (by id) that have something left to do.

    For "the next N", the value in `left` is how many of them are left, else None. Seven queries at most.
    """
    queue = read_queue(session, product)
    ahead, _, started = _read(session, product, queue)
    return ahead.forecast, aims(queue, started, left)


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


def _promises(session: orm.Session, product: Product) -> list[Given]:
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
    return [Given(**row) for row in session.execute(query).mappings()]


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
    return turns(now.promises, earlier)


def between(
    session: orm.Session, product: Product, before: Sequence[Queued], after: Sequence[Queued]
) -> tuple[Ahead, tuple[Outlook, ...]]:
    """The outlook in the order `after`, and how the promises looked in the order `before` by the same forecast."""
    now, promises, started = _read(session, product, after)
    return now, tuple(outlooks(now, promises, before, started))
