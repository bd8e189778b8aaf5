"""Labels of a product's items: short words, unique within the product whatever their case."""

from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from kanban.errors import Invalid, Refused
from kanban.models.base import Model
from kanban.models.member import Member
from kanban.policy import Action

if TYPE_CHECKING:
    from kanban.models.product import Product

item_label = sa.Table(
    "item_label",
    Model.metadata,
    sa.Column("item_id", sa.ForeignKey("item.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("label_id", sa.ForeignKey("label.id", ondelete="CASCADE"), primary_key=True, index=True),
)


class Label(Model):
    """One label; `folded` is the case-folded name, which must be unique."""

    __tablename__ = "label"

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("product.id", ondelete="CASCADE"))
    name: Mapped[str]
    folded: Mapped[str]

    __table_args__ = (sa.UniqueConstraint("product_id", "folded"),)

    @orm.validates("name")
    def _tidy_name(self, _key: str, value: str) -> str:
        name = tidy_label(value)
        self.folded = name.casefold()
        return name

    def rename(self, product: "Product", name: str, *, by: Member) -> None:
        """Rename it on every item that carries it.

        The caller has made sure that no other label has that name: merging with that one is `merge_into`.
        """
        by.must(Action.KEEP_LABELS)
        was, self.name = self.name, name
        if self.name != was:
            product.record("label_renamed", by=by, was=was, now=self.name)

    def merge_into(self, product: "Product", other: "Label", *, by: Member) -> int:
        """Replace this label by another one on every item that carries it, and delete it; returns how many items."""
        by.must(Action.KEEP_LABELS)
        session, count = self._session(), self._count()
        carries = sa.select(item_label.c.item_id).where(item_label.c.label_id == self.id)
        has_other = sa.select(item_label.c.item_id).where(item_label.c.label_id == other.id)
        missing = carries.add_columns(sa.literal(other.id)).where(item_label.c.item_id.not_in(has_other))
        session.execute(sa.insert(item_label).from_select(["item_id", "label_id"], missing))
        product.record("label_merged", by=by, was=self.name, now=other.name, count=count)
        session.delete(self)
        return count

    def remove(self, product: "Product", *, by: Member, seen: int | None = None) -> int:
        """Take it off every item that carries it and delete it; returns how many items that were.

        Raises Refused if they are more than the person has `seen`.
        """
        by.must(Action.KEEP_LABELS)
        count = self._count()
        if seen is not None and count > seen:
            carried = "One item carries" if count == 1 else f"{count} items carry"
            raise Refused(f"{carried} “{self.name}” by now. Look again before you remove it.")
        product.record("label_removed", by=by, was=self.name, count=count)
        self._session().delete(self)
        return count

    def _count(self) -> int:
        carriers = sa.select(sa.func.count()).select_from(item_label).where(item_label.c.label_id == self.id)
        return self._session().scalar(carriers) or 0

    def _session(self) -> orm.Session:
        session = orm.object_session(self)
        assert session is not None, "it was loaded under the lock"
        return session


def tidy_label(value: str) -> str:
    """A label's name with single spaces: 1 to 40 characters, no comma (labels are typed separated by commas)."""
    name = " ".join(value.split())
    if not name or len(name) > 40 or "," in name:
        raise Invalid({"labels": "A label needs 1 to 40 characters, without a comma."})
    return name
