"""The board: its columns with their cards, and what a screen needs to follow a change."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.models import Column, Event, Item, Member, Product, Stage, WipMode
from kanban.policy import Action
from kanban.reads.cards import DONE_SHOWN, Card, load_cards

_item = Item.__table__.c


@dataclass(frozen=True)
class Head:
    """The top of a column; `count` of a done column is all that ever finished there."""

    id: int
    name: str
    stage: Stage
    policy: str
    count: int
    limit: int | None
    is_full: bool
    is_over: bool
    refuses: bool
    pulls: bool


@dataclass(frozen=True)
class BoardMay:
    """What the reader may do here."""

    move: bool
    rank: bool
    create: bool
    accept: bool


@dataclass(frozen=True)
class Progress:
    """The board in one line: how many are started and not finished, and the age of the oldest in days."""

    count: int
    oldest_days: int


@dataclass(frozen=True)
class Board:
    """A board for one reader at one version."""

    key: str
    name: str
    version: int
    columns: tuple[tuple[Head, tuple[Card, ...]], ...]
    progress: Progress
    may: BoardMay

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing stands on it."""
        return not any(cards for _head, cards in self.columns)


@dataclass(frozen=True)
class Changed:
    """Where one item stands now: its card and the reference of the card above it, or nowhere on the board."""

    ref: str
    card: Card | None
    after: str | None


@dataclass(frozen=True)
class Changes:
    """What a screen at an older version must redraw: the items touched, and every column's head."""

    key: str
    version: int
    items: tuple[Changed, ...]
    heads: tuple[Head, ...]
    progress: Progress


def load_board(session: orm.Session, product: Product, member: Member) -> Board:
    """The whole board for a reader; the number of queries does not depend on the number of cards."""
    by_column: dict[int, list[Card]] = defaultdict(list)
    for card in load_cards(session, product):
        by_column[card.column_id].append(card)
    heads, progress = _load_heads(session, product, member)
    return Board(
        key=product.key,
        name=product.name,
        version=product.version,
        columns=tuple((head, tuple(by_column[head.id])) for head in heads),
        progress=progress,
        may=may_of(member),
    )


def may_of(member: Member) -> BoardMay:
    """What the member may do on a board."""
    return BoardMay(
        move=member.may(Action.MOVE),
        rank=member.may(Action.RANK),
        create=member.may(Action.CREATE_ITEM),
        accept=member.may(Action.ACCEPT_ITEM),
    )


_COUNTS = (
    sa.select(_item.column_id, sa.func.count(), sa.func.min(_item.started_at))
    .where(_item.product_id == sa.bindparam("product"), _item.rank.is_not(None))
    .group_by(_item.column_id)
)


def _load_heads(session: orm.Session, product: Product, member: Member) -> tuple[tuple[Head, ...], Progress]:
    """The columns of the board in their order with their counts, and the line above them: one query."""
    rows = session.execute(_COUNTS, {"product": product.id}).all()
    counts = {column_id: count for column_id, count, _oldest in rows}
    columns = [column for column in product.standing if column.stage is not Stage.BACKLOG]
    started = {column.id for column in columns if column.stage in (Stage.DOING, Stage.REVIEW)}
    oldest = min((since for column_id, _count, since in rows if column_id in started), default=None)
    zone = product.zone
    progress = Progress(
        count=sum(counts.get(column_id, 0) for column_id in started),
        oldest_days=(clock.today(zone) - clock.day_of(oldest, zone)).days + 1 if oldest else 0,
    )
    pulling = product.first_column(Stage.DOING) if member.may(Action.MOVE) else None
    heads = (_head(column, counts.get(column.id, 0), pulls=column is pulling) for column in columns)
    return tuple(heads), progress


def _head(column: Column, count: int, *, pulls: bool) -> Head:
    return Head(
        id=column.id,
        name=column.name,
        stage=column.stage,
        policy=column.policy,
        count=count,
        limit=column.wip_limit if column.is_limited else None,
        is_full=column.is_full(count),
        is_over=column.is_limited and count > (column.wip_limit or 0),
        refuses=column.wip_mode is WipMode.REFUSE,
        pulls=pulls,
    )


def load_changes(
    session: orm.Session, product: Product, member: Member, *, since: int | None = None, numbers: Iterable[int] = ()
) -> Changes:
    """Where these items stand now, and those that the log names after `since`: first those that leave the board, then
    from the top of each column down."""
    touched = set(numbers)
    if since is not None:
        touched |= set(
            session.scalars(
                sa.select(Item.number)
                .join(Event, Event.item_id == Item.id)
                .where(Event.product_id == product.id, Event.version > since)
                .distinct()
            )
        )
    cards = load_cards(session, product, touched) if touched else []
    above = _above(session, product, cards)
    by_ref = {card.ref: card for card in cards}
    items = [Changed(ref, by_ref.get(ref), above.get(ref)) for ref in (f"{product.key}-{n}" for n in touched)]
    place = {ref: index for index, ref in enumerate(above)}
    heads, progress = _load_heads(session, product, member)
    return Changes(
        key=product.key,
        version=product.version,
        items=tuple(sorted(items, key=lambda changed: place.get(changed.ref, -1))),
        heads=heads,
        progress=progress,
    )


_places = sa.select(_item.column_id, _item.number).where(
    _item.rank.is_not(None), _item.column_id.in_(sa.bindparam("columns", expanding=True))
)
_BY_RANK = _places.order_by(_item.rank)
_NEWEST = _places.order_by(_item.finished_at.desc(), _item.id.desc()).limit(DONE_SHOWN)
_moved = sa.select(_item.rank).where(
    _item.product_id == sa.bindparam("product"), _item.number == sa.bindparam("number")
)
_NEXT_ABOVE = (
    sa.select(_item.number)
    .where(_item.column_id == sa.bindparam("column"), _item.rank < _moved.scalar_subquery())
    .order_by(_item.rank.desc())
    .limit(1)
)


def _above(session: orm.Session, product: Product, cards: list[Card]) -> dict[str, str | None]:
    """For each of these cards (and the others of their columns) the one above it, from the top of each column down, so
    that whoever puts them into place in this order finds each neighbour in place already."""
    if len(cards) == 1 and cards[0].stage is not Stage.DONE:
        return {cards[0].ref: _one_above(session, product, cards[0])}
    done = {card.column_id for card in cards if card.stage is Stage.DONE}
    others = {card.column_id for card in cards} - done
    rows = [*session.execute(_BY_RANK, {"columns": list(others)})] if others else []
    if done:
        ids = [column.id for column in product.standing if column.stage is Stage.DONE]
        rows += session.execute(_NEWEST, {"columns": ids})
    order: dict[str, str | None] = {}
    last: dict[int, str] = {}
    for column_id, number in rows:
        ref = f"{product.key}-{number}"
        order[ref] = last.get(column_id)
        last[column_id] = ref
    return order


def _one_above(session: orm.Session, product: Product, card: Card) -> str | None:
    number = int(card.ref.rpartition("-")[2])
    which = {"product": product.id, "column": card.column_id, "number": number}
    above = session.scalar(_NEXT_ABOVE, which)
    return f"{product.key}-{above}" if above is not None else None
