"""The status updates of a product: the list, single ones, and who gets them."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import (
    Delivery,
    Event,
    Level,
    Member,
    Product,
    Response,
    ResponseKind,
    Stakeholder,
    StatusUpdate,
    UpdateState,
    User,
    constant,
)
from kanban.policy import Role
from kanban.reads.updates.copies import shown_state
from kanban.reads.updates.corrections import Correction, read_corrections
from kanban.reads.updates.handed import Handed, read_handed
from kanban.reads.updates.scheduled import Scheduled, read_scheduled

NEXT_AT_MOST = 5
FOR_EVERYBODY = StatusUpdate.audience.is_(None)


def open_draft(session: orm.Session, product: Product, *, corrects_id: int | None = None) -> int | None:
    """The number of the newest draft that corrects this update, or, without an id, that corrects none."""
    drafts = sa.select(sa.func.max(StatusUpdate.number)).where(
        StatusUpdate.product_id == product.id,
        StatusUpdate.state == UpdateState.DRAFT,
        StatusUpdate.corrects_id.is_not_distinct_from(corrects_id),
        *((FOR_EVERYBODY,) if corrects_id is None else ()),
    )
    return session.scalar(drafts)


def last_published(session: orm.Session, product: Product) -> StatusUpdate | None:
    """The newest published update for everybody, which leaves out delay notices."""
    query = sa.select(StatusUpdate).where(
        StatusUpdate.product_id == product.id, StatusUpdate.state == UpdateState.PUBLISHED, FOR_EVERYBODY
    )
    return session.scalar(query.order_by(StatusUpdate.published_at.desc(), StatusUpdate.number.desc()).limit(1))


@dataclass(frozen=True)
class UpdateRow:
    """One line of the list. `deliveries` counts mails by state; `acknowledged` counts people."""

    number: int
    is_draft: bool
    headline: str
    health: str
    published_at: dt.datetime | None
    created_at: dt.datetime
    corrects: int | None
    correction: Correction | None
    deliveries: Mapping[str, int]
    acknowledged: int
    is_notice: bool = False
    handed: Handed | None = None
    scheduled: Scheduled | None = None


def list_updates(session: orm.Session, product: Product, *, drafts: bool) -> list[UpdateRow]:
    """The product's updates, drafts first (if `drafts`), then the newest.

    Five queries, two more if a draft was handed over, and one more if one is scheduled or was held back.
    """
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
        StatusUpdate.revision,
        StatusUpdate.handed_at,
        StatusUpdate.handed_by_id,
        StatusUpdate.handed_revision,
        StatusUpdate.goes_out_at,
        StatusUpdate.scheduled_by_id,
        StatusUpdate.held,
    ).where(StatusUpdate.product_id == product.id)
    if not drafts:
        query = query.where(StatusUpdate.state == UpdateState.PUBLISHED)
    rows = session.execute(query.order_by(StatusUpdate.state, StatusUpdate.number.desc())).all()
    numbers = {row.id: row.number for row in rows}
    corrected = read_corrections(session, product.id)
    states = _states(session, product)
    read = _acknowledged(session, product)
    handed, scheduled = read_handed(session, product, rows), read_scheduled(session, product, rows)
    return [
        UpdateRow(
            number=row.number,
            is_draft=row.state is UpdateState.DRAFT,
            headline=row.headline,
            health=row.health.value,
            published_at=row.published_at,
            created_at=row.created_at,
            corrects=numbers.get(row.corrects_id),
            correction=corrected.get(row.id),
            deliveries=states.get(row.id, {}),
            acknowledged=read.get(row.id, 0),
            is_notice=row.audience is not None,
            handed=handed.get(row.number),
            scheduled=scheduled.get(row.number),
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


def find_update(session: orm.Session, product: Product, number: int) -> StatusUpdate | None:
    """One update of the product by its number, without its deliveries."""
    update = session.scalar(
        sa.select(StatusUpdate).where(StatusUpdate.product_id == product.id, StatusUpdate.number == number)
    )
    if update is not None:
        orm.attributes.set_committed_value(update, "product", product)
    return update


def update_under_lock(session: orm.Session, product: Product, number: int) -> StatusUpdate | None:
    """One update of the product by its number, for changing it: freshly read, with its deliveries."""
    update = session.scalar(
        sa.select(StatusUpdate)
        .where(StatusUpdate.product_id == product.id, StatusUpdate.number == number)
        .options(orm.selectinload(StatusUpdate.deliveries))
        .execution_options(populate_existing=True)
    )
    if update is not None:
        orm.attributes.set_committed_value(update, "product", product)
    return update


def last_writer(session: orm.Session, update: StatusUpdate) -> int | None:
    """The id of the user who last changed its words, from the log; None if nobody did since it was begun."""
    edits = sa.select(Event.actor_id).where(Event.product_id == update.product_id, Event.kind == "update_edited")
    mine = edits.where(Event.data["update"].as_integer() == update.number)
    return session.scalar(mine.order_by(Event.version.desc()).limit(1))


def number_of(session: orm.Session, update_id: int | None) -> int | None:
    """The number of the update with this id; None without an id."""
    return session.scalar(sa.select(StatusUpdate.number).where(StatusUpdate.id == update_id)) if update_id else None


def recipients(session: orm.Session, product: Product, update: StatusUpdate | None = None) -> list[Stakeholder]:
    """Who gets the next update, or who would get this one if it were published now; by name."""
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
    """The name of whoever published it; for a draft, that of the product's owner."""
    if update.snapshot is not None:
        name = session.scalar(sa.select(User.name).where(User.id == update.snapshot["owner_id"]))
        return name or ""
    return session.scalar(_owner(product)) or ""


def _owner(product: Product) -> sa.Select[str]:
    return (
        sa.select(User.name)
        .join(Member, Member.user_id == User.id)
        .where(Member.product_id == product.id, Member.role == constant(Role.OWNER))
    )


def update_by_id(session: orm.Session, product: Product, update_id: int) -> StatusUpdate | None:
    """One update of the product by its id, without its deliveries."""
    return session.scalar(
        sa.select(StatusUpdate).where(StatusUpdate.product_id == product.id, StatusUpdate.id == update_id)
    )
