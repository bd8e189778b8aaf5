"""Labels of a product's items: short words, unique within the product whatever their case."""

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from kanban.errors import Invalid
from kanban.models.base import Model

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


def tidy_label(value: str) -> str:
    """A label's name with single spaces; 1 to 40 characters, no comma (labels are typed separated by commas)."""
    name = " ".join(value.split())
    if not name or len(name) > 40 or "," in name:
        raise Invalid({"labels": "A label needs 1 to 40 characters, without a comma."})
    return name
