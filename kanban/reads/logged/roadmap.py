"""What the log says about the public roadmap, and the check that today's tables say the same."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Event, Item, Milestone, Product, Roadmap, RoadmapLine


@dataclass
class ReplayedRoadmap:
    """The public titles by subject (`item:12`), and the link as (serial, open, last day)."""

    lines: dict[str, str] = field(default_factory=dict)
    link: tuple[int, bool, str] | None = None

    def take(self, event: Event) -> None:
        """Apply one event whose kind is in STEPS; ValueError if it can't follow the events before it."""
        STEPS[event.kind](self, event.data)


def _opened(replayed: ReplayedRoadmap, data: dict[str, Any]) -> None:
    if data["serial"] != (replayed.link[0] if replayed.link else 0) + 1:
        raise ValueError("each link is newer than the one before it")
    replayed.link = (data["serial"], True, data["expires_on"])


def _closed(replayed: ReplayedRoadmap, data: dict[str, Any]) -> None:
    if replayed.link is None or replayed.link[:2] != (data["serial"], True):
        raise ValueError("only the link that is open is closed")
    replayed.link = (replayed.link[0], False, replayed.link[2])


def _shown(replayed: ReplayedRoadmap, data: dict[str, Any]) -> None:
    replayed.lines[data["subject"]] = data["title"]


def _hidden(replayed: ReplayedRoadmap, data: dict[str, Any]) -> None:
    del replayed.lines[data["subject"]]


STEPS: dict[str, Any] = {
    "roadmap_opened": _opened,
    "roadmap_closed": _closed,
    "roadmap_shown": _shown,
    "roadmap_hidden": _hidden,
}


def broken_roadmap(session: orm.Session, product: Product, replayed: ReplayedRoadmap) -> Iterator[str]:
    """A sentence if the roadmap or its link differs from the log."""
    rows = session.execute(
        sa.select(Item.number, Milestone.number, RoadmapLine.title)
        .select_from(RoadmapLine)
        .outerjoin(Item, Item.id == RoadmapLine.item_id)
        .outerjoin(Milestone, Milestone.id == RoadmapLine.milestone_id)
        .where(RoadmapLine.product_id == product.id)
    )
    lines = {f"item:{item}" if item is not None else f"milestone:{other}": title for item, other, title in rows}
    if lines != replayed.lines:
        yield "the roadmap is not the one that the log tells"
    row = session.get(Roadmap, product.id)
    link = (row.serial, row.is_open, row.expires_on.isoformat()) if row is not None and row.serial else None
    if link != replayed.link:
        yield "the roadmap’s link is not the one that the log tells"
