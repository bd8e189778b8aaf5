"""What the log says about the public roadmap, and the check that today's tables say the same."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Event, Item, Milestone, Product, Roadmap, RoadmapLine


@dataclass
class ToldRoadmap:
    """The public titles by subject (`item:12`), and the link as (serial, open, last day)."""

    lines: dict[str, str] = field(default_factory=dict)
    link: tuple[int, bool, str] | None = None

    def take(self, event: Event) -> None:
        """Apply one event whose kind is in STEPS; ValueError if it can't follow the events before it."""
        STEPS[event.kind](self, event.data)


def _opened(told: ToldRoadmap, data: dict[str, Any]) -> None:
    if data["serial"] != (told.link[0] if told.link else 0) + 1:
        raise ValueError("each link is newer than the one before it")
    told.link = (data["serial"], True, data["expires_on"])


def _closed(told: ToldRoadmap, data: dict[str, Any]) -> None:
    if told.link is None or told.link[:2] != (data["serial"], True):
        raise ValueError("only the link that is open is closed")
    told.link = (told.link[0], False, told.link[2])


def _shown(told: ToldRoadmap, data: dict[str, Any]) -> None:
    told.lines[data["subject"]] = data["title"]


def _hidden(told: ToldRoadmap, data: dict[str, Any]) -> None:
    del told.lines[data["subject"]]


STEPS: dict[str, Any] = {
    "roadmap_opened": _opened,
    "roadmap_closed": _closed,
    "roadmap_shown": _shown,
    "roadmap_hidden": _hidden,
}


def broken_roadmap(session: orm.Session, product: Product, told: ToldRoadmap) -> Iterator[str]:
    """A sentence if the roadmap or its link differs from the log."""
    rows = session.execute(
        sa.select(Item.number, Milestone.number, RoadmapLine.title)
        .select_from(RoadmapLine)
        .outerjoin(Item, Item.id == RoadmapLine.item_id)
        .outerjoin(Milestone, Milestone.id == RoadmapLine.milestone_id)
        .where(RoadmapLine.product_id == product.id)
    )
    lines = {f"item:{item}" if item is not None else f"milestone:{other}": title for item, other, title in rows}
    if lines != told.lines:
        yield "the roadmap is not the one that the log tells"
    row = session.get(Roadmap, product.id)
    link = (row.serial, row.is_open, row.expires_on.isoformat()) if row is not None and row.serial else None
    if link != told.link:
        yield "the roadmap’s link is not the one that the log tells"
