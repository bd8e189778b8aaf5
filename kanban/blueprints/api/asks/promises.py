"""Bodies of calls about milestones and promises."""

import datetime as dt
from typing import Annotated

from pydantic import Field

from kanban.blueprints.api.asks.body import Body
from kanban.blueprints.api.asks.kinds import NO_NUL, Email, Int, Line
from kanban.models import Cause

Ref = Annotated[str, Field(max_length=100, pattern=NO_NUL)]


class NewMilestone(Body):
    """A milestone to make: of the named items, or of the next `top` items to be finished."""

    name: Line
    items: Annotated[list[Ref], Field(max_length=500)] = []
    top: Annotated[int, Field(ge=1, le=500)] | None = None


class Subject(Body):
    """What is promised: exactly one of these."""

    item: Ref | None = None
    milestone: Int | None = None
    request: Int | None = None


class NewCommitment(Body):
    """A promise to make to stakeholders of the product, who are named by their addresses."""

    subject: Subject
    due_on: dt.date
    statement: Line = ""
    stakeholders: Annotated[list[Email], Field(max_length=500)] = []


class NewCommitmentChange(Body):
    """A new date for a promise, what moved it, one sentence about that, and what helps until then."""

    due_on: dt.date
    cause: Cause
    explanation: Line
    mitigation: Line = ""
