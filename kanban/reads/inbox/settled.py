"""Marks notifications as read once what they announce is settled.

These are questions that no longer wait on the reader, whoever acted on them, and drafts that were published, thrown
away, scheduled or handed over anew.
"""

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.models import Event, Notification, NotificationKind, Question, QuestionState

_ASKS = ("asked", "asked_back", "replied", "sent_back")
_ABOUT_UPDATE = "stakeholder_asked"
_ACTS = (*_ASKS[1:], "answered", "answer_accepted", "withdrawn")
_ENDS = ("update_published", "update_thrown_away", "update_handed_over", "update_scheduled")


def asks_something() -> sa.ColumnElement[bool]:
    """A condition on notifications: a question asks the reader for an answer."""
    of_question = sa.and_(Notification.kind == NotificationKind.QUESTION, Notification.what.in_(_ASKS))
    return sa.or_(of_question, Notification.what == _ABOUT_UPDATE)


def settle(session: orm.Session, product_id: int, *, after: int, upto: int) -> None:
    """Mark as read whatever was settled after version `after` and up to `upto`.

    That is: notifications of a question that no longer waits on their reader, or waits for something else now, and of a
    draft that no longer waits. One query, and one more for each question and draft that was acted on.
    """
    acts = (
        sa.select(Event.kind, Event.item_id, Event.data, Event.version)
        .where(Event.product_id == product_id, Event.version > after, Event.version <= upto)
        .where(Event.kind.in_((*_ACTS, "stakeholder_answered", *_ENDS)), Event.actor_id.is_not(None))
        .order_by(Event.version)
    )
    acted: dict[tuple[str, int], int] = {}
    for kind, item_id, data, version in session.execute(acts):
        if kind in _ENDS:
            acted["update", data["update"]] = version
        elif kind == "stakeholder_answered":
            acted["asked", data["asked"]] = version
        elif item_id is not None:
            acted["question", data["question"]] = version
    for (noun, number), version in acted.items():
        _mark(session, product_id, version, noun, number)


def _mark(session: orm.Session, product_id: int, version: int, noun: str, number: int) -> None:
    """Mark as read what was announced before `version` by events about this number of the noun, if it is settled."""
    about_it = sa.exists().where(
        Event.product_id == product_id, Event.version == Notification.version, Event.kind == Notification.what
    )
    about_it = about_it.where(Event.data[noun].as_integer() == number)
    session.execute(
        sa.update(Notification)
        .where(Notification.product_id == product_id, Notification.read_at.is_(None))
        .where(Notification.version < version, about_it, _is_settled(product_id, noun, number))
        .values(read_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def _is_settled(product_id: int, noun: str, number: int) -> sa.ColumnElement[bool]:
    if noun == "update":
        return Notification.kind == NotificationKind.DRAFT
    if noun == "asked":
        return Notification.what == _ABOUT_UPDATE
    waiting = sa.exists().where(
        Question.product_id == product_id,
        Question.number == number,
        Question.waits_on_id == Notification.user_id,
        (Question.state == QuestionState.ANSWERED) == (Notification.what == "answered"),
    )
    return sa.and_(Notification.kind == NotificationKind.QUESTION, ~waiting)
