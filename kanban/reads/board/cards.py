"""Cards as plain rows: everything drawn on a card, read with a fixed number of queries however many cards there are."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock, formatting
from kanban.direct.prepared import Prepared
from kanban.flow.age import Age
from kanban.models import (
    Block,
    Column,
    Criterion,
    Item,
    ItemType,
    Label,
    Link,
    LinkKind,
    Member,
    Product,
    Question,
    QuestionState,
    Stage,
    User,
    assignment,
    constant,
    item_label,
)
from kanban.policy import Role
from kanban.reads.among import among
from kanban.reads.board.ageing import old_before
from kanban.reads.board.filters import ALL, Filter
from kanban.reads.people.people import Person
from kanban.reads.promises.promised import PROMISED, Promised, promised

T = TypeVar("T")

DONE_SHOWN = 50
PAGE = 200

_item = Item.__table__.c


class Stop(NamedTuple):
    """Why a card is held up, since which day (in the product's zone), and whom it waits for ("" for nobody)."""

    reason: str
    since: dt.date
    waiting_for: str
    on_owner: bool


class Card(NamedTuple):
    """Everything that is drawn on a card, as it was read.

    Equal cards look the same on the same day, so the card itself is the cache key of its HTML. Whatever follows from
    these fields is worked out only when the card is drawn. `needs` counts the items it needs that are neither finished
    nor discarded.
    """

    ref: str
    title: str
    type: ItemType
    column_id: int
    stage: Stage
    created_at: dt.datetime
    started_at: dt.datetime | None
    is_start_known: bool
    finished_at: dt.datetime | None
    is_finish_known: bool
    is_old: bool
    stop: Stop | None
    questions: int
    needs: int
    criteria: int
    criteria_met: int
    promised: Promised | None
    labels: tuple[str, ...]
    people: tuple[Person, ...]
    zone: str
    today: dt.date

    @property
    def age(self) -> Age | None:
        """Work item age; None when not in progress."""
        if self.started_at is None or self.finished_at is not None:
            return None
        return Age.since(clock.day_of(self.started_at, self.zone), self.today, is_known=self.is_start_known)

    @property
    def waited_days(self) -> int:
        """Days since the item was created; shown while it has not started."""
        return max((self.today - clock.day_of(self.created_at, self.zone)).days, 0)

    @property
    def finished_on(self) -> dt.date | None:
        """The day on which it was finished; None if it is not finished or the day is unknown."""
        return clock.day_of(self.finished_at, self.zone) if self.finished_at and self.is_finish_known else None

    @property
    def cycle_days(self) -> int | None:
        """Cycle time in days; None if it is not finished, or its start or finish is unknown."""
        if self.started_at is None or self.finished_on is None or not self.is_start_known:
            return None
        return (self.finished_on - clock.day_of(self.started_at, self.zone)).days + 1

    @property
    def promised_on(self) -> dt.date | None:
        """The nearest day for which it is promised."""
        return self.promised.on if self.promised else None

    @property
    def is_late(self) -> bool:
        """Whether the day for which it is promised has passed."""
        return self.promised_on is not None and self.promised_on < self.today

    @property
    def stop_days(self) -> int:
        """For how many days it has been held up; 0 if that began today, or if nothing holds it up."""
        return (self.today - self.stop.since).days if self.stop else 0


def load_cards(
    session: orm.Session, product: Product, numbers: Collection[int] | None = None, only: Filter = ALL
) -> list[Card]:
    """The cards in board order: the first 200 of each column, but of done columns the 50 finished last, newest first.

    With `numbers`, only the cards of those items, wherever in their column they stand; in done still only the newest
    50.
    """
    stages = _stages(product)
    where = conditions(session, product, only)
    connection = session.connection()
    if numbers is not None:
        return _cards(session, product, stages, _rows_named(connection, product, stages, numbers, where))
    ids = [*_ids_first(connection, stages, where), *_ids_newest(connection, stages, where)]
    return _cards(session, product, stages, _rows_of(connection, ids))


def load_more(
    session: orm.Session, product: Product, column: Column, *, after: int | None, only: Filter = ALL
) -> tuple[list[Card], bool] | None:
    """The next 200 cards of a column and whether more follow.

    They come after the item numbered `after`, or from the top if it is None. Returns None when that item is no longer
    in the column.
    """
    query = sa.select(_item.id).where(_item.column_id == column.id, _item.rank.is_not(None))
    if after is not None:
        anchor = sa.select(_item.rank).where(_item.column_id == column.id, _item.number == after)
        rank = session.scalar(anchor)
        if rank is None:
            return None
        query = query.where(_item.rank > rank)
    query = query.where(*conditions(session, product, only)).order_by(_item.rank).limit(PAGE + 1)
    ids = list(session.scalars(query))
    rows = _rows_of(session.connection(), ids[:PAGE])
    return _cards(session, product, _stages(product), rows), len(ids) > PAGE


def conditions(session: orm.Session, product: Product, only: Filter) -> list[sa.ColumnElement[bool]]:
    """The SQL conditions by which a filter selects items of this product today."""
    return only.conditions(product, old_before(session, product) if only.age == "old" else {})


def _stages(product: Product) -> dict[int, Stage]:
    """The stage of each column of the board by its id."""
    return {column.id: column.stage for column in product.standing if column.stage is not Stage.BACKLOG}


def _cards(session: orm.Session, product: Product, stages: dict[int, Stage], rows: list[Any]) -> list[Card]:
    """The cards of these rows, in their order."""
    if not rows:
        return []
    shown = _Shown(session.connection(), product, [row.id for row in rows])
    people, labels = _people_and_labels(shown)
    stops = _stops(shown)
    key, zone, today = product.key, product.time_zone, clock.today(product.zone)
    old = old_before(session, product)
    return [
        Card(
            f"{key}-{number}",
            title,
            kind,
            column_id,
            stages[column_id],
            created_at,
            started_at,
            is_start_known,
            finished_at,
            is_finish_known,
            bool(started_at and not finished_at and column_id in old and started_at < old[column_id]),
            stops.get(item_id),
            questions,
            needs,
            criteria,
            met,
            promised(own_on, request_on, milestone_on),
            labels.get(item_id, ()),
            people.get(item_id, ()),
            zone,
            today,
        )
        for (
            item_id,
            number,
            title,
            kind,
            column_id,
            created_at,
            started_at,
            is_start_known,
            finished_at,
            is_finish_known,
            questions,
            needs,
            criteria,
            met,
            own_on,
            request_on,
            milestone_on,
        ) in rows
    ]


# Statements, built once: building one takes longer than running it.

_question, _criterion = Question.__table__.c, Criterion.__table__.c
_link, _needed = Link.__table__.c, sa.alias(Item.__table__)


def _count_of(counted: sa.Function[int], *where: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
    return sa.select(counted).where(*where).correlate(Item.__table__).scalar_subquery()


_CARD = sa.select(
    _item.id,
    _item.number,
    _item.title,
    _item.type,
    _item.column_id,
    _item.created_at,
    _item.started_at,
    _item.is_start_known,
    _item.finished_at,
    _item.is_finish_known,
    _count_of(sa.func.count(), _question.item_id == _item.id, _question.state == QuestionState.OPEN),
    _count_of(
        sa.func.count(),
        *(_link.item_id == _item.id, _link.kind == constant(LinkKind.NEEDS), _needed.c.id == _link.other_id),
        *(_needed.c.finished_at.is_(None), _needed.c.discarded_at.is_(None)),
    ),
    _count_of(sa.func.count(), _criterion.item_id == _item.id),
    _count_of(sa.func.count(_criterion.met_at), _criterion.item_id == _item.id),
    *PROMISED,
)
_CARDS = Prepared(_CARD.where(among(_item.id, "ids")))
_standing = (_item.rank.is_not(None), among(_item.column_id, "columns"))
_NEWEST = Prepared(
    sa.select(_item.id).where(*_standing).order_by(_item.finished_at.desc(), _item.id.desc()).limit(DONE_SHOWN)
)
_rank = _item.rank + 0  # a sum, so that SQLite does not walk all items in rank order through the index
_NAMED = Prepared(
    _CARD.where(
        _item.product_id == sa.bindparam("product"), among(_item.number, "numbers"), _rank.is_not(None)
    ).order_by(_rank)
)


@lru_cache
def _first_of(count: int) -> sa.CompoundSelect[Any]:
    """The first items of each of `count` columns (bound as c0, c1 …), so written that each column uses its index."""
    return sa.union_all(*(_first_in(number) for number in range(count)))


def _first_in(number: int, *where: sa.ColumnElement[bool]) -> sa.Select[Any]:
    column = _item.column_id == sa.bindparam(f"c{number}")
    query = sa.select(_item.id, _item.rank).where(column, _item.rank.is_not(None), *where)
    first = query.order_by(_item.rank).limit(PAGE).subquery()
    return sa.select(first.c.id, first.c.rank)


def _ids_first(connection: sa.Connection, stages: dict[int, Stage], where: list[sa.ColumnElement[bool]]) -> list[int]:
    open_ = [column_id for column_id, stage in stages.items() if stage is not Stage.DONE]
    if not open_:
        return []
    query = sa.union_all(*(_first_in(n, *where) for n in range(len(open_)))) if where else _first_of(len(open_))
    rows = connection.execute(query, {f"c{number}": column_id for number, column_id in enumerate(open_)}).all()
    return [row.id for row in sorted(rows, key=lambda row: row.rank)]


def _ids_newest(connection: sa.Connection, stages: dict[int, Stage], where: list[sa.ColumnElement[bool]]) -> list[int]:
    done = [column_id for column_id, stage in stages.items() if stage is Stage.DONE]
    return _NEWEST.scalars(connection, {"columns": done}, where)


def _rows_of(connection: sa.Connection, ids: list[int]) -> list[Any]:
    """The rows of the cards of these items, in the order of the ids."""
    found = {row.id: row for row in _CARDS.all(connection, {"ids": ids})} if ids else {}
    return [found[item_id] for item_id in ids if item_id in found]


def _rows_named(
    connection: sa.Connection,
    product: Product,
    stages: dict[int, Stage],
    numbers: Collection[int],
    where: list[sa.ColumnElement[bool]],
) -> list[Any]:
    """The rows of the cards with these numbers that are on the board; of done ones, only those among the newest."""
    wanted = {"product": product.id, "numbers": list(numbers)}
    rows = [row for row in _NAMED.all(connection, wanted, where) if row.column_id in stages]
    if not any(stages[row.column_id] is Stage.DONE for row in rows):
        return rows
    newest = set(_ids_newest(connection, stages, where))
    return [row for row in rows if stages[row.column_id] is not Stage.DONE or row.id in newest]


_label, _user = Label.__table__.c, User.__table__.c
_PEOPLE_AND_LABELS = Prepared(
    sa.union_all(
        sa.select(assignment.c.item_id, sa.true().label("is_person"), _user.id, _user.name, _user.name.label("place"))
        .join(User.__table__, _user.id == assignment.c.user_id)
        .where(among(assignment.c.item_id, "ids")),
        sa.select(item_label.c.item_id, sa.false(), _label.id, _label.name, _label.folded)
        .join(Label.__table__, _label.id == item_label.c.label_id)
        .where(among(item_label.c.item_id, "ids")),
    ).order_by("place", "id")
)
_block, _member = Block.__table__.c, Member.__table__.c
_STOPS = Prepared(
    sa.select(_block.item_id, _block.reason, _block.waiting_for, _block.since, _user.name, _member.role)
    .outerjoin(User.__table__, _user.id == _block.waiting_for_id)
    .outerjoin(Member.__table__, sa.and_(_member.user_id == _user.id, _member.product_id == sa.bindparam("product")))
    .where(_block.until.is_(None), among(_block.item_id, "ids"))
    .order_by(_block.since.desc())
)


@dataclass(frozen=True)
class _Shown:
    """The ids of the items shown, for reading what belongs to them.

    These are plain rows, so they are read past the ORM session, which takes half the time.
    """

    connection: sa.Connection
    product: Product
    ids: list[int]

    def read(self, belongings: Prepared) -> Iterable[Any]:
        """Run a statement that reads one kind of belonging for all items shown."""
        return belongings.tuples(self.connection, {"ids": self.ids, "product": self.product.id})


def _people_and_labels(shown: _Shown) -> tuple[dict[int, tuple[Person, ...]], dict[int, tuple[str, ...]]]:
    """People and labels by item id, each sorted by name, in one statement."""
    known: dict[int, Person] = {}
    people: dict[int, list[Person]] = defaultdict(list)
    labels: dict[int, list[str]] = defaultdict(list)
    for item_id, is_person, own_id, name, _place in shown.read(_PEOPLE_AND_LABELS):
        if not is_person:
            labels[item_id].append(name)
            continue
        if own_id not in known:
            known[own_id] = Person(own_id, name, formatting.initials(name))
        people[item_id].append(known[own_id])
    return _frozen(people), _frozen(labels)


def _frozen(found: dict[int, list[T]]) -> dict[int, tuple[T, ...]]:
    return {item_id: tuple(values) for item_id, values in found.items()}


def _stops(shown: _Shown) -> dict[int, Stop]:
    zone = shown.product.zone
    return {
        item_id: Stop(reason, clock.day_of(since, zone), name or waiting_for, role is Role.OWNER)
        for item_id, reason, waiting_for, since, name, role in shown.read(_STOPS)
    }
