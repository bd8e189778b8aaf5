"""Items as programs are told of them: plain values with every belonging, read in a fixed number of queries."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.models import (
    Attachment,
    Block,
    Criterion,
    Item,
    Label,
    Link,
    LinkKind,
    Product,
    Question,
    QuestionState,
    Stage,
    User,
    assignment,
    item_label,
)
from kanban.reads.cards import DONE_SHOWN
from kanban.reads.liberties import times_passed
from kanban.reads.promised import OWN_ON, REQUEST_ON, nearest

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


@dataclass(slots=True)
class Links:
    """Other items of the product by reference, each list by number; discarded ones are left out of `parts` only."""

    needs: list[str] = field(default_factory=list)
    needed_by: list[str] = field(default_factory=list)
    split_from: str | None = None
    split_into: list[str] = field(default_factory=list)
    part_of: str | None = None
    parts: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class AttachmentTold:
    """One file that hangs on an item; `id` is its number within the item, `by` an address, `size` in bytes."""

    id: int
    name: str
    size: int
    type: str
    at: dt.datetime
    by: str


@dataclass(frozen=True, slots=True)
class ItemTold:
    """One item. People are addresses, columns ids, days those of the product's zone. `in_column_days` counts the first
    day as 1; `age_days` is None before the start and after the finish. `passed_over` is
    counted for a single item only."""

    id: int
    number: int
    ref: str
    title: str
    description: str
    type: str
    size: str
    value: int | None
    effort: int | None
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
    links: Links
    attachments: list[AttachmentTold]
    promised_on: dt.date | None = None
    passed_over: int = 0


def items_told(
    session: orm.Session,
    product: Product,
    *which: sa.ColumnElement[bool],
    order: Sequence[Any] = (Item.rank,),
    limit: int | None = None,
    brief: bool = False,
) -> list[ItemTold]:
    """The items of a product (loaded with its columns) that fulfil the conditions, in this order; eleven queries.

    `brief` is for cards: without criteria, links and files, which then read as if there were none.
    """
    query = sa.select(*_FIELDS).where(_item.product_id == product.id, *which).order_by(*order)
    rows = session.execute(query.limit(limit) if limit is not None else query).all()
    told: list[ItemTold] = []
    for start in range(0, len(rows), _BATCH):
        batch = rows[start : start + _BATCH]
        belongings = _Batch(session, product, [row.id for row in batch], brief=brief)
        belongings.promised = {row.id: nearest(row.own_on, row.request_on) for row in batch}
        told += belongings.tell(batch)
    return told


def item_told(session: orm.Session, product: Product, item: Item) -> ItemTold:
    """One item as it stands in the session, changes that are not committed included."""
    session.flush()
    told = items_told(session, product, _item.id == item.id)[0]
    return replace(told, passed_over=times_passed(session, product, item.number))


def card_told(session: orm.Session, product: Product, item: Item) -> ItemTold:
    """One item as a card, as it stands in the session with its assignees and blocks; one query, for moves."""
    with session.no_autoflush:
        rows = session.execute(_REST_OF_CARD, {"item": item.id}).all()
    told = _Batch.of_one(product, item.id)
    told.labels = {item.id: [name for name, *_ in rows if name is not None]}
    told.questions, told.promised = {item.id: rows[0][1]}, {item.id: nearest(*rows[0][2:])}
    told.assignees = {item.id: sorted(user.email for user in item.assignees)}
    if item.open_blocks:
        oldest = min(item.open_blocks, key=lambda block: (block.since, block.id or _NEW))
        waited_for = session.get(User, oldest.waiting_for_id) if oldest.waiting_for_id else None
        name = waited_for.name if waited_for is not None else oldest.waiting_for
        told.blocked = {item.id: Blocked(oldest.reason, oldest.since, name)}
    return told.tell([item])[0]


_NEW = 2**63
_item, _label, _user = Item.__table__.c, Label.__table__.c, User.__table__.c
_file = Attachment.__table__.c
_criterion, _block, _question = Criterion.__table__.c, Block.__table__.c, Question.__table__.c
_FIELDS = (
    _item.id,
    _item.number,
    _item.title,
    _item.description,
    _item.type,
    _item.size,
    _item.value,
    _item.effort,
    _item.class_of_service,
    _item.column_id,
    _item.revision,
    _item.created_at,
    _item.entered_at,
    _item.started_at,
    _item.finished_at,
    _item.discarded_at,
    _item.discard_reason,
    OWN_ON.label("own_on"),
    REQUEST_ON.label("request_on"),
)


def _among(column: Any) -> Any:
    return column.in_(sa.bindparam("ids", expanding=True))


_LABELS = (
    sa.select(item_label.c.item_id, _label.name)
    .join(Label.__table__, _label.id == item_label.c.label_id)
    .where(_among(item_label.c.item_id))
    .order_by(_label.folded)
)
_ASSIGNEES = (
    sa.select(assignment.c.item_id, _user.email)
    .join(User.__table__, _user.id == assignment.c.user_id)
    .where(_among(assignment.c.item_id))
    .order_by(_user.email)
)
_CRITERIA = (
    sa.select(_criterion.item_id, _criterion.number, _criterion.text, _criterion.met_at, _user.email)
    .outerjoin(User.__table__, _user.id == _criterion.met_by_id)
    .where(_among(_criterion.item_id))
    .order_by(_criterion.number)
)
_ATTACHMENTS = (
    sa.select(_file.item_id, _file.number, _file.name, _file.size, _file.content_type, _file.at, _user.email)
    .join(User.__table__, _user.id == _file.added_by_id)
    .where(_among(_file.item_id), _file.removed_at.is_(None))
    .order_by(_file.number)
)
_BLOCKS = (
    sa.select(_block.item_id, _block.reason, _block.since, _block.waiting_for, _user.name)
    .outerjoin(User.__table__, _user.id == _block.waiting_for_id)
    .where(_among(_block.item_id), _block.until.is_(None))
    .order_by(_block.since.desc(), _block.id.desc())
)
_QUESTIONS = (
    sa.select(_question.item_id, sa.func.count())
    .where(_among(_question.item_id), _question.state == QuestionState.OPEN)
    .group_by(_question.item_id)
)
_whole = Item.__table__.alias("whole")
_UP = sa.select(_item.id, _whole.c.number).join(_whole, _whole.c.id == _item.part_of_id).where(_among(_item.id))
_DOWN = (
    sa.select(_item.part_of_id, _item.number)
    .where(_among(_item.part_of_id), _item.discarded_at.is_(None))
    .order_by(_item.number)
)
_link, _other = Link.__table__.c, Item.__table__.alias("other")
_OWN_LINKS = (
    sa.select(_link.item_id, _link.kind, _other.c.number)
    .join(_other, _other.c.id == _link.other_id)
    .where(_among(_link.item_id))
    .order_by(_other.c.number)
)
_LINKS_HERE = (
    sa.select(_link.other_id, _link.kind, _other.c.number)
    .join(_other, _other.c.id == _link.item_id)
    .where(_among(_link.other_id))
    .order_by(_other.c.number)
)
_REST_OF_CARD = (
    sa.select(
        _label.name,
        sa.select(sa.func.count())
        .where(_question.item_id == _item.id, _question.state == QuestionState.OPEN)
        .correlate(Item.__table__)
        .scalar_subquery(),
        OWN_ON,
        REQUEST_ON,
    )
    .select_from(Item.__table__)
    .outerjoin(item_label, item_label.c.item_id == _item.id)
    .outerjoin(Label.__table__, _label.id == item_label.c.label_id)
    .where(_item.id == sa.bindparam("item"))
    .order_by(_label.folded)
)


class _Batch:
    """The belongings of some items, by the item's id."""

    criteria: dict[int, list[Any]]
    attachments: dict[int, list[Any]]
    links: dict[int, Links]
    promised: dict[int, dt.date | None]

    def __init__(self, session: orm.Session, product: Product, ids: list[int], *, brief: bool) -> None:
        self._settle(product)
        found = {"ids": ids}
        self.labels = _lists(session.execute(_LABELS, found))
        self.assignees = _lists(session.execute(_ASSIGNEES, found))
        self.questions = {item_id: count for item_id, count in session.execute(_QUESTIONS, found)}
        self.blocked = {
            item_id: Blocked(reason, since, name or words)
            for item_id, reason, since, words, name in session.execute(_BLOCKS, found)
        }
        if not brief:
            rows = session.execute(_CRITERIA, found)
            files = session.execute(_ATTACHMENTS, found)
            self.attachments = _lists((item_id, AttachmentTold(*file)) for item_id, *file in files)
            self.criteria = _lists((item_id, CriterionTold(*criterion)) for item_id, *criterion in rows)
            self._read_links(session, found)

    @classmethod
    def of_one(cls, product: Product, item_id: int) -> "_Batch":
        """One without belongings, for whoever has them already."""
        batch = cls.__new__(cls)
        batch._settle(product)
        batch.labels, batch.assignees, batch.questions, batch.blocked = {}, {}, {}, {}
        return batch

    def _settle(self, product: Product) -> None:
        self._product, self._zone = product, product.zone
        self._columns = {column.id: (column.name, column.stage.value) for column in product.columns}
        self._today = clock.today(product.zone)
        self.criteria, self.links, self.attachments, self.promised = {}, {}, {}, {}

    def _read_links(self, session: orm.Session, found: dict[str, list[int]]) -> None:
        key, links = self._product.key, defaultdict[int, Links](Links)
        for item_id, number in session.execute(_UP, found):
            links[item_id].part_of = f"{key}-{number}"
        for item_id, number in session.execute(_DOWN, found):
            links[item_id].parts.append(f"{key}-{number}")
        for item_id, kind, number in session.execute(_OWN_LINKS, found):
            if kind is LinkKind.NEEDS:
                links[item_id].needs.append(f"{key}-{number}")
            else:
                links[item_id].split_from = f"{key}-{number}"
        for item_id, kind, number in session.execute(_LINKS_HERE, found):
            side = links[item_id].needed_by if kind is LinkKind.NEEDS else links[item_id].split_into
            side.append(f"{key}-{number}")
        self.links = links

    def tell(self, rows: Sequence[Any]) -> list[ItemTold]:
        return [self._tell(row) for row in rows]

    def _tell(self, row: Any) -> ItemTold:
        column_name, stage = self._columns[row.column_id]
        zone, today = self._zone, self._today
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
            value=row.value,
            effort=row.effort,
            class_of_service=row.class_of_service.value,
            labels=self.labels.get(row.id, []),
            assignees=self.assignees.get(row.id, []),
            column=row.column_id,
            column_name=column_name,
            stage=stage,
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
            attachments=self.attachments.get(row.id, []),
            links=self.links.get(row.id) or Links(),
            promised_on=self.promised.get(row.id),
        )


def _lists(pairs: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for item_id, value in pairs:
        found[item_id].append(value)
    return found


def board_told(session: orm.Session, product: Product) -> dict[int, list[ItemTold]]:
    """The cards of each column of the board by its id, in the order shown; of done the newest 50 in all."""
    done = [column.id for column in product.standing if column.stage is Stage.DONE]
    others = [column.id for column in product.standing if column.stage not in (Stage.BACKLOG, Stage.DONE)]
    standing = Item.rank.is_not(None)
    cards = items_told(session, product, standing, Item.column_id.in_(others), brief=True)
    newest = (Item.finished_at.desc(), Item.id.desc())
    done_here = Item.column_id.in_(done)
    cards += items_told(session, product, standing, done_here, order=newest, limit=DONE_SHOWN, brief=True)
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
