"""Moving several items into another column by one command, all or none.

Each is judged as if it came alone, except that the column's limit is judged once, by how many stand there in the end.
"""

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

#: Codes of refusals that concern the column, and so all the items that come in.
_OF_ALL = ("wip_limit", "reason_required")
_NAMED = 5


def move_together(
    places: "Sequence[tuple[Item, Place]]",
    *,
    by: Member,
    limit_reason: str | None = None,
    passed_over_reason: str | None = None,
) -> "list[tuple[Item, Caution]]":
    """Move each item to its place, all at the same instant; return each caution with its item.

    The reasons, why the limit is broken and why others are passed over, hold for all of them; the owner's side passes
    over nobody. If some can't move, raises Refused with their references and why; the caller must then roll back.
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
