"""The board: its columns and cards as plain rows, and what a screen needs to follow a change. A fixed number of queries,
however many cards there are."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock, formatting
from kanban.models import (
    Block,
    Column,
    Criterion,
    Event,
    Item,
    Label,
    Member,
    Product,
    Question,
    QuestionState,
    Stage,
    User,
    assignment,
    item_label,
)
from kanban.policy import Action, Role
from kanban.reads.people import Person

DONE_SHOWN = 50


@dataclass(frozen=True)
class Stop:
    """Why a card can't go on, since when (a day in the product's zone), and whom it waits for, if somebody."""

    reason: str
    since: dt.date
    waiting_for: str
    on_owner: bool


@dataclass(frozen=True)
class Card:
    """Everything that is drawn on a card. Equal cards look the same, so its HTML is cached by the card itself."""

    ref: str
    title: str
    type: str
    column_id: int
    stage: Stage
    age_days: int | None
    waited_days: int
    finished_on: dt.date | None
    cycle_days: int | None
    stop: Stop | None
    questions: int
    criteria: int
    criteria_met: int
    labels: tuple[str, ...]
    people: tuple[Person, ...]


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
    asks: bool
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
class Board:
    """A board for one reader at one version."""

    key: str
    name: str
    version: int
    columns: tuple[tuple[Head, tuple[Card, ...]], ...]
    in_progress: int
    oldest_days: int
    may: BoardMay


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


def load_board(session: orm.Session, product: Product, member: Member) -> Board:
    """The whole board for a reader: nine queries."""
    cards = load_cards(session, product)
    by_column: dict[int, list[Card]] = defaultdict(list)
    for card in cards:
        by_column[card.column_id].append(card)
    heads = load_heads(session, product, member)
    running = [card for card in cards if card.age_days is not None]
    return Board(
        key=product.key,
        name=product.name,
        version=product.version,
        columns=tuple((head, tuple(by_column[head.id])) for head in heads),
        in_progress=len(running),
        oldest_days=max((card.age_days or 0 for card in running), default=0),
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


def load_heads(session: orm.Session, product: Product, member: Member) -> tuple[Head, ...]:
    """The columns of the board in their order, with their counts: one query."""
    rows = session.execute(
        sa.select(Item.column_id, sa.func.count())
        .where(Item.product_id == product.id, Item.rank.is_not(None))
        .group_by(Item.column_id)
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
            asks=column.wip_mode == "ask",
            pulls=column is first_doing and member.may(Action.MOVE),
            accepts=column.accepts,
        )
        for column in product.standing
        if column.stage is not Stage.BACKLOG
    )


def load_cards(session: orm.Session, product: Product, numbers: Collection[int] | None = None) -> list[Card]:
    """The cards in the order of the board; of done the newest 50, newest first. Only those of `numbers`, if given."""
    stages = {column.id: column.stage for column in product.standing if column.stage is not Stage.BACKLOG}
    rows = _rows(session, product, stages, numbers)
    if not rows:
        return []
    shown = _Shown(product, [row.id for row in rows], whole=numbers is None and len(rows) > 200)
    people = _people(session, shown)
    labels = _labels(session, shown)
    criteria = _criteria(session, shown)
    questions = _questions(session, shown)
    stops = _stops(session, shown)
    zone, today = product.zone, clock.today(product.zone)
    cards = []
    for row in rows:
        stage = stages[row.column_id]
        started = clock.day_of(row.started_at, zone) if row.started_at else None
        finished = clock.day_of(row.finished_at, zone) if row.finished_at else None
        total, met = criteria.get(row.id, (0, 0))
        cards.append(
            Card(
                ref=f"{product.key}-{row.number}",
                title=row.title,
                type=row.type.value,
                column_id=row.column_id,
                stage=stage,
                age_days=(today - started).days + 1 if started and not finished else None,
                waited_days=max((today - clock.day_of(row.created_at, zone)).days, 0),
                finished_on=finished,
                cycle_days=(finished - started).days + 1 if started and finished else None,
                stop=stops.get(row.id),
                questions=questions.get(row.id, 0),
                criteria=total,
                criteria_met=met,
                labels=tuple(labels.get(row.id, ())),
                people=tuple(people.get(row.id, ())),
            )
        )
    return cards


def load_changes(
    session: orm.Session, product: Product, member: Member, *, since: int | None = None, numbers: Iterable[int] = ()
) -> Changes:
    """What happened to these items, and to those that the log names after `since`."""
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
    items = tuple(
        Changed(ref=ref, card=cards.get(ref), after=above.get(ref))
        for ref in (f"{product.key}-{number}" for number in sorted(touched))
    )
    return Changes(product.key, product.version, _in_order(items, above), load_heads(session, product, member))


def _in_order(items: tuple[Changed, ...], above: dict[str, str | None]) -> tuple[Changed, ...]:
    """Those that leave first, then the others from the top of each column, so that each finds its neighbour."""
    place = {ref: index for index, ref in enumerate(above)}
    return tuple(sorted(items, key=lambda changed: place.get(changed.ref, -1)))


def _above(session: orm.Session, product: Product, columns: set[int]) -> dict[str, str | None]:
    """For each card of these columns the card above it, in the order of each column."""
    done = {column.id for column in product.standing if column.stage is Stage.DONE}
    order: dict[str, str | None] = {}
    for column_id in columns:
        query = sa.select(Item.number).where(Item.column_id == column_id, Item.rank.is_not(None))
        if column_id in done:
            query = query.order_by(Item.finished_at.desc(), Item.id.desc()).limit(DONE_SHOWN)
        else:
            query = query.order_by(Item.rank)
        previous: str | None = None
        for number in session.scalars(query):
            ref = f"{product.key}-{number}"
            order[ref] = previous
            previous = ref
    return order


_FIELDS = (
    Item.id,
    Item.number,
    Item.title,
    Item.type,
    Item.column_id,
    Item.created_at,
    Item.started_at,
    Item.finished_at,
)


def _rows(
    session: orm.Session, product: Product, stages: dict[int, Stage], numbers: Collection[int] | None
) -> list[Any]:
    open_columns = [column_id for column_id, stage in stages.items() if stage is not Stage.DONE]
    done_columns = [column_id for column_id, stage in stages.items() if stage is Stage.DONE]
    base = sa.select(*_FIELDS).where(Item.product_id == product.id, Item.rank.is_not(None))
    if numbers is not None:
        base = base.where(Item.number.in_(numbers))
    standing = session.execute(base.where(Item.column_id.in_(open_columns)).order_by(Item.rank)).all()
    newest = base.where(Item.column_id.in_(done_columns)).order_by(Item.finished_at.desc(), Item.id.desc())
    return [*standing, *session.execute(newest.limit(DONE_SHOWN)).all()]


@dataclass(frozen=True)
class _Shown:
    """Which items' belongings are read: those shown, or, when they are many, all of the product that are not done."""

    product: Product
    ids: list[int]
    whole: bool

    def narrow(self, query: sa.Select[Any], column: Any) -> sa.Select[Any]:
        """The query for the belongings of the items shown."""
        if not self.whole:
            return query.where(column.in_(self.ids))
        return query.join(Item, Item.id == column).where(Item.product_id == self.product.id, Item.rank.is_not(None))


def _people(session: orm.Session, shown: _Shown) -> dict[int, list[Person]]:
    query = sa.select(assignment.c.item_id, User.id, User.name).join(User, User.id == assignment.c.user_id)
    known: dict[int, Person] = {}
    found: dict[int, list[Person]] = defaultdict(list)
    for item_id, user_id, name in session.execute(shown.narrow(query, assignment.c.item_id).order_by(User.name)):
        found[item_id].append(known.setdefault(user_id, Person(user_id, name, formatting.initials(name))))
    return found


def _labels(session: orm.Session, shown: _Shown) -> dict[int, list[str]]:
    query = sa.select(item_label.c.item_id, Label.name).join(Label, Label.id == item_label.c.label_id)
    found: dict[int, list[str]] = defaultdict(list)
    for item_id, name in session.execute(shown.narrow(query, item_label.c.item_id).order_by(Label.folded)):
        found[item_id].append(name)
    return found


def _criteria(session: orm.Session, shown: _Shown) -> dict[int, tuple[int, int]]:
    query = sa.select(Criterion.item_id, sa.func.count(), sa.func.count(Criterion.met_at)).group_by(Criterion.item_id)
    return {item_id: (total, met) for item_id, total, met in session.execute(shown.narrow(query, Criterion.item_id))}


def _questions(session: orm.Session, shown: _Shown) -> dict[int, int]:
    query = (
        sa.select(Question.item_id, sa.func.count())
        .where(Question.state == QuestionState.OPEN)
        .group_by(Question.item_id)
    )
    return {item_id: count for item_id, count in session.execute(shown.narrow(query, Question.item_id))}


def _stops(session: orm.Session, shown: _Shown) -> dict[int, Stop]:
    product = shown.product
    query = (
        sa.select(Block.item_id, Block.reason, Block.waiting_for, Block.since, User.name, Member.role)
        .outerjoin(User, User.id == Block.waiting_for_id)
        .outerjoin(Member, sa.and_(Member.user_id == User.id, Member.product_id == product.id))
        .where(Block.until.is_(None))
    )
    rows = session.execute(shown.narrow(query, Block.item_id).order_by(Block.since.desc()))
    return {
        item_id: Stop(reason, clock.day_of(since, product.zone), name or waiting_for, role is Role.OWNER)
        for item_id, reason, waiting_for, since, name, role in rows
    }
