"""What the inbox still asks for although it has been done: questions on which their reader acted since, and drafts that
were published, thrown away, scheduled or handed over anew. It is no longer news."""

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.models import Event, Notification, NotificationKind, Question

_ACTS = ("answered", "asked_back", "replied", "sent_back", "answer_accepted", "withdrawn")
_ENDS = ("update_published", "update_thrown_away", "update_handed_over", "update_scheduled")


def settle(session: orm.Session, product_id: int, *, after: int, upto: int) -> None:
    """Mark as read what was settled after version `after` and up to `upto`: what told somebody of a question on which
    they acted and that does not wait on them now, and of a draft that waits no longer. One query while nothing was, and
    one more for each question and who acted on it, and for each draft."""
    acts = (
        sa.select(Event.kind, Event.actor_id, Event.item_id, Event.data, Event.version)
        .where(Event.product_id == product_id, Event.version > after, Event.version <= upto)
        .where(Event.kind.in_((*_ACTS, *_ENDS)), Event.actor_id.is_not(None))
        .order_by(Event.version)
    )
    acted: dict[tuple[int, int], int] = {}
    ended: dict[int, int] = {}
    for kind, user_id, item_id, data, version in session.execute(acts):
        if kind in _ENDS:
            ended[data["update"]] = version
        elif item_id is not None:
            acted[user_id, data["question"]] = version
    for (user_id, number), version in acted.items():
        waiting = sa.exists().where(
            Question.product_id == product_id, Question.number == number, Question.waits_on_id == user_id
        )
        mine = (Notification.user_id == user_id, Notification.kind == NotificationKind.QUESTION, ~waiting)
        _mark(session, product_id, version, "question", number, *mine)
    for number, version in ended.items():
        _mark(session, product_id, version, "update", number, Notification.kind == NotificationKind.DRAFT)


def _mark(
    session: orm.Session, product_id: int, version: int, noun: str, number: int, *which: sa.ColumnElement[bool]
) -> None:
    """Mark as read what was told before `version` by events that name this number of the noun."""
    about_it = sa.exists().where(
        Event.product_id == product_id, Event.version == Notification.version, Event.kind == Notification.what
    )
    about_it = about_it.where(Event.data[noun].as_integer() == number)
    session.execute(
        sa.update(Notification)
        .where(Notification.product_id == product_id, Notification.read_at.is_(None))
        .where(Notification.version < version, about_it, *which)
        .values(read_at=clock.now())
        .execution_options(synchronize_session=False)
    )
