"""Items as the API returns them: plain values with everything that belongs to them, in a fixed number of queries."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.models import (
    Item,
    Label,
    Product,
    Question,
    QuestionState,
    Stage,
    User,
    item_label,
)
from kanban.reads.board.cards import DONE_SHOWN
from kanban.reads.board.liberties import times_passed
from kanban.reads.items.belongings import ApiAttachment, ApiCriterion, Belongings, Blocked, Links
from kanban.reads.promises.promised import OWN_ON, REQUEST_ON, nearest

_BATCH = 5000


@dataclass(frozen=True, slots=True)
class ApiItem:
    """One item as the API returns it.

    People are email addresses, columns are ids, days are in the product's zone. `started_at`, `finished_at` and their
    days are None, too, if nobody knows them. `age_days` is None before the start, after the finish, and if the start is
    unknown. `in_column_days` counts the first day as 1. `passed_over` is counted only when a single item is read.
    """

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
    criteria: list[ApiCriterion]
    links: Links
    attachments: list[ApiAttachment]
    promised_on: dt.date | None = None
    passed_over: int = 0


def read_api_items(
    session: orm.Session,
    product: Product,
    *which: sa.ColumnElement[bool],
    order: Sequence[Any] = (Item.rank,),
    limit: int | None = None,
    brief: bool = False,
) -> list[ApiItem]:
    """The product's items that meet the conditions, in this order; eleven queries.

    The product's columns must be loaded. `brief` is for cards: it leaves out criteria, links and files, which then look
    as if there were none.
    """
    query = sa.select(*_FIELDS).where(_item.product_id == product.id, *which).order_by(*order)
    rows = session.execute(query.limit(limit) if limit is not None else query).all()
    found: list[ApiItem] = []
    for start in range(0, len(rows), _BATCH):
        batch = rows[start : start + _BATCH]
        had = Belongings.read(session, product, [row.id for row in batch], brief=brief)
        had.promised = {row.id: nearest(row.own_on, row.request_on) for row in batch}
        found += _api_items(product, batch, had)
    return found


def read_api_item(session: orm.Session, product: Product, item: Item) -> ApiItem:
    """One item as it stands in the session, including uncommitted changes."""
    session.flush()
    found = read_api_items(session, product, _item.id == item.id)[0]
    return replace(found, passed_over=times_passed(session, product, item.number))


def read_api_card(session: orm.Session, product: Product, item: Item) -> ApiItem:
    """One item as a card, from the session with its assignees and blocks; one query, since each move returns one."""
    with session.no_autoflush:
        rows = session.execute(_REST_OF_CARD, {"item": item.id}).all()
    had = Belongings()
    had.labels = {item.id: [name for name, *_ in rows if name is not None]}
    had.questions, had.promised = {item.id: rows[0][1]}, {item.id: nearest(*rows[0][2:])}
    had.assignees = {item.id: sorted(user.email for user in item.assignees)}
    if item.open_blocks:
        oldest = min(item.open_blocks, key=lambda block: (block.since, block.id or _NEW))
        waited_for = session.get(User, oldest.waiting_for_id) if oldest.waiting_for_id else None
        name = waited_for.name if waited_for is not None else oldest.waiting_for
        had.blocked = {item.id: Blocked(oldest.reason, oldest.since, name)}
    return _api_items(product, [item], had)[0]


_NEW = 2**63
_item, _label, _question = Item.__table__.c, Label.__table__.c, Question.__table__.c
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
    _item.is_start_known,
    _item.finished_at,
    _item.is_finish_known,
    _item.discarded_at,
    _item.discard_reason,
    OWN_ON.label("own_on"),
    REQUEST_ON.label("request_on"),
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


def _api_items(product: Product, rows: Sequence[Any], had: Belongings) -> list[ApiItem]:
    zone, today = product.zone, clock.today(product.zone)
    columns = {column.id: (column.name, column.stage.value) for column in product.columns}
    found = []
    for row in rows:
        column_name, stage = columns[row.column_id]
        finished_at = row.finished_at if row.is_finish_known else None
        started_at = row.started_at if row.is_start_known else None
        started_on = clock.day_of(started_at, zone) if started_at else None
        is_over = row.finished_at is not None or row.discarded_at is not None
        found.append(
            ApiItem(
                id=row.id,
                number=row.number,
                ref=f"{product.key}-{row.number}",
                title=row.title,
                description=row.description,
                type=row.type.value,
                size=row.size,
                value=row.value,
                effort=row.effort,
                class_of_service=row.class_of_service.value,
                labels=had.labels.get(row.id, []),
                assignees=had.assignees.get(row.id, []),
                column=row.column_id,
                column_name=column_name,
                stage=stage,
                revision=row.revision,
                created_at=row.created_at,
                started_at=started_at,
                finished_at=finished_at,
                discarded_at=row.discarded_at,
                discard_reason=row.discard_reason,
                started_on=started_on,
                finished_on=clock.day_of(finished_at, zone) if finished_at else None,
                age_days=(today - started_on).days + 1 if started_on and not is_over else None,
                in_column_days=(today - clock.day_of(row.entered_at, zone)).days + 1,
                blocked=had.blocked.get(row.id),
                open_questions=had.questions.get(row.id, 0),
                criteria=had.criteria.get(row.id, []),
                attachments=had.attachments.get(row.id, []),
                links=had.links.get(row.id) or Links(),
                promised_on=had.promised.get(row.id),
            )
        )
    return found


def read_api_board(session: orm.Session, product: Product) -> dict[int, list[ApiItem]]:
    """By column id, the cards of the board in the order shown; of all done columns together, only the newest 50."""
    done = [column.id for column in product.standing if column.stage is Stage.DONE]
    others = [column.id for column in product.standing if column.stage not in (Stage.BACKLOG, Stage.DONE)]
    standing = Item.rank.is_not(None)
    cards = read_api_items(session, product, standing, Item.column_id.in_(others), brief=True)
    newest = (Item.finished_at.desc(), Item.id.desc())
    done_here = Item.column_id.in_(done)
    cards += read_api_items(session, product, standing, done_here, order=newest, limit=DONE_SHOWN, brief=True)
    by_column: dict[int, list[ApiItem]] = defaultdict(list)
    for card in cards:
        by_column[card.column].append(card)
    return by_column


def refs_in(session: orm.Session, product: Product, column_id: int) -> list[str]:
    """The references of a column's items in the order in which the board shows them."""
    done = any(column.id == column_id and column.stage is Stage.DONE for column in product.columns)
    order = (Item.finished_at.desc(), Item.id.desc()) if done else (Item.rank,)
    query = sa.select(Item.number).where(Item.column_id == column_id, Item.rank.is_not(None)).order_by(*order)
    return [f"{product.key}-{number}" for number in session.scalars(query)]
