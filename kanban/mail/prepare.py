"""Prepares one delivery: whether it may still go out, to whom, and what it says. It sends nothing."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from flask_babel import force_locale
from sqlalchemy import orm

from kanban import clock, keys, policy
from kanban.mail import (
    held_update_mails,
    levels,
    links,
    notification_mails,
    reminder_mails,
    request_mails,
    stakeholder_mails,
)
from kanban.mail.compose import Render, WrittenMail, compose, update_view
from kanban.mail.contents import LINK_PURPOSES, MakeLink, author_of, context_of
from kanban.mail.letter import Letter, Mailbox
from kanban.mail.links import MASK, Purpose
from kanban.mail.office import PostOffice
from kanban.models import (
    Answer,
    Delivery,
    DeliveryState,
    Level,
    LinkPurpose,
    Product,
    Question,
    QuestionState,
    SignInLink,
    StatusUpdate,
    User,
)
from kanban.policy import Action
from kanban.reads.people.people import role_in


def makes_link(kind: str) -> bool:
    """Whether writing this kind of mail creates a single-use link, which needs a write transaction."""
    return kind in LINK_PURPOSES


def load(session: orm.Session, delivery_id: int) -> Delivery | None:
    """The delivery with everything that its mail needs, fresh from the database."""
    question = orm.joinedload(Delivery.question)
    return session.scalar(
        sa.select(Delivery)
        .where(Delivery.id == delivery_id)
        .options(
            orm.joinedload(Delivery.user),
            orm.joinedload(Delivery.stakeholder),
            orm.joinedload(Delivery.newcomer),
            orm.joinedload(Delivery.update),
            question.joinedload(Question.item),
            question.joinedload(Question.asker),
            question.selectinload(Question.answers).joinedload(Answer.author),
        )
        .execution_options(populate_existing=True)
    )


def objection(session: orm.Session, delivery: Delivery) -> str:
    """Why this mail must no longer go out, or ""; permission is checked again before every try."""
    if delivery.user is not None:
        return _objection_to_user(session, delivery, delivery.user)
    if delivery.newcomer is not None:
        return "They did not confirm their address in time." if delivery.newcomer.is_late else ""
    assert delivery.stakeholder is not None
    if delivery.stakeholder.removed_at is not None:
        return "They were taken off the list of stakeholders."
    if delivery.kind == "update" and not delivery.stakeholder.gets_updates:
        return "They asked for no more updates."
    if delivery.kind == "update" and _passes_by(session, delivery):
        return "They only want what was promised to them, and nothing in it is about that."
    return ""


def _passes_by(session: orm.Session, delivery: Delivery) -> bool:
    product = _product_of(session, delivery)
    if delivery.update is None or delivery.stakeholder is None or delivery.stakeholder.level is not Level.MINE:
        return False
    assert product is not None
    concern = levels.concern_of(session, product, delivery.stakeholder)
    return levels.passes_by(delivery.update.snapshot or {}, delivery.stakeholder.level, concern)


def letter_for(session: orm.Session, delivery: Delivery, office: PostOffice, render: Render) -> Letter:
    """The mail as it goes out now; a sign-in link is created here (see `makes_link`)."""

    def make_link(user: User, purpose: LinkPurpose) -> tuple[str, dt.timedelta]:
        secret = keys.new_secret()
        link = SignInLink.for_purpose(purpose, secret_hash=keys.fingerprint(secret), user=user)
        session.add(link)
        return keys.link_address(office.base_url, secret), link.expires_at - clock.now()

    product = _product_of(session, delivery)
    written = _write(session, delivery, product, office, render, make_link)
    author = author_of(session, delivery, product)
    return Letter(
        from_=office.sender,
        to=_to(delivery),
        reply_to=Mailbox(author.name, author.email) if author is not None else None,
        subject=written.subject,
        text=written.text,
        html=written.html,
        message_id=f"{delivery.kind}.{delivery.id}.{int(delivery.created_at.timestamp() * 1000)}@{office.domain}",
        references=_references(session, delivery, office),
        list_id=(product.name, f"{product.key.lower()}.{office.domain}") if product is not None else None,
        unsubscribe_url=office.personal_link(delivery, Purpose.STOP) if delivery.kind == "update" else None,
        date=clock.now(),
    )


def kept_copy(
    session: orm.Session, delivery: Delivery, office: PostOffice, render: Render, *, show_links: bool
) -> WrittenMail:
    """The mail as the app shows it; links are masked unless `show_links` (the demo), sign-in links always."""

    def no_link(_user: User, purpose: LinkPurpose) -> tuple[str, dt.timedelta]:
        return keys.link_address(office.base_url, MASK), SignInLink.for_purpose(
            purpose, secret_hash="", user=None
        ).expires_at - clock.now()

    written = _write(session, delivery, _product_of(session, delivery), office, render, no_link)
    if show_links:
        return written
    return WrittenMail(written.subject, links.mask_links(written.text), links.mask_links(written.html))


def preview(
    snapshot: Mapping[str, Any],
    office: PostOffice,
    render: Render,
    *,
    person_name: str,
    owner_name: str,
    zone: str,
    first: Mapping[str, str] | None = None,
) -> WrittenMail:
    """An update as its readers will get it, with masked links.

    `snapshot` is what publishing now would freeze; `first` is what a reader's first mail says in addition.
    """
    masked = links.personal_address(office.base_url, MASK)
    context = {
        "lang": "en",
        "person_name": person_name,
        "owner_name": owner_name,
        "first": first,
        "read_url": masked,
        "ask_url": masked,
        "decide_url": masked if any(part["kind"] == "decisions" for part in snapshot["sections"]) else "",
        "preferences_url": masked,
        "stop_url": masked,
    }
    with force_locale("en"):
        return compose("update", {**context, "update": update_view(snapshot, zone=zone)}, render=render)


def _objection_to_user(session: orm.Session, delivery: Delivery, user: User) -> str:
    if not user.is_active:
        return "Their access to this installation has ended."
    if delivery.question is not None:
        if delivery.question.state is QuestionState.WITHDRAWN:
            return "The question was withdrawn."
        role = role_in(session, delivery.question.product_id, user.id)
        if role is None or not policy.allows(role, Action.SEE):
            return "They are no longer a member of the product."
        takes_part = delivery.kind == "question_answered" or policy.allows(role, Action.TAKE_PART_IN_QUESTION)
        if not takes_part or delivery.question.waits_on_id != user.id or _is_out_of_sight(session, delivery.question):
            return "It is no longer waiting for them."
        if _is_overtaken(session, delivery):
            return "They are getting a newer mail about it."
    trouble = notification_mails.objection(session, delivery, user)
    if trouble:
        return trouble
    if delivery.kind in (*stakeholder_mails.KINDS, *request_mails.KINDS) and not _sees_stakeholders(
        session, delivery, user
    ):
        return "They can no longer see the stakeholders of this product."
    if stakeholder_mails.is_settled(session, delivery) or request_mails.is_settled(session, delivery):
        return "It is no longer waiting for them."
    if delivery.kind in held_update_mails.KINDS:
        return held_update_mails.objection(session, delivery, user)
    return reminder_mails.objection(session, delivery) if delivery.kind in reminder_mails.KINDS else ""


def _is_out_of_sight(session: orm.Session, question: Question) -> bool:
    """Whether the question's item was discarded or its product archived, so that no queue shows the question."""
    product = session.get(Product, question.product_id)
    return question.item.discarded_at is not None or product is None or product.archived_at is not None


def _is_overtaken(session: orm.Session, delivery: Delivery) -> bool:
    """Whether a later mail about the same question goes to the same person; that one says more, and its link works."""
    later = sa.select(Delivery.id).where(
        Delivery.question_id == delivery.question_id, Delivery.user_id == delivery.user_id, Delivery.id > delivery.id
    )
    return session.scalar(later.where(Delivery.state != DeliveryState.CANCELLED).limit(1)) is not None


def _sees_stakeholders(session: orm.Session, delivery: Delivery, user: User) -> bool:
    role = role_in(session, delivery.product_id, user.id)
    return role is not None and policy.allows(role, Action.SEE_STAKEHOLDERS)


def _write(
    session: orm.Session,
    delivery: Delivery,
    product: Product | None,
    office: PostOffice,
    render: Render,
    make_link: MakeLink,
) -> WrittenMail:
    language = delivery.user.language if delivery.user is not None else "en"
    with force_locale(language):
        context = {
            "lang": language,
            "installation": office.sender.name,
            "base_url": office.base_url,
            "person_name": _to(delivery).name,
            "product_name": product.name if product is not None else "",
            **context_of(session, delivery, product, office, make_link, language),
        }
        return compose(delivery.kind, context, render=render)


def _product_of(session: orm.Session, delivery: Delivery) -> Product | None:
    product_id = delivery.product_id
    if product_id is None and delivery.stakeholder is not None:
        product_id = delivery.stakeholder.product_id
    return session.get(Product, product_id) if product_id is not None else None


def _references(session: orm.Session, delivery: Delivery, office: PostOffice) -> tuple[str, ...]:
    """The thread of the mail: one per question, per request, or per update together with all its corrections."""
    if delivery.question is not None:
        return (f"question.{delivery.question.product_id}.{delivery.question.number}@{office.domain}",)
    if delivery.update is not None:
        first = delivery.update
        while first.corrects_id is not None:
            first = session.get_one(StatusUpdate, first.corrects_id)
        return (f"update.{first.product_id}.{first.number}@{office.domain}",)
    if delivery.kind in request_mails.KINDS and "request" in delivery.context:
        return (f"request.{delivery.product_id}.{delivery.context['request']}@{office.domain}",)
    return ()


def _to(delivery: Delivery) -> Mailbox:
    if delivery.newcomer is not None:  # anybody may have typed the name
        return Mailbox("", delivery.newcomer.email)
    person = delivery.user if delivery.user is not None else delivery.stakeholder
    assert person is not None
    return Mailbox(person.name, person.email)
