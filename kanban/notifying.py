"""Notifies members of what others did, and mails what gathered: behind the log, never on the way of a change.

Several workers may do it at once: the product's or the person's row is taken first, and each row is one of its own.
"""

import datetime as dt
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy import orm

from kanban import clock
from kanban.extensions import begin_write, db
from kanban.models import Delivery, DeliveryState, Digest, Notification, NotificationKind, User, Way
from kanban.reads import inbox

MORNING = dt.time(7)
#: Older acts make no mail of their own: an import or a worker that stood still would otherwise send many.
FRESH = dt.timedelta(hours=6)
#: How long after a mail the next one waits, and gathers what happens meanwhile.
QUIET = dt.timedelta(minutes=15)
#: A mail goes out once nothing more came for so long, and LONGEST after its first act at the latest: a planning session
#: is one mail.
CALM = dt.timedelta(minutes=2)
LONGEST = dt.timedelta(minutes=30)
#: Their mails are written with the act itself, since somebody waits for them.
_MAILED_ALREADY = (NotificationKind.QUESTION, NotificationKind.STAKEHOLDER)


def products_behind(app: Flask) -> list[int]:
    """The products whose log nobody was told of to its end; one query."""
    with app.app_context():
        return list(inbox.products_behind(db.session()))


def notify(app: Flask, product_id: int) -> int:
    """Read a product's log on from where it was left; answers how many notifications were made."""
    made, more = 0, True
    with app.app_context():
        while more:
            session = begin_write()
            fresh, more = inbox.note_next(session, product_id)
            for each in fresh:
                if each.way is Way.AT_ONCE and each.kind not in _MAILED_ALREADY and each.at > clock.now() - FRESH:
                    mail_at_once(session, each)
            db.session.commit()
            made += len(fresh)
    return made


def mail_at_once(session: orm.Session, told: Notification) -> None:
    """Put it into the mail that waits for this person, which then waits on; a new one waits until the last is QUIET ago
    besides. One that a mail server did not take waits for that server, and nothing new with it."""
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
    """One mail to everybody for whom something gathered until seven o'clock this morning, in their own time zone."""
    sent = 0
    with app.app_context():
        for user_id in inbox.readers_waiting(db.session()):
            db.session.rollback()
            session = begin_write()
            user = inbox.lock_reader(session, user_id)
            digest = _due(user) if user is not None else None
            if user is None or digest is None:
                db.session.rollback()
                continue
            session.add_all([digest, Delivery.to_user("digest", user, context=digest.context())])
            db.session.commit()
            sent += 1
    return sent


def _due(user: User) -> Digest | None:
    """Today's, where it is time, none was made yet and there is something in it."""
    zone = ZoneInfo(user.time_zone)
    day = clock.today(zone)
    until = dt.datetime.combine(day, MORNING, zone).astimezone(dt.UTC)
    last = inbox.last_digest(db.session(), user.id)
    if clock.now() < until or (last is not None and last.day >= day):
        return None
    since = last.until if last is not None else until - inbox.KEPT
    lines = inbox.gathered(db.session(), user.id, since=since, until=until)
    return Digest(user_id=user.id, day=day, since=since, until=until) if lines else None
