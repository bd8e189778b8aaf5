"""What stands around every page: the person's products and the counts beside their pages. Three queries at most."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Column, Item, Member, Product, Question, Request, RequestState, Stage
from kanban.reads.update_questions import count_for


@dataclass(frozen=True)
class Counts:
    """Numbers in the rail: items not started, items in progress, new requests."""

    backlog: int
    board: int
    requests: int


def products_of(session: orm.Session, user_id: int) -> list[tuple[str, str, str]]:
    """(key, name, role) of the person's products that are not archived, by name."""
    rows = session.execute(
        sa.select(Product.key, Product.name, Member.role)
        .join(Member, Member.product_id == Product.id)
        .where(Member.user_id == user_id, Product.archived_at.is_(None))
        .order_by(Product.name)
    )
    return [(key, name, role.value) for key, name, role in rows]


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


def waiting_on(session: orm.Session, user_id: int) -> int:
    """How many questions wait on the person: those that their queue shows."""
    return (
        session.scalar(
            sa.select(sa.func.count(Question.id) + count_for(user_id))
            .join(Member, sa.and_(Member.product_id == Question.product_id, Member.user_id == user_id))
            .join(Product, Product.id == Question.product_id)
            .join(Item, Item.id == Question.item_id)
            .where(Question.waits_on_id == user_id, Item.discarded_at.is_(None), Product.archived_at.is_(None))
        )
        or 0
    )
