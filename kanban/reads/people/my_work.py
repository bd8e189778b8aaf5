"""One person's work over all their products: what they hold, what they are to accept, what waits on them, and what they
could pull next."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock, policy
from kanban.flow.age import Age
from kanban.models import Block, Column, Criterion, Item, Member, Product, Stage, User, assignment
from kanban.policy import Action
from kanban.reads.board.pulling import may_be_pulled
from kanban.reads.people.my_products import MyProducts, read_my_products
from kanban.reads.people.people import person_named
from kanban.reads.questions.cost import NEAREST_PROMISE
from kanban.reads.questions.questions import Waiting, load_yours
from kanban.reads.updates.update_questions import AskedAbout, waiting_for

#: How many items that could be pulled are shown per product, beginning with the one that *Pull next* takes.
_NEXT = 3
_HELD = 100


@dataclass(frozen=True)
class Hold:
    """What holds an item up, since when, and whom it waits for, if anybody; `listed` is that name as lists show it."""

    reason: str
    since: dt.datetime
    waiting_for: str
    listed: str


@dataclass(frozen=True)
class Held:
    """An item the person holds; `age` is its work item age, None before the start."""

    ref: str
    title: str
    product: str
    column: str
    age: Age | None
    in_column_since: dt.datetime
    promised_on: dt.date | None
    is_late: bool
    hold: Hold | None


@dataclass(frozen=True)
class ToAccept:
    """An item that stands where its owner's side accepts, since when, and how many of its criteria are ticked."""

    ref: str
    title: str
    product: str
    column: str
    since: dt.datetime
    met: int
    criteria: int
    promised_on: dt.date | None
    is_late: bool


@dataclass(frozen=True)
class Next:
    """An item that could be pulled."""

    ref: str
    title: str
    has_criteria: bool
    promised_on: dt.date | None


@dataclass(frozen=True)
class Source:
    """A product where the person may pull, and what is next there; the first item is the one that *Pull next* takes."""

    key: str
    name: str
    items: tuple[Next, ...]


@dataclass(frozen=True)
class MyWork:
    """The page; `outside` is what stakeholders asked about updates, which waits as well. `products` are the keys that a
    live screen listens to, with the version each had at first."""

    held: tuple[Held, ...]
    to_accept: tuple[ToAccept, ...]
    waiting: tuple[Waiting, ...]
    outside: tuple[AskedAbout, ...]
    sources: tuple[Source, ...]
    products: dict[str, int]

    @property
    def started(self) -> int:
        """How many of the items held have started."""
        return sum(one.age is not None for one in self.held)


def load_my_work(session: orm.Session, user: User) -> MyWork:
    """The page for one person; a fixed number of queries, however many products there are."""
    my_products = read_my_products(session, user.id)
    by_name = sorted(my_products.mine, key=lambda one: (one.name, one.key))
    sources = {one.id: (one.key, one.name) for one in by_name if policy.allows(one.role, Action.MOVE)}
    accepting = [one.id for one in my_products.mine if policy.allows(one.role, Action.ACCEPT_ITEM)]
    return MyWork(
        held=tuple(_held(session, user, my_products)),
        to_accept=tuple(_to_accept(session, accepting)),
        waiting=tuple(load_yours(session, user, my_products)),
        outside=tuple(waiting_for(session, user)),
        sources=tuple(_sources(session, user, sources)),
        products=my_products.products,
    )


# Held


def _held(session: orm.Session, user: User, my_products: MyProducts) -> list[Held]:
    """Started items by age, the oldest first; then those not started, in the order of each product."""
    query = (
        sa.select(
            *(Item.id, Item.number, Item.title, Item.started_at, Item.is_start_known, Item.entered_at),
            Column.name.label("column"),
            *(Product.key, Product.name, Product.time_zone, NEAREST_PROMISE.label("promised_on")),
        )
        .join(assignment, assignment.c.item_id == Item.id)
        .join(Column, Column.id == Item.column_id)
        .join(Product, Product.id == Item.product_id)
        .join(Member, sa.and_(Member.product_id == Product.id, Member.user_id == user.id))
        .where(assignment.c.user_id == user.id, Product.archived_at.is_(None))
        .where(Item.discarded_at.is_(None), Item.finished_at.is_(None), Column.stage != Stage.DONE)
        .order_by(Item.started_at.is_(None), Item.started_at, Product.key, Item.rank)
        .limit(_HELD)
    )
    rows = session.execute(query).all()
    holds = _holds(session, [row.id for row in rows], my_products)
    return [
        Held(
            ref=f"{row.key}-{row.number}",
            title=row.title,
            product=row.name,
            column=row.column,
            age=_age(row),
            in_column_since=row.entered_at,
            promised_on=row.promised_on,
            is_late=_is_late(row),
            hold=holds.get(row.id),
        )
        for row in rows
    ]


def _is_late(row: sa.Row[Any]) -> bool:
    return row.promised_on is not None and row.promised_on < clock.today(row.time_zone)


def _age(row: sa.Row[Any]) -> Age | None:
    if row.started_at is None:
        return None
    started_on, today = clock.day_of(row.started_at, row.time_zone), clock.today(row.time_zone)
    return Age.since(started_on, today, is_known=row.is_start_known)


def _holds(session: orm.Session, ids: Collection[int], my_products: MyProducts) -> dict[int, Hold]:
    """By item id, the open block that began first."""
    rows = session.execute(
        sa.select(Block.item_id, Item.product_id, Block.reason, Block.since, Block.waiting_for, User.id, User.name)
        .join(Item, Item.id == Block.item_id)
        .outerjoin(User, User.id == Block.waiting_for_id)
        .where(Block.item_id.in_(ids), Block.until.is_(None))
        .order_by(Block.since.desc(), Block.id.desc())
    )
    return {row.item_id: _hold(row, my_products) for row in rows}


def _hold(row: Any, my_products: MyProducts) -> Hold:
    if row.id is None:
        return Hold(row.reason, row.since, row.waiting_for, row.waiting_for)
    somebody = my_products.among(row.product_id, {row.id: person_named(row.id, row.name)})[row.id]
    return Hold(row.reason, row.since, somebody.name, somebody.listed)


# To accept


def _to_accept(session: orm.Session, products: Collection[int]) -> list[ToAccept]:
    """Whoever holds it; what has waited longest first."""
    criteria = sa.select(sa.func.count()).where(Criterion.item_id == Item.id)
    query = (
        sa.select(
            *(Item.number, Item.title, Item.entered_at, Column.name.label("column")),
            *(Product.key, Product.name, Product.time_zone, NEAREST_PROMISE.label("promised_on")),
            criteria.correlate(Item).scalar_subquery().label("criteria"),
            criteria.where(Criterion.met_at.is_not(None)).correlate(Item).scalar_subquery().label("met"),
        )
        .join(Column, Column.id == Item.column_id)
        .join(Product, Product.id == Item.product_id)
        .where(Item.product_id.in_(products), Column.accepts, Item.discarded_at.is_(None))
        .order_by(Item.entered_at, Item.id)
        .limit(_HELD)
    )
    return [
        ToAccept(
            ref=f"{row.key}-{row.number}",
            title=row.title,
            product=row.name,
            column=row.column,
            since=row.entered_at,
            met=row.met,
            criteria=row.criteria,
            promised_on=row.promised_on,
            is_late=_is_late(row),
        )
        for row in session.execute(query)
    ]


# Next


def _sources(session: orm.Session, user: User, products: dict[int, tuple[str, str]]) -> list[Source]:
    has_ready = (
        sa.select(Column.id)
        .where(Column.product_id == Item.product_id, Column.stage == Stage.READY, Column.removed_at.is_(None))
        .correlate(Item)
        .exists()
    )
    in_queue = sa.or_(Column.stage == Stage.READY, sa.and_(Column.stage == Stage.BACKLOG, ~has_ready))
    ranked = (
        sa.select(
            *(Item.product_id, Item.number, Item.title, NEAREST_PROMISE.label("promised_on")),
            sa.exists().where(Criterion.item_id == Item.id).label("has_criteria"),
            sa.func.row_number().over(partition_by=Item.product_id, order_by=Item.rank).label("place"),
        )
        .join(Column, Column.id == Item.column_id)
        .where(Item.product_id.in_(products), in_queue, *may_be_pulled(user.id))
        .subquery()
    )
    found: dict[int, list[Next]] = {product_id: [] for product_id in products}
    for row in session.execute(sa.select(ranked).where(ranked.c.place <= _NEXT).order_by(ranked.c.place)):
        ref = f"{products[row.product_id][0]}-{row.number}"
        found[row.product_id].append(Next(ref, row.title, row.has_criteria, row.promised_on))
    return [Source(*products[product_id], tuple(items)) for product_id, items in found.items()]
