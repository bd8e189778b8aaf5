"""The public roadmap as its owner's programs see it."""

import datetime as dt

from kanban.blueprints.api.answers.common import Change, Shape


class RoadmapLineTold(Shape):
    """What is ticked: an item or a milestone, with the title that the public reads."""

    item: str | None
    milestone: int | None
    title: str


class RoadmapLinkTold(Shape):
    """The link with which anyone can read the roadmap, and its last day."""

    url: str
    expires_on: dt.date


class PublicTold(Shape):
    """What it shows at this moment: titles in three columns."""

    now: list[str]
    next: list[str]
    later: list[str]


class RoadmapTold(Shape):
    """What is ticked, the link while it is valid, and what the public reads or would read."""

    lines: list[RoadmapLineTold]
    link: RoadmapLinkTold | None
    public: PublicTold


class RoadmapChanged(Change):
    """The response to a change of the roadmap; read its link by `GET`, since it is not stored."""

    is_open: bool
    expires_on: dt.date | None
