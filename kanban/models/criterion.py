"""Acceptance criteria: what must hold before the owner accepts an item, ticked by whoever saw it hold."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from kanban.errors import Invalid
from kanban.models.base import Model


class Criterion(Model):
    """One criterion; `number` names it within its item."""

    __tablename__ = "criterion"

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(sa.ForeignKey("item.id", ondelete="CASCADE"), index=True)
    number: Mapped[int]
    text: Mapped[str]
    met_at: Mapped[dt.datetime | None]
    met_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    question_id: Mapped[int | None] = mapped_column(sa.ForeignKey("question.id"))

    __table_args__ = (sa.UniqueConstraint("item_id", "number"),)

    @orm.validates("text")
    def _tidy_text(self, _key: str, value: str) -> str:
        text = " ".join(value.split())
        if not text or len(text) > 1000:
            raise Invalid({"text": "A criterion has 1 to 1,000 characters."})
        return text
