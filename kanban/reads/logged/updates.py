"""What the log says about status updates, and the check that today's table says the same."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Event, Product, StatusUpdate


@dataclass(frozen=True)
class ReplayedUpdate:
    """One update: its state, who handed it to the owner, and whether its words changed since then.

    Also when it goes out by itself and who scheduled it, and whether it was held back.
    """

    state: str = "draft"
    handed_by: int | None = None
    is_changed: bool = False
    goes_out_at: dt.datetime | None = None
    scheduled_by: int | None = None
    is_held: bool = False


@dataclass
class ReplayedUpdates:
    """The updates that were not thrown away, by number."""

    updates: dict[int, ReplayedUpdate] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        """Apply one event whose kind is in STEPS; ValueError if it can't follow the events before it."""
        number = event.data["update"]
        if event.kind == "update_drafted":
            if number in self.updates:
                raise ValueError("an update is begun once")
            self.updates[number] = ReplayedUpdate()
            return
        update = self.updates[number]
        if update.state != "draft":
            raise ValueError("what is published never changes")
        if event.kind in ("update_edited", "update_handed_over") and update.goes_out_at is not None:
            raise ValueError("what is scheduled does not change")
        if event.kind == "update_thrown_away":
            del self.updates[number]
            return
        self.updates[number] = replace(update, **STEPS[event.kind](update, event))


_NOT_SCHEDULED: dict[str, Any] = {"goes_out_at": None, "scheduled_by": None}
STEPS: dict[str, Any] = {
    "update_drafted": None,
    "update_edited": lambda update, event: {"is_changed": update.handed_by is not None},
    "update_handed_over": lambda update, event: {"handed_by": event.actor_id, "is_changed": False},
    "update_scheduled": lambda update, event: {
        "goes_out_at": dt.datetime.fromisoformat(event.data["goes_out_at"]),
        "scheduled_by": event.actor_id,
        "is_held": False,
    },
    "update_taken_back": lambda update, event: _NOT_SCHEDULED,
    "update_held": lambda update, event: {**_NOT_SCHEDULED, "is_held": True},
    "update_published": lambda update, event: {**_NOT_SCHEDULED, "state": "published", "is_held": False},
    "update_thrown_away": None,
}


def broken_updates(session: orm.Session, product: Product, replayed: ReplayedUpdates) -> Iterator[str]:
    """A sentence if the updates differ from the log."""
    rows = session.execute(
        sa.select(
            StatusUpdate.number,
            StatusUpdate.state,
            StatusUpdate.handed_by_id,
            StatusUpdate.handed_revision,
            StatusUpdate.revision,
            StatusUpdate.goes_out_at,
            StatusUpdate.scheduled_by_id,
            StatusUpdate.held,
        ).where(StatusUpdate.product_id == product.id)
    )
    standing = {
        row.number: ReplayedUpdate(
            row.state.value,
            row.handed_by_id,
            row.handed_revision is not None and row.handed_revision != row.revision,
            row.goes_out_at,
            row.scheduled_by_id,
            row.held is not None,
        )
        for row in rows
    }
    if standing != replayed.updates:
        yield "the status updates are not those that the log tells"
