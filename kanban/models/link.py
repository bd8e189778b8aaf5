"""Links between two items of one product: what an item needs, and what it was split from."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kanban.models.base import Model, enum_type

if TYPE_CHECKING:
    from collections.abc import Collection


class LinkKind(StrEnum):
    """What the first item is to the other one; seen from there it is needed by, or split into."""

    NEEDS = "needs"
    SPLIT_FROM = "split_from"


class Link(Model):
    """One link from an item to another one of the same product; a pair is linked at most once in each kind."""

    __tablename__ = "link"

    item_id: Mapped[int] = mapped_column(sa.ForeignKey("item.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[LinkKind] = mapped_column(enum_type(LinkKind), primary_key=True)
    other_id: Mapped[int] = mapped_column(sa.ForeignKey("item.id", ondelete="CASCADE"), primary_key=True, index=True)

    __table_args__ = (
        sa.CheckConstraint("item_id <> other_id", name="itself"),
        sa.Index(
            "uq_link_split_from",
            "item_id",
            unique=True,
            sqlite_where=sa.text("kind = 'split_from'"),
            postgresql_where=sa.text("kind = 'split_from'"),
        ),
    )


def chain(needs: "Mapping[int, Collection[int]]", start: int, goal: int) -> list[int]:
    """The shortest way along needs from one item's number to another's, both included; empty where none leads there.

    `needs` tells which numbers each item needs. Also ends where the needs already go round.
    """
    came_from: dict[int, int | None] = {start: None}
    front = [start]
    while front and goal not in came_from:
        reached = [(number, need) for number in front for need in sorted(needs.get(number, ()))]
        front = []
        for number, need in reached:
            if need not in came_from:
                came_from[need] = number
                front.append(need)
    way: list[int] = []
    step: int | None = goal if goal in came_from else None
    while step is not None:
        way.append(step)
        step = came_from[step]
    return way[::-1]
