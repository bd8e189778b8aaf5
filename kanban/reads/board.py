"""The board: its columns with their cards, and what a screen needs to follow a change."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.models import Event, Item, Member, Product, Stage, WipMode
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
    accepts: bool


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
    heads = load_heads(session, product, member)
    return Board(
        key=product.key,
        name=product.name,
        version=product.version,
        columns=tuple((head, tuple(by_column[head.id])) for head in heads),
        progress=load_progress(session, product),
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


def load_progress(session: orm.Session, product: Product) -> Progress:
    """How much is started and how old the oldest of it is: one query."""
    started = sa.select(sa.func.count(), sa.func.min(_item.started_at)).where(
        _item.product_id == product.id,
        _item.started_at.is_not(None),
        _item.finished_at.is_(None),
        _item.rank.is_not(None),
    )
    count, oldest = session.execute(started).one()
    if oldest is None:
        return Progress(0, 0)
    return Progress(count, (clock.today(product.zone) - clock.day_of(oldest, product.zone)).days + 1)


def load_heads(session: orm.Session, product: Product, member: Member) -> tuple[Head, ...]:
    """The columns of the board in their order, with their counts: one query."""
    rows = session.execute(
        sa.select(_item.column_id, sa.func.count())
        .where(_item.product_id == product.id, _item.rank.is_not(None))
        .group_by(_item.column_id)
    )
    counts = {column_id: count for column_id, count in rows}
    first_doing = product.first_column(Stage.DOING)
    return tuple(
        Head(
            id=column.id,
            name=column.name,
            stage=column.stage,
            policy=column.policy,
            count=counts.get(column.id, 0),
            limit=column.wip_limit if column.is_limited else None,
            is_full=column.is_full(counts.get(column.id, 0)),
            is_over=column.is_limited and counts.get(column.id, 0) > (column.wip_limit or 0),
            refuses=column.wip_mode is WipMode.REFUSE,
            pulls=column is first_doing and member.may(Action.MOVE),
            accepts=column.accepts,
        )
        for column in product.standing
        if column.stage is not Stage.BACKLOG
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
    cards = {card.ref: card for card in load_cards(session, product, touched)} if touched else {}
    above = _above(session, product, {card.column_id for card in cards.values()})
    items = [Changed(ref, cards.get(ref), above.get(ref)) for ref in (f"{product.key}-{number}" for number in touched)]
    place = {ref: index for index, ref in enumerate(above)}
    return Changes(
        key=product.key,
        version=product.version,
        items=tuple(sorted(items, key=lambda changed: place.get(changed.ref, -1))),
        heads=load_heads(session, product, member),
        progress=load_progress(session, product),
    )


def _above(session: orm.Session, product: Product, columns: set[int]) -> dict[str, str | None]:
    """For each card of these columns the one above it; from the top of each column down, so that whoever puts them into
    place in this order finds each neighbour in place already."""
    done = [column.id for column in product.standing if column.stage is Stage.DONE]
    order: dict[str, str | None] = {}
    query = sa.select(_item.column_id, _item.number).where(_item.rank.is_not(None))
    standing = query.where(_item.column_id.in_(columns.difference(done))).order_by(_item.rank)
    newest = query.where(_item.column_id.in_(done)).order_by(_item.finished_at.desc(), _item.id.desc())
    rows = [*session.execute(standing)]
    if columns.intersection(done):
        rows += session.execute(newest.limit(DONE_SHOWN))
    last: dict[int, str] = {}
    for column_id, number in rows:
        ref = f"{product.key}-{number}"
        order[ref] = last.get(column_id)
        last[column_id] = ref
    return order
