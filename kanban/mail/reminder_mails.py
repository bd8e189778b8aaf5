"""The mail that reminds an owner of a due update: what it says, and why it may no longer be needed."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock, formatting
from kanban.mail.office import PostOffice
from kanban.models import Delivery, Member, Product, Stakeholder, StatusUpdate, constant
from kanban.policy import Role
from kanban.reads.updates.silence import REMINDER, read_silence
from kanban.reads.updates.updates import FOR_EVERYBODY, open_draft, recipients

KINDS = (REMINDER,)


def context_of(
    session: orm.Session, delivery: Delivery, product: Product, office: PostOffice, language: str
) -> dict[str, Any]:
    """What the templates of KINDS need beyond what every mail has."""
    silence = read_silence(session, product)
    people: list[Stakeholder] = recipients(session, product)
    draft = open_draft(session, product)
    page = f"{office.base_url}/products/{product.key}/updates"
    last_on = silence.last_on if silence is not None else None
    return {
        "last_day": formatting.long_day(last_on, language) if last_on else "",
        "days": silence.days if silence is not None else 0,
        "cadence_days": product.cadence_days,
        "n_people": len(people),
        "draft_number": draft,
        "link": f"{page}/{draft}" if draft is not None else page,
        "settings_url": f"{office.base_url}/products/{product.key}/settings",
    }


def objection(session: orm.Session, delivery: Delivery) -> str:
    """Why the reminder is no longer needed, or ""."""
    product = session.get(Product, delivery.product_id, populate_existing=True) if delivery.product_id else None
    if product is None or product.archived_at is not None:
        return "The product is archived."
    owner = sa.select(Member.user_id).where(Member.product_id == product.id, Member.role == constant(Role.OWNER))
    if session.scalar(owner) != delivery.user_id:
        return "They no longer own the product."
    silence = read_silence(session, product)
    if silence is None or silence.days < silence.cadence_days:
        return "An update is no longer due."
    soon = clock.now() + dt.timedelta(days=product.cadence_days)
    goes_out = sa.select(StatusUpdate.id).where(
        StatusUpdate.product_id == product.id, FOR_EVERYBODY, StatusUpdate.goes_out_at < soon
    )
    if session.scalar(goes_out.limit(1)) is not None:
        return "One is scheduled already."
    return ""
