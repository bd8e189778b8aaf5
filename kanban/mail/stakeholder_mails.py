"""What mails say about stakeholders' questions and decisions, lost links and wrong addresses."""

from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy import orm

from kanban.mail import links, request_mails
from kanban.mail.links import Purpose
from kanban.mail.office import PostOffice
from kanban.models import Decision, Delivery, Product, Stakeholder, StatusUpdate, UpdateQuestion, User

KINDS = ("stakeholder_asked", "stakeholder_answered", "stakeholder_decided", "link_reported", "lost_link")


def context_of(session: orm.Session, delivery: Delivery, product: Product, office: PostOffice) -> dict[str, Any]:
    """What the templates of KINDS need beyond what every mail has."""
    match delivery.kind:
        case "stakeholder_asked" | "stakeholder_answered":
            return _question(session, delivery, product, office)
        case "stakeholder_decided":
            return _decision(session, delivery, product, office)
        case "link_reported":
            person = session.get(Stakeholder, delivery.context["stakeholder"])
            is_listed = person is not None and person.removed_at is None
            people = f"{office.base_url}/products/{product.key}/stakeholders"
            return {
                "reader_name": person.name if person is not None else gettext("A former stakeholder"),
                "reader_email": person.email if person is not None else "",
                "link": f"{people}/{person.id}/edit" if person is not None and is_listed else people,
            }
    return {
        "read_url": read_link(session, delivery, office),
        "requests_url": request_mails.mine_link(office, delivery),
        "preferences_url": office.personal_link(delivery, Purpose.PREFERENCES),
        "stop_url": office.personal_link(delivery, Purpose.STOP),
    }


def act_words(session: orm.Session, delivery: Delivery, product: Product) -> str:
    """What a receipt says was done."""
    context = delivery.context
    match context.get("act"):
        case "acknowledged":
            words = gettext("You told us that you have read “%(headline)s”.", headline=context["headline"])
        case "asked":
            asked = _asked(session, product, context["asked"])
            words = gettext("You asked about “%(headline)s”:", headline=context["headline"]) + f"\n\n{asked.body}"
        case "decided":
            made = _made(session, product, context["decision"])
            words = gettext("You decided: %(decision)s", decision=made.body) + f"\n\n{made.context}"
        case "judged":
            words = request_mails.judged_words(session, delivery, product)
        case "reported":
            words = gettext(
                "Somebody who got one of these mails told us that they are not you, so the links in all earlier mails"
                " no longer work. If you don’t need those links, there is nothing to do: new mails bring new ones."
            )
        case "unsubscribed":
            words = gettext("You will get no more updates about %(product)s.", product=product.name)
        case _:
            words = gettext("You changed what you get about %(product)s.", product=product.name)
    return str(words)


def author_of(session: orm.Session, delivery: Delivery, product: Product) -> User | Stakeholder | None:
    """Who receives a reply: the stakeholder who acted, the member who answered them, or nobody."""
    match delivery.kind:
        case "stakeholder_asked":
            stakeholder_id = _asked(session, product, delivery.context["asked"]).stakeholder_id
            return request_mails.reachable(session, stakeholder_id)
        case "stakeholder_decided":
            stakeholder_id = _made(session, product, delivery.context["decision"]).stakeholder_id
            return request_mails.reachable(session, stakeholder_id)
        case "stakeholder_answered":
            return session.get(User, _asked(session, product, delivery.context["asked"]).answered_by_id)
    return None


def is_settled(session: orm.Session, delivery: Delivery) -> bool:
    """Whether a mail would ask for an answer that has been given meanwhile."""
    if delivery.kind != "stakeholder_asked":
        return False
    asked = sa.select(UpdateQuestion.answered_at).where(
        UpdateQuestion.product_id == delivery.product_id, UpdateQuestion.number == delivery.context["asked"]
    )
    return session.scalar(asked) is not None


def read_link(session: orm.Session, delivery: Delivery, office: PostOffice, update_id: int | None = None) -> str:
    """The person's link to their copy of an update, by default the newest one sent to them; "" without one."""
    query = sa.select(sa.func.max(Delivery.id)).where(
        Delivery.stakeholder_id == delivery.stakeholder_id, Delivery.update_id.is_not(None)
    )
    copy_id = session.scalar(query.where(Delivery.update_id == update_id) if update_id else query)
    assert delivery.stakeholder is not None
    if copy_id is None:
        return ""
    token = links.sign(office.key, Purpose.READ, copy_id, delivery.stakeholder.link_serial)
    return links.personal_address(office.base_url, token)


def _question(session: orm.Session, delivery: Delivery, product: Product, office: PostOffice) -> dict[str, Any]:
    asked = _asked(session, product, delivery.context["asked"])
    update = session.get_one(StatusUpdate, asked.update_id)
    answerer = session.get(User, asked.answered_by_id) if asked.answered_by_id else None
    person = session.get(Stakeholder, asked.stakeholder_id) if asked.stakeholder_id else None
    page = f"{office.base_url}/products/{product.key}/updates/{update.number}#asked-{asked.number}"
    return {
        "author_name": (answerer.name if answerer else "")
        if delivery.kind == "stakeholder_answered"
        else (person.name if person else gettext("A former stakeholder")),
        "update_number": update.number,
        "headline": update.headline,
        "body": asked.body,
        "answer": asked.answer,
        "link": page if delivery.user is not None else read_link(session, delivery, office, asked.update_id),
        "answer_url": office.answer_link(delivery) if delivery.user is not None else "",
        "preferences_url": (
            office.personal_link(delivery, Purpose.PREFERENCES) if delivery.stakeholder is not None else ""
        ),
    }


def _decision(session: orm.Session, delivery: Delivery, product: Product, office: PostOffice) -> dict[str, Any]:
    made = _made(session, product, delivery.context["decision"])
    person = session.get(Stakeholder, made.stakeholder_id) if made.stakeholder_id else None
    return {
        "author_name": person.name if person is not None else gettext("A former stakeholder"),
        "body": made.body,
        "asked": made.context,
        "link": f"{office.base_url}/products/{product.key}/decisions?at={made.number}#decision-{made.number}",
    }


def _asked(session: orm.Session, product: Product, number: int) -> UpdateQuestion:
    return session.scalars(
        sa.select(UpdateQuestion).where(UpdateQuestion.product_id == product.id, UpdateQuestion.number == number)
    ).one()


def _made(session: orm.Session, product: Product, number: int) -> Decision:
    return session.scalars(
        sa.select(Decision).where(Decision.product_id == product.id, Decision.number == number)
    ).one()
