"""Several items into another column by one command: all of them or none, each judged as if it came alone, the column's
limit once by how many stand there in the end."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kanban import clock
from kanban.errors import Forbidden, Refused
from kanban.flow.stage import QUEUE
from kanban.models.member import Member
from kanban.models.place import Caution, Place
from kanban.policy import Action

if TYPE_CHECKING:
    from kanban.models.item import Item

#: What is said of the column, and so of all that come in.
_OF_ALL = ("wip_limit", "reason_required")
_NAMED = 5


def cross(
    places: "Sequence[tuple[Item, Place]]",
    *,
    by: Member,
    limit_reason: str | None = None,
    passed_over_reason: str | None = None,
) -> "list[tuple[Item, Caution]]":
    """Move each item to its place at one instant. The reasons say for the whole why the limit is broken and why others
    are passed over; an owner passes over nobody.

    Refused with the items that stop it, and why; what was changed until then must be rolled back.
    """
    at, passing = clock.now(), None if by.may(Action.RANK) else passed_over_reason
    if not by.may(Action.RANK) and any(_goes_back(item, place) for item, place in places):
        raise Forbidden("Only the product owner or a delegate can put several started items back at once.")
    cautions: list[tuple[Item, Caution]] = []
    stopped: dict[str, list[str]] = {}
    for item, place in places:
        try:
            told = item.move_to(place, by=by, limit_reason=limit_reason, passed_over_reason=passing, effective_at=at)
        except Refused as refused:
            if refused.code in _OF_ALL:
                raise
            stopped.setdefault(refused.sentence, []).append(item.ref)
        else:
            cautions += [(item, caution) for caution in told]
    if stopped:
        sentence, refs = next(iter(stopped.items()))
        more = f" and {len(refs) - _NAMED} more" if len(refs) > _NAMED else ""
        raise Refused(f"{', '.join(refs[:_NAMED])}{more}: {sentence} Nothing was moved.")
    return cautions


def _goes_back(item: "Item", place: Place) -> bool:
    return place.column.stage in QUEUE and item.column.stage not in QUEUE
