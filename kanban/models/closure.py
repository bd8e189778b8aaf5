"""Closures: days on which nobody works for a product, such as holidays and shutdowns; weekends are not closures."""

import datetime as dt
from collections.abc import Collection
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from kanban.errors import Invalid, Refused
from kanban.models.base import Model
from kanban.models.member import Member

if TYPE_CHECKING:
    from kanban.models.product import Product

LONGEST_DAYS = 366
MOST = 500


class Closure(Model):
    """One closure from its first to its last day, both counted, in the product's time zone."""

    __tablename__ = "closure"

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("product.id", ondelete="CASCADE"))
    first_on: Mapped[dt.date]
    last_on: Mapped[dt.date]
    name: Mapped[str]

    __table_args__ = (
        sa.UniqueConstraint("product_id", "first_on", "last_on"),
        sa.CheckConstraint("last_on >= first_on", name="days"),
    )

    @orm.validates("name")
    def _tidy_name(self, _key: str, value: str) -> str:
        name = " ".join(value.split())
        if not name or len(name) > 100:
            raise Invalid({"name": "Say in 1 to 100 characters why nobody works then, such as Christmas."})
        return name

    @classmethod
    def close(
        cls,
        product: "Product",
        first_on: dt.date,
        last_on: dt.date,
        name: str,
        *,
        known: Collection["Closure"],
        by: Member,
    ) -> "Closure":
        """Close these days for the product; `known` are the closures it has. Promises made earlier stay as they are."""
        if last_on < first_on:
            raise Invalid({"last_on": "The last day can’t come before the first one."})
        if (last_on - first_on).days >= LONGEST_DAYS:
            raise Invalid({"last_on": "A closure can last at most a year."})
        if any((other.first_on, other.last_on) == (first_on, last_on) for other in known):
            raise Invalid({"first_on": "These days are already closed."})
        if len(known) >= MOST:
            raise Refused(f"A product can have at most {MOST} closures. Remove old ones first.")
        closure = cls(product_id=product.id, first_on=first_on, last_on=last_on, name=name)
        product.record("closed", by=by, first_on=first_on.isoformat(), last_on=last_on.isoformat(), name=closure.name)
        return closure

    def open_again(self, product: "Product", *, by: Member) -> None:
        """Note in the log that people work on these days after all; the caller deletes the row."""
        product.record("opened_again", by=by, first_on=self.first_on.isoformat(), last_on=self.last_on.isoformat())
