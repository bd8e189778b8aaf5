"""Block intervals: why an item could not proceed, from when to when, and whom it waited for."""

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from kanban.models.base import Model

if TYPE_CHECKING:
    from kanban.models.question import Question


class Block(Model):
    """One interval; open while `until` is empty. An item has at most one open of its own, and one per question."""

    __tablename__ = "block"

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(sa.ForeignKey("item.id", ondelete="CASCADE"), index=True)
    question_id: Mapped[int | None] = mapped_column(sa.ForeignKey("question.id"))
    reason: Mapped[str]
    waiting_for: Mapped[str] = mapped_column(default="")
    waiting_for_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    since: Mapped[dt.datetime]
    until: Mapped[dt.datetime | None]

    question: Mapped["Question | None"] = orm.relationship(lazy="raise_on_sql")

    __table_args__ = (
        sa.CheckConstraint("until IS NULL OR until >= since", name="interval"),
        sa.Index(
            "ix_block_open", "item_id", sqlite_where=sa.text("until IS NULL"), postgresql_where=sa.text("until IS NULL")
        ),
    )

    @property
    def is_open(self) -> bool:
        """Whether it still holds the item up."""
        return self.until is None

    @property
    def is_own(self) -> bool:
        """Whether a person opened it, rather than a question."""
        return self.question_id is None and self.__dict__.get("question") is None

    def waits_for(self, names: Iterable[str]) -> bool:
        """Whether one of these names occurs in `waiting_for` or the reason, or `waiting_for` in one of the names."""
        said, whom = f"{self.waiting_for} {self.reason}".casefold(), self.waiting_for.casefold()
        known = [name.casefold() for name in names if name.strip()]
        return any(name in said or (whom and whom in name) for name in known)

    def is_held_by(self, question: "Question") -> bool:
        """Whether this question holds it open."""
        same = self.question_id is not None and self.question_id == question.id
        return same or self.__dict__.get("question") is question
