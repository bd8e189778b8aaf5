"""What may be sent to the API, as shapes with their bounds: paths, queries and bodies. Unknown fields are refused."""

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, PlainValidator, RootModel, Tag, WithJsonSchema

from kanban.errors import Invalid
from kanban.models import Becomes, ClassOfService, Health, ItemType, Level, QuestionState, Stage, WipMode
from kanban.policy import Role
from kanban.reads.locked import read_ref

MOST_AT_ONCE = 500
MOST_IN_A_LIST = 500
_BIGGEST = 2**31 - 1

Int = Annotated[int, Field(ge=1, le=_BIGGEST)]
Count = Annotated[int, Field(ge=0, le=_BIGGEST)]
_NO_NUL = r"^[^\x00]*$"
Line = Annotated[str, Field(max_length=1000, pattern=_NO_NUL)]
Text = Annotated[str, Field(max_length=50_000, pattern=_NO_NUL)]
Email = Annotated[str, Field(max_length=254, pattern=_NO_NUL)]


def read_spot(given: Any) -> tuple[str, str]:
    """Where an item is to go: ("top", ""), ("bottom", ""), ("after", ref) or ("before", ref)."""
    if given in ("top", "bottom"):
        return given, ""
    if isinstance(given, dict) and len(given) == 1:
        ((kind, ref),) = given.items()
        if kind in ("after", "before") and isinstance(ref, str) and len(ref) <= 100:
            return kind, ref
    raise ValueError('Say "top", "bottom", {"after": ref} or {"before": ref}.')


def _beside(kind: str) -> dict[str, Any]:
    ref = {"type": "string", "maxLength": 100}
    return {"type": "object", "properties": {kind: ref}, "required": [kind], "additionalProperties": False}


Spot = Annotated[
    tuple[str, str],
    PlainValidator(read_spot),
    WithJsonSchema({"anyOf": [{"type": "string", "enum": ["top", "bottom"]}, _beside("after"), _beside("before")]}),
]


def read_column(given: Any) -> int | str:
    """A column by its id or its name."""
    if isinstance(given, int) and not isinstance(given, bool) and 1 <= given <= _BIGGEST:
        return given
    if isinstance(given, str) and len(given) <= 60:
        return given
    raise ValueError("Name a column by its id or its name.")


_ID = {"type": "integer", "minimum": 1, "maximum": _BIGGEST}
ColumnName = Annotated[
    int | str,
    PlainValidator(read_column),
    WithJsonSchema({"anyOf": [_ID, {"type": "string", "maxLength": 60}]}),
]


# Paths


class _Path(BaseModel):
    pass


class OfProduct(_Path):
    """A product."""

    key: str = Field(max_length=8, pattern="^[A-Za-z]{2,8}$")


class OfColumn(OfProduct):
    """A column of a product."""

    column_id: Int


class OfMember(OfProduct):
    """A member of a product."""

    email: str = Field(min_length=1, max_length=254, pattern="^[^/]+$")


class OfItem(_Path):
    """An item."""

    ref: str = Field(max_length=18, pattern="^[A-Za-z]{2,8}-[0-9]{1,9}$")


class OfCriterion(OfItem):
    """A criterion of an item."""

    criterion_id: Int


class OfQuestion(_Path):
    """A question."""

    question_id: Int


class OfUpdate(_Path):
    """A status update."""

    update_id: Int


# Queries


class Page(BaseModel):
    """A page of a list: how many, and behind which place."""

    limit: int = Field(100, ge=1, le=MOST_IN_A_LIST)
    after: str | None = Field(None, max_length=100, pattern=_NO_NUL)


class LogPage(BaseModel):
    """A page of the log: about how many events, behind which version."""

    limit: int = Field(100, ge=1, le=MOST_IN_A_LIST)
    after: Count = 0


class Search(Page):
    """What to look for."""

    q: str = Field(min_length=1, max_length=200, pattern=_NO_NUL)


class QuestionPage(Page):
    """Which questions: of a state, waiting on `me` or on an address."""

    state: QuestionState | None = None
    waiting_on: str | None = Field(None, max_length=254, pattern=_NO_NUL)


class Order(BaseModel):
    """Whether to tell the order of the target column as well."""

    order: bool = False


class Window(BaseModel):
    """From which day to which, both counted."""

    since: dt.date | None = Field(None, alias="from")
    until: dt.date | None = Field(None, alias="to")


class Rehearsal(BaseModel):
    """How to read a list: `map` as `column=field`, also several times; and whether only to rehearse."""

    map: str | None = Field(None, max_length=5000, pattern=_NO_NUL)
    dry_run: bool = False


# Bodies


class Body(BaseModel):
    """An object of known fields, none of which is turned from one kind into another."""

    model_config = ConfigDict(extra="forbid", strict=True)


class NewProduct(Body):
    """A product to open."""

    key: Annotated[str, Field(max_length=8, pattern=_NO_NUL)]
    name: Line
    goal: Text = ""
    time_zone: Line = "UTC"
    cadence_days: Annotated[int, Field(ge=1, le=365)] = 14


class ColumnChange(Body):
    """What to change of a column."""

    name: Line | None = None
    wip_limit: Annotated[int, Field(ge=1, le=10_000)] | None = None
    wip_mode: WipMode | None = None
    policy: Line | None = None
    accepts: bool | None = None


class NewColumn(ColumnChange):
    """A column to add behind the last one of its stage."""

    name: Line
    stage: Stage


class NewMember(Body):
    """Somebody with an account, and their role; `owner` hands the product over to a member."""

    email: Email
    role: Role


class NewItem(Body):
    """An item to make; without a column at the end of the backlog."""

    title: Line
    description: Text = ""
    type: ItemType = ItemType.FEATURE
    size: Line = ""
    labels: Annotated[list[Line], Field(max_length=100)] = []
    column: ColumnName | None = None
    place: Spot = ("bottom", "")


def _is_many(given: Any) -> str:
    return "{many}" if isinstance(given, list) else "{one}"


class NewItems(RootModel[NewItem | list[NewItem]]):
    """One item, or up to 500, of which all are made or none."""

    root: Annotated[
        Annotated[NewItem, Tag("{one}")]
        | Annotated[list[NewItem], Field(min_length=1, max_length=MOST_AT_ONCE), Tag("{many}")],
        Discriminator(_is_many),
    ]


class ItemEdit(Body):
    """What to change of an item's text, and the revision that the change started from."""

    revision: Int
    title: Line | None = None
    description: Text | None = None
    type: ItemType | None = None
    size: Line | None = None
    class_of_service: ClassOfService | None = None
    labels: Annotated[list[Line], Field(max_length=100)] | None = None
    part_of: Annotated[str, Field(max_length=100, pattern=_NO_NUL)] | None = None


class Reason(Body):
    """Why."""

    reason: Line


class Block(Body):
    """What holds the item up, and whom or what it waits for."""

    reason: Line
    waiting_for: Line = ""


class NewCriterion(Body):
    """A criterion to add."""

    text: Line


class CriterionChange(Body):
    """Other words, or whether it is met."""

    text: Line | None = None
    met: bool | None = None


class Assignees(RootModel[Annotated[list[Email], Field(max_length=100)]]):
    """Exactly these people, by address."""


class Move(Body):
    """Where to; without a column within its own, without a place at the end."""

    column: ColumnName | None = None
    place: Spot = ("bottom", "")
    limit_reason: Line | None = None
    passed_over_reason: Line | None = None


class Pull(Body):
    """Why one more may come in, where the limit asks."""

    model_config = ConfigDict(extra="forbid", strict=True, openapi_extra={"required": False})  # type: ignore[typeddict-unknown-key]

    limit_reason: Line | None = None


class Nothing(Body):
    """Nothing needs to be said."""

    model_config = ConfigDict(extra="forbid", strict=True, openapi_extra={"required": False})  # type: ignore[typeddict-unknown-key]


class Undo(Body):
    """The command to take back."""

    product: Annotated[str, Field(max_length=8, pattern=_NO_NUL)]
    version: Int


class Words(Body):
    """A comment or an entry of a thread (Markdown)."""

    body: Annotated[str, Field(max_length=20_000, pattern=_NO_NUL)]


class NewQuestion(Words):
    """A question; of the owner unless somebody else is named."""

    blocking: bool = False
    addressee: Email | None = None
    needed_by: dt.date | None = None


class NewAnswer(Words):
    """An answer, and what it is kept as."""

    becomes: Becomes | None = None


class NewStakeholder(Body):
    """Somebody who is to get the updates."""

    name: Line
    email: Email
    organisation: Line = ""
    level: Level = Level.FULL


class NewUpdate(Body):
    """A draft; `corrects` is the id of the published update that it corrects."""

    model_config = ConfigDict(extra="forbid", strict=True, openapi_extra={"required": False})  # type: ignore[typeddict-unknown-key]

    corrects: Int | None = None


class UpdateLine(Body):
    """A line of a section."""

    ref: Line = ""
    text: Line = ""
    note: Line = ""
    old_date: Line = ""
    new_date: Line = ""
    cause: Line = ""


class UpdateSection(Body):
    """A section of an update."""

    kind: Literal["delays", "shipped", "in_progress", "problems", "decisions", "next"]
    lines: Annotated[list[UpdateLine], Field(max_length=200)]


class UpdateEdit(Body):
    """What to change of a draft; with a revision only if it still is the one."""

    revision: Int | None = None
    headline: Line | None = None
    summary: Text | None = None
    health: Health | None = None
    health_reason: Line | None = None
    sections: Annotated[list[UpdateSection], Field(max_length=6)] | None = None


def number_in(ref: str, key: str) -> int | None:
    """The number of an item of this product by its reference; None for anything else."""
    read = read_ref(ref)
    return read[1] if read is not None and read[0] == key else None


def read_id(after: str | None) -> int:
    """The id behind which a page begins; 0 for the first page."""
    if after is None:
        return 0
    if not (after.isascii() and after.isdecimal() and len(after) < 10):
        raise Invalid({"after": "That is no place in this list. Take it from the page before."})
    return int(after)
