"""Cards as plain rows: everything that is drawn on one, read with a fixed number of queries however many there are."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple, TypeVarTuple

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
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
from kanban.reads.people import Person, people_by_id

DONE_SHOWN = 50
_COMPARED = 100
_ENOUGH = 10

Columns = TypeVarTuple("Columns")

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
    shown = _Shown(session, product, stages, numbers)
    if not shown.rows:
        return []
    people = _people(session, shown)
    labels = _labels(session, shown)
    criteria = _criteria(session, shown)
    questions = _questions(session, shown)
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
            questions.get(item_id, 0),
            *criteria.get(item_id, (0, 0)),
            labels.get(item_id, ()),
            people.get(item_id, ()),
            zone,
            today,
        )
        for item_id, number, title, kind, column_id, created_at, started_at, finished_at in shown.rows
    ]


class _Shown:
    """The rows of the cards shown, and the condition by which their belongings are read."""

    def __init__(
        self, session: orm.Session, product: Product, stages: dict[int, Stage], numbers: Collection[int] | None
    ) -> None:
        self.product = product
        done = [column_id for column_id, stage in stages.items() if stage is Stage.DONE]
        standing = [column_id for column_id in stages if column_id not in done]
        query = sa.select(
            _item.id,
            _item.number,
            _item.title,
            _item.type,
            _item.column_id,
            _item.created_at,
            _item.started_at,
            _item.finished_at,
        ).where(_item.product_id == product.id, _item.rank.is_not(None))
        newest = query.where(_item.column_id.in_(done)).order_by(_item.finished_at.desc(), _item.id.desc())
        finished = session.execute(newest.limit(DONE_SHOWN)).all()
        unfinished = query.where(_item.column_id.in_(standing))
        if numbers is not None:
            finished = [row for row in finished if row.number in numbers]
            unfinished = unfinished.where(_item.number.in_(numbers))
        self.rows: list[Any] = [*session.execute(unfinished.order_by(_item.rank)), *finished]
        self._ids = [row.id for row in (finished if numbers is None else self.rows)]
        self._standing = standing if numbers is None else []

    def narrow(self, query: sa.Select[*Columns], column: Any) -> sa.Select[*Columns]:
        """The query for the belongings of the items shown."""
        if not self._standing:
            return query.where(column.in_(self._ids))
        shown = sa.or_(_item.column_id.in_(self._standing), _item.id.in_(self._ids))
        return query.join(Item.__table__, _item.id == column).where(_item.rank.is_not(None), shown)


def _people(session: orm.Session, shown: _Shown) -> dict[int, tuple[Person, ...]]:
    pairs = session.execute(shown.narrow(sa.select(assignment.c.item_id, assignment.c.user_id), assignment.c.item_id))
    holders: dict[int, list[int]] = defaultdict(list)
    for item_id, user_id in pairs:
        holders[item_id].append(user_id)
    known = people_by_id(session, {user_id for ids in holders.values() for user_id in ids})

    def named(ids: list[int]) -> tuple[Person, ...]:
        return tuple(sorted((known[user_id] for user_id in ids), key=lambda one: one.name))

    return {item_id: named(ids) for item_id, ids in holders.items()}


def _labels(session: orm.Session, shown: _Shown) -> dict[int, tuple[str, ...]]:
    label = Label.__table__.c
    names = sa.select(item_label.c.item_id, label.name).join(Label.__table__, label.id == item_label.c.label_id)
    return _grouped(session.execute(shown.narrow(names, item_label.c.item_id).order_by(label.folded)))


def _grouped(rows: Iterable[Any]) -> dict[int, tuple[Any, ...]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for item_id, value in rows:
        found[item_id].append(value)
    return {item_id: tuple(values) for item_id, values in found.items()}


def _criteria(session: orm.Session, shown: _Shown) -> dict[int, tuple[int, int]]:
    criterion = Criterion.__table__.c
    query = sa.select(criterion.item_id, sa.func.count(), sa.func.count(criterion.met_at))
    rows = session.execute(shown.narrow(query, criterion.item_id).group_by(criterion.item_id))
    return {item_id: (total, met) for item_id, total, met in rows}


def _questions(session: orm.Session, shown: _Shown) -> dict[int, int]:
    question = Question.__table__.c
    query = sa.select(question.item_id, sa.func.count()).where(question.state == QuestionState.OPEN)
    rows = session.execute(shown.narrow(query, question.item_id).group_by(question.item_id))
    return {item_id: count for item_id, count in rows}


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


def _old_before(session: orm.Session, product: Product, today: dt.date) -> dt.datetime | None:
    """What started before this instant is older than 85 % of the last hundred finished ones were on their last day;
    None while fewer than ten are finished."""
    zone = product.zone
    rows = session.execute(
        sa.select(_item.started_at, _item.finished_at)
        .where(_item.product_id == product.id, _item.finished_at.is_not(None), _item.rank.is_not(None))
        .order_by(_item.finished_at.desc())
        .limit(_COMPARED)
    )
    lengths = [(clock.day_of(end, zone) - clock.day_of(start, zone)).days + 1 for start, end in rows]
    usual = percentile(lengths, 85) if len(lengths) >= _ENOUGH else None
    if usual is None:
        return None
    return dt.datetime.combine(today - dt.timedelta(days=usual - 1), dt.time(), zone)
