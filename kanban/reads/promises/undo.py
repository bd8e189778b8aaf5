"""What the undo of a promise needs: what was done to it since, and who was told meanwhile. Under the product's lock."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.models import (
    PROMISE_ACTS,
    Commitment,
    CommitmentChange,
    Delivery,
    DeliveryState,
    Event,
    ForecastSnapshot,
    Member,
    Product,
    PromiseUndo,
    Spread,
    Stakeholder,
    StatusUpdate,
)
from kanban.reads.backlog.undo_moves import UNDOES, last_standing
from kanban.reads.promises.promises import is_promised, promise_numbered
from kanban.reads.updates import updates


def undo_promise(session: orm.Session, product: Product, event: Event, *, by: Member) -> Commitment:
    """Undo what this event (of a kind in PROMISE_ACTS) says; returns the promise, whose row is gone if that made it.

    At most nine queries. Raises Refused if it can't be undone any more.
    """
    commitment = promise_numbered(session, product, event.data["commitment"])
    undo = PromiseUndo(commitment, event, _spread(session, product, commitment, event), by)
    promise = undo.carry_out()
    if undo.is_unmade:
        session.delete(promise)
    return promise


def count_newcomers(session: orm.Session, product: Product, version: int) -> int:
    """How many stakeholders the command of this version put on the list."""
    added = sa.select(sa.func.count()).select_from(Event)
    added = added.where(Event.product_id == product.id, Event.version == version, Event.kind == "stakeholder_added")
    return session.scalar(added) or 0


def _spread(session: orm.Session, product: Product, commitment: Commitment | None, event: Event) -> Spread:
    last = _last(session, product, event)
    if commitment is None or last != event.version:
        return Spread(last)
    change = commitment.changes[-1] if event.kind == "promise_changed" else None
    told = _first_told(session, product, event, change)
    draft = change.notice_id if change is not None and told is None else None
    return Spread(
        last,
        told_in=told.number if told else None,
        told_to=_told_to(session, commitment, told.id) if told else (),
        is_notice=told is not None and change is not None and told.id == change.notice_id,
        drafted_in=updates.number_of(session, draft),
        is_kept=_is_kept(session, product, commitment, event),
        is_promised=event.kind == "promise_withdrawn" and _is_promised(session, commitment),
    )


def _last(session: orm.Session, product: Product, event: Event) -> int | None:
    """The version of the last event about the promise that undoes nothing and was not undone."""
    entries = session.execute(
        sa.select(Event.version, UNDOES)
        .where(Event.product_id == product.id, Event.version >= event.version)
        .where(Event.kind.in_((*PROMISE_ACTS, "promise_undone")))
        .where(Event.data["commitment"].as_integer() == event.data["commitment"])
        .order_by(Event.version.desc())
    )
    return last_standing((version, undoes) for version, undoes in entries)


def _first_told(session: orm.Session, product: Product, event: Event, change: CommitmentChange | None) -> Any:
    """The first update (id, number) since then that was for everybody, or was the notice about this change."""
    its_notice = StatusUpdate.id == (change.notice_id if change is not None else None)
    return session.execute(
        sa.select(StatusUpdate.id, StatusUpdate.number)
        .join(Event, Event.data["update"].as_integer() == StatusUpdate.number)
        .where(StatusUpdate.product_id == product.id, sa.or_(updates.FOR_EVERYBODY, its_notice))
        .where(Event.product_id == product.id, Event.version > event.version, Event.kind == "update_published")
        .order_by(Event.version)
        .limit(1)
    ).first()


def _told_to(session: orm.Session, commitment: Commitment, update_id: int) -> tuple[str, ...]:
    """The names of those it was promised to who get this update."""
    query = sa.select(Stakeholder.name).join(Delivery, Delivery.stakeholder_id == Stakeholder.id)
    query = query.where(Delivery.update_id == update_id, Delivery.state != DeliveryState.CANCELLED)
    mine = Stakeholder.id.in_([person.id for person in commitment.stakeholders])
    return tuple(session.scalars(query.where(mine).order_by(sa.func.lower(Stakeholder.name), Stakeholder.id)))


def _is_promised(session: orm.Session, commitment: Commitment) -> bool:
    """Whether there is another promise about what this withdrawn one was about."""
    return commitment.subject is not None and is_promised(session, commitment.subject)


def _is_kept(session: orm.Session, product: Product, commitment: Commitment, event: Event) -> bool:
    """Whether a forecast of the promise was stored with the date that would be undone."""
    if event.kind == "promise_withdrawn":
        return False  # the outcome of a promise is stored on a later day
    kept = sa.exists().where(ForecastSnapshot.commitment_id == commitment.id)
    if event.kind == "promise_changed":
        since = clock.day_of(event.at, product.zone)
        kept = kept.where(ForecastSnapshot.target_on == commitment.due_on, ForecastSnapshot.made_on >= since)
    return bool(session.scalar(sa.select(kept)))
