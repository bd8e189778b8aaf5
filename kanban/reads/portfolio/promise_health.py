"""How a product's running promises stand today; the suggested health follows from that."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.flow.track import Record
from kanban.models import ForecastMemory, Product
from kanban.reads.promises.outlook import read_ahead, read_queue
from kanban.reads.promises.promises import PromiseLine, list_promises
from kanban.status.health import PromiseHealth
from kanban.status.outlook import Outlook
from kanban.status.promises import Slips, total


@dataclass(frozen=True)
class Promised:
    """How many promises are running, and how those stand about which something can be said.

    Also the delays of all promises ever made, and how often the forecast's 85 % dates held (None if nothing is
    running).
    """

    running: int
    stands: tuple[PromiseHealth, ...]
    slips: Slips
    record: Record | None


def promise_health_of(
    running: Sequence[PromiseLine], known: Mapping[int, Outlook], today: dt.date
) -> list[PromiseHealth]:
    """How the open promises stand about which something can be said: with dates (`known`, by number), or overdue."""
    stands = []
    for line in running:
        each, is_past = known.get(line.number), line.due_on < today
        if each is not None or is_past:
            dates = each.dates if each else None
            half, sure = (dates.half, dates.sure) if dates else (None, None)
            stands.append(PromiseHealth(line.number, line.statement, line.due_on, half, sure, is_past))
    return stands


#: By engine and product id: the state it was read at (version, day, and the days on which the forecast last learnt and
#: counted how often it held), and what was read.
_kept: WeakKeyDictionary[sa.Engine, dict[int, tuple[Any, Promised]]] = WeakKeyDictionary()


def read_promised(session: orm.Session, products: Sequence[Product]) -> dict[int, Promised]:
    """How each product's promises stand, by product id; only for reading, as it is cached.

    One query, and some ten more for each product in which something changed since it was last read.
    """
    memory = sa.select(ForecastMemory.product_id, ForecastMemory.learnt_on, ForecastMemory.counted_on)
    rows = session.execute(memory.where(ForecastMemory.product_id.in_([product.id for product in products])))
    known_on = {product_id: days for product_id, *days in rows}
    kept, found = _kept.setdefault(session.get_bind().engine, {}), {}
    for product in products:
        state = (product.version, clock.today(product.zone), known_on.get(product.id))
        known = kept.get(product.id)
        if known is None or known[0] != state:
            known = kept[product.id] = (state, _read(session, product))
        found[product.id] = known[1]
    return found


def _read(session: orm.Session, product: Product) -> Promised:
    lines = list_promises(session, product, None)
    running = [line for line in lines if line.is_running and not line.is_dropped]
    slips = total(line.slips for line in lines)
    if not running:
        return Promised(0, (), slips, None)
    ahead = read_ahead(session, product, read_queue(session, product))
    known = {each.number: each for each in ahead.promises if each.dates is not None}
    stands = promise_health_of(running, known, clock.today(product.zone))
    return Promised(len(running), tuple(stands), slips, ahead.forecast.track.sure)
