"""Bodies of calls about items: making, editing, splitting, moving and others."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Discriminator, Field, RootModel, Tag

from kanban.blueprints.api.asks.body import Body
from kanban.blueprints.api.asks.kinds import MOST_AT_ONCE, NO_NUL, ColumnName, Email, Goal, Int, Line, Spot, Text
from kanban.models import ClassOfService, ItemType, LibertyKind


class NewItem(Body):
    """An item to make; without a column it goes to the end of the backlog."""

    title: Line
    description: Text = ""
    type: ItemType = ItemType.FEATURE
    size: Line = ""
    labels: Annotated[list[Line], Field(max_length=100)] = []
    column: ColumnName | None = None
    place: Spot = ("bottom", "")
    limit_reason: Line | None = None


def _is_many(given: Any) -> str:
    return "{many}" if isinstance(given, list) else "{one}"


class NewItems(RootModel[NewItem | list[NewItem]]):
    """One item, or a list of up to 500, of which all are made or none."""

    root: Annotated[
        Annotated[NewItem, Tag("{one}")]
        | Annotated[list[NewItem], Field(min_length=1, max_length=MOST_AT_ONCE), Tag("{many}")],
        Discriminator(_is_many),
    ]


Points = Annotated[int, Field(strict=True, ge=1, le=5)]


class ItemEdit(Body):
    """What to change about an item, and the revision that the change started from. A `value`, `effort` or `part_of` of
    null removes it; elsewhere null means unchanged."""

    revision: Int
    title: Line | None = None
    description: Text | None = None
    type: ItemType | None = None
    size: Line | None = None
    value: Points | None = None
    effort: Points | None = None
    class_of_service: ClassOfService | None = None
    labels: Annotated[list[Line], Field(max_length=100)] | None = None
    part_of: Annotated[str, Field(max_length=100, pattern=NO_NUL)] | None = None


class Split(Body):
    """How to split an item: the titles of the new items, and `rest`, a new title for what remains. `criteria` (by id)
    and `links` (by the reference at the other end) say which new item takes each over, 1 being the first; `"all"` keeps
    a link and gives each new item a copy."""

    titles: Annotated[list[Line], Field(min_length=1, max_length=12)]
    rest: Line | None = None
    criteria: Annotated[dict[Int, Int], Field(max_length=100)] = {}
    links: Annotated[
        dict[Annotated[str, Field(max_length=100, pattern=NO_NUL)], Int | Literal["all"]], Field(max_length=200)
    ] = {}
    labels: bool = True
    milestone: bool = True
    limit_reason: Line | None = None


class NewLink(Body):
    """A link to an item that this one needs."""

    kind: Literal["needs"]
    ref: Annotated[str, Field(max_length=100, pattern=NO_NUL)]


class Reason(Body):
    """The reason."""

    reason: Line


class Block(Body):
    """Why the item is blocked, and for whom or what it waits."""

    reason: Line
    waiting_for: Line = ""


class NewCriterion(Body):
    """A criterion to add."""

    text: Line


class CriterionChange(Body):
    """Other words for a criterion, or whether it is met."""

    text: Line | None = None
    met: bool | None = None


class Assignees(RootModel[Annotated[list[Email], Field(max_length=100)]]):
    """The complete list of assignees, by address."""


class Move(Body):
    """Where an item is to go: without a column, within its own; without a place, to the end."""

    column: ColumnName | None = None
    place: Spot = ("bottom", "")
    limit_reason: Line | None = None
    passed_over_reason: Line | None = None


class Ranks(Body):
    """Which backlog items are to go where, side by side; their order among themselves stays."""

    items: Annotated[list[Annotated[str, Field(max_length=100, pattern=NO_NUL)]], Field(min_length=1, max_length=500)]
    place: Goal


class Pull(Body):
    """The reason for one more item in the column, if its limit asks for one."""

    model_config = ConfigDict(extra="forbid", strict=True, openapi_extra={"required": False})  # type: ignore[typeddict-unknown-key]

    limit_reason: Line | None = None


class Explanation(Body):
    """Why your move of this version passed over other items (`passed_over`) or broke a limit (`limit_broken`)."""

    version: Int
    kind: LibertyKind
    reason: Line


class Undo(Body):
    """The command to undo: the product, and the version that it made."""

    product: Annotated[str, Field(max_length=8, pattern=NO_NUL)]
    version: Int
    limit_reason: Line | None = None
