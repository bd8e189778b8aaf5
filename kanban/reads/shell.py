"""What surrounds every page: the person's products, and the counts in the rail.

Two queries, and one more if the product's items have not been counted since it last changed.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Column, Item, Member, Product, Request, RequestState, Stage
from kanban.reads.inbox.inbox import unread_of
from kanban.reads.questions import waiting
from kanban.reads.updates.silence import silence_of, waiting_since

_USER, _PRODUCT = sa.bindparam("user_id", type_=sa.Integer), sa.bindparam("product_id", type_=sa.Integer)


@dataclass(frozen=True)
class Counts:
    """Numbers in the rail: questions that wait for the person's answer, and unread notifications (nothing is in both).

    And, for the product at hand, items not started, items in progress, and new requests.
    """

    waiting: int
    unread: int
    backlog: int
    board: int
    requests: int


class Membership(NamedTuple):
    """One of the person's products; `silent_days` is for how long it has been silent, None if that is not too long."""

    id: int
    key: str
    name: str
    role: str
    silent_days: int | None


def products_of(session: orm.Session, user_id: int) -> list[Membership]:
    """The person's products that are not archived, by name."""
    rows = session.execute(_memberships(), {"user_id": user_id})
    return [Membership(row.id, row.key, row.name, row.role.value, _silent_days(row)) for row in rows]


@cache
def _memberships() -> sa.Select[Any]:
    """Cached, since every page needs it, and building the statement takes longer than running it."""
    told, waits = waiting_since()
    return (
        sa.select(Product.id, Product.key, Product.name, Product.time_zone, Product.cadence_days, Member.role)
        .add_columns(told.label("told"), waits.label("waits"))
        .join(Member, Member.product_id == Product.id)
        .where(Member.user_id == _USER, Product.archived_at.is_(None))
        .order_by(Product.name)
    )


def _silent_days(row: Any) -> int | None:
    silence = silence_of(row.told, row.waits, row.time_zone, row.cadence_days)
    return silence.days if silence is not None and silence.is_long else None


def counts_of(session: orm.Session, user_id: int, product_id: int | None) -> Counts:
    """What waits on the person, and what there is in the product at hand, if there is one."""
    found = session.execute(_counts(), {"user_id": user_id, "product_id": product_id}).one()
    backlog, board = _items_of(session, product_id, found.version) if product_id is not None else (0, 0)
    return Counts(found.waiting, found.unread, backlog, board, found.requests)


@cache
def _counts() -> sa.Select[Any]:
    """Cached for the same reason as `_memberships`."""
    new = sa.select(sa.func.count()).where(Request.product_id == _PRODUCT, Request.state == RequestState.NEW)
    return sa.select(
        waiting.count_for(_USER).label("waiting"),
        unread_of(_USER).label("unread"),
        new.scalar_subquery().label("requests"),
        sa.select(Product.version).where(Product.id == _PRODUCT).scalar_subquery().label("version"),
    )


#: By engine and product id: the version, and how many items were not started and how many in progress then.
_kept: WeakKeyDictionary[sa.Engine, dict[int, tuple[int, tuple[int, int]]]] = WeakKeyDictionary()


def _items_of(session: orm.Session, product_id: int, version: int) -> tuple[int, int]:
    """Counted once per version: with ten thousand items that takes longer than everything else around a page."""
    products = _kept.setdefault(session.get_bind().engine, {})
    known = products.get(product_id)
    if known is None or known[0] != version or session.info.get("writing"):
        row = session.execute(_items(), {"product_id": product_id}).one()
        known = (version, (row.backlog, row.board))
        if not session.info.get("writing"):
            products[product_id] = known
    return known[1]


@cache
def _items() -> sa.Select[int, int]:
    """Counts column by column, so that the index of the order is used."""
    backlog, board = _items_in(Stage.BACKLOG, Stage.READY), _items_in(Stage.DOING, Stage.REVIEW)
    return sa.select(backlog.label("backlog"), board.label("board"))


def _items_in(*stages: Stage) -> sa.ScalarSelect[int]:
    return (
        sa.select(sa.func.count(Item.id))
        .join(Column, Column.id == Item.column_id)
        .where(Column.product_id == _PRODUCT, Column.stage.in_(stages), Item.rank.is_not(None))
        .scalar_subquery()
    )
