"""What the link in a question's mail leads to: that one question, as long as its reader may still see it.

The question is one on an item, or one that a stakeholder asked about an update.
"""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy import orm

from kanban import clock
from kanban.models import Delivery, Member, Product, Question, QuestionState, Turn, UpdateQuestion, User
from kanban.policy import Action
from kanban.reads import locked
from kanban.reads.people.people import owner_of, person
from kanban.reads.updates import update_questions

#: For how long the link in a mail accepts an answer; the mail of the next turn brings a new link.
ANSWERS_FOR = dt.timedelta(days=14)
#: The kind of mail that passes on what a stakeholder asked about an update.
_ABOUT_UPDATE = "stakeholder_asked"


@dataclass(frozen=True)
class Addressed:
    """The question that a mail is about, with its recipient as the member they are now.

    `needs` is the action that the policy is asked about. `over` says why the link no longer accepts an answer; it is ""
    while the question waits on the recipient. `said` is what they last said in the turn of this mail; None if they said
    nothing, or somebody has replied since.
    """

    question: Question | UpdateQuestion
    member: Member
    product: Product
    needs: Action
    over: str
    said: str | None

    def has_said(self, body: str) -> bool:
        """Whether these words would only repeat what they just said."""
        return self.said == body.replace("\x00", "").replace("\r\n", "\n").strip()


def product_behind(session: orm.Session, delivery_id: int) -> int | None:
    """The id of the product whose question a mail was about; None if it was about none, or the mail is too old."""
    row = session.execute(
        sa.select(Delivery.product_id, Delivery.created_at)
        .where(Delivery.id == delivery_id, Delivery.user_id.is_not(None))
        .where(sa.or_(Delivery.question_id.is_not(None), Delivery.kind == _ABOUT_UPDATE))
    ).one_or_none()
    return row.product_id if row is not None and clock.now() - row.created_at < ANSWERS_FOR else None


def question_behind(session: orm.Session, product: Product, delivery_id: int, serial: int) -> Addressed | None:
    """The question of a mail, loaded with what answering touches.

    None if the recipient's access to the product or the installation has ended, or if their links were ended since the
    mail.
    """
    mail = session.get(Delivery, delivery_id, populate_existing=True)
    member = locked.membership(session, product.id, mail.user_id) if mail is not None and mail.user_id else None
    if mail is None or member is None or not member.may(Action.SEE):
        return None
    if not member.user.is_active or member.user.link_serial != serial:
        return None
    return (_about_update if mail.kind == _ABOUT_UPDATE else _on_item)(session, product, mail, member)


def see_question(session: orm.Session, delivery_id: int, serial: int) -> Addressed | None:
    """Like `question_behind`, for a reader who only looks."""
    product_id = product_behind(session, delivery_id)
    product = session.get(Product, product_id, populate_existing=True) if product_id is not None else None
    return question_behind(session, product, delivery_id, serial) if product is not None else None


def _on_item(session: orm.Session, product: Product, mail: Delivery, member: Member) -> Addressed | None:
    """The question on an item. A mail is good only for its own turn: a later mail about the same question ends it."""
    question = locked.question_in(session, product, mail.question_id or 0)
    if question is None:
        return None
    later = sa.select(Delivery.id).where(Delivery.question_id == question.id, Delivery.user_id == member.user_id)
    is_newest = session.scalar(later.where(Delivery.id > mail.id).limit(1)) is None
    last = question.answers[-1] if question.answers else None
    return Addressed(
        question=question,
        member=member,
        product=product,
        needs=Action.TAKE_PART_IN_QUESTION,
        over=_why_over_on_item(session, product, question, member, is_newest=is_newest),
        said=last.body if last is not None and is_newest and last.author_id == member.user_id else None,
    )


def _why_over_on_item(
    session: orm.Session, product: Product, question: Question, member: Member, *, is_newest: bool
) -> str:
    if question.state is QuestionState.WITHDRAWN:
        asker = person(question.asker).first_name
        return _("%(name)s took the question back. There is nothing to do.", name=asker)
    if question.turn is Turn.NOBODY:
        return _("The question is settled. There is nothing to do.")
    if product.archived_at is not None:
        return _archived(product)
    if question.item.discarded_at is not None:
        return _("The item was discarded. There is nothing to do.")
    if question.waits_on_id != member.user_id:
        return _waits_on(question.asker if question.turn is Turn.ASKER else question.addressee)
    if not member.may(Action.TAKE_PART_IN_QUESTION):
        return _waits_on(owner_of(session, product))
    if not is_newest or not question.is_open:
        return _("You were sent a newer mail about it. Use the link in that one, or sign in.")
    return ""


def _about_update(session: orm.Session, product: Product, mail: Delivery, member: Member) -> Addressed | None:
    asked = update_questions.question_in(session, product, mail.context["asked"])
    if asked is None:
        return None
    return Addressed(
        question=asked,
        member=member,
        product=product,
        needs=Action.ANSWER,
        over=_why_over_about_update(session, product, asked, member),
        said=asked.answer if asked.answered_by_id == member.user_id else None,
    )


def _why_over_about_update(session: orm.Session, product: Product, asked: UpdateQuestion, member: Member) -> str:
    if asked.answered_by_id == member.user_id:
        return _("You have answered it. There is nothing to do.")
    if asked.answered_by_id is not None:
        name = session.get_one(User, asked.answered_by_id).name
        return _("%(name)s has answered it. There is nothing to do.", name=name)
    if product.archived_at is not None:
        return _archived(product)
    return "" if member.may(Action.ANSWER) else _waits_on(owner_of(session, product))


def _archived(product: Product) -> str:
    return _("%(product)s is archived. There is nothing to do.", product=product.name)


def _waits_on(user: User) -> str:
    return _("It is waiting for %(name)s now. There is nothing to do here.", name=user.name)
