"""Promises as pages and the API show them: state, delay log and, for those who may see it, to whom each was made."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.errors import Refused
from kanban.flow.product_forecast import Dates, Forecast
from kanban.models import (
    Commitment,
    CommitmentChange,
    Item,
    Member,
    Milestone,
    Product,
    Request,
    RequestState,
    Stakeholder,
    User,
    commitment_stakeholder,
)
from kanban.policy import Action
from kanban.reads.promises.growth import MilestoneAhead, read_milestones_ahead
from kanban.reads.promises.milestones import Joinable, MilestoneLine, finish_of, list_milestones
from kanban.reads.promises.outlook import read_ahead, read_queue
from kanban.status.promises import PromiseState, Slips, judge, total


@dataclass(frozen=True)
class ChangeLine:
    """One entry of a delay log; `by` is a name."""

    number: int
    from_on: dt.date
    to_on: dt.date
    cause: str
    explanation: str
    mitigation: str
    at: dt.datetime
    by: str

    @property
    def days(self) -> int:
        """By how many days it moved; negative if it moved to an earlier day."""
        return (self.to_on - self.from_on).days


@dataclass(frozen=True)
class PersonLine:
    """A stakeholder to whom something was promised."""

    name: str
    email: str


@dataclass(frozen=True)
class PromiseLine:
    """One promise.

    `ref`, `milestone` or `request` says what it is about, `subject` is the title or name of that. A promise about a
    request has the `ref` of the item that comes from it, once there is one. `people` is None for those who may not see
    the stakeholders. `is_dropped`: its item was discarded, or its request was declined or found to be a duplicate.
    """

    id: int
    number: int
    statement: str
    ref: str
    milestone: int | None
    milestone_id: int | None
    subject: str
    first_on: dt.date
    due_on: dt.date
    standing: str
    late_days: int
    finished_by: dt.date | None
    finished_on: dt.date | None
    is_dropped: bool
    made_at: dt.datetime
    withdrawn_at: dt.datetime | None
    withdrawn_reason: str
    people: tuple[PersonLine, ...] | None
    changes: tuple[ChangeLine, ...]
    request: int | None = None
    request_id: int | None = None

    @property
    def slips(self) -> Slips:
        """How often and how far its date moved."""
        return Slips.of((change.from_on, change.to_on) for change in self.changes)

    @property
    def is_running(self) -> bool:
        """Whether its date can still change."""
        return self.standing != PromiseState.WITHDRAWN and self.finished_by is None

    def refuse_over(self) -> None:
        """Raise Refused if it is too late to move its date or withdraw it, as the verbs themselves do."""
        if self.standing == PromiseState.WITHDRAWN:
            raise Refused("This promise was withdrawn.")
        if not self.is_running:
            raise Refused("What was promised is finished. Its date can no longer change.")


@dataclass(frozen=True)
class PromisesPage:
    """All promises of a product: running ones by date, then the others, newest first."""

    key: str
    version: int
    name: str
    running: tuple[PromiseLine, ...]
    over: tuple[PromiseLine, ...]
    milestones: tuple[MilestoneLine, ...]
    promised: dict[int, PromiseLine]
    ahead: dict[int, MilestoneAhead]
    health: Mapping[int, str | None]
    dates: Mapping[int, Dates]
    lacks: Mapping[int, str]
    forecast: Forecast | None
    may_promise: bool
    sees_people: bool
    sees_requests: bool

    @property
    def slips(self) -> Slips:
        """The product's delay log in two numbers."""
        return total(line.slips for line in (*self.running, *self.over))


def load_promises(session: orm.Session, product: Product, member: Member) -> PromisesPage:
    """The page for one reader; at most eight queries, six more if a promise is running, nine if there are milestones.

    If a promise is running, `forecast` is what the rest follows from: `health` and `dates` by promise number, for those
    about which something can be said, and `lacks` why others have no dates.
    """
    milestones = list_milestones(session, product)
    lines = list_promises(session, product, member, milestones=milestones)
    over = [line for line in lines if not line.is_running]
    over.sort(
        key=lambda line: (line.finished_by or clock.day_of(line.made_at, product.zone), line.number), reverse=True
    )
    running = tuple(line for line in lines if line.is_running)
    ahead = read_ahead(session, product, read_queue(session, product)) if running else None
    return PromisesPage(
        key=product.key,
        version=product.version,
        name=product.name,
        running=running,
        over=tuple(over),
        milestones=tuple(milestones),
        promised={line.milestone: line for line in lines if line.milestone and not line.withdrawn_at},
        ahead=read_milestones_ahead(session, product, milestones)[1] if milestones else {},
        health={each.number: each.health for each in ahead.promises} if ahead else {},
        dates={each.number: each.dates for each in ahead.promises if each.dates} if ahead else {},
        lacks={each.number: each.lacks for each in ahead.promises} if ahead else {},
        forecast=ahead.forecast if ahead else None,
        may_promise=member.may(Action.PROMISE) and product.archived_at is None,
        sees_people=member.may(Action.SEE_STAKEHOLDERS),
        sees_requests=member.may(Action.SEE_REQUESTS),
    )


def list_promises(
    session: orm.Session,
    product: Product,
    member: Member | None,
    *which: sa.ColumnElement[bool],
    milestones: Sequence[MilestoneLine | Joinable] | None = None,
) -> list[PromiseLine]:
    """The promises of a product that meet the conditions, by date; people included only if `member` may see them."""
    query = (
        sa.select(
            Commitment, Item.number, Item.title, Item.finished_at, Item.discarded_at, Milestone.number, Milestone.name
        )
        .add_columns(Item.is_finish_known)
        .add_columns(Request.number.label("request"), Request.state)
        .outerjoin(Request, Request.id == Commitment.request_id)
        .outerjoin(Item, Item.id == sa.func.coalesce(Commitment.item_id, Request.item_id))
        .outerjoin(Milestone, Milestone.id == Commitment.milestone_id)
        .where(Commitment.product_id == product.id, *which)
        .order_by(Commitment.due_on, Commitment.number)
    )
    rows = session.execute(query).all()
    if not rows:
        return []
    if milestones is None and any(row[0].milestone_id for row in rows):
        milestones = list_milestones(session, product)
    reached = {line.number: (line.finished_by, line.finished_on) for line in milestones or ()}
    ids = [row[0].id for row in rows]
    changes = _changes(session, ids)
    people = _people(session, ids) if member is not None and member.may(Action.SEE_STAKEHOLDERS) else None
    return [_line(product, row, reached, changes, people) for row in rows]


def _line(
    product: Product,
    row: Any,
    reached: dict[int, tuple[dt.date | None, dt.date | None]],
    changes: dict[int, list[ChangeLine]],
    people: dict[int, list[PersonLine]] | None,
) -> PromiseLine:
    promise, number, title, finished_at, discarded_at, milestone, name, is_finish_known, request, state = row
    zone = product.zone
    finished_by, finished_on = reached.get(milestone, (None, None))
    if finished_at:
        finished_by = clock.day_of(finished_at, zone)
        finished_on = finished_by if is_finish_known else None
    verdict = judge(promise.due_on, finished_on=finished_by, today=clock.today(zone), is_withdrawn=promise.is_withdrawn)
    return PromiseLine(
        id=promise.id,
        number=promise.number,
        statement=promise.statement,
        ref=f"{product.key}-{number}" if number else "",
        milestone=milestone,
        milestone_id=promise.milestone_id,
        subject=title or name or "",
        first_on=promise.first_on,
        due_on=promise.due_on,
        standing=verdict.standing.value,
        late_days=verdict.late_days,
        finished_by=finished_by,
        finished_on=finished_on,
        is_dropped=discarded_at is not None or state in (RequestState.DECLINED, RequestState.DUPLICATE),
        made_at=promise.made_at,
        withdrawn_at=promise.withdrawn_at,
        withdrawn_reason=promise.withdrawn_reason or "",
        people=tuple(people.get(promise.id, ())) if people is not None else None,
        changes=tuple(changes.get(promise.id, ())),
        request=request,
        request_id=promise.request_id,
    )


def _changes(session: orm.Session, ids: list[int]) -> dict[int, list[ChangeLine]]:
    query = (
        sa.select(CommitmentChange, User.name)
        .join(User, User.id == CommitmentChange.by_id)
        .where(CommitmentChange.commitment_id.in_(ids))
        .order_by(CommitmentChange.commitment_id, CommitmentChange.number)
    )
    found: dict[int, list[ChangeLine]] = defaultdict(list)
    for row, by in session.execute(query):
        line = ChangeLine(
            row.number, row.from_on, row.to_on, row.cause.value, row.explanation, row.mitigation, row.at, by
        )
        found[row.commitment_id].append(line)
    return found


def _people(session: orm.Session, ids: list[int]) -> dict[int, list[PersonLine]]:
    """The people by promise, including those since taken off the list: it was promised to them all the same."""
    rows = session.execute(
        sa.select(commitment_stakeholder.c.commitment_id, Stakeholder.name, Stakeholder.email)
        .join(Stakeholder, Stakeholder.id == commitment_stakeholder.c.stakeholder_id)
        .where(commitment_stakeholder.c.commitment_id.in_(ids))
        .order_by(sa.func.lower(Stakeholder.name), Stakeholder.id)
    )
    found: dict[int, list[PersonLine]] = defaultdict(list)
    for commitment_id, name, email in rows:
        found[commitment_id].append(PersonLine(name, email))
    return found


# Under the lock


def promise_numbered(session: orm.Session, product: Product, number: int) -> Commitment | None:
    """A promise of a loaded product by its number, with everything its verbs touch."""
    return _promise(session, product, Commitment.number == number)


def promise_in(session: orm.Session, product: Product, commitment_id: int) -> Commitment | None:
    """A promise of a loaded product by its id, with everything its verbs touch."""
    return _promise(session, product, Commitment.id == commitment_id)


def _promise(session: orm.Session, product: Product, which: sa.ColumnElement[bool]) -> Commitment | None:
    found = session.scalar(
        sa.select(Commitment)
        .where(Commitment.product_id == product.id, which)
        .options(
            orm.joinedload(Commitment.item),
            orm.joinedload(Commitment.milestone),
            orm.joinedload(Commitment.request).joinedload(Request.item),
            orm.selectinload(Commitment.changes),
            orm.selectinload(Commitment.stakeholders),
        )
        .execution_options(populate_existing=True)
    )
    if found is not None:
        orm.attributes.set_committed_value(found, "product", product)
    return found


def is_promised(session: orm.Session, subject: Item | Milestone | Request, *, ever: bool = False) -> bool:
    """Whether a promise about it stands; with `ever`, withdrawn ones count as well."""
    mine: Any = Commitment.item_id if isinstance(subject, Item) else Commitment.milestone_id
    if isinstance(subject, Request):
        mine = Commitment.request_id
    query = sa.exists().where(mine == subject.id)
    return bool(session.scalar(sa.select(query if ever else query.where(Commitment.withdrawn_at.is_(None)))))


def is_finished(session: orm.Session, product: Product, subject: Item | Milestone | Request | None) -> bool:
    """Whether nothing of an item, a milestone or a request is left to do."""
    if isinstance(subject, Request):
        return subject.state is RequestState.DONE or (subject.item is not None and subject.item.is_finished)
    if isinstance(subject, Item):
        return subject.is_finished
    return subject is not None and finish_of(session, product, subject) is not None


def promise_product(session: orm.Session, commitment_id: int, user_id: int) -> int | None:
    """The id of the product that a promise belongs to, if the person is a member there; else None."""
    return session.scalar(
        sa.select(Commitment.product_id)
        .join(Member, Member.product_id == Commitment.product_id)
        .where(Commitment.id == commitment_id, Member.user_id == user_id)
    )


def stakeholders_named(
    session: orm.Session, product: Product, *, ids: list[int] | None = None, emails: list[str] | None = None
) -> list[Stakeholder]:
    """The product's stakeholders with these ids or email addresses, unless they were removed."""
    which = Stakeholder.id.in_(ids) if ids is not None else Stakeholder.email.in_(emails or [])
    query = sa.select(Stakeholder).where(Stakeholder.product_id == product.id, Stakeholder.removed_at.is_(None), which)
    return list(session.scalars(query.order_by(Stakeholder.name)))
