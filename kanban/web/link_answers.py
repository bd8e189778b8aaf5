"""What a member says through the link in a question's mail.

The same verbs run under the same lock and policy as in the app, as the person the mail went to, no matter who is signed
in on the device.
"""

from kanban.errors import Forbidden, Missing, Refused
from kanban.extensions import db
from kanban.models import Question, Turn, UpdateQuestion
from kanban.policy import refusal
from kanban.reads import locked
from kanban.reads.questions import answer_link, orphaned
from kanban.reads.questions.answer_link import Addressed
from kanban.transactions import begin_write

_NOT_YOURS = "It is no longer waiting for you. Nothing was changed."


def answer_by_link(delivery_id: int, serial: int, body: str) -> Addressed:
    """Answer the question, or reply to what was asked back, under the product's lock; the caller commits.

    A second tap that repeats what was just said changes nothing. Raises Missing if the link is dead, Forbidden if the
    member may not do this, Refused if the question no longer waits for them, and Refused and Invalid as the verbs do.
    """
    begin_write()
    addressed = _under_lock(delivery_id, serial)
    member = addressed.member
    if not member.may(addressed.needs):
        raise Forbidden(refusal(addressed.needs))
    if addressed.over:
        if addressed.has_said(body):
            return addressed
        raise Refused(_NOT_YOURS)
    match addressed.question:
        case UpdateQuestion() as asked:
            asked.reply(body, by=member)
        case Question(turn=Turn.ASKER) as question:
            question.reply(body, by=member, heir=orphaned.heir_of(db.session(), question))
        case question:
            question.answer(body, by=member)
    return addressed


def _under_lock(delivery_id: int, serial: int) -> Addressed:
    session = db.session()
    product_id = answer_link.product_behind(session, delivery_id)
    product = locked.lock_product(session, product_id) if product_id is not None else None
    addressed = answer_link.question_behind(session, product, delivery_id, serial) if product is not None else None
    if addressed is None:
        raise Missing
    return addressed
