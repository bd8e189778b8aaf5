"""What stands around every page: the person's products and the counts beside their pages. Three queries at most."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Column, Item, Member, Product, Question, Request, RequestState, Stage
from kanban.reads.inbox import unread_of
from kanban.reads.silence import silence_of, waiting_since
from kanban.reads.update_questions import count_for


@dataclass(frozen=True)
class Counts:
    """Numbers in the rail: items not started, items in progress, new requests."""

    backlog: int
    board: int
    requests: int


class Membership(NamedTuple):
    """A product of the person's, and for how many days it has been silent, where that is too long."""

    key: str
    name: str
    role: str
    silent_days: int | None


def products_of(session: orm.Session, user_id: int) -> list[Membership]:
    """The person's products that are not archived, by name."""
    told, waits = waiting_since()
    rows = session.execute(
        sa.select(
            Product.key,
            Product.name,
            Member.role,
            Product.time_zone,
            Product.cadence_days,
            told.label("told"),
            waits.label("waits"),
        )
        .join(Member, Member.product_id == Product.id)
        .where(Member.user_id == user_id, Product.archived_at.is_(None))
        .order_by(Product.name)
    )
    return [Membership(row.key, row.name, row.role.value, _silent_days(row)) for row in rows]


def _silent_days(row: Any) -> int | None:
    silence = silence_of(row.told, row.waits, row.time_zone, row.cadence_days)
    return silence.days if silence is not None and silence.is_long else None


def counts_of(session: orm.Session, product_id: int) -> Counts:
    """How many items stand before the start, how many are in progress, and how many requests are new; one query."""
    items = (
        sa.select(Column.stage, sa.func.count())
        .join(Item, Item.column_id == Column.id)
        .where(Item.product_id == product_id, Item.rank.is_not(None), Column.stage != Stage.DONE)
        .group_by(Column.stage)
    )
    new = sa.select(sa.null(), sa.func.count()).where(
        Request.product_id == product_id, Request.state == RequestState.NEW
    )
    rows: Iterable[Any] = session.execute(sa.union_all(items, new))
    by_stage = {stage: count for stage, count in rows}
    return Counts(
        backlog=by_stage.get(Stage.BACKLOG, 0) + by_stage.get(Stage.READY, 0),
        board=by_stage.get(Stage.DOING, 0) + by_stage.get(Stage.REVIEW, 0),
        requests=by_stage.get(None, 0),
    )


def waiting_on(session: orm.Session, user_id: int) -> tuple[int, int]:
    """How many questions wait on the person, those that their queue shows, and how many notifications; one query."""
    waiting, unread = session.execute(
        sa.select(sa.func.count(Question.id) + count_for(user_id), unread_of(user_id))
        .join(Member, sa.and_(Member.product_id == Question.product_id, Member.user_id == user_id))
        .join(Product, Product.id == Question.product_id)
        .join(Item, Item.id == Question.item_id)
        .where(Question.waits_on_id == user_id, Item.discarded_at.is_(None), Product.archived_at.is_(None))
    ).one()
    return waiting, unread
