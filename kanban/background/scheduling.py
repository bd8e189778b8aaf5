"""Publishes scheduled status updates at their time, exactly as if whoever scheduled them pressed the button now.

An update that can't be published, or whose facts have changed since it was scheduled, is held back, and that person and
the owner are told.

Several workers may do it at once: each takes the product's lock first and looks again, and what becomes of an update is
decided in one transaction.
"""

import datetime as dt

from flask import Flask
from sqlalchemy import orm

from kanban import clock
from kanban.errors import Forbidden, KanbanError, Refused
from kanban.extensions import db
from kanban.models import Delivery, Member, Product, StatusUpdate
from kanban.policy import Action
from kanban.reads import locked
from kanban.reads.people.people import owner_of
from kanban.reads.updates import scheduled, updates
from kanban.reads.updates.draft import judge_saved
from kanban.reads.updates.publishing import read_changed_since_scheduled, read_publishing
from kanban.transactions import begin_write

#: An update that is later than this is held back, since its words have become old.
LATEST = dt.timedelta(hours=12)
HELD = "update_held"


def updates_due(app: Flask) -> list[tuple[int, int]]:
    """The updates that are due, as (product id, number), newest first; one query."""
    with app.app_context():
        return scheduled.due_updates(db.session())[::-1]


def publish_due(app: Flask, product_id: int, number: int) -> None:
    """Publish one due update or hold it back; do nothing if it is no longer due."""
    with app.app_context():
        session = begin_write()
        product = locked.lock_product(session, product_id)
        update = updates.update_under_lock(session, product, number) if product is not None else None
        if product is None or update is None or update.goes_out_at is None or update.goes_out_at > clock.now():
            session.rollback()
            return
        why = _publish(session, product, update)
        if why:
            _hold(session, product, update, why)
        session.commit()


def _publish(session: orm.Session, product: Product, update: StatusUpdate) -> list[str]:
    """Publish the update, or return sentences that say why it can't be."""
    assert update.scheduled_by_id is not None
    try:
        member = locked.membership(session, product.id, update.scheduled_by_id)
        _must_be_wanted(product, update, member)
        judgement = judge_saved(session, product, update)
        why = read_changed_since_scheduled(session, product, update, judgement)
        if not why and member is not None:
            update.publish(**read_publishing(session, product, update, judgement), by=member, is_due=True)
    except KanbanError as refusal:
        return [refusal.sentence]
    return why


def _must_be_wanted(product: Product, update: StatusUpdate, member: Member | None) -> None:
    assert update.goes_out_at is not None
    product.refuse_archived()
    if member is None or not member.user.is_active or not member.may(Action.PUBLISH):
        raise Forbidden("Whoever pressed the button may not publish updates here any more.")
    if clock.now() - update.goes_out_at > LATEST:
        raise Refused("It could not go out at that time, and more than half a day has passed since.")


def _hold(session: orm.Session, product: Product, update: StatusUpdate, why: list[str]) -> None:
    """Hold the update back, and mail whoever scheduled it and the owner."""
    people = {update.scheduled_by_id, owner_of(session, product).id}
    update.hold(why)
    for user_id in people:
        member = locked.membership(session, product.id, user_id) if user_id is not None else None
        if member is not None and member.user.is_active and member.may(Action.SEE_STAKEHOLDERS):
            mail = Delivery.to_user(HELD, member.user, context={"update": update.number})
            mail.product_id = product.id
            session.add(mail)
