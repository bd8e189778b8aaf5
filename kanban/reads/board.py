"""The board: its columns with their cards, and what a screen needs to follow a change."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import orm

from kanban import clock
from kanban.models import Column, Event, Item, Member, Product, Stage, WipMode
from kanban.policy import Action
from kanban.reads.cards import DONE_SHOWN, Card, conditions, load_cards, load_more
from kanban.reads.filters import ALL, Filter
from kanban.reads.labels import all_labels
from kanban.reads.people import active_members
from kanban.reads.words import type_choices

MOST_CHANGES = 500
"""More than these are not told one by one."""

_AGES = (3, 7, 14, 30)
_item = Item.__table__.c


@dataclass(frozen=True)
class Head:
    """The top of a column; `count` of a done column is all that ever finished there. `matching` of these pass the
    filter, None without one. It goes left and right among the columns of its stage."""

    id: int
    name: str
    stage: Stage
    policy: str
    count: int
    matching: int | None
    limit: int | None
    is_full: bool
    is_over: bool
    refuses: bool
    pulls: bool
    may_go_left: bool
    may_go_right: bool


@dataclass(frozen=True)
class BoardMay:
    """What the reader may do here."""

    move: bool
    rank: bool
    create: bool
    accept: bool
    assign: bool
    block: bool
    ask: bool
    edit: bool
    configure: bool


@dataclass(frozen=True)
class Progress:
    """The board in one line: how many are started and not finished, and the age of the oldest in days."""

    count: int
    oldest_days: int


@dataclass(frozen=True)
class Found:
    """How many of all cards on the board pass the filter; None without one."""

    matching: int | None
    count: int


@dataclass(frozen=True)
class Board:
    """A board for one reader at one version."""

    key: str
    name: str
    version: int
    columns: tuple[tuple[Head, tuple[Card, ...]], ...]
    progress: Progress
    may: BoardMay
    only: Filter

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing stands on it, whatever the filter."""
        return not any(head.count for head, _cards in self.columns)

    @property
    def found(self) -> Found:
        """What the filter found."""
        return found_of(head for head, _cards in self.columns)


@dataclass(frozen=True)
class Changed:
    """Where one item stands now: its card and the reference of the card above it, or nowhere on the board. `own` where
    only the reader changed it."""

    ref: str
    card: Card | None
    after: str | None
    own: bool = False


@dataclass(frozen=True)
class Changes:
    """What a screen at an older version must redraw: the items touched, and every column's head. `too_many` were
    touched to tell each: the screen is better drawn anew."""

    key: str
    version: int
    items: tuple[Changed, ...]
    heads: tuple[Head, ...]
    progress: Progress
    found: Found
    too_many: bool = False


@dataclass(frozen=True)
class Part:
    """Some cards of one column, and whether more follow; lost when the card that they should follow left it."""

    key: str
    head: Head
    cards: tuple[Card, ...]
    more: bool
    lost: bool
    only: Filter


def load_board(session: orm.Session, product: Product, member: Member, only: Filter = ALL) -> Board:
    """The board for a reader, of each column the first cards that pass the filter; neither the number of queries nor
    their cost depends on the number of cards beyond these."""
    by_column: dict[int, list[Card]] = defaultdict(list)
    for card in load_cards(session, product, only=only):
        by_column[card.column_id].append(card)
    heads, progress = _load_heads(session, product, member, only)
    return Board(
        key=product.key,
        name=product.name,
        version=product.version,
        columns=tuple((head, tuple(by_column[head.id])) for head in heads),
        progress=progress,
        may=may_of(member, product),
        only=only,
    )


def load_part(
    session: orm.Session, product: Product, member: Member, column: Column, *, after: int | None, only: Filter = ALL
) -> Part:
    """What follows in a column of the board below the item of that number, or its first cards."""
    heads, _progress = _load_heads(session, product, member, only)
    cards, more = load_more(session, product, column, after=after, only=only) or (None, False)
    return Part(
        key=product.key,
        head=next(head for head in heads if head.id == column.id),
        cards=tuple(cards or ()),
        more=more,
        lost=cards is None,
        only=only,
    )


@dataclass(frozen=True)
class FilterChoices:
    """What a filter offers: pairs of the word of an address and what a reader sees."""

    people: list[tuple[str, str]]
    labels: list[tuple[str, str]]
    types: list[tuple[str, str]]
    ages: list[tuple[str, str]]


def load_choices(session: orm.Session, product: Product, only: Filter) -> FilterChoices:
    """The product's people and labels, the types, and some ages with the one that is asked for."""
    days = sorted({*_AGES, only.age} if isinstance(only.age, int) else _AGES)
    return FilterChoices(
        people=[("nobody", _("Nobody")), *((str(one.id), one.name) for one in active_members(session, product))],
        labels=[(name, name) for name in all_labels(session, product)],
        types=type_choices(),
        ages=[
            *((str(count), ngettext("Older than a day", "Older than %(num)d days", count)) for count in days),
            ("old", _("Older than most")),
        ],
    )


def found_of(heads: Iterable[Head]) -> Found:
    """What the filter found in all columns together."""
    told = [(head.matching, head.count) for head in heads]
    filtered = [matching for matching, _count in told if matching is not None]
    return Found(sum(filtered) if filtered else None, sum(count for _matching, count in told))


def may_of(member: Member, product: Product) -> BoardMay:
    """What the member may do on a board."""
    return BoardMay(
        move=member.may(Action.MOVE),
        rank=member.may(Action.RANK),
        create=member.may(Action.CREATE_ITEM),
        accept=member.may(Action.ACCEPT_ITEM),
        assign=member.may(Action.ASSIGN),
        block=member.may(Action.BLOCK),
        ask=member.may(Action.ASK),
        edit=member.may(Action.EDIT_ITEM),
        configure=member.may(Action.CONFIGURE) and product.archived_at is None,
    )


_column = Column.__table__.c
_in_column = (_item.column_id == _column.id, _item.rank.is_not(None))
_FILLED = sa.select(
    _column.id,
    sa.select(sa.func.count()).where(*_in_column).correlate(Column.__table__).scalar_subquery().label("items"),
    sa.select(_item.started_at)
    .where(*_in_column, _item.started_at.is_not(None))
    .order_by(_item.started_at)
    .limit(1)
    .correlate(Column.__table__)
    .scalar_subquery()
    .label("oldest"),
).where(_column.id.in_(sa.bindparam("columns", expanding=True)))


def _load_heads(
    session: orm.Session, product: Product, member: Member, only: Filter = ALL
) -> tuple[tuple[Head, ...], Progress]:
    """The columns of the board in their order with their counts, and the line above them."""
    columns = [column for column in product.standing if column.stage is not Stage.BACKLOG]
    ids = [column.id for column in columns]
    connection = session.connection()
    found = {row.id: row for row in connection.execute(_FILLED, {"columns": ids})}
    counts = {column_id: row.items for column_id, row in found.items()}
    matching = _matching(connection, conditions(session, product, only), ids) if only.count else None
    started = [column.id for column in columns if column.stage in (Stage.DOING, Stage.REVIEW)]
    oldest = min((since for column_id in started if (since := found[column_id].oldest) is not None), default=None)
    zone = product.zone
    progress = Progress(
        count=sum(counts.get(column_id, 0) for column_id in started),
        oldest_days=(clock.today(zone) - clock.day_of(oldest, zone)).days + 1 if oldest else 0,
    )
    pulling = product.first_column(Stage.DOING) if member.may(Action.MOVE) else None
    heads = (
        _head(
            column,
            counts.get(column.id, 0),
            matching=None if matching is None else matching.get(column.id, 0),
            pulls=column is pulling,
            beside=(columns[place - 1] if place else None, columns[place + 1] if place + 1 < len(columns) else None),
        )
        for place, column in enumerate(columns)
    )
    return tuple(heads), progress


def _matching(connection: sa.Connection, where: list[sa.ColumnElement[bool]], columns: list[int]) -> dict[int, int]:
    """How many items of each of these columns pass a filter."""
    query = sa.select(_item.column_id, sa.func.count()).where(_item.column_id.in_(columns), _item.rank.is_not(None))
    return dict(connection.execute(query.where(*where).group_by(_item.column_id)).all())


def _head(
    column: Column, count: int, *, matching: int | None, pulls: bool, beside: tuple[Column | None, Column | None]
) -> Head:
    may_go_left, may_go_right = (other is not None and other.stage is column.stage for other in beside)
    return Head(
        id=column.id,
        name=column.name,
        stage=column.stage,
        policy=column.policy,
        count=count,
        matching=matching,
        limit=column.wip_limit if column.is_limited else None,
        is_full=column.is_full(count),
        is_over=column.is_limited and count > (column.wip_limit or 0),
        refuses=column.wip_mode is WipMode.REFUSE,
        pulls=pulls,
        may_go_left=may_go_left,
        may_go_right=may_go_right,
    )


def load_changes(
    session: orm.Session,
    product: Product,
    member: Member,
    *,
    since: int | None = None,
    numbers: Iterable[int] = (),
    only: Filter = ALL,
) -> Changes:
    """Where these items stand now, and those that the log names after `since`: first those that leave the board, then
    from the top of each column down. An item that does not pass the filter leaves."""
    others = _touched_since(session, product, member, since) if since is not None else {}
    touched = {*numbers, *others}
    too_many = len(touched) > MOST_CHANGES
    cards = load_cards(session, product, touched, only) if touched and not too_many else []
    above = _above(session, product, cards, only)
    by_ref = {card.ref: card for card in cards}
    items = [
        Changed(ref, by_ref.get(ref), above.get(ref), own=not others.get(number, False))
        for number, ref in ((number, f"{product.key}-{number}") for number in touched)
        if not too_many
    ]
    place = {ref: index for index, ref in enumerate(above)}
    heads, progress = _load_heads(session, product, member, only)
    return Changes(
        key=product.key,
        version=product.version,
        items=tuple(sorted(items, key=lambda changed: place.get(changed.ref, -1))),
        heads=heads,
        progress=progress,
        found=found_of(heads),
        too_many=too_many,
    )


_TOUCHED = (
    sa.select(Item.number, sa.func.sum(sa.case((Event.actor_id == sa.bindparam("reader"), 0), else_=1)))
    .join(Event, Event.item_id == Item.id)
    .where(Event.product_id == sa.bindparam("product"), Event.version > sa.bindparam("since"))
    .group_by(Item.number)
    .limit(MOST_CHANGES + 1)
)


def _touched_since(session: orm.Session, product: Product, member: Member, since: int) -> dict[int, bool]:
    """The numbers of the items that changed since a version, each with whether somebody else had a hand in it."""
    values = {"product": product.id, "since": since, "reader": member.user_id}
    return {number: bool(by_others) for number, by_others in session.execute(_TOUCHED, values)}


_other = sa.alias(Item.__table__)
_NEWEST = (
    sa.select(_item.column_id, _item.number)
    .where(_item.rank.is_not(None), _item.column_id.in_(sa.bindparam("columns", expanding=True)))
    .order_by(_item.finished_at.desc(), _item.id.desc())
    .limit(DONE_SHOWN)
)


def _above(session: orm.Session, product: Product, cards: list[Card], only: Filter) -> dict[str, str | None]:
    """For each of these cards (and the others of done) the one above it, from the top of each column down, so that
    whoever puts them into place in this order finds each neighbour in place already."""
    where = conditions(session, product, only) if cards else []
    connection = session.connection()
    standing = [int(card.ref.rpartition("-")[2]) for card in cards if card.stage is not Stage.DONE]
    order: dict[str, str | None] = {}
    if standing:
        query = _next_above(where) if where else _NEXT_ABOVE
        rows = connection.execute(query, {"product": product.id, "numbers": standing}).all()
        order = {f"{product.key}-{number}": f"{product.key}-{above}" if above else None for number, above in rows}
    if len(standing) < len(cards):
        ids = [column.id for column in product.standing if column.stage is Stage.DONE]
        last: dict[int, str] = {}
        for column_id, number in connection.execute(_NEWEST.where(*where), {"columns": ids}):
            ref = f"{product.key}-{number}"
            order[ref] = last.get(column_id)
            last[column_id] = ref
    return order


def _next_above(where: list[sa.ColumnElement[bool]]) -> sa.Select[int, int | None]:
    """Each of some items with the one just above it in its column that passes the filter, in their order."""
    moved = _other.c
    above = (
        sa.select(_item.number)
        .where(_item.column_id == moved.column_id, _item.rank < moved.rank, *where)
        .order_by(_item.rank.desc())
        .limit(1)
        .correlate(_other)
        .scalar_subquery()
    )
    named = moved.number.in_(sa.bindparam("numbers", expanding=True))
    return sa.select(moved.number, above).where(moved.product_id == sa.bindparam("product"), named).order_by(moved.rank)


_NEXT_ABOVE = _next_above([])
