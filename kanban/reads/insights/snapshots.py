"""What the forecast says today, as rows to be stored; what became of earlier ones; how often they held.

Nothing is written here: each step returns statements, which the daily chores execute and commit.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.flow.calibration import EVERY_DAYS, walk_forward
from kanban.flow.draws import VERSION, seed_of
from kanban.flow.forecast import SHARES, shares_shown
from kanban.flow.product_forecast import Forecast
from kanban.flow.track import Record, did_hold, once_a_week, record
from kanban.models import Commitment, Ending, ForecastMemory, ForecastSnapshot, Item, Product, Request
from kanban.reads.insights.forecast import first_recorded, read_forecast
from kanban.reads.promises.calendar import read_calendar
from kanban.reads.promises.milestones import list_milestones
from kanban.reads.promises.outlook import read_ahead, read_queue

NEXT = 10
"""How many finishes the product's own row is about: few enough for it to be judged within weeks."""

LEARNS_EVERY_DAYS = 7
_JUDGED_DAYS = 2 * 364
_FIRST_DAY = dt.date.min

Statements = list[sa.Executable]
Step = Callable[[orm.Session, Product], Statements]


def products_due(session: orm.Session) -> list[int]:
    """The ids of products whose forecast for today (in their own zone) is not stored yet; archived ones have none."""
    rows = session.execute(
        sa.select(Product.id, Product.time_zone, ForecastMemory.counted_on)
        .outerjoin(ForecastMemory, ForecastMemory.product_id == Product.id)
        .where(Product.archived_at.is_(None))
        .order_by(Product.id)
    )
    return [row.id for row in rows if row.counted_on is None or row.counted_on < clock.today(row.time_zone)]


def product_with_columns(session: orm.Session, product_id: int) -> Product | None:
    """A product as the steps need it, freshly loaded."""
    query = sa.select(Product).where(Product.id == product_id).options(orm.selectinload(Product.columns))
    return session.scalar(query.execution_options(populate_existing=True))


def list_snapshots(session: orm.Session, product: Product) -> list[dict[str, Any]]:
    """Everything ever stored about a product, by day, for the export: plain values, promises by their number."""
    query = (
        sa.select(Commitment.number.label("promise"), *_TOLD)
        .select_from(ForecastSnapshot)
        .outerjoin(Commitment, Commitment.id == ForecastSnapshot.commitment_id)
        .where(ForecastSnapshot.product_id == product.id)
        .order_by(ForecastSnapshot.made_on, ForecastSnapshot.id)
    )
    return [dict(row) for row in session.execute(query).mappings()]


_TOLD = [column for column in ForecastSnapshot.__table__.c if column.name not in ("id", "product_id", "commitment_id")]


# The drift, learnt once a week


def learn_drift(session: orm.Session, product: Product) -> Statements:
    """Store the drift and the record of a fresh backtest; nothing if the last one is less than seven days old.

    Takes 15 ms for each day that the backtest tries.
    """
    today = clock.today(product.zone)
    known = session.scalar(sa.select(ForecastMemory.learnt_on).where(ForecastMemory.product_id == product.id))
    if known is not None and (today - known).days < LEARNS_EVERY_DAYS:
        return []
    backtest = walk_forward(
        _finishes(session, product),
        today=today,
        calendar=read_calendar(session, product),
        since=first_recorded(session, product),
        every_days=EVERY_DAYS,
        seed=seed_of(product.key, _FIRST_DAY),
    )
    tried = [record(share, (did_hold(*each.outcome(share), today) for each in backtest.tried)) for share in SHARES]
    learnt = backtest.learnt
    values = {"learnt_on": today, "drift": learnt.drift, "drift_n": learnt.n, "tried": _as_json(tried)}
    return [_remembered(session, product, values)]


def _finishes(session: orm.Session, product: Product, *, since: dt.date | None = None) -> Counter[dt.date]:
    """Finished items by day, as far as it is known; today's are left out, since they may still be undone."""
    query = sa.select(Item.finished_at).where(Item.product_id == product.id, Item.rank.is_not(None))
    query = query.where(Item.finished_at.is_not(None), Item.is_finish_known)
    if since is not None:
        query = query.where(Item.finished_at >= dt.datetime.combine(since, dt.time(), product.zone))
    today = clock.today(product.zone)
    days = (clock.day_of(at, product.zone) for at in session.scalars(query) if at is not None)
    return Counter(day for day in days if day < today)


# What the forecast says today


def snapshot_forecasts(session: orm.Session, product: Product) -> Statements:
    """Store one row for the product and one for each open promise, unless today's exist already."""
    today = clock.today(product.zone)
    mine = (ForecastSnapshot.product_id == product.id, ForecastSnapshot.commitment_id.is_(None))
    if session.scalar(sa.select(sa.exists().where(*mine, ForecastSnapshot.made_on >= today))):
        return []
    forecast = read_forecast(session, product, positions=NEXT)
    rows = [_row(product, forecast, forecast.when(NEXT), NEXT)]
    ahead = read_ahead(session, product, read_queue(session, product))
    numbered = sa.select(Commitment.number, Commitment.id).where(Commitment.product_id == product.id)
    ids = {row.number: row.id for row in session.execute(numbered)}
    for promise in ahead.promises:
        dates = ahead.forecast.dates_at(promise.reach)
        about = {"commitment_id": ids[promise.number], "target_on": promise.due_on}
        rows.append(_row(product, ahead.forecast, dates, promise.reach.finishes or promise.reach.position) | about)
    return [_insert(session, ForecastSnapshot).values(rows).on_conflict_do_nothing()]


def _row(
    product: Product, forecast: Forecast, dates: Mapping[int, dt.date | None], items: int | None
) -> dict[str, Any]:
    shown = [share for share in shares_shown(forecast.standing) if share in dates]
    return {
        "product_id": product.id,
        "commitment_id": None,
        "made_on": forecast.today,
        "items": items,
        "standing": forecast.standing.value,
        "shares": len(shown),
        **{f"p{share}_on": dates.get(share) for share in SHARES},
        "window_first": forecast.sample.first,
        "window_until": forecast.sample.until,
        "version": VERSION,
        "seed": forecast.model.seed,
        "drift": forecast.model.drift,
        "target_on": None,
    }


# What became of earlier forecasts


def mark_outcomes(session: orm.Session, product: Product) -> Statements:
    """Mark the rows whose outcome was known at the end of yesterday; a mark stays even if work is reopened."""
    query = sa.select(ForecastSnapshot.commitment_id, ForecastSnapshot.made_on, ForecastSnapshot.items)
    query = query.where(ForecastSnapshot.product_id == product.id, ForecastSnapshot.ending.is_(None))
    waiting = session.execute(query.order_by(ForecastSnapshot.made_on)).all()
    own = [(row.made_on, row.items) for row in waiting if row.commitment_id is None]
    promised = {row.commitment_id for row in waiting if row.commitment_id is not None}
    return [*_marks_of_product(session, product, own), *_marks_of_promises(session, product, promised)]


def _marks_of_product(
    session: orm.Session, product: Product, waiting: Sequence[tuple[dt.date, int | None]]
) -> Statements:
    if not waiting:
        return []
    finishes = sorted(_finishes(session, product, since=waiting[0][0]).elements())
    ended: dict[dt.date, list[dt.date]] = defaultdict(list)
    for made_on, items in waiting:
        after = [day for day in finishes if day > made_on]
        if items and len(after) >= items:
            ended[after[items - 1]].append(made_on)
    mine = (ForecastSnapshot.product_id == product.id, ForecastSnapshot.commitment_id.is_(None))
    return [
        _marking(ended_on, Ending.FINISHED, *mine, ForecastSnapshot.made_on.in_(days))
        for ended_on, days in ended.items()
    ]


def _marks_of_promises(session: orm.Session, product: Product, promised: set[int]) -> Statements:
    if not promised:
        return []
    zone, today = product.zone, clock.today(product.zone)
    rows = session.execute(
        sa.select(Commitment.id, Commitment.withdrawn_at, Commitment.milestone_id)
        .add_columns(Item.finished_at, Item.discarded_at)
        .outerjoin(Request, Request.id == Commitment.request_id)
        .outerjoin(Item, Item.id == sa.func.coalesce(Commitment.item_id, Request.item_id))
        .where(Commitment.product_id == product.id, Commitment.id.in_(promised))
    ).all()
    reached = (
        {line.id: line.finished_by for line in list_milestones(session, product)}
        if any(row.milestone_id for row in rows)
        else {}
    )
    marks = []
    for row in rows:
        dropped = row.withdrawn_at or row.discarded_at
        finished = clock.day_of(row.finished_at, zone) if row.finished_at else reached.get(row.milestone_id)
        ended = clock.day_of(dropped, zone) if dropped else finished
        if ended is not None and ended < today:
            ending = Ending.WITHDRAWN if dropped else Ending.FINISHED
            marks.append(_marking(ended, ending, ForecastSnapshot.commitment_id == row.id))
    return marks


def _marking(ended_on: dt.date, ending: Ending, *which: sa.ColumnElement[bool]) -> sa.Executable:
    marked = sa.update(ForecastSnapshot).where(*which, ForecastSnapshot.ending.is_(None))
    return marked.values(ended_on=ended_on, ending=ending).execution_options(synchronize_session=False)


# How often they held


def count_record(session: orm.Session, product: Product) -> Statements:
    """Store how often the dates shown have held, from one row per week for each subject in the last two years."""
    today = clock.today(product.zone)
    rows = session.execute(
        sa.select(ForecastSnapshot.commitment_id, ForecastSnapshot.made_on, ForecastSnapshot.shares)
        .add_columns(ForecastSnapshot.p50_on, ForecastSnapshot.p85_on, ForecastSnapshot.p95_on)
        .add_columns(ForecastSnapshot.ended_on, ForecastSnapshot.ending)
        .where(ForecastSnapshot.product_id == product.id, ForecastSnapshot.shares > 0)
        .where(ForecastSnapshot.made_on >= today - dt.timedelta(days=_JUDGED_DAYS))
    )
    weekly = once_a_week((row.commitment_id, row.made_on, row) for row in rows)
    kept = [record(share, (_held(row, share, today) for row in weekly)) for share in SHARES]
    return [_remembered(session, product, {"counted_on": today, "kept": _as_json(kept)})]


def _held(row: Any, share: int, today: dt.date) -> bool | None:
    """Whether the date held; None if that can't be said.

    A promise that was withdrawn counts as missed if its date had passed by then; otherwise nobody can tell.
    """
    if SHARES.index(share) >= row.shares:
        return None
    date = (row.p50_on, row.p85_on, row.p95_on)[SHARES.index(share)]
    if row.ending is Ending.WITHDRAWN:
        return did_hold(date, None, row.ended_on)
    return did_hold(date, row.ended_on, today)


def _as_json(records: Sequence[Record]) -> dict[str, list[int]]:
    return {str(each.share): [each.held, each.n] for each in records}


def _remembered(session: orm.Session, product: Product, values: dict[str, Any]) -> Any:
    """The statement that writes these values into the product's one row, whether or not it exists."""
    insert = _insert(session, ForecastMemory).values(product_id=product.id, version=VERSION, **values)
    return insert.on_conflict_do_update(index_elements=["product_id"], set_={"version": VERSION, **values})


def _insert(session: orm.Session, model: type) -> Any:
    """An INSERT in the database's own dialect.

    Both dialects handle conflicts alike; only the one in use is imported.
    """
    return import_module(f"sqlalchemy.dialects.{session.get_bind().dialect.name}").insert(model)


STEPS: tuple[Step, ...] = (learn_drift, mark_outcomes, snapshot_forecasts, count_record)
"""A day's steps in order; each one's statements are executed and committed before the next step reads."""
