"""What may be pulled and by whom, what comes next, and which items a pull passes over."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.direct.prepared import Prepared
from kanban.models import (
    Column,
    Item,
    Link,
    LinkKind,
    Member,
    Product,
    Question,
    QuestionState,
    User,
    assignment,
    constant,
)

MOST_PASSED = 500
"""The most items that one pull can pass over.

Each of them is named in the log, and in a product without a ready column the whole backlog stands above its last item.
"""


def next_to_pull(session: orm.Session, product: Product, by: int) -> Item | None:
    """The top item of the queue that this person may pull: nobody else holds it, and nothing holds it up."""
    return session.scalar(_NEXT_TO_PULL, {"product": product.id, "stage": product.queue_stage, "by": by})


def higher(session: orm.Session, product: Product, item: Item) -> tuple[int, ...]:
    """The numbers of the items above this one that anybody could pull, at most MOST_PASSED."""
    if item.rank is None:
        return ()
    which = {"product": product.id, "stage": product.queue_stage, "rank": item.rank, "item": item.id}
    return tuple(_HIGHER.scalars(session.connection(), which))


_item = Item.__table__
_link = Link.__table__
_member, _user = Member.__table__.c, User.__table__.c


def needed() -> sa.Select[tuple[int]]:
    """The numbers of unfinished items that another item needs; the caller adds the condition that says which one."""
    other = _item.alias("needed")
    return (
        sa.select(other.c.number)
        .join(_link, _link.c.other_id == other.c.id)
        .where(_link.c.kind == constant(LinkKind.NEEDS), other.c.finished_at.is_(None), other.c.discarded_at.is_(None))
    )


def holding(item_id: Any, product_id: Any) -> sa.Select[tuple[int]]:
    """The ids of the people who hold an item; people who left the product or lost their access do not count."""
    return (
        sa.select(assignment.c.user_id)
        .join(Member.__table__, _member.user_id == assignment.c.user_id)
        .join(User.__table__, _user.id == assignment.c.user_id)
        .where(assignment.c.item_id == item_id, _member.product_id == product_id, _user.is_active)
    )


def may_be_pulled(by: Any = None) -> tuple[sa.ColumnElement[bool], ...]:
    """The conditions under which an item may be pulled, whichever stage the queue is in.

    It is in the order, nothing holds it up, and nobody holds it, or this person (`by`) is among those who do.
    """
    asked = sa.exists().where(Question.item_id == Item.id, Question.blocking, Question.state == QuestionState.OPEN)
    blocked = Item.blocks.any(until=None)
    waits = needed().where(_link.c.item_id == Item.id).exists()
    holder = holding(Item.id, Item.product_id).correlate(Item)
    free = ~holder.exists()
    if by is not None:
        free = sa.or_(free, holder.where(assignment.c.user_id == by).exists())
    return Item.rank.is_not(None), ~asked, ~blocked, ~waits, free


def _eligible(by: Any = None) -> sa.Select[Item]:
    """What may be pulled, in rank order; bind `product` and the `stage` of its queue."""
    return (
        sa.select(Item)
        .join(Column, Column.id == Item.column_id)
        .where(
            Item.product_id == sa.bindparam("product"),
            Column.stage == sa.bindparam("stage"),
            *may_be_pulled(by),
        )
        .order_by(Item.rank)
    )


_NEXT_TO_PULL = (
    _eligible(sa.bindparam("by"))
    .limit(1)
    .options(
        orm.joinedload(Item.column),
        orm.selectinload(Item.assignees),
        orm.selectinload(Item.criteria),
        orm.selectinload(Item.blocks),
    )
)
_HIGHER = Prepared(
    _eligible()
    .where(Item.rank < sa.bindparam("rank"), Item.id != sa.bindparam("item"))
    .with_only_columns(Item.number)
    .limit(MOST_PASSED)
)
