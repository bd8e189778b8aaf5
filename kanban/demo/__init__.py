"""The demo workspace: two products with about ninety believable days of history, which fill an empty installation.

The history is made by the same verbs that people use, with the clock moved back. Nobody gets mail.
"""

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.demo import ferry, quay
from kanban.demo.people import PEOPLE, make_people
from kanban.errors import Refused
from kanban.models import Delivery, DeliveryState, Product, User


def fill(session: orm.Session, *, guest: User | None = None) -> list[tuple[str, User]]:
    """Fill an empty installation inside the current write transaction; the caller commits.

    Returns (role, person) for the first of each role. A `guest` takes the part of the product owner.
    """
    if session.scalar(sa.select(sa.func.count()).select_from(Product)):
        raise Refused("There are products here already. The demo workspace only fills an empty installation.")
    now = clock.now()
    people = make_people(session, guest)
    ferry.tell(session, people, now)
    quay.tell(session, people, now)
    waiting = sa.update(Delivery).where(Delivery.state == DeliveryState.WAITING)
    session.execute(waiting.values(state=DeliveryState.KEPT))
    return [(role, people[name]) for name, _, role in PEOPLE[:4]]
