"""Queries and bodies of calls about requests."""

from typing import Annotated, Literal

from pydantic import Field

from kanban.blueprints.api.asks.body import Body
from kanban.blueprints.api.asks.kinds import NO_NUL, Email, Int, Line, Spot
from kanban.blueprints.api.asks.promises import Ref
from kanban.blueprints.api.asks.queries import Page

_Words = Annotated[str, Field(max_length=5000, pattern=NO_NUL)]


class RequestPage(Page):
    """Which requests to list: those of one state, or all."""

    state: Literal["new", "later", "accepted", "duplicate", "declined", "done", "all"] = "all"


class NewRequest(Body):
    """A request that a stakeholder of the product, named by their address, made in some other way."""

    stakeholder: Email
    title: Annotated[str, Field(max_length=200, pattern=NO_NUL)]
    body: _Words = ""


class Acceptance(Body):
    """What an accepted request becomes: the existing `item`, or a new one with this title (by default the request's) at
    this place in the backlog; `words` is a message to whoever asked."""

    item: Ref | None = None
    title: Line | None = None
    place: Spot = ("bottom", "")
    words: _Words = ""


class Declining(Body):
    """The reason why a request is declined, in words for whoever asked."""

    reason: _Words


class Merging(Body):
    """The id of the request that this one repeats, and a message to whoever asked."""

    into: Int
    words: _Words = ""


class Putting(Body):
    """A message to whoever asked."""

    words: _Words = ""
