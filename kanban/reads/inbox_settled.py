"""Questions in the inbox on which their reader has acted since: they are no longer news to that person."""

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.models import Event, Notification, NotificationKind, Question

_ACTS = ("answered", "asked_back", "replied", "sent_back", "answer_accepted", "withdrawn")


def settle(session: orm.Session, product_id: int, *, after: int, upto: int) -> None:
    """Mark as read what told somebody of questions on an item where they acted after version `after` and up to `upto`
    and where none waits on them now. One query while nobody acted, and one more for each who did."""
    acts = (
        sa.select(Event.actor_id, Event.item_id, sa.func.max(Event.version))
        .where(Event.product_id == product_id, Event.version > after, Event.version <= upto)
        .where(Event.kind.in_(_ACTS), Event.actor_id.is_not(None), Event.item_id.is_not(None))
        .group_by(Event.actor_id, Event.item_id)
    )
    for user_id, item_id, version in session.execute(acts).all():
        waiting = sa.exists().where(Question.item_id == item_id, Question.waits_on_id == user_id)
        session.execute(
            sa.update(Notification)
            .where(Notification.user_id == user_id, Notification.read_at.is_(None))
            .where(Notification.product_id == product_id, Notification.item_id == item_id)
            .where(Notification.kind == NotificationKind.QUESTION, Notification.version < version, ~waiting)
            .values(read_at=clock.now())
            .execution_options(synchronize_session=False)
        )
