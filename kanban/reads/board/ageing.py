"""The ages from which an item counts as old in each column of a product, cached until their data changes.

See `flow.ageing` for how they are worked out.
"""

import datetime as dt
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.direct.prepared import Prepared
from kanban.flow.ageing import ENOUGH, NONE, AgeMarks, age_marks
from kanban.models import Column, Item, Product
from kanban.reads.insights.insights import read_histories

COMPARED = 100
"""How many of the items finished last an age is compared with; only those with a known start and finish count."""

_item = Item.__table__.c
_finished = (_item.product_id == sa.bindparam("product"), _item.finished_at.is_not(None))
_STATE = Prepared(sa.select(sa.func.count(), sa.func.max(_item.finished_at)).where(*_finished))
_LAST = (
    sa.select(_item.id)
    .where(*_finished, _item.is_start_known, _item.is_finish_known)
    .order_by(_item.finished_at.desc(), _item.id.desc())
    .limit(COMPARED)
)

#: By engine and product id: the state that the marks were read from, and the marks.
_kept: WeakKeyDictionary[sa.Engine, dict[int, tuple[Any, AgeMarks]]] = WeakKeyDictionary()


def read_age_marks(session: orm.Session, product: Product) -> AgeMarks:
    """The age marks by column number.

    Costs one small query, and three more when an item was finished or reopened, the columns changed, or a new day began
    since the last call.
    """
    ((count, newest),) = _STATE.tuples(session.connection(), {"product": product.id})
    if count < ENOUGH:
        return NONE
    standing = product.standing
    columns = tuple((column.number, column.stage) for column in standing)
    state = (count, newest, columns, product.time_zone, clock.today(product.zone))
    kept = _kept.setdefault(session.get_bind().engine, {})
    known = kept.get(product.id)
    if known is None or known[0] != state:
        ids = list(session.scalars(_LAST, {"product": product.id}))
        histories = read_histories(session, product, item_ids=ids)
        known = kept[product.id] = (state, age_marks(histories, [c.number for c in standing], folded=folded(product)))
    return known[1]


def folded(product: Product) -> dict[int, int]:
    """Removed columns, each mapped to the first existing column of its stage or of a later one."""
    standing = product.standing
    return {
        column.number: next(
            (each for each in standing if each.stage.position >= column.stage.position), standing[-1]
        ).number
        for column in product.columns
        if column.removed_at is not None
    }


def old_before(session: orm.Session, product: Product) -> dict[int, dt.datetime]:
    """For each column id, the instant before which an unfinished item must have started to count as old there."""
    marks = read_age_marks(session, product)
    first_days = {column.id: _first_day(marks, column, product) for column in product.standing}
    return {
        column_id: dt.datetime.combine(day, dt.time(), product.zone)
        for column_id, day in first_days.items()
        if day is not None
    }


def _first_day(marks: AgeMarks, column: Column, product: Product) -> dt.date | None:
    days = marks.days(column.number)
    return clock.today(product.zone) - dt.timedelta(days=days - 1) if days is not None else None
