"""Bodies of calls about the public roadmap."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from kanban.blueprints.api.asks.body import Body
from kanban.blueprints.api.asks.kinds import NO_NUL, Int
from kanban.models.roadmap import LINES_AT_MOST

_Title = Annotated[str, Field(max_length=200, pattern=NO_NUL)]


class RoadmapLineWish(Body):
    """An item or a milestone with its public title; a title of null takes it off the roadmap."""

    item: Annotated[str, Field(max_length=18, pattern="^[A-Za-z]{2,8}-[0-9]{1,9}$")] | None = None
    milestone: Int | None = None
    title: _Title | None

    @model_validator(mode="after")
    def _names_one(self) -> "RoadmapLineWish":
        if (self.item is None) == (self.milestone is None):
            raise ValueError("Name an item or a milestone.")
        return self


class RoadmapLines(Body):
    """What to put on the roadmap or take off it; anything that is not named stays as it is."""

    lines: list[RoadmapLineWish] = Field(min_length=1, max_length=LINES_AT_MOST)


class RoadmapLink(Body):
    """For how many days the new link is valid."""

    days: Literal[30, 90, 365] = 90
