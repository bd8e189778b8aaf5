"""Reads what the link in a question's mail leads to: the one question, while its reader may still see it."""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.models import Delivery, Member, Product, Question, Turn
from kanban.policy import Action
from kanban.reads import locked

#: How long the link in a mail answers; the mail of the next turn brings a new one.
ANSWERS_FOR = dt.timedelta(days=14)


@dataclass(frozen=True)
class Addressed:
    """The question of one mail, with its recipient as the member that they are now.

    `is_newest` tells whether no later mail about it went to them: each mail is good for its own turn only.
    """

    question: Question
    member: Member
    product: Product
    is_newest: bool

    @property
    def is_yours(self) -> bool:
        """Tell whether it waits on them, so that the link still answers."""
        allowed = self.member.may(Action.TAKE_PART_IN_QUESTION) and self.product.archived_at is None
        is_there = allowed and self.question.item.discarded_at is None and self.question.is_open
        return is_there and self.is_newest and self.question.waits_on_id == self.member.user_id

    def has_said(self, body: str) -> bool:
        """Tell whether these were their words in the turn of this mail, with nothing said since."""
        last = self.question.answers[-1] if self.question.answers else None
        theirs = last is not None and self.is_newest and last.author_id == self.member.user_id
        return theirs and last is not None and last.body == body.replace("\x00", "").replace("\r\n", "\n").strip()

    @property
    def is_reply(self) -> bool:
        """Tell whether they were asked back, or are told an answer, rather than asked."""
        return self.question.turn is Turn.ASKER


def product_behind(session: orm.Session, delivery_id: int) -> int | None:
    """The product of the question that a mail was about; None if it was about none, or was written too long ago."""
    row = session.execute(
        sa.select(Question.product_id, Delivery.created_at)
        .join(Question, Question.id == Delivery.question_id)
        .where(Delivery.id == delivery_id, Delivery.user_id.is_not(None))
    ).one_or_none()
    return row.product_id if row is not None and clock.now() - row.created_at < ANSWERS_FOR else None


def question_behind(session: orm.Session, product: Product, delivery_id: int, serial: int) -> Addressed | None:
    """The question of a mail with its thread; None if the person's access to it or to the installation has ended, or
    their links were ended since the mail."""
    row = session.execute(
        sa.select(Delivery.question_id, Delivery.user_id).where(Delivery.id == delivery_id)
    ).one_or_none()
    if row is None or row.question_id is None or row.user_id is None:
        return None
    member = locked.membership(session, product.id, row.user_id)
    if member is None or not member.user.is_active or member.user.link_serial != serial or not member.may(Action.SEE):
        return None
    question = locked.question_in(session, product, row.question_id)
    newest = session.scalar(
        sa.select(sa.func.max(Delivery.id)).where(
            Delivery.question_id == row.question_id, Delivery.user_id == row.user_id
        )
    )
    return Addressed(question, member, product, newest == delivery_id) if question is not None else None


def see_question(session: orm.Session, delivery_id: int, serial: int) -> Addressed | None:
    """The same for reading."""
    product_id = product_behind(session, delivery_id)
    product = session.get(Product, product_id, populate_existing=True) if product_id is not None else None
    return question_behind(session, product, delivery_id, serial) if product is not None else None
