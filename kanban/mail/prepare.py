"""One delivery made ready: whether it may still go out, to whom, and what it says. It reads rows and sends nothing."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from flask_babel import force_locale, gettext
from sqlalchemy import orm

from kanban import clock, formatting, policy
from kanban.mail import links
from kanban.mail.compose import Render, Written, compose, update_view
from kanban.mail.letter import Letter, Mailbox
from kanban.mail.links import MASK, Purpose
from kanban.mail.office import PostOffice
from kanban.models import (
    Answer,
    Delivery,
    Level,
    LinkPurpose,
    Member,
    Product,
    Question,
    QuestionState,
    SignInLink,
    Stakeholder,
    User,
)
from kanban.policy import Action, Role

_LINK_PURPOSES = {
    "sign_in": LinkPurpose.SIGN_IN,
    "invitation": LinkPurpose.INVITATION,
    "password": LinkPurpose.PASSWORD,
}
_BRIEF_SECTIONS = ("delays", "decisions")
MakeLink = Callable[[User, LinkPurpose], tuple[str, dt.timedelta]]


def makes_link(kind: str) -> bool:
    """Tell whether writing this mail makes a single-use link, so that it needs a write transaction."""
    return kind in _LINK_PURPOSES


def load(session: orm.Session, delivery_id: int) -> Delivery | None:
    """The delivery with everything that its mail needs, fresh from the database."""
    question = orm.joinedload(Delivery.question)
    return session.scalar(
        sa.select(Delivery)
        .where(Delivery.id == delivery_id)
        .options(
            orm.joinedload(Delivery.user),
            orm.joinedload(Delivery.stakeholder),
            orm.joinedload(Delivery.update),
            question.joinedload(Question.item),
            question.joinedload(Question.asker),
            question.selectinload(Question.answers).joinedload(Answer.author),
        )
        .execution_options(populate_existing=True)
    )


def objection(session: orm.Session, delivery: Delivery) -> str:
    """Why this mail must not go out any more, or nothing; permission is looked at again before every try."""
    if delivery.user is not None:
        return _objection_to_user(session, delivery, delivery.user)
    assert delivery.stakeholder is not None
    if delivery.stakeholder.removed_at is not None:
        return "They were taken off the list of stakeholders."
    if delivery.kind == "update" and not delivery.stakeholder.gets_updates:
        return "They asked for no more updates."
    return ""


def letter_for(session: orm.Session, delivery: Delivery, office: PostOffice, render: Render) -> Letter:
    """The mail as it goes out now. A mailed sign-in link is made here (see `makes_link`)."""

    def make_link(user: User, purpose: LinkPurpose) -> tuple[str, dt.timedelta]:
        secret = links.new_secret()
        link = SignInLink.for_purpose(purpose, secret_hash=links.hash_secret(secret), user=user)
        session.add(link)
        return links.single_use_address(office.base_url, secret), link.expires_at - clock.now()

    product = _product_of(session, delivery)
    written = _write(session, delivery, product, office, render, make_link)
    author = _author(session, delivery, product)
    return Letter(
        from_=office.sender,
        to=_to(delivery),
        reply_to=Mailbox(author.name, author.email) if author is not None else None,
        subject=written.subject,
        text=written.text,
        html=written.html,
        message_id=f"{delivery.kind}.{delivery.id}.{int(delivery.created_at.timestamp() * 1000)}@{office.domain}",
        references=_references(delivery, office),
        list_id=(product.name, f"{product.key.lower()}.{office.domain}") if product is not None else None,
        unsubscribe_url=_personal(office, delivery, Purpose.STOP) if delivery.kind == "update" else None,
        date=clock.now(),
    )


def kept_copy(
    session: orm.Session, delivery: Delivery, office: PostOffice, render: Render, *, show_links: bool
) -> Written:
    """The mail as the app shows it. Links are masked unless `show_links` (the demo); sign-in links always are."""

    def no_link(_user: User, purpose: LinkPurpose) -> tuple[str, dt.timedelta]:
        return links.single_use_address(office.base_url, MASK), SignInLink.for_purpose(
            purpose, secret_hash="", user=None
        ).expires_at - clock.now()

    written = _write(session, delivery, _product_of(session, delivery), office, render, no_link)
    if show_links:
        return written
    return Written(written.subject, links.mask_links(written.text), links.mask_links(written.html))


def _objection_to_user(session: orm.Session, delivery: Delivery, user: User) -> str:
    if not user.is_active:
        return "Their access to this installation has ended."
    if delivery.question is not None:
        if delivery.question.state is QuestionState.WITHDRAWN:
            return "The question was withdrawn."
        role = session.scalar(
            sa.select(Member.role).where(Member.product_id == delivery.question.product_id, Member.user_id == user.id)
        )
        if role is None or not policy.allows(role, Action.SEE):
            return "They are no longer a member of the product."
    return ""


def _write(
    session: orm.Session,
    delivery: Delivery,
    product: Product | None,
    office: PostOffice,
    render: Render,
    make_link: MakeLink,
) -> Written:
    language = delivery.user.language if delivery.user is not None else "en"
    with force_locale(language):
        context = {
            "lang": language,
            "installation": office.sender.name,
            "base_url": office.base_url,
            "person_name": _to(delivery).name,
            "product_name": product.name if product is not None else "",
            **_context(session, delivery, product, office, make_link, language),
        }
        return compose(delivery.kind, context, render=render)


def _context(
    session: orm.Session,
    delivery: Delivery,
    product: Product | None,
    office: PostOffice,
    make_link: MakeLink,
    language: str,
) -> dict[str, Any]:
    """What the templates of this kind need beyond what every mail has."""
    if delivery.kind in _LINK_PURPOSES:
        assert delivery.user is not None
        address, life = make_link(delivery.user, _LINK_PURPOSES[delivery.kind])
        return {
            "link": address,
            "minutes": round(life.total_seconds() / 60),
            "days": round(life.total_seconds() / 86_400),
            "inviter": delivery.context.get("inviter") or office.sender.name,
            "product_name": delivery.context.get("product") or "",
        }
    if delivery.question is not None and product is not None:
        return _question_context(delivery, delivery.question, product, office, language)
    if delivery.update is not None and product is not None:
        return _update_context(session, delivery, product, office, language)
    if delivery.kind == "receipt" and product is not None:
        return {
            "act": delivery.context.get("act"),
            "act_words": _act_words(delivery, product),
            "owner_name": _owner(session, product).name,
            "preferences_url": _personal(office, delivery, Purpose.PREFERENCES),
        }
    return {}


def _question_context(
    delivery: Delivery, question: Question, product: Product, office: PostOffice, language: str
) -> dict[str, Any]:
    said = _last_said(delivery, question)
    ref = f"{product.key}-{question.item.number}"
    needed_by = question.needed_by
    return {
        "author_name": (said.author if said is not None else question.asker).name,
        "item_ref": ref,
        "item_title": question.item.title,
        "body": question.body,
        "answer": said.body if said is not None else "",
        "blocking": question.blocking,
        "needed_words": formatting.short_day(needed_by, language, today=clock.today(product.zone)) if needed_by else "",
        "link": f"{office.base_url}/items/{ref}#question-{question.number}",
    }


def _update_context(
    session: orm.Session, delivery: Delivery, product: Product, office: PostOffice, language: str
) -> dict[str, Any]:
    assert delivery.update is not None
    assert delivery.stakeholder is not None
    snapshot = delivery.update.snapshot or {}
    view = update_view(_for_level(snapshot, delivery.stakeholder), locale=language, zone=product.time_zone)
    return {
        "update": view,
        "owner_name": _publisher(session, delivery, product).name,
        "read_url": _personal(office, delivery, Purpose.READ),
        "preferences_url": _personal(office, delivery, Purpose.PREFERENCES),
        "stop_url": _personal(office, delivery, Purpose.STOP),
    }


def _for_level(snapshot: dict[str, Any], stakeholder: Stakeholder) -> dict[str, Any]:
    """Who gets the brief form reads the headline, the health, the summary, what is late and what they are to decide."""
    if stakeholder.level is Level.FULL:
        return snapshot
    return {**snapshot, "sections": [part for part in snapshot["sections"] if part["kind"] in _BRIEF_SECTIONS]}


def _act_words(delivery: Delivery, product: Product) -> str:
    match delivery.context.get("act"):
        case "acknowledged":
            words = gettext("You told us that you have read “%(headline)s”.", headline=delivery.context["headline"])
        case "unsubscribed":
            words = gettext("You get no more updates about %(product)s.", product=product.name)
        case _:
            words = gettext("You changed what you get about %(product)s.", product=product.name)
    return str(words)


def _last_said(delivery: Delivery, question: Question) -> Answer | None:
    """The last entry of the thread that somebody else than the reader wrote; none for a question just asked."""
    if delivery.kind == "question_asked":
        return None
    return next((entry for entry in reversed(question.answers) if entry.author_id != delivery.user_id), None)


def _author(session: orm.Session, delivery: Delivery, product: Product | None) -> User | None:
    """Whom a reply reaches: the person who acted, while they have access."""
    if delivery.question is not None:
        said = _last_said(delivery, delivery.question)
        author = said.author if said is not None else delivery.question.asker
        return author if author.is_active else None
    if delivery.stakeholder is not None and product is not None:
        return _publisher(session, delivery, product)
    return None


def _publisher(session: orm.Session, delivery: Delivery, product: Product) -> User:
    """Who published the update; the product's owner where that person has left or nobody did."""
    if delivery.update is not None and delivery.update.published_by_id is not None:
        publisher = session.get(User, delivery.update.published_by_id)
        if publisher is not None and publisher.is_active:
            return publisher
    return _owner(session, product)


def _owner(session: orm.Session, product: Product) -> User:
    return session.scalars(
        sa.select(User)
        .join(Member, Member.user_id == User.id)
        .where(Member.product_id == product.id, Member.role == Role.OWNER)
    ).one()


def _product_of(session: orm.Session, delivery: Delivery) -> Product | None:
    product_id = delivery.product_id
    if product_id is None and delivery.stakeholder is not None:
        product_id = delivery.stakeholder.product_id
    return session.get(Product, product_id) if product_id is not None else None


def _references(delivery: Delivery, office: PostOffice) -> tuple[str, ...]:
    """One thread a subject: a question, or an update with its corrections."""
    if delivery.question is not None:
        return (f"question.{delivery.question.product_id}.{delivery.question.number}@{office.domain}",)
    if delivery.update is not None:
        number = (delivery.update.snapshot or {}).get("corrects") or delivery.update.number
        return (f"update.{delivery.update.product_id}.{number}@{office.domain}",)
    return ()


def _to(delivery: Delivery) -> Mailbox:
    person = delivery.user if delivery.user is not None else delivery.stakeholder
    assert person is not None
    return Mailbox(person.name, person.email)


def _personal(office: PostOffice, delivery: Delivery, purpose: Purpose) -> str:
    assert delivery.stakeholder is not None
    token = links.sign(office.key, purpose, delivery.id, delivery.stakeholder.link_serial)
    return links.personal_address(office.base_url, token)
