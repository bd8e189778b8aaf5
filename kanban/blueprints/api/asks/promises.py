"""Bodies about milestones and promises."""

import datetime as dt
from typing import Annotated

from pydantic import Field

from kanban.blueprints.api.asks.body import Body
from kanban.blueprints.api.asks.kinds import NO_NUL, Email, Int, Line
from kanban.models import Cause

Ref = Annotated[str, Field(max_length=100, pattern=NO_NUL)]


class NewMilestone(Body):
    """A milestone: the items named, or the next `top` that are finished."""

    name: Line
    items: Annotated[list[Ref], Field(max_length=500)] = []
    top: Annotated[int, Field(ge=1, le=500)] | None = None


class Subject(Body):
    """What is promised: exactly one of these."""

    item: Ref | None = None
    milestone: Int | None = None
    request: Int | None = None


class NewCommitment(Body):
    """A promise to stakeholders of the product, named by their addresses."""

    subject: Subject
    due_on: dt.date
    statement: Line = ""
    stakeholders: Annotated[list[Email], Field(max_length=500)] = []


class NewCommitmentChange(Body):
    """A new date, what moved it, one sentence, and what helps until then."""

    due_on: dt.date
    cause: Cause
    explanation: Line
    mitigation: Line = ""
