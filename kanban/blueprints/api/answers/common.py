"""What all responses share: shapes read from what loaders found, instants in UTC, problems, the response to a
change."""

import datetime as dt
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, PlainSerializer, WithJsonSchema

Instant = Annotated[
    dt.datetime,
    PlainSerializer(lambda at: at.astimezone(dt.UTC).isoformat().replace("+00:00", "Z"), return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]


class Shape(BaseModel):
    """Read from what a loader found, by the names of its fields."""

    model_config = ConfigDict(from_attributes=True, defer_build=True)


class FieldProblem(Shape):
    """One field that can't be used."""

    field: str
    message: str


class Problem(Shape):
    """A refusal (RFC 9457)."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[FieldProblem] = []
    current: dict[str, Any] = {}


class Caution(Shape):
    """Something that was allowed but should be known.

    - `wip_limit`: a column holds more than its limit now
    - `open_question`: it starts although a blocking question on it is open
    - `needs_unfinished`: it starts although something that it needs is not finished
    - `no_criteria`: it starts without acceptance criteria
    - `criteria_unmet`: it is done although a criterion is not ticked
    - `passed_over`: it was pulled before higher items that could have been; say why with `POST /items/{ref}/reasons`
    """

    code: str
    message: str


class Change(Shape):
    """The response to every changing call: the product's version now, and whether this call brought it there."""

    version: int = 0
    changed: bool = True
    warnings: list[Caution] = []
