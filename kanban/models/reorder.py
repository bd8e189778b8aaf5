"""Reordering several items among the places that they occupy together; the items between them stay where they are."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kanban.models.member import Member
from kanban.models.place import Place
from kanban.policy import Action

if TYPE_CHECKING:
    from kanban.models.item import Item


def reorder(places: "Sequence[tuple[Item, Place]]", *, by: Member) -> None:
    """Put each item at its place, in the new order from the top down; the log records one move for each of them."""
    by.must(Action.RANK)
    for item, place in places:
        item.move_to(place, by=by)
