"""Changes to somebody on the list; when the address changes, mails that reached nobody are sent again."""

from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy import orm

from kanban.errors import Invalid
from kanban.models import Delivery, DeliveryState, Member, Product, Stakeholder
from kanban.models.stakeholder import read_address
from kanban.reads.stakeholders.erasure import forget_answers
from kanban.reads.stakeholders.stakeholders import known_addresses
from kanban.reads.updates.corrections import read_corrections


def change_person(
    session: orm.Session, product: Product, person: Stakeholder, *, by: Member, **values: Any
) -> list[Delivery]:
    """Change the person's details under the product's lock; Invalid if the address belongs to somebody else.

    Returns the refused mails that go out again, because the person has a new address.
    """
    old = person.email
    if values.get("email") is not None:
        _must_be_free(session, product, person, read_address(values["email"]))
    person.change(product, by=by, **values)
    if person.email == old:
        return []
    forget_answers(session, product, old)
    again = refused_mails(session, product, person)
    for mail in (*again, *_open_mails(session, person)):
        mail.go_late()
    return again


def _must_be_free(session: orm.Session, product: Product, person: Stakeholder, address: str) -> None:
    other = known_addresses(session, product, [address]).get(address)
    if other is None or other.id == person.id:
        return
    if other.removed_at is None:
        raise Invalid({"email": gettext("%(name)s already has this address.", name=other.name)})
    sentence = gettext("%(name)s had this address and is off the list. Add them again instead.", name=other.name)
    raise Invalid({"email": sentence})


def refused_mails(session: orm.Session, product: Product, person: Stakeholder) -> list[Delivery]:
    """The refused mails that should be sent again to the person's new address; none whose links have expired.

    Of the updates only the last one is, unless it was corrected or the person wants no updates.
    """
    theirs = Delivery.stakeholder_id == person.id
    query = sa.select(Delivery).where(theirs, Delivery.state == DeliveryState.REFUSED).order_by(Delivery.id)
    refused = [mail for mail in session.scalars(query) if mail.is_open_to_acts]
    if not any(mail.update_id for mail in refused):
        return refused
    newest = session.scalar(sa.select(sa.func.max(Delivery.id)).where(theirs, Delivery.update_id.is_not(None)))
    corrected = read_corrections(session, product.id)

    def is_due(mail: Delivery) -> bool:
        return person.gets_updates and mail.id == newest and mail.update_id not in corrected

    return [mail for mail in refused if mail.update_id is None or is_due(mail)]


def _open_mails(session: orm.Session, person: Stakeholder) -> list[Delivery]:
    """The person's mails that wait to be sent, or are on their way to the old address at this moment."""
    is_open = Delivery.state.in_([DeliveryState.WAITING, DeliveryState.SENDING])
    return list(session.scalars(sa.select(Delivery).where(Delivery.stakeholder_id == person.id, is_open)))
