"""Items as programs are told of them: plain values with every belonging, read in a fixed number of queries."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.models import (
    Block,
    Criterion,
    Item,
    Label,
    Product,
    Question,
    QuestionState,
    Stage,
    User,
    assignment,
    item_label,
)
from kanban.reads.cards import DONE_SHOWN

_BATCH = 5000


@dataclass(frozen=True, slots=True)
class Blocked:
    """What holds an item up, since when, and whom or what it waits for ("" where nobody is named)."""

    reason: str
    since: dt.datetime
    waiting_for: str


@dataclass(frozen=True, slots=True)
class CriterionTold:
    """One acceptance criterion; `id` is its number within the item, `met_by` an address."""

    id: int
    text: str
    met_at: dt.datetime | None
    met_by: str | None


@dataclass(frozen=True, slots=True)
class Link:
    """A relation to another item of the product: `part_of` its whole, `part` one of its parts."""

    kind: str
    ref: str


@dataclass(frozen=True, slots=True)
class ItemTold:
    """One item. People are addresses, columns ids, days those of the product's zone. `in_column_days` counts the first
    day as 1; `age_days` is None before the start and after the finish."""

    id: int
    number: int
    ref: str
    title: str
    description: str
    type: str
    size: str
    class_of_service: str
    labels: list[str]
    assignees: list[str]
    column: int
    column_name: str
    stage: str
    revision: int
    created_at: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime | None
    discarded_at: dt.datetime | None
    discard_reason: str | None
    started_on: dt.date | None
    finished_on: dt.date | None
    age_days: int | None
    in_column_days: int
    blocked: Blocked | None
    open_questions: int
    criteria: list[CriterionTold]
    links: list[Link]
    promised_on: dt.date | None = None


def items_told(
    session: orm.Session,
    product: Product,
    *which: sa.ColumnElement[bool],
    order: Sequence[Any] = (Item.rank,),
    limit: int | None = None,
) -> list[ItemTold]:
    """The items of a product (loaded with its columns) that fulfil the conditions, in this order; eight queries."""
    query = sa.select(*_FIELDS).where(Item.product_id == product.id, *which).order_by(*order)
    rows = session.execute(query.limit(limit) if limit is not None else query).all()
    told: list[ItemTold] = []
    for start in range(0, len(rows), _BATCH):
        batch = rows[start : start + _BATCH]
        told += _Batch(session, product, [row.id for row in batch]).tell(batch)
    return told


def item_told(session: orm.Session, product: Product, item: Item) -> ItemTold:
    """One item as it stands in the session, changes that are not committed included."""
    session.flush()
    return items_told(session, product, Item.id == item.id)[0]


_FIELDS = (
    Item.id,
    Item.number,
    Item.title,
    Item.description,
    Item.type,
    Item.size,
    Item.class_of_service,
    Item.column_id,
    Item.revision,
    Item.created_at,
    Item.entered_at,
    Item.started_at,
    Item.finished_at,
    Item.discarded_at,
    Item.discard_reason,
    Item.part_of_id,
)


class _Batch:
    """The belongings of some items, by the item's id."""

    def __init__(self, session: orm.Session, product: Product, ids: list[int]) -> None:
        self._session, self._product, self._ids = session, product, ids
        self._columns = {column.id: column for column in product.columns}
        self._today = clock.today(product.zone)
        self.labels = self._lists(
            sa.select(item_label.c.item_id, Label.name)
            .join(Label, Label.id == item_label.c.label_id)
            .where(item_label.c.item_id.in_(ids))
            .order_by(Label.folded)
        )
        self.assignees = self._lists(
            sa.select(assignment.c.item_id, User.email)
            .join(User, User.id == assignment.c.user_id)
            .where(assignment.c.item_id.in_(ids))
            .order_by(User.email)
        )
        self.criteria = self._criteria()
        self.blocked = self._blocked()
        self.questions = self._questions()
        self.links = self._links()

    def tell(self, rows: Sequence[Any]) -> list[ItemTold]:
        return [self._tell(row) for row in rows]

    def _tell(self, row: Any) -> ItemTold:
        column = self._columns[row.column_id]
        zone, today = self._product.zone, self._today
        started_on = clock.day_of(row.started_at, zone) if row.started_at else None
        is_over = row.finished_at is not None or row.discarded_at is not None
        return ItemTold(
            id=row.id,
            number=row.number,
            ref=f"{self._product.key}-{row.number}",
            title=row.title,
            description=row.description,
            type=row.type.value,
            size=row.size,
            class_of_service=row.class_of_service.value,
            labels=self.labels.get(row.id, []),
            assignees=self.assignees.get(row.id, []),
            column=row.column_id,
            column_name=column.name,
            stage=column.stage.value,
            revision=row.revision,
            created_at=row.created_at,
            started_at=row.started_at,
            finished_at=row.finished_at,
            discarded_at=row.discarded_at,
            discard_reason=row.discard_reason,
            started_on=started_on,
            finished_on=clock.day_of(row.finished_at, zone) if row.finished_at else None,
            age_days=(today - started_on).days + 1 if started_on and not is_over else None,
            in_column_days=(today - clock.day_of(row.entered_at, zone)).days + 1,
            blocked=self.blocked.get(row.id),
            open_questions=self.questions.get(row.id, 0),
            criteria=self.criteria.get(row.id, []),
            links=self.links.get(row.id, []),
        )

    def _lists(self, query: sa.Select[int, Any]) -> dict[int, list[Any]]:
        found: dict[int, list[Any]] = defaultdict(list)
        for item_id, value in self._session.execute(query):
            found[item_id].append(value)
        return found

    def _criteria(self) -> dict[int, list[CriterionTold]]:
        found: dict[int, list[CriterionTold]] = defaultdict(list)
        query = (
            sa.select(Criterion.item_id, Criterion.number, Criterion.text, Criterion.met_at, User.email)
            .outerjoin(User, User.id == Criterion.met_by_id)
            .where(Criterion.item_id.in_(self._ids))
            .order_by(Criterion.number)
        )
        for item_id, number, text, met_at, met_by in self._session.execute(query):
            found[item_id].append(CriterionTold(number, text, met_at, met_by))
        return found

    def _blocked(self) -> dict[int, Blocked]:
        """Of several intervals the oldest that is open."""
        query = (
            sa.select(Block.item_id, Block.reason, Block.since, Block.waiting_for, User.name)
            .outerjoin(User, User.id == Block.waiting_for_id)
            .where(Block.item_id.in_(self._ids), Block.until.is_(None))
            .order_by(Block.since.desc(), Block.id.desc())
        )
        rows = self._session.execute(query)
        return {item_id: Blocked(reason, since, name or words) for item_id, reason, since, words, name in rows}

    def _questions(self) -> dict[int, int]:
        query = (
            sa.select(Question.item_id, sa.func.count())
            .where(Question.item_id.in_(self._ids), Question.state == QuestionState.OPEN)
            .group_by(Question.item_id)
        )
        return {item_id: count for item_id, count in self._session.execute(query)}

    def _links(self) -> dict[int, list[Link]]:
        whole, part = orm.aliased(Item), orm.aliased(Item)
        up = sa.select(part.id, whole.number).join(whole, whole.id == part.part_of_id).where(part.id.in_(self._ids))
        down = sa.select(part.part_of_id, part.number).where(
            part.part_of_id.in_(self._ids), part.discarded_at.is_(None)
        )
        found: dict[int, list[Link]] = defaultdict(list)
        for kind, query in (("part_of", up), ("part", down.order_by(part.number))):
            for item_id, number in self._session.execute(query):
                found[item_id or 0].append(Link(kind, f"{self._product.key}-{number}"))
        return found


def board_told(session: orm.Session, product: Product) -> dict[int, list[ItemTold]]:
    """The cards of each column of the board by its id, in the order shown; of done the newest 50 in all."""
    done = [column.id for column in product.standing if column.stage is Stage.DONE]
    others = [column.id for column in product.standing if column.stage not in (Stage.BACKLOG, Stage.DONE)]
    standing = Item.rank.is_not(None)
    cards = items_told(session, product, standing, Item.column_id.in_(others))
    newest = (Item.finished_at.desc(), Item.id.desc())
    cards += items_told(session, product, standing, Item.column_id.in_(done), order=newest, limit=DONE_SHOWN)
    by_column: dict[int, list[ItemTold]] = defaultdict(list)
    for card in cards:
        by_column[card.column].append(card)
    return by_column


def refs_in(session: orm.Session, product: Product, column_id: int) -> list[str]:
    """The references of a column's items in the order in which the board shows them."""
    done = any(column.id == column_id and column.stage is Stage.DONE for column in product.columns)
    order = (Item.finished_at.desc(), Item.id.desc()) if done else (Item.rank,)
    query = sa.select(Item.number).where(Item.column_id == column_id, Item.rank.is_not(None)).order_by(*order)
    return [f"{product.key}-{number}" for number in session.scalars(query)]
