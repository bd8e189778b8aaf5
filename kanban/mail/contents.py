"""What the templates of each kind of mail are filled with; who may get a mail and how it is sent is in `prepare`."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock, formatting
from kanban.mail import held_update_mails, notification_mails, reminder_mails, request_mails, stakeholder_mails
from kanban.mail.compose import update_view
from kanban.mail.levels import concern_of, for_level
from kanban.mail.links import Purpose
from kanban.mail.office import PostOffice
from kanban.models import (
    Answer,
    Delivery,
    DeliveryState,
    Level,
    LinkPurpose,
    Product,
    Question,
    Stakeholder,
    User,
)
from kanban.reads.decisions import decided
from kanban.reads.people.people import owner_of, people_by_id, role_in

LINK_PURPOSES = {
    "sign_in": LinkPurpose.SIGN_IN,
    "invitation": LinkPurpose.INVITATION,
    "password": LinkPurpose.PASSWORD,
}
MakeLink = Callable[[User, LinkPurpose], tuple[str, dt.timedelta]]


def context_of(
    session: orm.Session,
    delivery: Delivery,
    product: Product | None,
    office: PostOffice,
    make_link: MakeLink,
    language: str,
) -> dict[str, Any]:
    """What the templates of this kind need beyond what every mail has."""
    if delivery.kind in LINK_PURPOSES:
        assert delivery.user is not None
        address, life = make_link(delivery.user, LINK_PURPOSES[delivery.kind])
        return {
            "link": address,
            "minutes": round(life.total_seconds() / 60),
            "days": round(life.total_seconds() / 86_400),
            "inviter": delivery.context.get("inviter") or office.sender.name,
            "product_name": delivery.context.get("product") or "",
        }
    if delivery.question is not None and product is not None:
        return _question_context(session, delivery, delivery.question, product, office, language)
    if delivery.update is not None and product is not None:
        return _update_context(session, delivery, product, office, language)
    if delivery.kind in stakeholder_mails.KINDS and product is not None:
        return stakeholder_mails.context_of(session, delivery, product, office)
    if delivery.kind in request_mails.KINDS and product is not None:
        return request_mails.context_of(session, delivery, product, office, language)
    if delivery.kind in reminder_mails.KINDS and product is not None:
        return reminder_mails.context_of(session, delivery, product, office, language)
    if delivery.kind in held_update_mails.KINDS and product is not None:
        return held_update_mails.context_of(session, delivery, product, office, language)
    if delivery.kind in notification_mails.KINDS:
        return notification_mails.context_of(session, delivery, office)
    if delivery.kind == "receipt" and product is not None:
        return {
            "act": delivery.context.get("act"),
            "act_words": stakeholder_mails.act_words(session, delivery, product),
            "owner_name": owner_of(session, product).name,
            "preferences_url": office.personal_link(delivery, Purpose.PREFERENCES),
        }
    return {}


def _question_context(
    session: orm.Session, delivery: Delivery, question: Question, product: Product, office: PostOffice, language: str
) -> dict[str, Any]:
    last = _last_said(delivery, question)
    author_id = last.author_id if last is not None else question.asker_id
    ref = f"{product.key}-{question.item.number}"
    needed_by, until, today = question.needed_by, question.assumed_until, clock.today(product.zone)
    return {
        "author_name": people_by_id(session, [author_id], among=product)[author_id].listed,
        "item_ref": ref,
        "item_title": question.item.title,
        "body": question.body,
        "answer": last.body if last is not None else "",
        "blocking": question.blocking,
        "needed_words": formatting.short_day(needed_by, language, today=today) if needed_by else "",
        "assumption": question.assumption if question.is_open else "",
        "until_words": formatting.short_day(until, language, today=today) if until else "",
        "stands": question.stands_on(today),
        "link": f"{office.base_url}/items/{ref}#question-{question.id}",
        "answer_url": office.answer_link(delivery),
    }


def _update_context(
    session: orm.Session, delivery: Delivery, product: Product, office: PostOffice, language: str
) -> dict[str, Any]:
    assert delivery.update is not None
    assert delivery.stakeholder is not None
    snapshot, person = delivery.update.snapshot or {}, delivery.stakeholder
    concern = concern_of(session, product, person) if person.level is Level.MINE else None
    view = update_view(for_level(snapshot, person.level, concern), locale=language, zone=product.time_zone)
    return {
        "update": view,
        "first": first_words(session, delivery, product, language),
        "owner_name": _publisher(session, delivery, product).name,
        "read_url": office.personal_link(delivery, Purpose.READ),
        "ask_url": office.personal_link(delivery, Purpose.ASK),
        "decide_url": office.personal_link(delivery, Purpose.DECIDE) if _is_asked(session, delivery) else "",
        "preferences_url": office.personal_link(delivery, Purpose.PREFERENCES),
        "stop_url": office.personal_link(delivery, Purpose.STOP),
    }


def first_words(session: orm.Session, delivery: Delivery, product: Product, language: str) -> dict[str, str] | None:
    """What a stakeholder's first update by mail says in addition; None in every later one.

    It says who put them on the list, when and why. Mails sent before `reached_since` don't count, since they went to a
    former address. Mails that were only kept reached nobody, so they count as earlier ones only if this mail is a kept
    one as well.
    """
    person = delivery.stakeholder
    assert person is not None
    is_kept = delivery.state is DeliveryState.KEPT
    earlier = sa.select(Delivery.id).where(
        Delivery.stakeholder_id == person.id,
        Delivery.kind == "update",
        Delivery.state.in_([DeliveryState.SENT, DeliveryState.KEPT] if is_kept else [DeliveryState.SENT]),
        Delivery.created_at >= person.reached_since,
    )
    if delivery.id is not None:
        at_once = sa.and_(Delivery.created_at == delivery.created_at, Delivery.id < delivery.id)
        earlier = earlier.where(sa.or_(Delivery.created_at < delivery.created_at, at_once))
    if session.scalar(earlier.limit(1)) is not None:
        return None
    adder = session.scalar(sa.select(User.name).where(User.id == person.added_by_id))
    return {
        "by": adder or owner_of(session, product).name,
        "on": formatting.long_day(clock.day_of(person.added_at, product.zone), language),
        "reason": person.reason,
    }


def _is_asked(session: orm.Session, delivery: Delivery) -> bool:
    """Whether the person is asked for a decision that nobody has made yet."""
    return any(line.is_yours and line.decision is None for line in decided.asked_in(session, delivery))


def _last_said(delivery: Delivery, question: Question) -> Answer | None:
    """The last entry of the thread that is not by the reader; None in the mail about a question just asked."""
    if delivery.kind == "question_asked":
        return None
    return next((entry for entry in reversed(question.answers) if entry.author_id != delivery.user_id), None)


def author_of(session: orm.Session, delivery: Delivery, product: Product | None) -> User | Stakeholder | None:
    """Who receives a reply to this mail: the person who acted, as long as they have access.

    If they no longer do, it is the owner for a mail to a stakeholder and nobody for a mail to a member.
    """
    author = _who_acted(session, delivery, product)
    if not isinstance(author, User) or product is None or _has_access(session, author, product):
        return author
    return owner_of(session, product) if delivery.stakeholder is not None else None


def _has_access(session: orm.Session, user: User, product: Product) -> bool:
    return user.is_active and role_in(session, product.id, user.id) is not None


def _who_acted(session: orm.Session, delivery: Delivery, product: Product | None) -> User | Stakeholder | None:
    if delivery.kind in stakeholder_mails.KINDS and product is not None:
        return stakeholder_mails.author_of(session, delivery, product) or (
            owner_of(session, product) if delivery.stakeholder is not None else None
        )
    if delivery.kind in request_mails.KINDS and product is not None:
        owner = owner_of(session, product) if delivery.user is None else None
        return request_mails.author_of(session, delivery, product) or owner
    if delivery.question is not None:
        last = _last_said(delivery, delivery.question)
        return last.author if last is not None else delivery.question.asker
    if delivery.stakeholder is not None and product is not None:
        return _publisher(session, delivery, product)
    return None


def _publisher(session: orm.Session, delivery: Delivery, product: Product) -> User:
    """Who published the update; the product's owner if that person has left or it was published by nobody."""
    if delivery.update is not None and delivery.update.published_by_id is not None:
        publisher = session.get(User, delivery.update.published_by_id)
        if publisher is not None and _has_access(session, publisher, product):
            return publisher
    return owner_of(session, product)
