"""Lost time: how long work in progress was blocked, by what it waited for; how far promises moved, by cause."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.models import Block, Commitment, CommitmentChange, Item, Product

_Hold = tuple[int, dt.datetime, dt.datetime]
"""Item id, and the instants from which and until which it was held up."""


@dataclass(frozen=True)
class Blocked:
    """What work waited for: on how many items, how often and for how long.

    `what` is "" if nobody said, and for answers to questions, which `is_answer` marks.
    """

    what: str
    is_answer: bool
    items: int
    times: int
    length: dt.timedelta


@dataclass(frozen=True)
class Delayed:
    """A cause of delays: how often it moved a date to a later day, and by how many days in all."""

    cause: str
    times: int
    days: int


@dataclass(frozen=True)
class LostTime:
    """Both tables of a period, each with what took longest first."""

    blocked: tuple[Blocked, ...]
    delayed: tuple[Delayed, ...]


def read_lost_time(session: orm.Session, product: Product, *, since: dt.date | None = None) -> LostTime:
    """Time lost from that day on (in the product's zone), or ever; two queries."""
    first = dt.datetime.combine(since, dt.time(), product.zone) if since else None
    return LostTime(tuple(_blocked(session, product, first)), tuple(_delayed(session, product, first)))


def _blocked(session: orm.Session, product: Product, first: dt.datetime | None) -> list[Blocked]:
    """Each interval, cut to the time between the item's start and finish and to the period."""
    now = clock.now()
    query = (
        sa.select(Block.item_id, Block.since, Block.until, Block.waiting_for, Block.question_id, Item.started_at)
        .add_columns(sa.case((Item.is_finish_known, Item.finished_at)).label("finished_at"))
        .join(Item, Item.id == Block.item_id)
        .where(Item.product_id == product.id, Item.started_at.is_not(None), Item.discarded_at.is_(None))
    )
    if first is not None:
        query = query.where(sa.or_(Block.until.is_(None), Block.until > first))
    found: dict[tuple[str, bool], list[_Hold]] = defaultdict(list)
    for row in session.execute(query):
        began = max(filter(None, (row.since, row.started_at, first)))
        ended = min(row.until or now, row.finished_at or now)
        if ended > began:
            is_answer = row.question_id is not None
            found["" if is_answer else row.waiting_for, is_answer].append((row.item_id, began, ended))
    lines = [
        Blocked(
            what=what,
            is_answer=is_answer,
            items=len({item_id for item_id, *_interval in holds}),
            times=len(holds),
            length=_length(holds),
        )
        for (what, is_answer), holds in found.items()
    ]
    return sorted(lines, key=lambda line: (-line.length, line.what))


def _length(holds: Sequence[_Hold]) -> dt.timedelta:
    """The length for all items together; when two things hold one item up at the same time, that time counts once."""
    length, reached = dt.timedelta(), dict[int, dt.datetime]()
    for item_id, began, ended in sorted(holds, key=itemgetter(1)):
        last = max(began, reached.get(item_id, began))
        length += max(ended - last, dt.timedelta())
        reached[item_id] = max(ended, last)
    return length


def _delayed(session: orm.Session, product: Product, first: dt.datetime | None) -> list[Delayed]:
    query = (
        sa.select(CommitmentChange.cause, CommitmentChange.from_on, CommitmentChange.to_on)
        .join(Commitment, Commitment.id == CommitmentChange.commitment_id)
        .where(Commitment.product_id == product.id, CommitmentChange.to_on > CommitmentChange.from_on)
    )
    if first is not None:
        query = query.where(CommitmentChange.at >= first)
    found: dict[str, list[int]] = defaultdict(list)
    for row in session.execute(query):
        found[row.cause.value].append((row.to_on - row.from_on).days)
    lines = [Delayed(cause, len(days), sum(days)) for cause, days in found.items()]
    return sorted(lines, key=lambda line: (-line.days, line.cause))
