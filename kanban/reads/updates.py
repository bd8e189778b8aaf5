"""Reads what the pages of status updates show: the list, where a draft begins, who gets it, how its mails fare."""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.flow.history import ItemHistory
from kanban.flow.stage import QUEUE
from kanban.models import (
    Block,
    Column,
    Commitment,
    CommitmentChange,
    Delivery,
    DeliveryState,
    Event,
    Health,
    Item,
    Level,
    Member,
    Product,
    Question,
    QuestionState,
    Response,
    ResponseKind,
    Stakeholder,
    StatusUpdate,
    UpdateState,
    User,
)
from kanban.policy import Role
from kanban.reads.insights import columns_by_ref, read_histories
from kanban.reads.promises import PromiseLine, list_promises
from kanban.status.facts import Dropped, Facts, Gettext, Since, Slipped, Stop, Waiting, gather, plain, sections

NEXT_AT_MOST = 5
FOR_EVERYBODY = StatusUpdate.audience.is_(None)


@dataclass(frozen=True)
class Beginning:
    """What a new draft starts from; the fields are the keywords of `StatusUpdate.draft`."""

    sections: list[dict[str, Any]]
    since_version: int
    since_at: dt.datetime | None
    health: Health
    corrects: StatusUpdate | None = None

    @property
    def keywords(self) -> dict[str, Any]:
        """The same as keyword arguments."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def read_beginning(
    session: orm.Session, product: Product, *, locale: str = "en", gettext: Gettext = plain
) -> Beginning:
    """The facts since the last published update as sections; health is unknown until the owner claims one."""
    last = last_published(session, product)
    facts = read_facts(session, product)
    return Beginning(
        sections=sections(facts, locale=locale, gettext=gettext),
        since_version=_drafted_version(session, product, last) if last else 0,
        since_at=last.published_at if last else None,
        health=Health.UNKNOWN,
    )


def beginning_of_correction(wrong: StatusUpdate) -> Beginning:
    """A correction starts from what was published."""
    frozen = wrong.snapshot or {}
    return Beginning(frozen.get("sections", []), wrong.since_version, wrong.since_at, wrong.health, wrong)


def open_draft(session: orm.Session, product: Product, *, corrects_id: int | None = None) -> int | None:
    """The number of the newest draft that is being written, of those that correct this update or that correct none."""
    drafts = sa.select(sa.func.max(StatusUpdate.number)).where(
        StatusUpdate.product_id == product.id,
        StatusUpdate.state == UpdateState.DRAFT,
        StatusUpdate.corrects_id.is_not_distinct_from(corrects_id),
        *((FOR_EVERYBODY,) if corrects_id is None else ()),
    )
    return session.scalar(drafts)


def last_published(session: orm.Session, product: Product, *, before: int | None = None) -> StatusUpdate | None:
    """The newest published update (no delay notice), of those with a smaller number where `before` is given."""
    query = sa.select(StatusUpdate).where(
        StatusUpdate.product_id == product.id, StatusUpdate.state == UpdateState.PUBLISHED, FOR_EVERYBODY
    )
    if before is not None:
        query = query.where(StatusUpdate.number < before)
    return session.scalar(query.order_by(StatusUpdate.published_at.desc(), StatusUpdate.number.desc()).limit(1))


def read_facts(
    session: orm.Session,
    product: Product,
    histories: list[ItemHistory] | None = None,
    promises: list[PromiseLine] | None = None,
) -> Facts:
    """What happened up to now since the facts of the last published update were gathered; the `histories` of all items
    and all `promises` where they are read already."""
    since = _since(session, product)
    columns = columns_by_ref(session, product)
    return gather(
        read_histories(session, product) if histories is None else histories,
        since=since,
        today=clock.today(product.zone),
        columns=columns,
        stops=_stops(session, product),
        dropped=_dropped(session, product, since),
        queue=_queue(session, product),
        slipped=_slipped(session, product, since, promises),
    )


def _since(session: orm.Session, product: Product) -> Since:
    """The window opens when the last update's draft was made, so that nothing falls between draft and publishing."""
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
    return Since()


def _shipped_refs(snapshot: Mapping[str, Any]) -> set[str]:
    return {
        line["ref"] for section in snapshot["sections"] if section["kind"] == "shipped" for line in section["lines"]
    }


def _drafted_version(session: orm.Session, product: Product, update: StatusUpdate) -> int:
    return (
        session.scalar(
            sa.select(sa.func.max(Event.version)).where(
                Event.product_id == product.id,
                Event.kind == "update_drafted",
                Event.data["update"].as_integer() == update.number,
            )
        )
        or 0
    )


def _stops(session: orm.Session, product: Product) -> list[Stop]:
    """Items blocked now, the oldest interval of each; and items in the queue whose blocking question waits."""
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
        Item.product_id == product.id, Item.discarded_at.is_not(None)
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
    """Promises whose date is a later one than it was then, or has passed; those that are withdrawn are no delays."""
    query = (
        sa.select(Commitment, CommitmentChange, Item.number)
        .join(CommitmentChange, CommitmentChange.commitment_id == Commitment.id)
        .outerjoin(Item, Item.id == Commitment.item_id)
        .where(Commitment.product_id == product.id, Commitment.withdrawn_at.is_(None))
        .order_by(Commitment.number, CommitmentChange.number)
    )
    if since.at is not None:
        query = query.where(CommitmentChange.at >= since.at)
    slipped: dict[int, Slipped] = {}
    for promise, change, number in session.execute(query):
        first = slipped.get(promise.number)
        slipped[promise.number] = Slipped(
            ref=f"{product.key}-{number}" if number else "",
            title=promise.statement,
            old_on=first.old_on if first else change.from_on,
            new_on=change.to_on,
            cause=change.explanation,
            mitigation=change.mitigation,
        )
    moved = {number: each for number, each in slipped.items() if each.new_on and each.new_on > each.old_on}
    past = Commitment.due_on < clock.today(product.zone)
    lines = list_promises(session, product, None, past) if promises is None else promises
    return [*moved.values(), *_overdue(product, lines, moved)]


def _overdue(product: Product, promises: Iterable[PromiseLine], moved: Collection[int]) -> list[Slipped]:
    """Promises whose day has passed while nobody said so: they are open, and their date did not move since."""
    today = clock.today(product.zone)
    return [
        Slipped(ref=line.ref, title=line.statement, old_on=line.due_on, new_on=None, cause="", mitigation="")
        for line in promises
        if line.due_on < today and line.is_running and line.number not in moved
    ]


def _queue(session: orm.Session, product: Product) -> list[Waiting]:
    rows = session.execute(
        sa.select(Item.number, Item.title)
        .join(Column, Column.id == Item.column_id)
        .where(Item.product_id == product.id, Item.rank.is_not(None), Column.stage.in_(QUEUE))
        .order_by(Column.stage != product.queue_stage, Item.rank)
        .limit(NEXT_AT_MOST)
    )
    return [Waiting(f"{product.key}-{row.number}", row.title) for row in rows]


@dataclass(frozen=True)
class UpdateRow:
    """One line of the list. `deliveries` counts by state; `acknowledged` counts people."""

    number: int
    is_draft: bool
    headline: str
    health: str
    published_at: dt.datetime | None
    created_at: dt.datetime
    corrects: int | None
    corrected_by: int | None
    deliveries: Mapping[str, int]
    acknowledged: int
    is_notice: bool = False

    @property
    def n_deliveries(self) -> int:
        """All mails of this update, in whatever state."""
        return sum(self.deliveries.values())


def list_updates(session: orm.Session, product: Product, *, drafts: bool) -> list[UpdateRow]:
    """The product's updates, drafts first (where they may be seen), then the newest; four queries."""
    query = sa.select(
        StatusUpdate.id,
        StatusUpdate.number,
        StatusUpdate.state,
        StatusUpdate.headline,
        StatusUpdate.health,
        StatusUpdate.published_at,
        StatusUpdate.created_at,
        StatusUpdate.corrects_id,
        StatusUpdate.audience,
    ).where(StatusUpdate.product_id == product.id)
    if not drafts:
        query = query.where(StatusUpdate.state == UpdateState.PUBLISHED)
    rows = session.execute(query.order_by(StatusUpdate.state, StatusUpdate.number.desc())).all()
    numbers = {row.id: row.number for row in rows}
    corrected = {row.corrects_id: row.number for row in rows if row.corrects_id and row.published_at}
    states = _states(session, product)
    read = _acknowledged(session, product)
    return [
        UpdateRow(
            number=row.number,
            is_draft=row.state is UpdateState.DRAFT,
            headline=row.headline,
            health=row.health.value,
            published_at=row.published_at,
            created_at=row.created_at,
            corrects=numbers.get(row.corrects_id),
            corrected_by=corrected.get(row.id),
            deliveries=states.get(row.id, {}),
            acknowledged=read.get(row.id, 0),
            is_notice=row.audience is not None,
        )
        for row in rows
    ]


def _states(session: orm.Session, product: Product) -> dict[int, Counter[str]]:
    counts: dict[int, Counter[str]] = {}
    for update_id, state, count in session.execute(
        sa.select(Delivery.update_id, Delivery.state, sa.func.count())
        .where(Delivery.product_id == product.id, Delivery.update_id.is_not(None))
        .group_by(Delivery.update_id, Delivery.state)
    ):
        counts.setdefault(update_id or 0, Counter())[shown_state(state)] += count
    return counts


def _acknowledged(session: orm.Session, product: Product) -> dict[int, int]:
    rows = session.execute(
        sa.select(Delivery.update_id, sa.func.count(sa.distinct(Delivery.id)))
        .join(Response, Response.delivery_id == Delivery.id)
        .where(
            Delivery.product_id == product.id,
            Delivery.update_id.is_not(None),
            Response.kind == ResponseKind.ACKNOWLEDGED,
        )
        .group_by(Delivery.update_id)
    )
    return {update_id or 0: count for update_id, count in rows}


def shown_state(state: DeliveryState) -> str:
    """The state as people see it: a mail that is just being sent still waits."""
    return DeliveryState.WAITING.value if state is DeliveryState.SENDING else state.value


def find_update(session: orm.Session, product: Product, number: int) -> StatusUpdate | None:
    """One update of the product by its number, without its deliveries."""
    update = session.scalar(
        sa.select(StatusUpdate).where(StatusUpdate.product_id == product.id, StatusUpdate.number == number)
    )
    if update is not None:
        orm.attributes.set_committed_value(update, "product", product)
    return update


def update_under_lock(session: orm.Session, product: Product, number: int) -> StatusUpdate | None:
    """The same for changing: read fresh, with its deliveries."""
    update = session.scalar(
        sa.select(StatusUpdate)
        .where(StatusUpdate.product_id == product.id, StatusUpdate.number == number)
        .options(orm.selectinload(StatusUpdate.deliveries))
        .execution_options(populate_existing=True)
    )
    if update is not None:
        orm.attributes.set_committed_value(update, "product", product)
    return update


def number_of(session: orm.Session, update_id: int | None) -> int | None:
    """The number of an update by its id."""
    return session.scalar(sa.select(StatusUpdate.number).where(StatusUpdate.id == update_id)) if update_id else None


def corrections_of(session: orm.Session, update: StatusUpdate) -> Sequence[int]:
    """The numbers of the published updates that correct this one."""
    return session.scalars(
        sa.select(StatusUpdate.number)
        .where(StatusUpdate.corrects_id == update.id, StatusUpdate.state == UpdateState.PUBLISHED)
        .order_by(StatusUpdate.number)
    ).all()


def recipients(session: orm.Session, product: Product, update: StatusUpdate | None = None) -> list[Stakeholder]:
    """Who gets the next update, or this one when it is published now; by name."""
    people = list(
        session.scalars(
            sa.select(Stakeholder)
            .where(
                Stakeholder.product_id == product.id,
                Stakeholder.removed_at.is_(None),
                Stakeholder.level != Level.NONE,
            )
            .order_by(sa.func.lower(Stakeholder.name))
        )
    )
    return [person for person in people if update is None or update.is_for(person)]


def owner_name(session: orm.Session, update: StatusUpdate, product: Product) -> str:
    """The name of whoever published it; for a draft that of the product's owner."""
    if update.snapshot is not None:
        name = session.scalar(sa.select(User.name).where(User.id == update.snapshot["owner_id"]))
        return name or ""
    return session.scalar(_owner(product)) or ""


def _owner(product: Product) -> sa.Select[str]:
    return (
        sa.select(User.name)
        .join(Member, Member.user_id == User.id)
        .where(Member.product_id == product.id, Member.role == Role.OWNER)
    )


@dataclass(frozen=True)
class Recipient:
    """One person's copy of a published update and what became of it."""

    delivery_id: int
    id: int
    name: str
    organisation: str
    state: str
    trouble: str | None
    sent_at: dt.datetime | None
    acknowledged_at: dt.datetime | None
    is_removed: bool


def read_recipients(session: orm.Session, update: StatusUpdate) -> list[Recipient]:
    """Each person's copy, refused ones first, then by name."""
    acknowledged = (
        sa.select(Response.delivery_id, sa.func.min(Response.at).label("at"))
        .where(Response.kind == ResponseKind.ACKNOWLEDGED)
        .group_by(Response.delivery_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(
            Delivery.id.label("delivery_id"),
            Stakeholder.id,
            Stakeholder.name,
            Stakeholder.organisation,
            Stakeholder.removed_at,
            Delivery.state,
            Delivery.trouble,
            Delivery.sent_at,
            acknowledged.c.at,
        )
        .join(Stakeholder, Stakeholder.id == Delivery.stakeholder_id)
        .outerjoin(acknowledged, acknowledged.c.delivery_id == Delivery.id)
        .where(Delivery.update_id == update.id)
        .order_by(Delivery.state != DeliveryState.REFUSED, sa.func.lower(Stakeholder.name))
    )
    return [
        Recipient(
            delivery_id=row.delivery_id,
            id=row.id,
            name=row.name,
            organisation=row.organisation,
            state=shown_state(row.state),
            trouble=row.trouble,
            sent_at=row.sent_at,
            acknowledged_at=row.at,
            is_removed=row.removed_at is not None,
        )
        for row in rows
    ]


def find_copy(session: orm.Session, update: StatusUpdate, delivery_id: int) -> Delivery | None:
    """One person's copy of this update, with the person."""
    return session.scalar(
        sa.select(Delivery)
        .where(Delivery.update_id == update.id, Delivery.id == delivery_id)
        .options(orm.joinedload(Delivery.stakeholder))
    )


def update_by_id(session: orm.Session, product: Product, update_id: int) -> StatusUpdate | None:
    """One update of the product by its id, without its deliveries."""
    return session.scalar(
        sa.select(StatusUpdate).where(StatusUpdate.product_id == product.id, StatusUpdate.id == update_id)
    )


@dataclass(frozen=True)
class Copy:
    """One person's copy for programs; responses in the order in which they came, each kind once."""

    email: str
    state: str
    responses: list[str]


def read_copies(session: orm.Session, update: StatusUpdate) -> list[Copy]:
    """Each person's copy of an update, by address."""
    rows = session.execute(
        sa.select(Delivery.id, Stakeholder.email, Delivery.state)
        .join(Stakeholder, Stakeholder.id == Delivery.stakeholder_id)
        .where(Delivery.update_id == update.id)
        .order_by(Stakeholder.email)
    ).all()
    told = sa.select(Response.delivery_id, Response.kind).join(Delivery, Delivery.id == Response.delivery_id)
    told = told.where(Delivery.update_id == update.id, Response.kind != ResponseKind.UNSUBSCRIBED)
    responses: dict[int, list[str]] = {}
    for delivery_id, kind in session.execute(told.order_by(Response.id)):
        kinds = responses.setdefault(delivery_id, [])
        if kind.value not in kinds:
            kinds.append(kind.value)
    return [Copy(row.email, shown_state(row.state), responses.get(row.id, [])) for row in rows]
