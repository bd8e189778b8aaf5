"""What the demo's owner ticked for the public roadmap; there is no link to it until somebody makes one."""

from collections.abc import Callable

from sqlalchemy import orm

from kanban.models import Member, Product
from kanban.models.roadmap import Subject, tick
from kanban.reads import roadmap

DAYS_AGO = 3
TICKED: dict[Subject, str | None] = {
    ("milestone", 1): "Commuters travel on one card",
    ("item", 49): "The timetable follows the harbour by itself",
    ("item", 44): "School classes in one booking",
    ("item", 66): "Change a booking yourself",
}


def publish(session: orm.Session, product: Product, *, by: Member) -> None:
    """Tick them under titles of their own."""
    ids = roadmap.ids_of(session, product, list(TICKED))
    new, _gone = tick(product, roadmap.read_lines(session, product), TICKED, ids, by=by)
    session.add_all(new)


def publishing(session: orm.Session, lock: Callable[[], Product], owner: Callable[[], Member]) -> Callable[[], None]:
    """The command that does it."""
    return lambda: publish(session, lock(), by=owner())
