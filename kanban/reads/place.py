"""Reads, under the product's lock, where a card goes: neighbours, room and what its start would touch."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import ranking
from kanban.errors import Refused
from kanban.models import Column, Item, Place, Product, Question, QuestionState, Stage

_QUEUE = (Stage.BACKLOG, Stage.READY)
_ASIDE = 2**62 + 2**61


@dataclass(frozen=True)
class Wish:
    """Where the person wants it: behind or before an item's number, or at an end of the column."""

    after: int | None = None
    before: int | None = None
    end: str = "bottom"


TOP = Wish(end="top")
BOTTOM = Wish()


def read_place(
    session: orm.Session,
    product: Product,
    column: Column,
    wish: Wish,
    *,
    item: Item | None = None,
    pulling: bool = True,
) -> Place:
    """The place that a wish means now. A neighbour that is gone, discarded or done means the bottom.

    `item` is the one that moves (None for a new one). Respaces the product's ranks when a gap is used up.
    """
    lower, upper = _bounds(session, product, column, wish, item)
    rank = ranking.between(lower, upper)
    if rank is None:
        respace(session, product)
        lower, upper = _bounds(session, product, column, wish, item)
        rank = ranking.between(lower, upper)
        if rank is None:
            raise Refused("There is no room at that place. Try another one.")
    if item is not None and item.rank is not None and _stands_between(item.rank, lower, upper):
        rank = item.rank
    starts = item is not None and item.column.stage in _QUEUE and column.stage not in _QUEUE
    return Place(
        column=column,
        rank=rank,
        after=_number_at(session, product, lower),
        previous=_previous(session, product, item),
        occupancy=occupancy(session, column, without=item),
        blocking=open_blocking(session, item) if item is not None else (),
        higher=_higher(session, product, item) if item is not None and starts and pulling else (),
    )


def occupancy(session: orm.Session, column: Column, *, without: Item | None = None) -> int:
    """How many items stand in a column; discarded ones do not, and `without` is not counted."""
    query = sa.select(sa.func.count()).where(Item.column_id == column.id, Item.rank.is_not(None))
    if without is not None and without.id is not None:
        query = query.where(Item.id != without.id)
    return session.scalar(query) or 0


def open_blocking(session: orm.Session, item: Item) -> tuple[Question, ...]:
    """The item's open blocking questions, each with the item it is about."""
    questions = session.scalars(
        sa.select(Question).where(Question.item_id == item.id, Question.blocking, Question.state == QuestionState.OPEN)
    ).all()
    for question in questions:
        orm.attributes.set_committed_value(question, "item", item)
    return tuple(questions)


def next_to_pull(session: orm.Session, product: Product) -> Item | None:
    """The top eligible item: in the queue's stage, not blocked, without an open blocking question."""
    return session.scalar(
        _eligible(product)
        .order_by(Item.rank)
        .limit(1)
        .options(
            orm.joinedload(Item.column),
            orm.selectinload(Item.assignees),
            orm.selectinload(Item.criteria),
            orm.selectinload(Item.blocks),
        )
    )


def respace(session: orm.Session, product: Product) -> None:
    """Give every item of the product a fresh rank in the same order; not an event, since the order stays.

    Moves all ranks aside first, because the unique index is checked row by row; 5,000 items take about 25 ms.
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


def _bounds(
    session: orm.Session, product: Product, column: Column, wish: Wish, item: Item | None
) -> tuple[int | None, int | None]:
    anchor = _anchor(session, product, wish, item)
    if anchor is not None:
        return (
            (anchor, _next(session, product, anchor, item))
            if wish.after is not None
            else (
                _before(session, product, anchor, item),
                anchor,
            )
        )
    wants_top = wish.after is None and wish.before is None and wish.end == "top"
    edge = _edge(session, column, item, top=wants_top)
    if edge is None:
        own = item.rank if item is not None else None
        if own is not None:
            return _before(session, product, own, item), _next(session, product, own, item)
        last = session.scalar(sa.select(sa.func.max(Item.rank)).where(Item.product_id == product.id))
        return last, None
    if wants_top:
        return _before(session, product, edge, item), edge
    return edge, _next(session, product, edge, item)


def _anchor(session: orm.Session, product: Product, wish: Wish, item: Item | None) -> int | None:
    number = wish.after if wish.after is not None else wish.before
    if number is None or (item is not None and number == item.number):
        return None
    return session.scalar(
        sa.select(Item.rank)
        .join(Column, Column.id == Item.column_id)
        .where(Item.product_id == product.id, Item.number == number, Column.stage != Stage.DONE)
    )


def _edge(session: orm.Session, column: Column, item: Item | None, *, top: bool) -> int | None:
    end = sa.func.min(Item.rank) if top else sa.func.max(Item.rank)
    query = sa.select(end).where(Item.column_id == column.id, Item.rank.is_not(None))
    return session.scalar(_but(query, item))


def _next(session: orm.Session, product: Product, rank: int, item: Item | None) -> int | None:
    query = sa.select(sa.func.min(Item.rank)).where(Item.product_id == product.id, Item.rank > rank)
    return session.scalar(_but(query, item))


def _before(session: orm.Session, product: Product, rank: int, item: Item | None) -> int | None:
    query = sa.select(sa.func.max(Item.rank)).where(Item.product_id == product.id, Item.rank < rank)
    return session.scalar(_but(query, item))


def _but(query: sa.Select[int | None], item: Item | None) -> sa.Select[int | None]:
    return query if item is None or item.id is None else query.where(Item.id != item.id)


def _number_at(session: orm.Session, product: Product, rank: int | None) -> int | None:
    if rank is None:
        return None
    return session.scalar(sa.select(Item.number).where(Item.product_id == product.id, Item.rank == rank))


def _previous(session: orm.Session, product: Product, item: Item | None) -> int | None:
    if item is None or item.rank is None:
        return None
    return _number_at(session, product, _before(session, product, item.rank, item))


def _stands_between(rank: int, lower: int | None, upper: int | None) -> bool:
    return (lower is None or lower < rank) and (upper is None or rank < upper)


def _eligible(product: Product) -> sa.Select[Item]:
    held = sa.exists().where(Question.item_id == Item.id, Question.blocking, Question.state == QuestionState.OPEN)
    blocked = Item.blocks.any(until=None)
    return (
        sa.select(Item)
        .join(Column, Column.id == Item.column_id)
        .where(
            Item.product_id == product.id, Item.rank.is_not(None), Column.stage == product.queue_stage, ~held, ~blocked
        )
    )


def _higher(session: orm.Session, product: Product, item: Item) -> tuple[int, ...]:
    if item.rank is None:
        return ()
    query = _eligible(product).where(Item.rank < item.rank, Item.id != item.id).order_by(Item.rank)
    return tuple(session.scalars(query.with_only_columns(Item.number).limit(20)))
