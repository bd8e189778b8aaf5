"""Milestones: a named set of items, or the next N to be finished. A milestone's only date is that of its promise."""

import datetime as dt
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from kanban import clock
from kanban.errors import Invalid, Refused
from kanban.models.base import Model
from kanban.models.member import Member
from kanban.policy import Action

if TYPE_CHECKING:
    from kanban.models.item import Item
    from kanban.models.product import Product

MOST_ITEMS = 500

#: Which item belongs to which milestone; an item belongs to at most one.
milestone_item = sa.Table(
    "milestone_item",
    Model.metadata,
    sa.Column("item_id", sa.ForeignKey("item.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("milestone_id", sa.ForeignKey("milestone.id", ondelete="CASCADE"), nullable=False, index=True),
)


class Milestone(Model):
    """One milestone; `number` identifies it in the log and in addresses.

    `top` is the N of "the next N": the first N items, whichever they are, that are finished after `opened_at`; None for
    a named set.
    """

    __tablename__ = "milestone"

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("product.id", ondelete="CASCADE"))
    number: Mapped[int]
    name: Mapped[str]
    top: Mapped[int | None]
    opened_at: Mapped[dt.datetime]
    removed_at: Mapped[dt.datetime | None]

    product: Mapped["Product"] = orm.relationship(lazy="raise_on_sql")

    __table_args__ = (
        sa.UniqueConstraint("product_id", "number"),
        sa.CheckConstraint("top IS NULL OR top >= 1", name="top"),
    )

    @orm.validates("name")
    def _tidy_name(self, _key: str, value: str) -> str:
        name = " ".join(value.split())
        if not name or len(name) > 120:
            raise Invalid({"name": "A milestone’s name needs 1 to 120 characters."})
        return name

    @orm.validates("top")
    def _check_top(self, _key: str, value: int | None) -> int | None:
        if value is not None and not 1 <= value <= MOST_ITEMS:
            raise Invalid({"top": f"A milestone counts 1 to {MOST_ITEMS} items."})
        return value

    @classmethod
    def make(cls, product: "Product", name: str, *, by: Member, top: int | None = None) -> "Milestone":
        """Create a milestone without items; with `top` it counts the next N items finished from now on."""
        by.must(Action.PROMISE)
        milestone = cls(product=product, product_id=product.id, name=name, top=top, opened_at=clock.now())
        milestone.removed_at = None
        milestone.number, product.next_milestone = product.next_milestone, product.next_milestone + 1
        product.record("milestone_made", by=by, milestone=milestone.number, name=milestone.name, top=top)
        return milestone

    def rename(self, name: str, *, by: Member) -> None:
        """Give it another name."""
        before = self.name
        self.name = name
        if self.name != before:
            self.product.record("milestone_renamed", by=by, milestone=self.number, name=self.name, was=before)

    def remove(self, *, is_promised: bool, by: Member) -> None:
        """Remove it; refused if it was ever promised (`is_promised`), since the date given must not be lost."""
        if is_promised:
            raise Refused("Somebody was promised a date for it. Withdraw the promise instead; the milestone stays.")
        if self.removed_at is None:
            self.removed_at = clock.now()
            self.product.record("milestone_removed", by=by, milestone=self.number)


# Verbs of an item


def aim_for(item: "Item", milestone: Milestone | None, *, is_reached: bool, by: Member) -> None:
    """Put it into a milestone, or into none; one that has been reached (`is_reached`) takes no more items."""
    by.must(Action.PROMISE)
    if (milestone.id if milestone else None) == (item.milestone.id if item.milestone else None):
        return
    item.refuse_discarded()
    if milestone is not None and milestone.top is not None:
        raise Refused(f"{milestone.name} counts the next items to be finished; you can’t choose which.")
    if milestone is not None and is_reached:
        raise Refused(f"{milestone.name} has been reached. What comes next belongs to another milestone.")
    was, item.milestone = item.milestone, milestone
    item.record("aimed", by=by, milestone=milestone.number if milestone else None, was_for=was.number if was else None)


def leave_milestone(item: "Item", *, by: Member) -> None:
    """Take it out of its milestone, because that is being removed; unlike `aim_for`, also if it is discarded."""
    if item.milestone is not None:
        was, item.milestone = item.milestone.number, None
        item.record("aimed", by=by, milestone=None, was_for=was)
