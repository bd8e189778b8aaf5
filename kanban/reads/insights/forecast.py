"""A product's forecast, read from its finishes and cached until something else is finished.

What it says is in `flow.product_forecast`, how it is drawn in `flow.forecast`, and what it means for promises in
`reads.promises.outlook`.
"""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.flow.calendar import Calendar
from kanban.flow.draws import DRIFT, VERSION, Model, seed_of
from kanban.flow.forecast import CONE, LEAST_CYCLE_TIMES, SHARES, draw, shares_shown
from kanban.flow.product_forecast import Forecast
from kanban.flow.sample import WEEK, WEEKS, Sample
from kanban.flow.track import Record, Track
from kanban.models import Event, ForecastMemory, Item, Product
from kanban.reads.promises.calendar import read_calendar

_LEAST_DRAWN = 64
_YEAR_DAYS = 366

_item, _event = Item.__table__.c, Event.__table__.c
_finished = (
    *(_item.product_id == sa.bindparam("product"), _item.finished_at.is_not(None), _item.rank.is_not(None)),
    _item.is_finish_known,
)
_memory = ForecastMemory.__table__.c


def _remembered(column: sa.ColumnElement[Any]) -> sa.ScalarSelect[Any]:
    return sa.select(column).where(_memory.product_id == sa.bindparam("product")).scalar_subquery()


_REMEMBERED = (_memory.drift, _memory.drift_n, _memory.tried, _memory.learnt_on, _memory.kept)
_STATE = (
    sa.select(sa.func.count().label("count"), sa.func.max(_item.finished_at).label("newest"))
    .add_columns(*(_remembered(column).label(column.name) for column in _REMEMBERED))
    .where(*_finished)
)
_FINISHES = sa.select(_item.started_at, _item.finished_at, _item.is_start_known).where(
    *_finished, _item.finished_at >= sa.bindparam("since")
)
_CREATED = (
    sa.select(sa.func.min(_item.created_at))
    .where(_item.product_id == sa.bindparam("product"), _item.import_key.is_(None))
    .scalar_subquery()
)
_CAME_IN = (
    sa.select(_event.at)
    .where(_event.product_id == sa.bindparam("product"), _event.kind == "created")
    .order_by(_event.version)
    .limit(1)
    .scalar_subquery()
)
_FIRST = sa.select(_CREATED, _CAME_IN)


#: By engine and product id: the state it was drawn from, how many positions it reaches, and the forecast.
_kept: WeakKeyDictionary[sa.Engine, dict[int, tuple[Any, int, Forecast]]] = WeakKeyDictionary()


def read_forecast(session: orm.Session, product: Product, *, positions: int, by: dt.date | None = None) -> Forecast:
    """Today's forecast for this many positions and up to the day `by`.

    Two small queries. Two more, and some 30 ms for 1,000 positions, if an item was finished or reopened, the calendar
    changed, or a new day began since it was cached; and always with `by`.
    """
    row = session.connection().execute(_STATE, {"product": product.id}).one()
    calendar, today = read_calendar(session, product), clock.today(product.zone)
    state = (VERSION, today, *row, product.time_zone, calendar)
    kept = _kept.setdefault(session.get_bind().engine, {})
    known = kept.get(product.id)
    if known and known[0] == state and known[1] >= positions and by is None:
        return known[2]
    reach = max(_LEAST_DRAWN, 1 << (positions - 1).bit_length())
    drift = DRIFT if row.drift is None else row.drift
    model = Model(seed_of(product.key, today), drift=drift)
    found = replace(_draw(session, product, calendar, model, reach, by), track=_track(row))
    if by is None:
        kept[product.id] = (state, reach, found)
    return found


def first_recorded(session: orm.Session, product: Product) -> dt.date:
    """The first day on which a finish could have been recorded here; today for a product without items.

    Imported items may be older, but a list tells only of the finishes it holds: it can't show that a week had none.
    """
    found = session.connection().execute(_FIRST, {"product": product.id}).one()
    return clock.day_of(min(filter(None, found), default=clock.now()), product.zone)


def _track(row: Any) -> Track:
    return Track(_records(row.kept), _records(row.tried), row.learnt_on, row.drift_n or 0)


def _records(told: Mapping[str, Sequence[int]] | None) -> tuple[Record, ...]:
    return tuple(Record(share, *told[str(share)]) for share in SHARES if str(share) in told) if told else ()


def _draw(
    session: orm.Session, product: Product, calendar: Calendar, model: Model, reach: int, by: dt.date | None
) -> Forecast:
    today = clock.today(product.zone)
    since = clock.now() - dt.timedelta(days=_YEAR_DAYS + WEEKS * WEEK)
    rows = session.connection().execute(_FINISHES, {"product": product.id, "since": since}).all()
    zone = product.zone
    finishes = Counter(clock.day_of(row.finished_at, zone) for row in rows)
    timed = [row for row in rows if row.is_start_known]
    spans = [(clock.day_of(row.started_at, zone), clock.day_of(row.finished_at, zone)) for row in timed]
    sample = Sample.of(finishes, today=today, calendar=calendar, since=first_recorded(session, product))
    recent = [(end - start).days + 1 for start, end in spans if end >= sample.first]
    cycle_times = recent if len(recent) >= LEAST_CYCLE_TIMES else [(end - start).days + 1 for start, end in spans]
    sets = items = None
    if shares_shown(sample.standing):
        futures = draw(sample, model, today, positions=reach, calendar=calendar, last_day=by)
        sets, done = futures.curves().kept(sorted({*CONE, *SHARES})), futures.done_curves(cycle_times)
        items = done.kept() if done else None
    return Forecast(today, calendar, sample, model, tuple(cycle_times), sets, items)
