"""Liberties that a move took: it passed over a higher item, or broke a limit.

Both are allowed; the reason is asked for afterwards.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from kanban.models.event import Event


class LibertyKind(StrEnum):
    """Which rule was bent; the value is the kind of the event that records it."""

    PASSED_OVER = "passed_over"
    LIMIT_BROKEN = "limit_broken"


@dataclass(frozen=True)
class Liberty:
    """One liberty as the log records it; `reason` is the last one given, None while nobody has said why.

    items            numbers of the items that were passed over
    column           number of the column whose limit was broken
    count_and_limit  how many items that column held then, and its limit
    """

    version: int
    kind: LibertyKind
    actor_id: int | None
    reason: str | None
    items: tuple[int, ...] = ()
    column: int | None = None
    count_and_limit: tuple[int, int] = (0, 0)

    @classmethod
    def from_event(cls, event: "Event | sa.Row[Any]") -> "Liberty":
        """The liberty that this event records."""
        data = event.data
        kind = LibertyKind(event.kind)
        items, count_and_limit = tuple(data.get("items", ())), (data.get("count", 0), data.get("limit", 0))
        return cls(event.version, kind, event.actor_id, data["reason"], items, data.get("column"), count_and_limit)
