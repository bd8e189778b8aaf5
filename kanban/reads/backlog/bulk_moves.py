"""Reads, under the product's lock, how several items of backlog and board move to another column at once.

Also reads what the form for such a move offers.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.errors import Invalid, Refused
from kanban.flow.stage import QUEUE, Stage
from kanban.models import (
    Column,
    Criterion,
    Event,
    Item,
    Liberty,
    LibertyKind,
    Link,
    LinkKind,
    Member,
    Place,
    Product,
    Question,
    QuestionState,
    constant,
)
from kanban.policy import Action
from kanban.reads.backlog.bulk_ranking import MOST_AT_ONCE, items_numbered
from kanban.reads.board.place import open_parts
from kanban.reads.board.pulling import MOST_PASSED, holding, may_be_pulled
from kanban.reads.items.bulk import items_by_id, load_touched


def columns_for(product: Product, member: Member) -> list[Column]:
    """The columns into which this member may move several items at once, in their order.

    Only whoever may rank can move items back into backlog and ready, since their order is the owner's.
    """
    if member.may(Action.RANK):
        return product.standing
    accepts = member.may(Action.ACCEPT_ITEM) or not product.accepting
    return [each for each in product.standing if each.stage not in QUEUE and (accepts or each.stage is not Stage.DONE)]


def read_bulk_move(
    session: orm.Session, product: Product, refs: Collection[str], target: Column
) -> list[tuple[Item, Place]]:
    """The items with these references that are not in the target column yet, in rank order, each with its place there.

    Each keeps its rank. The first place carries how many come in, so that the WIP limit judges them all at once. What
    their start touches is judged as if all of them were there already: they do not pass over each other, and in done
    none needs another. Refused if one of them is done or gone. Two queries, or eight where work starts.
    """
    if not refs:
        raise Invalid({"items": "Choose one item or more."})
    if len(refs) > MOST_AT_ONCE:
        raise Refused(f"At most {MOST_AT_ONCE} items can be moved at once.")
    order = session.execute(
        sa.select(Item.number, Item.column_id, Column.stage)
        .join(Column, Column.id == Item.column_id)
        .where(Item.product_id == product.id, Item.rank.is_not(None))
        .order_by(Item.rank)
    ).all()
    open_ones = {f"{product.key}-{row.number}": row for row in order if row.stage is not Stage.DONE}
    if gone := [ref for ref in refs if ref not in open_ones]:
        raise Refused(f"{gone[0][:40]} is done or gone. Nothing was moved; look again.", "not_there")
    wanted = {open_ones[ref].number for ref in refs}
    coming = [row.number for row in order if row.number in wanted and row.column_id != target.id]
    above = {row.number: before.number for before, row in pairwise(order)}
    occupancy = sum(row.column_id == target.id for row in order)
    items = items_numbered(session, product, coming)
    places = [
        (
            items[number],
            Place(
                target,
                None,
                after=above.get(number),
                previous=above.get(number),
                occupancy=occupancy,
                arriving=0 if place else len(coming),
            ),
        )
        for place, number in enumerate(coming)
    ]
    return _touching(session, product, places, target)


# What starting, going back and finishing touch


@dataclass
class _Touched:
    """What is known of one item; the fields are those of `Place`."""

    unfinished: list[int] = field(default_factory=list)
    open_parts: list[int] = field(default_factory=list)
    blocking: list[Question] = field(default_factory=list)
    higher: tuple[int, ...] = ()
    is_free: bool = False


def _touching(
    session: orm.Session, product: Product, places: Sequence[tuple[Item, Place]], target: Column
) -> list[tuple[Item, Place]]:
    items = {item.id: item for item, _place in places}
    changing_side = {item_id: item for item_id, item in items.items() if _waits(item.column) != _waits(target)}
    if changing_side or target.stage is Stage.DONE:
        load_touched(session, items)
    touched: defaultdict[int, _Touched] = defaultdict(_Touched)
    if target.stage is Stage.DONE:
        for number, whole_id in session.execute(_parts_of(items)):
            touched[whole_id].open_parts.append(number)
    if not changing_side and not touched:
        return list(places)
    for question in session.scalars(_questions_of(changing_side)):
        orm.attributes.set_committed_value(question, "item", items[question.item_id])
        touched[question.item_id].blocking.append(question)
    if not _waits(target):
        _read_starts(session, product, changing_side, target, touched, together=items)
    return [
        (
            item,
            replace(
                place,
                unfinished=tuple(touched[item.id].unfinished),
                open_parts=tuple(touched[item.id].open_parts),
                blocking=tuple(touched[item.id].blocking),
                higher=touched[item.id].higher,
                is_free=touched[item.id].is_free,
            ),
        )
        for item, place in places
    ]


def _waits(column: Column) -> bool:
    return column.stage in QUEUE


def _read_starts(
    session: orm.Session,
    product: Product,
    starting: Mapping[int, Item],
    target: Column,
    touched: defaultdict[int, _Touched],
    *,
    together: Collection[int],
) -> None:
    for item_id, number, other_id in session.execute(_needs_of(starting)):
        if target.stage is not Stage.DONE or other_id not in together:
            touched[item_id].unfinished.append(number)
    if target.stage is Stage.DOING:
        _read_higher(session, product, starting.values(), touched)
        if assigned := {item_id for item_id, item in starting.items() if item.assignees}:
            held = holding(Item.id, product.id).correlate(Item).exists()
            for item_id in session.scalars(sa.select(Item.id).where(Item.id.in_(assigned), ~held)):
                touched[item_id].is_free = True


def _needs_of(items: Collection[int]) -> sa.Select[int, int, int]:
    """Which of these items need which unfinished item: item id, number of the needed item, id of the needed item."""
    needed = orm.aliased(Item)
    return (
        sa.select(Link.item_id, needed.number, needed.id)
        .join(needed, needed.id == Link.other_id)
        .where(Link.item_id.in_(items), Link.kind == constant(LinkKind.NEEDS))
        .where(needed.finished_at.is_(None), needed.discarded_at.is_(None))
        .order_by(needed.number)
    )


def _parts_of(items: Collection[int]) -> sa.Select[int, int]:
    """The numbers of their unfinished parts that are not among them, each with the id of its whole."""
    part = Item.__table__.c
    parts = open_parts().add_columns(part.part_of_id).where(part.part_of_id.in_(items), part.id.not_in(items))
    return parts.order_by(part.number)


def _questions_of(items: Collection[int]) -> sa.Select[Question]:
    return sa.select(Question).where(
        Question.item_id.in_(items), Question.blocking, Question.state == QuestionState.OPEN
    )


def _read_higher(
    session: orm.Session, product: Product, items: Collection[Item], touched: defaultdict[int, _Touched]
) -> None:
    """What each of these items passes over: the items above it that anybody could pull and that stay behind."""
    eligible = session.execute(
        sa.select(Item.number, Item.rank)
        .join(Column, Column.id == Item.column_id)
        .where(Item.product_id == product.id, Column.stage == product.queue_stage, *may_be_pulled())
        .order_by(Item.rank)
        .limit(MOST_PASSED + len(items))
    ).all()
    own = {item.number for item in items}
    left = [(number, rank) for number, rank in eligible if number not in own and rank is not None]
    for item in items:
        passed = [number for number, rank in left if rank < (item.rank or 0)]
        touched[item.id].higher = tuple(passed[:MOST_PASSED])


# Liberties taken by such a command


def liberties_of(session: orm.Session, product: Product, version: int) -> list[tuple[Item, Liberty]]:
    """The liberties that the command of this version took, each with its item; reasons given later are not included."""
    events = session.scalars(
        sa.select(Event)
        .where(Event.product_id == product.id, Event.version == version, Event.item_id.is_not(None))
        .where(Event.kind.in_([kind.value for kind in LibertyKind]))
        .order_by(Event.seq)
    ).all()
    items = items_by_id(session, product, [event.item_id for event in events if event.item_id is not None])
    return [(items[event.item_id], Liberty.from_event(event)) for event in events if event.item_id is not None]


# What the form shows before the move


def count_standing(session: orm.Session, product: Product, refs: Iterable[str]) -> dict[int, tuple[int, int]]:
    """By column id: how many items the column holds, and how many of those are among `refs`; one query."""
    is_one = sa.case((Item.number.in_(_numbers(refs)), 1), else_=0)
    rows = session.execute(
        sa.select(Item.column_id, sa.func.count(), sa.func.sum(is_one))
        .where(Item.product_id == product.id, Item.rank.is_not(None))
        .group_by(Item.column_id)
    )
    return {column_id: (count, own) for column_id, count, own in rows}


def count_criteria(session: orm.Session, product: Product, refs: Iterable[str]) -> dict[str, tuple[int, int]]:
    """By reference: how many acceptance criteria the item has, and how many of them are not ticked; one query."""
    rows = session.execute(
        sa.select(
            Item.number,
            sa.func.count(Criterion.id),
            sa.func.count(Criterion.id) - sa.func.count(Criterion.met_at),
        )
        .outerjoin(Criterion, Criterion.item_id == Item.id)
        .where(Item.product_id == product.id, Item.number.in_(_numbers(refs)))
        .group_by(Item.number)
    )
    return {f"{product.key}-{number}": (count, unmet) for number, count, unmet in rows}


def _numbers(refs: Iterable[str]) -> list[int]:
    return [int(ref.rpartition("-")[2]) for ref in refs]
