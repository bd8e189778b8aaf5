"""Questions in the inbox on which their reader has acted since: they are no longer news to that person."""

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.models import Event, Notification, NotificationKind, Question

_ACTS = ("answered", "asked_back", "replied", "sent_back", "answer_accepted", "withdrawn")


def settle(session: orm.Session, product_id: int, *, after: int, upto: int) -> None:
    """Mark as read what told somebody of a question on which they acted after version `after` and up to `upto` and that
    does not wait on them now. One query while nobody acted, and one more for each question and who acted on it."""
    acts = (
        sa.select(Event.actor_id, Event.data, Event.version)
        .where(Event.product_id == product_id, Event.version > after, Event.version <= upto)
        .where(Event.kind.in_(_ACTS), Event.actor_id.is_not(None), Event.item_id.is_not(None))
        .order_by(Event.version)
    )
    acted = {(user_id, data["question"]): version for user_id, data, version in session.execute(acts)}
    for (user_id, number), version in acted.items():
        waiting = sa.exists().where(
            Question.product_id == product_id, Question.number == number, Question.waits_on_id == user_id
        )
        about_it = sa.exists().where(
            Event.product_id == product_id, Event.version == Notification.version, Event.kind == Notification.what
        )
        about_it = about_it.where(Event.data["question"].as_integer() == number)
        session.execute(
            sa.update(Notification)
            .where(Notification.user_id == user_id, Notification.read_at.is_(None))
            .where(Notification.product_id == product_id, Notification.kind == NotificationKind.QUESTION)
            .where(Notification.version < version, about_it, ~waiting)
            .values(read_at=clock.now())
            .execution_options(synchronize_session=False)
        )
