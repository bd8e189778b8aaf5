"""Milestones with their items and how much of them is done; promises about them are in `reads.promises.promises`."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.errors import Invalid
from kanban.models import Column, Item, Milestone, Product, milestone_item
from kanban.models.milestone import MOST_ITEMS
from kanban.reads import locked
from kanban.reads.promises.promised import COMING


@dataclass(frozen=True)
class MilestoneItem:
    """An item that counts towards a milestone.

    If the day on which it was finished is unknown, `finished_by` is the day by which it was.
    """

    ref: str
    title: str
    finished_by: dt.date | None
    is_finish_known: bool

    @property
    def finished_on(self) -> dt.date | None:
        """The day on which it was finished, if that is known."""
        return self.finished_by if self.is_finish_known else None


@dataclass(frozen=True)
class MilestoneLine:
    """A milestone and its items, done ones first; for "the next N", those finished since, then the next in order."""

    id: int
    number: int
    name: str
    top: int | None
    items: tuple[MilestoneItem, ...]

    @property
    def total(self) -> int:
        """How many items it has in all."""
        return self.top or len(self.items)

    @property
    def done(self) -> int:
        """How many of them are finished."""
        return sum(item.finished_by is not None for item in self.items)

    @property
    def finished_by(self) -> dt.date | None:
        """The day on which the last of its items was finished, or by which at the latest.

        None while one is unfinished, and for a milestone without items.
        """
        days = [item.finished_by for item in self.items if item.finished_by is not None]
        return max(days) if days and len(days) == self.total else None

    @property
    def finished_on(self) -> dt.date | None:
        """The same, but None if the day is not known exactly."""
        return self.finished_by if self.finished_by in {item.finished_on for item in self.items} else None


def list_milestones(session: orm.Session, product: Product) -> list[MilestoneLine]:
    """The product's milestones by number; four queries at most."""
    query = sa.select(Milestone).where(Milestone.product_id == product.id, Milestone.removed_at.is_(None))
    found = list(session.scalars(query.order_by(Milestone.number)))
    members = _members(session, product) if found else {}
    counting = [milestone for milestone in found if milestone.top is not None]
    finished, coming = _in_order(session, product, counting)
    return [
        MilestoneLine(
            id=milestone.id,
            number=milestone.number,
            name=milestone.name,
            top=milestone.top,
            items=tuple(_next(milestone, finished, coming) if milestone.top else members.get(milestone.id, ())),
        )
        for milestone in found
    ]


def find_milestone(session: orm.Session, product: Product, number: int) -> Milestone | None:
    """A milestone of the product by its number, unless it was removed."""
    query = sa.select(Milestone).where(Milestone.product_id == product.id, Milestone.number == number)
    found = session.scalar(query.where(Milestone.removed_at.is_(None)))
    if found is not None:
        orm.attributes.set_committed_value(found, "product", product)
    return found


def milestone_in(session: orm.Session, product: Product, milestone_id: int) -> Milestone | None:
    """A milestone of the product by its id, unless it was removed."""
    query = sa.select(Milestone.number).where(Milestone.product_id == product.id, Milestone.id == milestone_id)
    number = session.scalar(query)
    return find_milestone(session, product, number) if number is not None else None


@dataclass(frozen=True)
class Joinable:
    """A milestone that items can join.

    `is_joined`: the item at hand belongs to it. `finished_by` is the day on which it was reached, or by which at the
    latest; `finished_on` is None if that day is not known exactly.
    """

    id: int
    number: int
    name: str
    is_joined: bool
    finished_by: dt.date | None
    finished_on: dt.date | None


def joinable_by(session: orm.Session, product: Product, item: Item) -> list[Joinable]:
    """The milestones that an item belongs to or could join, by name; one query."""
    is_joined = sa.exists().where(milestone_item.c.milestone_id == Milestone.id, milestone_item.c.item_id == item.id)
    rows = session.execute(
        sa.select(Milestone.id, Milestone.number, Milestone.name, is_joined)
        .add_columns(_of_members(sa.func.count(Item.id) - sa.func.count(Item.finished_at)))
        .add_columns(_of_members(sa.func.max(Item.finished_at)))
        .add_columns(_of_members(sa.func.max(sa.case((Item.is_finish_known, Item.finished_at)))))
        .where(Milestone.product_id == product.id, Milestone.removed_at.is_(None), Milestone.top.is_(None))
        .order_by(sa.func.lower(Milestone.name), Milestone.id)
    )
    found = []
    for own_id, number, name, joined, left, newest, known in rows:
        by, on = (clock.day_of(at, product.zone) if at and not left else None for at in (newest, known))
        found.append(Joinable(own_id, number, name, joined, by, on if on == by else None))
    return found


def _of_members(told: sa.ColumnElement[Any]) -> sa.ScalarSelect[Any]:
    members = sa.select(told).join(milestone_item, milestone_item.c.item_id == Item.id)
    mine = members.where(milestone_item.c.milestone_id == Milestone.id, Item.discarded_at.is_(None))
    return mine.correlate(Milestone).scalar_subquery()


def finish_of(session: orm.Session, product: Product, milestone: Milestone) -> dt.date | None:
    """The day on which a milestone was reached, at the latest; None if it was not."""
    lines = list_milestones(session, product)
    return next((line.finished_by for line in lines if line.number == milestone.number), None)


def items_named(session: orm.Session, product: Product, refs: str | Iterable[str]) -> list[Item]:
    """The items with these references, loaded as `aim_for` needs them.

    A text separates them by spaces, commas or semicolons, and may name only their numbers.
    Invalid if there are too many, or one of them is not in this product; that one is named.
    """
    given = refs.replace(",", " ").replace(";", " ").split() if isinstance(refs, str) else list(refs)
    if isinstance(refs, str):
        given = [f"{product.key}-{ref}" if ref.isdecimal() else ref for ref in given]
    if len(given) > MOST_ITEMS:
        raise Invalid({"items": f"A milestone can have at most {MOST_ITEMS} items."})
    read = {ref: locked.read_ref(ref) for ref in given}
    numbers = {ref: pair[1] for ref, pair in read.items() if pair and pair[0] == product.key}
    query = sa.select(Item).where(Item.product_id == product.id, Item.number.in_(numbers.values()))
    query = query.options(orm.selectinload(Item.milestone)).execution_options(populate_existing=True)
    found = {item.number: item for item in session.scalars(query)}
    for item in found.values():
        orm.attributes.set_committed_value(item, "product", product)
    missing = next((ref for ref in given if numbers.get(ref) not in found), None)
    if missing is not None:
        raise Invalid({"items": f"{missing[:20]} is no item of this product."})
    return [found[number] for number in dict.fromkeys(numbers.values())]


def numbers_in(session: orm.Session, milestone: Milestone, *, discarded: bool = False) -> list[int]:
    """The numbers of a milestone's items; with `discarded`, including those discarded since."""
    query = sa.select(Item.number).join(milestone_item, milestone_item.c.item_id == Item.id)
    query = query if discarded else query.where(Item.discarded_at.is_(None))
    return list(session.scalars(query.where(milestone_item.c.milestone_id == milestone.id).order_by(Item.number)))


def _members(session: orm.Session, product: Product) -> Mapping[int, list[MilestoneItem]]:
    """Items by milestone id; discarded items belong to no milestone."""
    rows = session.execute(
        sa.select(milestone_item.c.milestone_id, Item.number, Item.title, Item.finished_at, Item.is_finish_known)
        .join(Item, Item.id == milestone_item.c.item_id)
        .where(Item.product_id == product.id, Item.discarded_at.is_(None))
        .order_by(Item.finished_at.is_(None), Item.finished_at, Item.rank)
    )
    found: dict[int, list[MilestoneItem]] = defaultdict(list)
    for milestone_id, *item in rows:
        found[milestone_id].append(_item(product, *item))
    return found


def _in_order(
    session: orm.Session, product: Product, counting: Sequence[Milestone]
) -> tuple[list[tuple[dt.datetime, MilestoneItem]], list[MilestoneItem]]:
    """The items finished since the first of these milestones was created, oldest first; and those that come next.

    Started items come first, then ready ones, then the backlog.
    """
    if not counting:
        return [], []
    most, since = max(each.top or 0 for each in counting), min(each.opened_at for each in counting)
    standing = sa.select(Item.number, Item.title, Item.finished_at, Item.is_finish_known).where(
        Item.product_id == product.id, Item.rank.is_not(None)
    )
    done = standing.where(Item.finished_at >= since, Item.is_finish_known).order_by(Item.finished_at, Item.id)
    left = standing.join(Column, Column.id == Item.column_id).where(Item.finished_at.is_(None))
    left = left.order_by(*COMING).limit(most)
    finished = [(row.finished_at, _item(product, *row)) for row in session.execute(done)]
    return finished, [_item(product, *row) for row in session.execute(left)]


def _next(
    milestone: Milestone, finished: Iterable[tuple[dt.datetime, MilestoneItem]], coming: Iterable[MilestoneItem]
) -> list[MilestoneItem]:
    since = [item for at, item in finished if at >= milestone.opened_at]
    return [*since, *coming][: milestone.top]


def _item(product: Product, number: int, title: str, finished_at: Any, is_finish_known: bool) -> MilestoneItem:
    finished_by = clock.day_of(finished_at, product.zone) if finished_at else None
    return MilestoneItem(f"{product.key}-{number}", title, finished_by, is_finish_known)
