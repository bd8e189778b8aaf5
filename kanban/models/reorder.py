"""Giving several items the places that they have among themselves in another order; what stands between them stays."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kanban.models.member import Member
from kanban.models.place import Place
from kanban.policy import Action

if TYPE_CHECKING:
    from kanban.models.item import Item


def reorder(places: "Sequence[tuple[Item, Place]]", *, by: Member) -> None:
    """Put each item at its place, from the top down as they shall stand; the log tells one move for each of them."""
    by.must(Action.RANK)
    for item, place in places:
        item.move_to(place, by=by)
