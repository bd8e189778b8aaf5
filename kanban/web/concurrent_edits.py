"""Telling somebody who saves too late who has changed the same thing in the meantime."""

from flask_babel import gettext as _

from kanban import access
from kanban.extensions import db
from kanban.models import Product
from kanban.reads.people.people import people_by_id


def who_changed(product: Product, by: int | None) -> str:
    """A sentence that says who changed something while it was being edited; `by` is a user's id, None if unknown."""
    who = people_by_id(db.session(), [by], among=product).get(by or 0)
    if who is None:
        return _("Somebody has changed this in the meantime.")
    if by == access.member().user_id:
        return _("You have changed this in another window in the meantime.")
    return _("%(name)s has changed this in the meantime.", name=who.listed)
