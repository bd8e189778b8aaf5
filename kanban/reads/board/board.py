"""The board: its columns with their cards. What an open screen needs to follow a change is in `reads.board.changes`."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import orm

from kanban import clock
from kanban.direct.prepared import Prepared
from kanban.flow.age import Age, oldest
from kanban.models import Column, Item, Member, Product, Stage, WipMode
from kanban.policy import Action
from kanban.reads.among import among
from kanban.reads.board import whole_board
from kanban.reads.board.cards import Card, conditions, load_cards, load_more
from kanban.reads.board.filters import ALL, Filter
from kanban.reads.board.moves import shut_stages
from kanban.reads.items.labels import all_labels
from kanban.reads.people.people import active_members
from kanban.reads.words import type_choices

_AGES = (3, 7, 14, 30)
_item = Item.__table__.c


@dataclass(frozen=True)
class Head:
    """The head of a column.

    `count` of a done column includes everything that was ever finished there. `matching` is how many of these pass the
    filter; None without a filter. A column can only be moved left or right past columns of its own stage.
    """

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
    """What the reader may do here.

    `shut` maps a target stage to the stages from which the reader can't move an item into it; a stage listed under
    itself can't be reordered by the reader.
    """

    move: bool
    rank: bool
    create: bool
    accept: bool
    assign: bool
    block: bool
    ask: bool
    edit: bool
    promise: bool
    configure: bool
    shut: Mapping[Stage, tuple[Stage, ...]]


@dataclass(frozen=True)
class Progress:
    """The line above the board: how many items are started and not finished, and the age of the oldest."""

    count: int
    oldest: Age | None


@dataclass(frozen=True)
class Found:
    """How many cards are on the board, and how many pass the filter (`matching`, None without a filter)."""

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
        """Whether the board holds no items at all, whatever the filter."""
        return not any(head.count for head, _cards in self.columns)

    @property
    def found(self) -> Found:
        """What the filter found."""
        return found_of(head for head, _cards in self.columns)


@dataclass(frozen=True)
class Part:
    """Some cards of one column, and whether `more` follow; `lost` if the card that they should follow is gone."""

    key: str
    head: Head
    cards: tuple[Card, ...]
    more: bool
    lost: bool
    only: Filter


def load_board(session: orm.Session, product: Product, member: Member, only: Filter = ALL) -> Board:
    """The board for one reader: of each column, the first cards that pass the filter.

    Neither the number of queries nor their cost depends on how many cards lie beyond these.
    """
    by_column: dict[int, list[Card]] = defaultdict(list)
    cards = load_cards(session, product, only=only) if only.count else whole_board.read_cards(session, product)
    for card in cards:
        by_column[card.column_id].append(card)
    heads, progress = load_heads(session, product, member, only)
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
    """The next cards of a column below the item numbered `after`, or its first cards if that is None."""
    heads, _progress = load_heads(session, product, member, only)
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
    """What the filter form offers: pairs of (value in the address, words for the reader)."""

    people: list[tuple[str, str]]
    labels: list[tuple[str, str]]
    types: list[tuple[str, str]]
    ages: list[tuple[str, str]]


def load_choices(session: orm.Session, product: Product, only: Filter) -> FilterChoices:
    """The product's people and labels, the item types, and some ages, including the one that the filter asks for."""
    days = sorted({*_AGES, only.age} if isinstance(only.age, int) else _AGES)
    return FilterChoices(
        people=[("nobody", _("Nobody")), *((str(one.id), one.listed) for one in active_members(session, product))],
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
        promise=member.may(Action.PROMISE),
        configure=member.may(Action.CONFIGURE) and product.archived_at is None,
        shut={stage: shut for stage in Stage if (shut := shut_stages(product, stage, member))},
    )


_column = Column.__table__.c
_in_column = (_item.column_id == _column.id, _item.rank.is_not(None))
_FILLED = Prepared(
    sa.select(
        _column.id,
        sa.select(sa.func.count()).where(*_in_column).correlate(Column.__table__).scalar_subquery().label("items"),
        sa.select(_item.started_at)
        .where(*_in_column, _item.started_at.is_not(None))
        .order_by(_item.started_at)
        .limit(1)
        .correlate(Column.__table__)
        .scalar_subquery()
        .label("oldest"),
        sa.exists().where(*_in_column, ~_item.is_start_known).correlate(Column.__table__).label("has_unknown"),
    ).where(among(_column.id, "columns"))
)


def load_heads(
    session: orm.Session, product: Product, member: Member, only: Filter = ALL
) -> tuple[tuple[Head, ...], Progress]:
    """The heads of the board's columns in their order, and the line above the board."""
    columns = [column for column in product.standing if column.stage is not Stage.BACKLOG]
    ids = [column.id for column in columns]
    connection = session.connection()
    found = {row.id: row for row in _FILLED.all(connection, {"columns": ids})}
    counts = {column_id: row.items for column_id, row in found.items()}
    matching = _matching(connection, conditions(session, product, only), ids) if only.count else None
    started = [column.id for column in columns if column.stage in (Stage.DOING, Stage.REVIEW)]
    zone, today = product.zone, clock.today(product.zone)
    ages = (
        Age.since(clock.day_of(row.oldest, zone), today, is_known=not row.has_unknown)
        for row in map(found.__getitem__, started)
        if row.oldest is not None
    )
    progress = Progress(count=sum(counts.get(column_id, 0) for column_id in started), oldest=oldest(ages))
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
