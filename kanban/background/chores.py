"""Daily chores of each product, in its own time zone.

Remind its owner of a status update that is due, record the forecast, mark earlier forecasts with what actually
happened, and tell the owner which promises look worse.

Several workers may run the chores at once: each row is unique to its day, or the product's row is locked first, so the
second worker writes nothing. Only today is ever written; a day on which no worker ran stays empty.
"""

import logging

from flask import Flask

from kanban import clock
from kanban.background import notifying
from kanban.extensions import db
from kanban.models import Delivery, User, Way
from kanban.reads.insights import snapshots
from kanban.reads.promises import worsened
from kanban.reads.updates import silence
from kanban.transactions import begin_write

EVERY_S = 300.0
log = logging.getLogger(__name__)


def products_due(app: Flask) -> list[int]:
    """Ids of the products with something left to do today; two queries."""
    with app.app_context():
        session = db.session()
        return sorted({*snapshots.products_due(session), *silence.products_to_remind(session)})


def do_chores(app: Flask, product_id: int) -> None:
    """Do the chores of one product."""
    with app.app_context():
        _remind(product_id)
        _keep_forecast(product_id)


def _remind(product_id: int) -> None:
    """Mail the owner once for each cadence that passes without a status update."""
    due = silence.owner_to_remind(db.session(), product_id) is not None
    db.session.rollback()
    if not due:
        return
    session = begin_write()
    session.execute(silence.lock_of(product_id))
    user_id = silence.owner_to_remind(session, product_id)
    if user_id is not None:
        delivery = Delivery.to_user(silence.REMINDER, session.get_one(User, user_id))
        delivery.product_id = product_id
        session.add(delivery)
    db.session.commit()


def _keep_forecast(product_id: int) -> None:
    """Record the forecast; each step reads and computes without a lock, then writes its few rows in one transaction."""
    for step in snapshots.STEPS:
        if (
            step is snapshots.count_record
        ):  # the last step marks the day's chores as done, so the notification comes before it
            _tell_worse(product_id)
        product = snapshots.product_with_columns(db.session(), product_id)
        if product is None:
            return
        statements = step(db.session(), product)
        db.session.rollback()
        if statements:
            session = begin_write()
            for statement in statements:
                session.execute(statement)
            db.session.commit()
    log.info("the forecast of product %s is kept", product_id)


def _tell_worse(product_id: int) -> None:
    """Notify the owner once a day of promises that look worse than before, and mail it at once if they chose that."""
    product = snapshots.product_with_columns(db.session(), product_id)
    looks_worse = product is not None and worsened.read_worsened(db.session(), product_id, clock.today(product.zone))
    db.session.rollback()
    if not looks_worse:
        return
    session = begin_write()
    session.execute(silence.lock_of(product_id))
    product = snapshots.product_with_columns(session, product_id)
    made = worsened.note(session, product) if product is not None else None
    if made is not None and made.way is Way.AT_ONCE:
        notifying.mail_at_once(session, made)
    db.session.commit()
