"""Acceptance criteria: what must hold before the owner accepts an item, ticked by whoever saw it hold."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from kanban.errors import Invalid
from kanban.models.base import Model


class Criterion(Model):
    """One criterion; `number` identifies it within its item."""

    __tablename__ = "criterion"

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(sa.ForeignKey("item.id", ondelete="CASCADE"), index=True)
    number: Mapped[int]
    text: Mapped[str]
    met_at: Mapped[dt.datetime | None]
    met_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    question_id: Mapped[int | None] = mapped_column(sa.ForeignKey("question.id"))

    __table_args__ = (sa.UniqueConstraint("item_id", "number"),)

    @property
    def tick_had(self) -> dict[str, Any]:
        """Its tick as the log keeps it for an undo: when it was set and by whom; empty if it has none."""
        if self.met_at is None:
            return {}
        return {"met_at": self.met_at.astimezone(dt.UTC).isoformat(), "person": self.met_by_id}

    @property
    def had(self) -> dict[str, Any]:
        """What is lost when it is removed: its tick, and the id of the question that it came from."""
        return self.tick_had | ({"of_question": self.question_id} if self.question_id else {})

    @orm.validates("text")
    def _tidy_text(self, _key: str, value: str) -> str:
        text = " ".join(value.split())
        if not text or len(text) > 1000:
            raise Invalid({"text": "A criterion needs 1 to 1,000 characters."})
        return text
