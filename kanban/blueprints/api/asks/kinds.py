"""The kinds of values that may be sent, each with its bounds, and the readers of the less simple ones."""

from typing import Annotated, Any

from pydantic import Field, PlainValidator, WithJsonSchema

from kanban.errors import Invalid
from kanban.reads.locked import read_ref

MOST_AT_ONCE = 500
MOST_IN_A_LIST = 500
BIGGEST = 2**31 - 1

Int = Annotated[int, Field(ge=1, le=BIGGEST)]
Count = Annotated[int, Field(ge=0, le=BIGGEST)]
NO_NUL = r"^[^\x00]*$"
Line = Annotated[str, Field(max_length=1000, pattern=NO_NUL)]
Text = Annotated[str, Field(max_length=50_000, pattern=NO_NUL)]
Email = Annotated[str, Field(max_length=254, pattern=NO_NUL)]


def read_spot(given: Any) -> tuple[str, str]:
    """The place where an item is to go: ("top", ""), ("bottom", ""), ("after", ref) or ("before", ref)."""
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


def read_goal(given: Any) -> tuple[str, str]:
    """The place for several items: as in read_spot, or ("up", ""), ("down", "") or ("at", position)."""
    if given in ("up", "down"):
        return given, ""
    if isinstance(given, dict) and set(given) == {"position"}:
        position = given["position"]
        if isinstance(position, int) and not isinstance(position, bool) and 1 <= position <= BIGGEST:
            return "at", str(position)
        raise ValueError("A position is a whole number from 1 on.")
    return read_spot(given)


_POSITION = {
    "type": "object",
    "properties": {"position": {"type": "integer", "minimum": 1, "maximum": BIGGEST}},
    "required": ["position"],
    "additionalProperties": False,
}
Goal = Annotated[
    tuple[str, str],
    PlainValidator(read_goal),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "enum": ["top", "bottom", "up", "down"]},
                _beside("after"),
                _beside("before"),
                _POSITION,
            ]
        }
    ),
]


def read_column(given: Any) -> int | str:
    """The id or the name of a column."""
    if isinstance(given, int) and not isinstance(given, bool) and 1 <= given <= BIGGEST:
        return given
    if isinstance(given, str) and len(given) <= 60:
        return given
    raise ValueError("Name a column by its id or its name.")


_ID = {"type": "integer", "minimum": 1, "maximum": BIGGEST}
ColumnName = Annotated[
    int | str,
    PlainValidator(read_column),
    WithJsonSchema({"anyOf": [_ID, {"type": "string", "maxLength": 60}]}),
]


def number_in(ref: str, key: str) -> int | None:
    """The number in a reference to an item of the product with this key; None for any other text."""
    read = read_ref(ref)
    return read[1] if read is not None and read[0] == key else None


def read_id(after: str | None) -> int:
    """The id after which a page begins; 0 for the first page. Raises Invalid for anything else."""
    if after is None:
        return 0
    if not (after.isascii() and after.isdecimal() and len(after) < 10):
        raise Invalid({"after": "That is not a position in this list. Take it from the previous page."})
    return int(after)
