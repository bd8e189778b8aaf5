"""What the log tells of status updates, and the check that today's table says the same."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Event, Product, StatusUpdate


@dataclass(frozen=True)
class ToldUpdate:
    """An update as it stands: its state, who handed it to the owner, and whether its words changed since."""

    state: str = "draft"
    handed_by: int | None = None
    is_changed: bool = False


@dataclass
class ToldUpdates:
    """The updates that were not thrown away, by their number."""

    updates: dict[int, ToldUpdate] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        """Take in one event of STEPS; ValueError where it can't follow."""
        number = event.data["update"]
        if event.kind == "update_drafted":
            if number in self.updates:
                raise ValueError("an update is begun once")
            self.updates[number] = ToldUpdate()
            return
        update = self.updates[number]
        if update.state != "draft":
            raise ValueError("what is published never changes")
        if event.kind == "update_thrown_away":
            del self.updates[number]
            return
        self.updates[number] = replace(update, **STEPS[event.kind](update, event))


STEPS: dict[str, Any] = {
    "update_drafted": None,
    "update_edited": lambda update, event: {"is_changed": update.handed_by is not None},
    "update_handed_over": lambda update, event: {"handed_by": event.actor_id, "is_changed": False},
    "update_published": lambda update, event: {"state": "published"},
    "update_thrown_away": None,
}


def broken_updates(session: orm.Session, product: Product, told: ToldUpdates) -> Iterator[str]:
    """A sentence where the updates are not those that the log tells."""
    rows = session.execute(
        sa.select(
            StatusUpdate.number,
            StatusUpdate.state,
            StatusUpdate.handed_by_id,
            StatusUpdate.handed_revision,
            StatusUpdate.revision,
        ).where(StatusUpdate.product_id == product.id)
    )
    standing = {
        row.number: ToldUpdate(
            row.state.value, row.handed_by_id, row.handed_revision is not None and row.handed_revision != row.revision
        )
        for row in rows
    }
    if standing != told.updates:
        yield "the status updates are not those that the log tells"
