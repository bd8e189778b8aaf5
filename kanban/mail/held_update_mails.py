"""The mail about a scheduled update that was held back: what it says, and why it may no longer be needed."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import formatting, policy
from kanban.mail.office import PostOffice
from kanban.models import Delivery, Product, StatusUpdate, User
from kanban.policy import Action
from kanban.reads.people.people import people_by_id, role_in

KINDS = ("update_held",)


def context_of(
    session: orm.Session, delivery: Delivery, product: Product, office: PostOffice, language: str
) -> dict[str, Any]:
    """What the templates of KINDS need beyond what every mail has; `presser` is "" if it is the reader."""
    update, user = _update_of(session, delivery), delivery.user
    held = update.held if update is not None else None
    if update is None or held is None or user is None:  # a kept copy may be shown after its update is gone
        return {
            "headline": "",
            "number": delivery.context["update"],
            "was_due": "",
            "presser": "",
            "why": [],
            "link": "",
        }
    presser = people_by_id(session, [held["by"]], among=product)[held["by"]]
    return {
        "headline": update.headline,
        "number": update.number,
        "was_due": formatting.appointment(dt.datetime.fromisoformat(held["was_due"]), user.time_zone, language),
        "presser": presser.listed if presser.id != user.id else "",
        "why": held["why"],
        "link": f"{office.base_url}/products/{product.key}/updates/{update.number}",
    }


def objection(session: orm.Session, delivery: Delivery, user: User) -> str:
    """Why this mail is no longer needed, or ""."""
    role = role_in(session, delivery.product_id, user.id)
    if role is None or not policy.allows(role, Action.SEE_STAKEHOLDERS):
        return "They can no longer see the drafts of this product."
    update = _update_of(session, delivery)
    return "" if update is not None and update.held is not None else "It is no longer waiting for them."


def _update_of(session: orm.Session, delivery: Delivery) -> StatusUpdate | None:
    which = (StatusUpdate.product_id == delivery.product_id, StatusUpdate.number == delivery.context["update"])
    return session.scalar(sa.select(StatusUpdate).where(*which).execution_options(populate_existing=True))
