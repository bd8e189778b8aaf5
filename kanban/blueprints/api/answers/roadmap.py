"""The public roadmap, as the API returns it to the product owner's programs."""

import datetime as dt

from kanban.blueprints.api.answers.common import Change, Shape


class RoadmapLineTold(Shape):
    """A line of the roadmap: an item or a milestone, with the title that the public reads."""

    item: str | None
    milestone: int | None
    title: str


class RoadmapLinkTold(Shape):
    """The link with which anyone can read the roadmap, and its last day."""

    url: str
    expires_on: dt.date


class PublicTold(Shape):
    """What the public roadmap shows now: titles in three columns."""

    now: list[str]
    next: list[str]
    later: list[str]


class RoadmapTold(Shape):
    """The lines of the roadmap, its link while that is valid, and what the public reads or would read."""

    lines: list[RoadmapLineTold]
    link: RoadmapLinkTold | None
    public: PublicTold


class RoadmapChanged(Change):
    """The response to a change of the roadmap; its link is not in here but in the response to `GET`, since responses to
    changes are stored for repeated commands."""

    is_open: bool
    expires_on: dt.date | None
