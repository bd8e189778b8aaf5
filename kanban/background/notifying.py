"""Notifies members of what others did and mails those notifications; it reads the log and is never part of a change.

Several workers may do it at once: the product's or the person's row is locked first, and each notification is unique.
"""

import datetime as dt
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy import orm

from kanban import clock
from kanban.background.due_loop import errors_logged
from kanban.extensions import db
from kanban.models import Delivery, DeliveryState, Digest, Notification, NotificationKind, User, Way
from kanban.reads.inbox import from_log as inbox_from_log
from kanban.reads.inbox import inbox
from kanban.transactions import begin_write

MORNING = dt.time(7)
#: Acts older than this are not mailed: after an import, or when no worker ran for a while, there would be too many
#: mails.
FRESH = dt.timedelta(hours=6)
#: How long after one mail the next one waits, so that it gathers what happens meanwhile.
QUIET = dt.timedelta(minutes=15)
#: A mail goes out once nothing new has come for CALM, or LONGEST after its first act: a planning session makes one
#: mail.
CALM = dt.timedelta(minutes=2)
LONGEST = dt.timedelta(minutes=30)
#: Kinds whose mail is written together with the act itself, since somebody is waiting for it.
_MAILED_ALREADY = (NotificationKind.QUESTION, NotificationKind.STAKEHOLDER)
_ACTS_MAILED_ALREADY = ("update_held",)


def products_behind(app: Flask) -> list[int]:
    """Ids of the products whose log has not been processed to its end; one query."""
    with app.app_context():
        return list(inbox_from_log.products_behind(db.session()))


def notify(app: Flask, product_id: int) -> int:
    """Process a product's log from where the last run stopped; returns how many notifications were made."""
    made, more = 0, True
    with app.app_context():
        while more:
            session = begin_write()
            fresh, more = inbox_from_log.make_notifications(session, product_id)
            for each in fresh:
                is_mailed = each.kind in _MAILED_ALREADY or each.what in _ACTS_MAILED_ALREADY
                if each.way is Way.AT_ONCE and not is_mailed and each.at > clock.now() - FRESH:
                    mail_at_once(session, each)
            db.session.commit()
            made += len(fresh)
    return made


def mail_at_once(session: orm.Session, told: Notification) -> None:
    """Add a notification to the mail that is waiting for its reader, or to a new mail.

    A waiting mail then waits a little longer; a new one is due `QUIET` after the last one at the earliest. A mail that
    is being retried is left alone.
    """
    session.flush()
    last, calm_at = inbox.lock_last_mail(session, told), clock.now() + CALM
    if last is not None and last.state is DeliveryState.WAITING and not last.attempts:
        last.context = {"notifications": [*last.context["notifications"], told.id]}
        last.due_at = max(last.due_at, min(calm_at, last.created_at + LONGEST))
        return
    mail = Delivery.to_user("notification", session.get_one(User, told.user_id), context={"notifications": [told.id]})
    mail.product_id = told.product_id
    mail.due_at = calm_at
    if last is not None and last.state is not DeliveryState.WAITING:
        mail.due_at = max(calm_at, last.due_at + QUIET)
    session.add(mail)


def send_digests(app: Flask) -> int:
    """Mail a digest to everybody for whom something had gathered by seven this morning in their own time zone."""
    sent = 0
    with app.app_context():
        for user_id in inbox.readers_waiting(db.session()):
            with errors_logged(f"daily mail to person {user_id}"):  # it must not keep the others’ back
                sent += _send_digest(user_id)
    return sent


def _send_digest(user_id: int) -> bool:
    session = begin_write()
    user = inbox.lock_reader(session, user_id)
    digest = _due(user) if user is not None else None
    if user is None or digest is None:
        session.rollback()
        return False
    session.add_all([digest, Delivery.to_user("digest", user, context=digest.context())])
    session.commit()
    return True


def _due(user: User) -> Digest | None:
    """Today's digest, or None if it is too early, was already made, or would be empty."""
    zone = ZoneInfo(user.time_zone)
    day = clock.today(zone)
    until = dt.datetime.combine(day, MORNING, zone).astimezone(dt.UTC)
    last = inbox.last_digest(db.session(), user.id)
    if clock.now() < until or (last is not None and last.day >= day):
        return None
    since = last.until if last is not None else until - inbox_from_log.KEPT
    lines = inbox.gathered(db.session(), user.id, since=since, until=until)
    return Digest(user_id=user.id, day=day, since=since, until=until) if lines else None
