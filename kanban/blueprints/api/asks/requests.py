"""Bodies about requests, and which ones to list."""

from typing import Annotated, Literal

from pydantic import Field

from kanban.blueprints.api.asks.body import Body
from kanban.blueprints.api.asks.kinds import NO_NUL, Email, Int, Line, Spot
from kanban.blueprints.api.asks.promises import Ref
from kanban.blueprints.api.asks.queries import Page

_Words = Annotated[str, Field(max_length=5000, pattern=NO_NUL)]


class RequestPage(Page):
    """Which requests: of one state, or all."""

    state: Literal["new", "later", "accepted", "duplicate", "declined", "done", "all"] = "all"


class NewRequest(Body):
    """What a stakeholder of the product, named by their address, asked for in some other way."""

    stakeholder: Email
    title: Annotated[str, Field(max_length=200, pattern=NO_NUL)]
    body: _Words = ""


class Acceptance(Body):
    """Either `item`, an existing one, or a new one: its title (by default the request's) and its place in the
    backlog."""

    item: Ref | None = None
    title: Line | None = None
    place: Spot = ("bottom", "")
    words: _Words = ""


class Declining(Body):
    """The reason, for whoever asked."""

    reason: _Words


class Merging(Body):
    """The id of the request that it repeats."""

    into: Int
    words: _Words = ""


class Putting(Body):
    """A message to whoever asked."""

    words: _Words = ""
