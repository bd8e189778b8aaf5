"""What the demo's owner ticked for the public roadmap; it has no link until somebody makes one."""

from functools import partial

from kanban.demo.workspace import Workspace
from kanban.models.roadmap import Subject, tick
from kanban.reads import roadmap

_DAYS_AGO = 3
_TICKED: dict[Subject, str | None] = {
    ("milestone", 1): "Commuters travel on one card",
    ("item", 49): "The timetable follows the harbour automatically",
    ("item", 44): "School classes in one booking",
    ("item", 66): "Change a booking yourself",
}


def tell(ferry: Workspace) -> None:
    """Schedule ticking them, under titles of their own."""
    ferry.ago(partial(_tick, ferry), days=_DAYS_AGO)


def _tick(ferry: Workspace) -> None:
    product, owner = ferry.lock(), ferry.owner()
    ids = roadmap.ids_of(ferry.session, product, list(_TICKED))
    new, _gone = tick(product, roadmap.read_lines(ferry.session, product), _TICKED, ids, by=owner)
    ferry.session.add_all(new)
