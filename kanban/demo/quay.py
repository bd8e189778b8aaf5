"""The demo's second product, a small one: harbour screens, told in eight items."""

import datetime as dt
from functools import partial

from sqlalchemy import orm

from kanban import clock
from kanban.demo.workspace import Workspace
from kanban.models import User

#: Title, the column where it stands, days ago.
_ITEMS = (
    ("Show the next three departures, large", "Done", 30),
    ("Turn the screens off at night", "Done", 16),
    ("Departures in the colour of the line", "Done", 9),
    ("Announce the gate by voice", "In progress", 6),
    ("Say why a ferry is late", "Ready", 4),
    ("Sunlight makes the east screen unreadable", "Ready", 2),
    ("Show the weather on the other side", "Backlog", 12),
    ("Let the office add a line of its own", "Backlog", 8),
)


def tell(session: orm.Session, people: dict[str, User], now: dt.datetime) -> None:
    """Make the product, schedule its story from its opening until now, and play it."""
    quay = Workspace(session, people, "QUAY", "Harbour screens", now)
    with clock.at(now - dt.timedelta(days=40)):
        quay.open(
            goal="Nobody on the quay has to ask when the next ferry leaves.", limits={"In progress": 2}, policies={}
        )
    start = now - dt.timedelta(days=39)
    for index, (title, column, days) in enumerate(_ITEMS):
        quay.at(start + dt.timedelta(minutes=index), partial(quay.create, title, title))
        when = now - dt.timedelta(days=days)
        road = ("Ready", "In progress", "Acceptance", "Done")
        steps = road[: road.index(column) + 1] if column in road else ()
        for position, step in enumerate(steps):
            by = "ingrid" if step in ("Ready", "Done") else "sara"
            moment = when + dt.timedelta(days=position, hours=-5)
            quay.at(min(moment, now), partial(quay.move, title, step, by))
    quay.play()
