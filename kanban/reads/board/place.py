"""Reads, under the product's lock, where a card goes: neighbours, free room, and what its start would touch."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import ranking
from kanban.direct.prepared import Prepared
from kanban.errors import Refused
from kanban.flow.stage import QUEUE
from kanban.models import (
    Column,
    Event,
    Item,
    Link,
    Place,
    Product,
    Question,
    QuestionState,
    Stage,
    constant,
)
from kanban.reads.board.pulling import higher, holding, needed

_ASIDE = 2**62 + 2**61


@dataclass(frozen=True)
class TargetPosition:
    """Where the person wants it: after or before an item's number, or at an end of the column.

    The end also counts when that item is gone. A neighbour that is done counts only with `even_done`, which is set for
    a way back: the item stood beside it before.
    """

    after: int | None = None
    before: int | None = None
    end: str = "bottom"
    even_done: bool = False


TOP = TargetPosition(end="top")
BOTTOM = TargetPosition()


def read_place(
    session: orm.Session,
    product: Product,
    column: Column,
    wish: TargetPosition,
    *,
    item: Item | None = None,
    pulling: bool = True,
) -> Place:
    """The place that a wish means now. A neighbour that is gone, discarded or done means the named end of the column.

    `item` is the one that moves (None for a new one). Respaces the product's ranks if there is no gap left at that
    place.
    """
    leaves_or_enters_queue = item is not None and (item.column.stage in QUEUE) != (column.stage in QUEUE)
    starts = leaves_or_enters_queue and column.stage not in QUEUE
    goes_back = leaves_or_enters_queue and not starts and not wish.even_done
    way_back = _way_back(session, item) if item is not None and goes_back else None
    rooms = _rooms(session, product, column, item, [wish, way_back] if way_back is not None else [wish])
    rank, neighbours = rooms[0]
    reopens = item is not None and item.column.stage is Stage.DONE and column.stage is not Stage.DONE
    touches_questions = item is not None and (leaves_or_enters_queue or reopens or item.is_discarded)
    return Place(
        column=column,
        rank=rank,
        after=neighbours.after,
        previous=neighbours.previous,
        occupancy=neighbours.occupancy,
        unfinished=_unfinished(session, item) if item is not None and starts and neighbours.has_needs else (),
        open_parts=_open_parts(session, item) if item is not None and column.stage is Stage.DONE else (),
        blocking=open_blocking(session, item) if item is not None and touches_questions and neighbours.is_asked else (),
        higher=higher(session, product, item) if item is not None and starts and pulling else (),
        is_free=starts and not neighbours.is_held,
        way_back=(rooms[1][0], rooms[1][1].after) if way_back is not None else None,
    )


def beside(session: orm.Session, item: Item, after: int | None) -> TargetPosition:
    """The wish to go back behind the old neighbour `after`, or, if it is None, before the first of all other items."""
    if after is not None:
        return TargetPosition(after=after, even_done=True)
    first = session.scalar(
        sa.select(Item.number)
        .where(Item.product_id == item.product_id, Item.id != item.id, Item.rank.is_not(None))
        .order_by(Item.rank)
        .limit(1)
    )
    return TargetPosition(before=first, even_done=True) if first is not None else BOTTOM


def below_family(session: orm.Session, whole: Item) -> TargetPosition:
    """The wish to stand right below this queued item, or below the last of its parts that follow it in the queue.

    Parts count up to the first queued item that is none of them; cards on the board between them don't.
    """
    queued = (
        Item.product_id == whole.product_id,
        Item.column_id.in_([column.id for column in whole.product.columns if column.stage in QUEUE]),
        Item.rank > whole.rank,
    )
    stranger = sa.select(sa.func.min(Item.rank)).where(*queued, Item.part_of_id.is_distinct_from(whole.id))
    end = stranger.scalar_subquery()
    follow = sa.select(Item.number).where(*queued, Item.part_of_id == whole.id, sa.or_(end.is_(None), Item.rank < end))
    last = session.scalar(follow.order_by(Item.rank.desc()).limit(1))
    return TargetPosition(after=whole.number if last is None else last)


def item_before(session: orm.Session, item: Item) -> int | None:
    """The number of the item just before this one in the order; None at the very top, or if it is not in the order."""
    if item.rank is None:
        return None
    before = sa.select(Item.number).where(Item.product_id == item.product_id, Item.rank < item.rank)
    return session.scalar(before.order_by(Item.rank.desc()).limit(1))


def _way_back(session: orm.Session, item: Item) -> TargetPosition | None:
    """Where an item goes back to in the queue if it was moved again after it left backlog and ready.

    None means that it still has its old rank.
    """
    moves = session.scalars(
        sa.select(Event.data)
        .where(Event.item_id == item.id, Event.kind == constant("moved"))
        .order_by(Event.version.desc(), Event.seq.desc())
    ).all()
    for later, move in enumerate(moves):
        if move["from_stage"] in QUEUE and move["to_stage"] not in QUEUE:
            return beside(session, item, move["was"]["after"]) if later else None
    return BOTTOM if moves else None


def _rooms(
    session: orm.Session, product: Product, column: Column, item: Item | None, wishes: list[TargetPosition]
) -> list[tuple[int, "_Neighbours"]]:
    """A free rank for each wish, with what is around it; respaces the product if there is no gap left."""
    for respaced in (False, True):
        found = [_read_neighbours(session, product, column, wish, item) for wish in wishes]
        rooms = [(rank, neighbours) for neighbours in found if (rank := _room(neighbours, item)) is not None]
        if len(rooms) == len(wishes):
            return rooms
        if not respaced:
            respace(session, product)
    raise Refused("There is no room at that place. Try another one.")


def _room(neighbours: "_Neighbours", item: Item | None) -> int | None:
    if item is not None and item.rank is not None and _stands_between(item.rank, neighbours.lower, neighbours.upper):
        return item.rank
    return ranking.between(neighbours.lower, neighbours.upper)


def read_block(
    session: orm.Session,
    product: Product,
    column: Column,
    wish: TargetPosition,
    count: int,
    *,
    arriving: int | None = None,
) -> list[Place]:
    """Places side by side for `count` new items, to be created in that order; costs as much as reading one place.

    The first place carries how many the WIP limit should judge at once: `arriving`, or `count` if that is None.
    """
    judged = count if arriving is None else arriving
    neighbours = _read_neighbours(session, product, column, wish, None)
    ranks = ranking.series(neighbours.lower, neighbours.upper, count)
    if ranks is None:
        respace(session, product)
        neighbours = _read_neighbours(session, product, column, wish, None)
        ranks = ranking.series(neighbours.lower, neighbours.upper, count)
        if ranks is None:
            raise Refused("There is no room at that place. Try another one.")
    before = [neighbours.after, *range(product.next_item, product.next_item + count - 1)]
    return [
        Place(column=column, rank=rank, after=after, occupancy=neighbours.occupancy, arriving=0 if made else judged)
        for made, (rank, after) in enumerate(zip(ranks, before, strict=True))
    ]


def open_blocking(session: orm.Session, item: Item) -> tuple[Question, ...]:
    """The item's open blocking questions, each with its `item` already set."""
    questions = session.scalars(_OPEN_BLOCKING, {"item": item.id}).all()
    for question in questions:
        orm.attributes.set_committed_value(question, "item", item)
    return tuple(questions)


def _unfinished(session: orm.Session, item: Item) -> tuple[int, ...]:
    return tuple(_UNFINISHED.scalars(session.connection(), {"item": item.id}))


def _open_parts(session: orm.Session, item: Item) -> tuple[int, ...]:
    return tuple(_OPEN_PARTS.scalars(session.connection(), {"item": item.id}))


def respace(session: orm.Session, product: Product) -> None:
    """Give every item of the product a fresh rank in the same order. Not recorded in the log, since the order stays.

    All ranks are moved out of the way first, because the unique index is checked row by row. 5,000 items take about 25
    ms.
    """
    session.flush()
    rows = session.execute(
        sa.select(Item.id).where(Item.product_id == product.id, Item.rank.is_not(None)).order_by(Item.rank)
    ).scalars()
    ids = list(rows)
    _renumber(session, ids, [_ASIDE + place for place in range(len(ids))])
    _renumber(session, ids, ranking.spread(len(ids)))
    for loaded in session.identity_map.values():
        if isinstance(loaded, Item):
            session.refresh(loaded, ["rank"])


def _renumber(session: orm.Session, ids: list[int], ranks: list[int]) -> None:
    table = Item.__table__
    statement = (
        sa.update(table).where(table.c.id == sa.bindparam("item")).values(rank=sa.bindparam("place"))  # type: ignore[arg-type]
    )
    if ids:
        session.connection().execute(
            statement, [{"item": item_id, "place": rank} for item_id, rank in zip(ids, ranks, strict=True)]
        )


@dataclass(frozen=True)
class _Neighbours:
    """What is around a place, and what is known of the item that moves.

    `lower` and `upper` are the ranks to go between; `after` and `previous` the numbers of the items just before the new
    and the old place; `occupancy` how many other items the column holds. Of the moving item: whether it needs
    unfinished ones, has open blocking questions, and is held by anybody.
    """

    lower: int | None
    upper: int | None
    after: int | None
    previous: int | None
    occupancy: int
    has_needs: bool
    is_asked: bool
    is_held: bool


def _read_neighbours(
    session: orm.Session, product: Product, column: Column, wish: TargetPosition, item: Item | None
) -> _Neighbours:
    """What is around the wished place.

    Mostly one statement, which is built only once, since this runs under the lock for every move.
    """
    values = {
        "product": product.id,
        "column": column.id,
        "item": item.id if item is not None and item.id is not None else -1,
        "own": item.rank if item is not None else None,
    }
    connection = session.connection()
    number = wish.after if wish.after is not None else wish.before
    if number is not None and (item is None or number != item.number):
        beside = _BESIDE if wish.even_done else _BESIDE_NOT_DONE
        row = beside.one(connection, {**values, "number": number})
        if row.pivot is not None:
            return _between(row, wish.before is not None and wish.after is None)
    return _at_end(connection, column, wish.end == "top", values, item)


def _between(row: Any, above_pivot: bool) -> _Neighbours:
    """What is around a place just above or below the pivot's rank; without a pivot there are no other items."""
    told = row.previous, row.occupancy, row.has_needs, row.is_asked, row.is_held
    if row.pivot is None:
        return _Neighbours(None, None, None, *told)
    if above_pivot:
        return _Neighbours(row.lower, row.pivot, row.at_lower, *told)
    return _Neighbours(row.pivot, row.upper, row.at_pivot, *told)


def _at_end(
    connection: sa.Connection, column: Column, wants_top: bool, values: dict[str, int | None], item: Item | None
) -> _Neighbours:
    """What is around the top or bottom of the column.

    An item keeps its own place if the column is empty, or if it already stands at that end: just below the item before
    it, or, if it is the first, just above the one that follows.
    """
    row = (_AT_TOP if wants_top else _AT_BOTTOM).one(connection, values)
    own = values["own"]
    here = own if item is not None and item.column_id == column.id else None
    if row.first is None:
        if own is None:
            return _between(_AT_PIVOT.one(connection, {**values, "pivot": row.last_of_all}), False)
    elif here is None or (here > row.first if wants_top else here < row.last):
        return _between(row, wants_top)
    before = _ABOVE.scalar(connection, values)
    pivot = before if before is not None else _BELOW.scalar(connection, values)
    return _between(_AT_PIVOT.one(connection, {**values, "pivot": pivot}), before is None)


_item = Item.__table__
_column = Column.__table__
_link = Link.__table__


def open_parts() -> sa.Select[tuple[int]]:
    """The numbers of unfinished parts; the caller says of which whole."""
    return sa.select(_item.c.number).where(_item.c.finished_at.is_(None), _item.c.discarded_at.is_(None))


_own_needs = needed().where(_link.c.item_id == sa.bindparam("item"))
_UNFINISHED = Prepared(_own_needs.order_by("number"))
_OPEN_PARTS = Prepared(open_parts().where(_item.c.part_of_id == sa.bindparam("item")).order_by(_item.c.number))
_open_blocking = (
    Question.item_id == sa.bindparam("item"),
    Question.blocking,
    Question.state == QuestionState.OPEN,
)


def _ranks(aggregate: Any, *conditions: Any) -> Any:
    others = (_item.c.product_id == sa.bindparam("product"), _item.c.id != sa.bindparam("item"))
    return sa.select(aggregate(_item.c.rank)).where(*others, *conditions)


def _number(rank: Any) -> Any:
    query = sa.select(_item.c.number).where(_item.c.product_id == sa.bindparam("product"), _item.c.rank == rank)
    return query.scalar_subquery()


_big = sa.BigInteger
_ANCHOR = sa.select(_item.c.rank).where(
    _item.c.product_id == sa.bindparam("product"), _item.c.number == sa.bindparam("number")
)
_ANCHOR_NOT_DONE = _ANCHOR.join(_column, _column.c.id == _item.c.column_id).where(_column.c.stage != Stage.DONE)
_in_column = _item.c.column_id == sa.bindparam("column")
_FIRST, _LAST = _ranks(sa.func.min, _in_column), _ranks(sa.func.max, _in_column)
_BEFORE = _ranks(sa.func.max, _item.c.rank < sa.bindparam("own", type_=_big))
_ABOVE, _BELOW = Prepared(_BEFORE), Prepared(_ranks(sa.func.min, _item.c.rank > sa.bindparam("own", type_=_big)))


def _neighbours_query(pivot: Any, *more: Any) -> Prepared:
    """A statement for the pivot's neighbouring ranks, their numbers, the occupancy and what holds the item back."""
    lower = _ranks(sa.func.max, _item.c.rank < pivot).scalar_subquery()
    neighbours = sa.select(
        pivot.label("pivot"),
        lower.label("lower"),
        _ranks(sa.func.min, _item.c.rank > pivot).scalar_subquery().label("upper"),
        _number(pivot).label("at_pivot"),
        _number(lower).label("at_lower"),
        _number(_BEFORE.scalar_subquery()).label("previous"),
        sa.select(sa.func.count())
        .where(_in_column, _item.c.rank.is_not(None), _item.c.id != sa.bindparam("item"))
        .scalar_subquery()
        .label("occupancy"),
        _own_needs.exists().label("has_needs"),
        sa.exists().where(*_open_blocking).label("is_asked"),
        holding(sa.bindparam("item"), sa.bindparam("product")).exists().label("is_held"),
        *more,
    )
    return Prepared(neighbours)


_ends = (
    _FIRST.scalar_subquery().label("first"),
    _LAST.scalar_subquery().label("last"),
    _ranks(sa.func.max).scalar_subquery().label("last_of_all"),
)
_BESIDE, _BESIDE_NOT_DONE = (_neighbours_query(anchor.scalar_subquery()) for anchor in (_ANCHOR, _ANCHOR_NOT_DONE))
_AT_TOP, _AT_BOTTOM = (_neighbours_query(end.scalar_subquery(), *_ends) for end in (_FIRST, _LAST))
_AT_PIVOT = _neighbours_query(sa.bindparam("pivot", type_=_big))


def _stands_between(rank: int, lower: int | None, upper: int | None) -> bool:
    return (lower is None or lower < rank) and (upper is None or rank < upper)


_OPEN_BLOCKING = sa.select(Question).where(*_open_blocking)
