"""What all responses share: the base of the shapes, instants in UTC, problems, and the response to a change."""

import datetime as dt
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, PlainSerializer, WithJsonSchema

Instant = Annotated[
    dt.datetime,
    PlainSerializer(lambda at: at.astimezone(dt.UTC).isoformat().replace("+00:00", "Z"), return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]


class Shape(BaseModel):
    """The base of all response shapes; its fields are read by name from the objects that loaders return."""

    model_config = ConfigDict(from_attributes=True, defer_build=True)


class FieldProblem(Shape):
    """One field that can't be used, and why."""

    field: str
    message: str


class Problem(Shape):
    """A refusal, as a problem document (RFC 9457)."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[FieldProblem] = []
    current: dict[str, Any] = {}


class Caution(Shape):
    """Something that was allowed but that people should know about.

    - `wip_limit`: a column now holds more than its limit
    - `open_question`: the item was started although a blocking question on it is open
    - `needs_unfinished`: the item was started although something that it needs is not finished
    - `no_criteria`: the item was started without acceptance criteria
    - `criteria_unmet`: the item is done although a criterion is not ticked
    - `parts_unfinished`: the item is done although a part of it is not finished
    - `passed_over`: higher items could have been pulled instead; say why with `POST /items/{ref}/reasons`
    """

    code: str
    message: str


class Change(Shape):
    """The response to every changing call: the product's version now, and whether this call changed anything."""

    version: int = 0
    changed: bool = True
    warnings: list[Caution] = []
