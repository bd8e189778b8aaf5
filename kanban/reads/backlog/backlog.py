"""The backlog page: all items of the backlog and ready stages in rank order, as plain rows. Read only."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.flow.stage import QUEUE
from kanban.models import (
    Block,
    Column,
    Criterion,
    Item,
    ItemType,
    Label,
    Member,
    Milestone,
    Product,
    Question,
    QuestionState,
    Stage,
    item_label,
    milestone_item,
)
from kanban.models.score import score
from kanban.policy import Action
from kanban.reads.promises.outlook import read_ahead
from kanban.reads.words import type_word
from kanban.status.outlook import Ahead, Queued

_PACE_WEEKS = 13
_LEAST_FINISHED = 4


@dataclass(frozen=True)
class Row:
    """One line: what somebody needs to know to rank the item. `waited_days` counts from the day it was created.
    `whole` is the reference and title of the item that it is a part of.

    Equal rows look the same, so the row itself is the cache key of its HTML.
    """

    ref: str
    title: str
    type: str
    type_word: str
    size: str
    score: float | None
    column: str
    is_ready: bool
    criteria: int
    questions: int
    blocked: str | None
    labels: tuple[str, ...]
    waited_days: int
    milestone: str | None
    whole: tuple[str, str] | None
    item_id: int
    milestone_id: int | None


@dataclass(frozen=True)
class BacklogMay:
    """What the reader may do here."""

    rank: bool
    move: bool
    create: bool
    edit: bool
    assign: bool
    discard: bool
    promise: bool
    configure: bool


@dataclass(frozen=True)
class BacklogPage:
    """All rows in rank order, and what the forecast says about that order; `per_week` is the pace, None if unknown."""

    key: str
    version: int
    name: str
    column_id: int
    ready_name: str | None
    rows: tuple[Row, ...]
    ahead: Ahead
    per_week: float | None
    may: BacklogMay


def load_backlog(session: orm.Session, product: Product, member: Member) -> BacklogPage:
    """The page for one reader. At most twelve queries, however many items there are."""
    rows = _rows(session, product)
    backlog, ready = product.first_column(Stage.BACKLOG), product.first_column(Stage.READY)
    assert backlog is not None
    return BacklogPage(
        key=product.key,
        version=product.version,
        name=product.name,
        column_id=backlog.id,
        ready_name=ready.name if ready else None,
        rows=rows,
        ahead=read_ahead(session, product, [Queued(row.item_id, row.milestone_id) for row in rows]),
        per_week=pace(session, product),
        may=BacklogMay(
            rank=member.may(Action.RANK),
            move=member.may(Action.MOVE),
            create=member.may(Action.CREATE_ITEM),
            edit=member.may(Action.EDIT_ITEM),
            assign=member.may(Action.ASSIGN),
            discard=member.may(Action.DISCARD),
            promise=member.may(Action.PROMISE),
            configure=member.may(Action.CONFIGURE),
        ),
    )


def pace(session: orm.Session, product: Product) -> float | None:
    """Items finished per week, over the complete weeks (at most 13) since the first item was created.

    None before the first complete week is over, or if fewer than four items were finished.
    """
    today = clock.today(product.zone)
    monday = today - dt.timedelta(days=today.weekday())
    counted = (Item.product_id == product.id, Item.is_finish_known)
    first = session.scalar(sa.select(sa.func.min(Item.created_at)).where(*counted))
    if first is None:
        return None
    first_day = clock.day_of(first, product.zone)
    since = max(first_day - dt.timedelta(days=first_day.weekday()), monday - dt.timedelta(weeks=_PACE_WEEKS))
    weeks = (monday - since).days // 7
    finished = session.scalar(
        sa.select(sa.func.count()).where(
            *counted,
            Item.discarded_at.is_(None),
            Item.finished_at >= _midnight(since, product),
            Item.finished_at < _midnight(monday, product),
        )
    )
    return finished / weeks if weeks and finished and finished >= _LEAST_FINISHED else None


def _midnight(day: dt.date, product: Product) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), product.zone)


def _in_queue(product: Product) -> sa.ColumnElement[bool]:
    return sa.and_(Item.product_id == product.id, Item.rank.is_not(None), Column.stage.in_(QUEUE))


def _rows(session: orm.Session, product: Product) -> tuple[Row, ...]:
    whole = orm.aliased(Item)
    found = session.execute(
        sa.select(Item.id, Item.number, Item.title, Item.type, Item.size, Item.created_at, Column.name, Column.stage)
        .add_columns(Item.value, Item.effort)
        .add_columns(Milestone.name.label("milestone"), milestone_item.c.milestone_id)
        .add_columns(whole.number.label("whole"), whole.title.label("whole_title"))
        .join(Column, Column.id == Item.column_id)
        .outerjoin(milestone_item, milestone_item.c.item_id == Item.id)
        .outerjoin(Milestone, Milestone.id == milestone_item.c.milestone_id)
        .outerjoin(whole, whole.id == Item.part_of_id)
        .where(_in_queue(product))
        .order_by(Item.rank)
    ).all()
    criteria, questions = _criteria(session, product), _questions(session, product)
    labels, blocked = _labels(session, product), _blocked(session, product)
    today, zone = clock.today(product.zone), product.zone
    words = {kind: type_word(kind) for kind in ItemType}
    return tuple(
        Row(
            ref=f"{product.key}-{row.number}",
            title=row.title,
            type=row.type.value,
            type_word=words[row.type],
            size=row.size,
            score=score(row.value, row.effort),
            column=row.name,
            is_ready=row.stage is Stage.READY,
            criteria=criteria.get(row.id, 0),
            questions=questions.get(row.id, 0),
            blocked=blocked.get(row.id),
            labels=tuple(labels.get(row.id, ())),
            waited_days=(today - clock.day_of(row.created_at, zone)).days,
            milestone=row.milestone,
            whole=(f"{product.key}-{row.whole}", row.whole_title) if row.whole else None,
            item_id=row.id,
            milestone_id=row.milestone_id,
        )
        for row in found
    )


def _criteria(session: orm.Session, product: Product) -> dict[int, int]:
    query = _of_queue(sa.select(Criterion.item_id, sa.func.count()), Criterion.item_id, product)
    return {item_id: count for item_id, count in session.execute(query.group_by(Criterion.item_id))}


def _questions(session: orm.Session, product: Product) -> dict[int, int]:
    query = _of_queue(sa.select(Question.item_id, sa.func.count()), Question.item_id, product)
    query = query.where(Question.state == QuestionState.OPEN)
    return {item_id: count for item_id, count in session.execute(query.group_by(Question.item_id))}


def _labels(session: orm.Session, product: Product) -> dict[int, list[str]]:
    query = _of_queue(sa.select(item_label.c.item_id, Label.name), item_label.c.item_id, product)
    query = query.join(Label, Label.id == item_label.c.label_id).order_by(Label.folded)
    names: dict[int, list[str]] = defaultdict(list)
    for item_id, name in session.execute(query):
        names[item_id].append(name)
    return names


def _blocked(session: orm.Session, product: Product) -> dict[int, str]:
    query = _of_queue(sa.select(Block.item_id, Block.reason), Block.item_id, product).where(Block.until.is_(None))
    return {item_id: reason for item_id, reason in session.execute(query)}


def _of_queue(query: Any, item_id: Any, product: Product) -> Any:
    return query.join(Item, Item.id == item_id).join(Column, Column.id == Item.column_id).where(_in_queue(product))
