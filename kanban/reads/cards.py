"""Cards as plain rows: everything that is drawn on one, read with a fixed number of queries however many there are."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock, formatting
from kanban.flow.metrics import percentile
from kanban.models import (
    Block,
    Criterion,
    Item,
    ItemType,
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
from kanban.policy import Role
from kanban.reads.people import Person

DONE_SHOWN = 50
_COMPARED = 100
_ENOUGH = 10

_item = Item.__table__.c


class Stop(NamedTuple):
    """Why a card can't go on, since when (a day in the product's zone), and whom it waits for, if somebody."""

    reason: str
    since: dt.date
    waiting_for: str
    on_owner: bool


class Card(NamedTuple):
    """Everything that is drawn on a card, as it was read. Equal cards look the same on the same day, so the card itself
    is the key under which its HTML is kept; what follows from these fields is reckoned only when it is drawn."""

    ref: str
    title: str
    type: ItemType
    column_id: int
    stage: Stage
    created_at: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime | None
    is_old: bool
    stop: Stop | None
    questions: int
    criteria: int
    criteria_met: int
    labels: tuple[str, ...]
    people: tuple[Person, ...]
    zone: str
    today: dt.date

    @property
    def age_days(self) -> int | None:
        """Work item age, the first day counting 1; None when not in progress."""
        if self.started_at is None or self.finished_at is not None:
            return None
        return (self.today - clock.day_of(self.started_at, self.zone)).days + 1

    @property
    def waited_days(self) -> int:
        """Days since it was written down, for what has not started."""
        return max((self.today - clock.day_of(self.created_at, self.zone)).days, 0)

    @property
    def finished_on(self) -> dt.date | None:
        """The day on which it was finished."""
        return clock.day_of(self.finished_at, self.zone) if self.finished_at else None

    @property
    def cycle_days(self) -> int | None:
        """Cycle time in days, for what is finished."""
        if self.started_at is None or self.finished_at is None:
            return None
        return (clock.day_of(self.finished_at, self.zone) - clock.day_of(self.started_at, self.zone)).days + 1

    @property
    def stop_days(self) -> int:
        """For how many days it has been held up; 0 since today."""
        return (self.today - self.stop.since).days if self.stop else 0


def load_cards(session: orm.Session, product: Product, numbers: Collection[int] | None = None) -> list[Card]:
    """The cards in the order of the board; of done the newest 50, newest first. Only those of `numbers`, if given."""
    stages: dict[int, Stage] = {c.id: c.stage for c in product.standing if c.stage is not Stage.BACKLOG}
    shown = (
        _Shown.few(session, product, stages, numbers) if numbers is not None else _Shown.all(session, product, stages)
    )
    if not shown.rows:
        return []
    people = _people(session, shown)
    labels = _grouped(shown.read(session, _LABELS))
    stops = _stops(session, shown)
    key, zone, today = product.key, product.time_zone, clock.today(product.zone)
    old_before = _old_before(session, product, today)
    return [
        Card(
            f"{key}-{number}",
            title,
            kind,
            column_id,
            stages[column_id],
            created_at,
            started_at,
            finished_at,
            bool(old_before and started_at and not finished_at and started_at < old_before),
            stops.get(item_id),
            questions,
            criteria,
            met,
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
            finished_at,
            questions,
            criteria,
            met,
        ) in shown.rows
    ]


# Statements, built once: building one takes longer than running it.

_question, _criterion = Question.__table__.c, Criterion.__table__.c


def _count_of(counted: sa.Function[int], *where: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
    return sa.select(counted).where(*where).correlate(Item.__table__).scalar_subquery()


def _among(column: Any, name: str) -> sa.ColumnElement[bool]:
    return column.in_(sa.bindparam(name, expanding=True))  # type: ignore[no-any-return]


_CARDS = sa.select(
    _item.id,
    _item.number,
    _item.title,
    _item.type,
    _item.column_id,
    _item.created_at,
    _item.started_at,
    _item.finished_at,
    _count_of(sa.func.count(), _question.item_id == _item.id, _question.state == QuestionState.OPEN),
    _count_of(sa.func.count(), _criterion.item_id == _item.id),
    _count_of(sa.func.count(_criterion.met_at), _criterion.item_id == _item.id),
).where(_item.product_id == sa.bindparam("product"), _item.rank.is_not(None), _among(_item.column_id, "columns"))
_STANDING = _CARDS.order_by(_item.rank)
_NEWEST = _CARDS.order_by(_item.finished_at.desc(), _item.id.desc()).limit(DONE_SHOWN)
_NAMED = _CARDS.where(_among(_item.number, "numbers")).order_by(_item.rank)
_NEWEST_IDS = _NEWEST.with_only_columns(_item.id)


class _Belongings(NamedTuple):
    """A statement in two forms: for some items, and for all that stand in some columns besides."""

    few: sa.Select[*tuple[Any, ...]]
    whole: sa.Select[*tuple[Any, ...]]

    @classmethod
    def of(cls, query: sa.Select[*tuple[Any, ...]], column: Any) -> "_Belongings":
        shown = sa.or_(_among(_item.column_id, "columns"), _among(_item.id, "ids"))
        whole = query.join(Item.__table__, _item.id == column).where(_item.rank.is_not(None), shown)
        return cls(query.where(_among(column, "ids")), whole)


_label, _user = Label.__table__.c, User.__table__.c
_LABELS = _Belongings.of(
    sa.select(item_label.c.item_id, _label.name)
    .join(Label.__table__, _label.id == item_label.c.label_id)
    .order_by(_label.folded),
    item_label.c.item_id,
)
_PEOPLE = _Belongings.of(
    sa.select(assignment.c.item_id, _user.id, _user.name)
    .join(User.__table__, _user.id == assignment.c.user_id)
    .order_by(_user.name, _user.id),
    assignment.c.item_id,
)
_block, _member = Block.__table__.c, Member.__table__.c
_STOPS = _Belongings.of(
    sa.select(_block.item_id, _block.reason, _block.waiting_for, _block.since, _user.name, _member.role)
    .outerjoin(User.__table__, _user.id == _block.waiting_for_id)
    .outerjoin(Member.__table__, sa.and_(_member.user_id == _user.id, _member.product_id == sa.bindparam("product")))
    .where(_block.until.is_(None))
    .order_by(_block.since.desc()),
    _block.item_id,
)
_LENGTHS = (
    sa.select(_item.started_at, _item.finished_at)
    .where(_item.product_id == sa.bindparam("product"), _item.finished_at.is_not(None), _item.rank.is_not(None))
    .order_by(_item.finished_at.desc())
    .limit(_COMPARED)
)


@dataclass(frozen=True)
class _Shown:
    """The rows of the cards shown, and which items' belongings go with them: all in `columns`, and those of `ids`."""

    product: Product
    rows: list[Any]
    ids: list[int]
    columns: list[int]

    @classmethod
    def all(cls, session: orm.Session, product: Product, stages: dict[int, Stage]) -> "_Shown":
        done = [column_id for column_id, stage in stages.items() if stage is Stage.DONE]
        open_ = [column_id for column_id in stages if column_id not in done]
        standing = session.execute(_STANDING, {"product": product.id, "columns": open_}).all()
        newest = session.execute(_NEWEST, {"product": product.id, "columns": done}).all()
        return cls(product, [*standing, *newest], [row.id for row in newest], open_)

    @classmethod
    def few(
        cls, session: orm.Session, product: Product, stages: dict[int, Stage], numbers: Collection[int]
    ) -> "_Shown":
        wanted = {"product": product.id, "columns": list(stages), "numbers": list(numbers)}
        rows = list(session.execute(_NAMED, wanted))
        done = [column_id for column_id, stage in stages.items() if stage is Stage.DONE]
        if any(row.column_id in done for row in rows):
            newest = set(session.scalars(_NEWEST_IDS, {"product": product.id, "columns": done}))
            rows = [row for row in rows if row.column_id not in done or row.id in newest]
        return cls(product, rows, [row.id for row in rows], [])

    def read(self, session: orm.Session, belongings: _Belongings) -> Iterable[Any]:
        """The belongings of the items shown."""
        named = {"ids": self.ids, "product": self.product.id}
        if not self.columns:
            return session.execute(belongings.few, named)
        return session.execute(belongings.whole, {**named, "columns": self.columns})


def _grouped(rows: Iterable[Any]) -> dict[int, tuple[Any, ...]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for item_id, value in rows:
        found[item_id].append(value)
    return {item_id: tuple(values) for item_id, values in found.items()}


def _people(session: orm.Session, shown: _Shown) -> dict[int, tuple[Person, ...]]:
    known: dict[int, Person] = {}
    pairs = []
    for item_id, user_id, name in shown.read(session, _PEOPLE):
        if user_id not in known:
            known[user_id] = Person(user_id, name, formatting.initials(name))
        pairs.append((item_id, known[user_id]))
    return _grouped(pairs)


def _stops(session: orm.Session, shown: _Shown) -> dict[int, Stop]:
    zone = shown.product.zone
    return {
        item_id: Stop(reason, clock.day_of(since, zone), name or waiting_for, role is Role.OWNER)
        for item_id, reason, waiting_for, since, name, role in shown.read(session, _STOPS)
    }


def _old_before(session: orm.Session, product: Product, today: dt.date) -> dt.datetime | None:
    """What started before this instant is older than 85 % of the last hundred finished ones were on their last day;
    None while fewer than ten are finished."""
    zone = product.zone
    rows = session.execute(_LENGTHS, {"product": product.id})
    lengths = [(clock.day_of(end, zone) - clock.day_of(start, zone)).days + 1 for start, end in rows]
    usual = percentile(lengths, 85) if len(lengths) >= _ENOUGH else None
    if usual is None:
        return None
    return dt.datetime.combine(today - dt.timedelta(days=usual - 1), dt.time(), zone)
