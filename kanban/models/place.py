"""Where a card goes, as read by a loader under the lock, so that a move needs no query of its own."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kanban.models.column import Column

if TYPE_CHECKING:
    from kanban.models.question import Question


@dataclass(frozen=True)
class Place:
    """A target column and the neighbours in the order of the whole product.

    rank        the free rank between the neighbours; None: the item keeps the one it has
    after       number of the item that will stand just before it, None at the very top
    previous    number of the item that stands just before it now, None at the top or for a new item
    occupancy   items in the target column, the moved one not counted
    arriving    how many items the command brings in, judged at the first of them; 0 for the others
    unfinished  numbers of the items it needs that are neither done nor discarded
    open_parts  numbers of its own parts that are neither, when it is done
    blocking    the item's open blocking questions, which hold it up once it has started
    higher      numbers of eligible items above it that this pull passes over
    is_free     it starts, and none of its assignees is still a member of the product
    way_back    (rank, after) of its old place, if it goes back to backlog or ready but has moved on since it left
    """

    column: Column
    rank: int | None
    after: int | None = None
    previous: int | None = None
    occupancy: int = 0
    arriving: int = 1
    unfinished: tuple[int, ...] = ()
    open_parts: tuple[int, ...] = ()
    blocking: "tuple[Question, ...]" = field(default=())
    higher: tuple[int, ...] = ()
    is_free: bool = False
    way_back: tuple[int, int | None] | None = None


@dataclass(frozen=True)
class Caution:
    """Something a move was allowed to do but that people should know about; `code` as in the API."""

    code: str
    message: str


NO_CRITERIA = Caution("no_criteria", "It has no acceptance criteria yet.")
