"""What happened in a product since its last published update: what a draft begins with and is checked against."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.flow.history import ItemHistory
from kanban.flow.stage import QUEUE
from kanban.models import (
    GONE_BEFORE,
    Block,
    Commitment,
    CommitmentChange,
    Event,
    Item,
    Product,
    Question,
    QuestionState,
    StatusUpdate,
    UpdateState,
)
from kanban.reads.decisions.asked import read_asked
from kanban.reads.insights.insights import MOVING, read_histories
from kanban.reads.problems import list_problems
from kanban.reads.promises.promises import PromiseLine, list_promises
from kanban.reads.updates.updates import FOR_EVERYBODY
from kanban.status.facts import Decided, Dropped, Facts, OpenProblem, Since, Slipped, Stop, Waiting, gather

NEXT_AT_MOST = 5


def read_facts(
    session: orm.Session,
    product: Product,
    histories: list[ItemHistory] | None = None,
    promises: list[PromiseLine] | None = None,
) -> Facts:
    """What happened since the facts of the last published update were gathered.

    Pass the `histories` of all items and all `promises` if they have been read already.
    """
    since = _since(session, product)
    columns, queue = _standing(session, product)
    asked, today = read_asked(session, product), clock.today(product.zone)
    return gather(
        read_histories(session, product, item_ids=_concerned(product, since)) if histories is None else histories,
        since=since,
        today=today,
        columns=columns,
        stops=_stops(session, product),
        problems=_problems(session, product),
        dropped=_dropped(session, product, since),
        queue=queue,
        slipped=_slipped(session, product, since, promises),
        asked=[each for each in asked.unanswered(today) if not each.is_private],
        decided=[
            Decided(subject, each.decision, clock.day_of(each.at, product.zone))
            for subject, each in asked.settled().items()
        ],
    )


def _since(session: orm.Session, product: Product) -> Since:
    """When the window of facts opens, and what was reported as shipped since.

    It opens when the draft of the last update was begun, so that nothing is lost between drafting and publishing.
    Before the first update it opens one cadence before the product was created here, so that an imported list doesn't
    bring up years.
    """
    made = (
        sa.select(StatusUpdate.created_at, StatusUpdate.snapshot, StatusUpdate.corrects_id)
        .where(StatusUpdate.product_id == product.id, StatusUpdate.state == UpdateState.PUBLISHED, FOR_EVERYBODY)
        .order_by(StatusUpdate.published_at.desc(), StatusUpdate.number.desc())
    )
    told: set[str] = set()
    for row in session.execute(made):
        told |= _shipped_refs(row.snapshot)
        if row.corrects_id is None:
            return Since(row.created_at, frozenset(told))
    return Since(product.created_at - dt.timedelta(days=product.cadence_days), frozenset(told))


def _concerned(product: Product, since: Since) -> sa.CompoundSelect[int] | None:
    """The items in progress and those that moved within the window; the others have nothing to report."""
    if since.at is None:
        return None
    moved = sa.select(Event.item_id).where(
        Event.product_id == product.id, Event.kind.in_(MOVING), Event.effective_at >= since.at
    )
    working = sa.select(Item.id).where(
        Item.product_id == product.id, Item.started_at.is_not(None), Item.finished_at.is_(None)
    )
    return sa.union(moved.where(Event.item_id.is_not(None)), working)


def _shipped_refs(snapshot: Mapping[str, Any]) -> set[str]:
    return {
        line["ref"] for section in snapshot["sections"] if section["kind"] == "shipped" for line in section["lines"]
    }


def _problems(session: orm.Session, product: Product) -> list[OpenProblem]:
    return [
        OpenProblem(line.text, line.owner, line.next_step, line.due_on, line.days)
        for line in list_problems(session, product, only_open=True)
    ]


def _stops(session: orm.Session, product: Product) -> list[Stop]:
    """Items blocked now, each since its oldest block; and items not blocked yet that have an open blocking question."""
    blocks = session.execute(
        sa.select(
            Item.number,
            Item.title,
            Block.reason,
            Block.waiting_for,
            Block.since,
            Block.question_id.is_(None).label("own"),
        )
        .join(Item, Item.id == Block.item_id)
        .where(Item.product_id == product.id, Item.discarded_at.is_(None), Block.until.is_(None))
        .order_by(Block.since)
    )
    stops: dict[int, Stop] = {}
    for row in blocks:
        ref = f"{product.key}-{row.number}"
        known = stops.get(row.number)
        reason, waiting_for = (row.reason, row.waiting_for) if row.own else ("", "")
        if known is None or (reason and not known.reason):
            since = known.since if known else clock.day_of(row.since, product.zone)
            stops[row.number] = Stop(ref, row.title, reason, waiting_for, since)
    for number, title, asked_at in session.execute(_blocking_questions(product)):
        asked_on = clock.day_of(asked_at, product.zone)
        stops.setdefault(number, Stop(f"{product.key}-{number}", title, "", "", asked_on))
    return list(stops.values())


def _blocking_questions(product: Product) -> sa.Select[int, str, dt.datetime]:
    return (
        sa.select(Item.number, Item.title, Question.asked_at)
        .join(Item, Item.id == Question.item_id)
        .where(
            Question.product_id == product.id,
            Question.blocking,
            Question.state == QuestionState.OPEN,
            Item.discarded_at.is_(None),
            Item.finished_at.is_(None),
        )
        .order_by(Question.asked_at)
    )


def _dropped(session: orm.Session, product: Product, since: Since) -> list[Dropped]:
    query = sa.select(Item.number, Item.title, Item.discard_reason, Item.discarded_at).where(
        Item.product_id == product.id, Item.discarded_at.is_not(None), Item.discard_reason.is_distinct_from(GONE_BEFORE)
    )
    if since.at is not None:
        query = query.where(Item.discarded_at >= since.at)
    return [
        Dropped(
            f"{product.key}-{row.number}", row.title, row.discard_reason, clock.day_of(row.discarded_at, product.zone)
        )
        for row in session.execute(query.order_by(Item.discarded_at))
    ]


def _slipped(session: orm.Session, product: Product, since: Since, promises: list[PromiseLine] | None) -> list[Slipped]:
    """Promises whose date is later than when the window opened, or has passed.

    Withdrawn promises are no delays, nor is anything finished by the date it had before.
    """
    query = (
        sa.select(Commitment.number, CommitmentChange)
        .join(CommitmentChange, CommitmentChange.commitment_id == Commitment.id)
        .where(Commitment.product_id == product.id, Commitment.withdrawn_at.is_(None))
        .order_by(Commitment.number, CommitmentChange.number)
    )
    if since.at is not None:
        query = query.where(CommitmentChange.at >= since.at)
    changes: dict[int, list[CommitmentChange]] = defaultdict(list)
    for number, change in session.execute(query):
        changes[number].append(change)
    told = sa.or_(Commitment.due_on < clock.today(product.zone), Commitment.number.in_(changes))
    lines = list_promises(session, product, None, told) if promises is None else promises
    by_number = {line.number: line for line in lines}
    moved: dict[int, Slipped] = {}
    for number, moves in changes.items():
        line, old_on, last = by_number[number], moves[0].from_on, moves[-1]
        is_kept = line.finished_by is not None and line.finished_by <= old_on
        if last.to_on > old_on and not is_kept:
            moved[number] = Slipped(
                ref=line.ref,
                title=line.statement,
                old_on=old_on,
                new_on=last.to_on,
                cause=last.explanation,
                mitigation=last.mitigation,
            )
    return [*moved.values(), *_overdue(product, lines, moved)]


def _overdue(product: Product, promises: Iterable[PromiseLine], moved: Collection[int]) -> list[Slipped]:
    """Promises that are overdue and still open, and whose date was not moved within the window."""
    today = clock.today(product.zone)
    return [
        Slipped(ref=line.ref, title=line.statement, old_on=line.due_on, new_on=None, cause="", mitigation="")
        for line in promises
        if line.due_on < today and line.is_running and line.number not in moved
    ]


def _standing(session: orm.Session, product: Product) -> tuple[dict[str, str], list[Waiting]]:
    """By reference, the name of the column that each item is in; and the first items of the queue. One query."""
    columns = {column.id: column for column in product.columns}
    rows = session.execute(
        sa.select(Item.number, Item.title, Item.column_id, Item.rank).where(Item.product_id == product.id)
    ).all()
    names = {f"{product.key}-{row.number}": columns[row.column_id].name for row in rows}
    queue = [row for row in rows if row.rank is not None and columns[row.column_id].stage in QUEUE]
    first = product.queue_stage
    queue.sort(key=lambda row: (columns[row.column_id].stage is not first, row.rank))
    return names, [Waiting(f"{product.key}-{row.number}", row.title) for row in queue[:NEXT_AT_MOST]]
