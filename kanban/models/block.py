"""Block intervals: why an item could not proceed, from when to when, and whom it waited for."""

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from kanban import clock
from kanban.errors import Invalid, Refused
from kanban.models.base import Model
from kanban.models.member import Member

if TYPE_CHECKING:
    from kanban.models.item import Item
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


# Verbs of an item


def block(item: "Item", reason: str, *, by: Member, waiting_for: str = "") -> None:
    """Mark the item as unable to proceed until someone unblocks it; its age keeps running."""
    item.refuse_discarded()
    if item.is_finished:
        raise Refused("A finished item can’t be blocked.")
    text = " ".join(reason.split())
    if not text or len(text) > 500:
        raise Invalid({"reason": "Say in 1 to 500 characters what is holding it up."})
    whom = " ".join(waiting_for.split())
    if len(whom) > 200:
        raise Invalid({"waiting_for": "Say in at most 200 characters who or what it is waiting on."})
    if any(each.is_own for each in item.open_blocks):
        raise Refused("It is already blocked. Unblock it first to give another reason.")
    open_block(item, text, by=by, waiting_for=whom)


def open_block(
    item: "Item", reason: str, *, by: Member | None, waiting_for: str = "", question: "Question | None" = None
) -> None:
    """Open a block interval; with `question`, that question holds it open."""
    waiting_for_id = question.waits_on_id if question else None
    item.blocks.append(
        Block(
            reason=reason,
            waiting_for=waiting_for,
            waiting_for_id=waiting_for_id,
            since=clock.now(),
            question=question,
        )
    )
    number = question.number if question else None
    item.record("blocked", by=by, reason=reason, waiting_for=waiting_for, person=waiting_for_id, question=number)


def unblock(item: "Item", *, by: Member | None) -> None:
    """Close the interval that a person opened; one that a question holds open closes with the question."""
    own = [each for each in item.open_blocks if each.is_own]
    if not own:
        if item.open_blocks:
            raise Refused("A question holds it up. It goes on when the question is answered or withdrawn.")
        return
    for each in own:
        _close(item, each, by=by, question=None)


def close_block_of(item: "Item", question: "Question", *, by: Member | None) -> None:
    """Close the interval that this question holds open, if any."""
    for each in item.open_blocks:
        if each.is_held_by(question):
            _close(item, each, by=by, question=question.number)


def close_blocks(item: "Item", *, by: Member | None) -> None:
    """Close every interval, whoever opened it."""
    for each in item.open_blocks:
        _close(item, each, by=by, question=each.question.number if each.question else None)


def _close(item: "Item", one: Block, *, by: Member | None, question: int | None) -> None:
    one.until = max(clock.now(), one.since)
    item.record("unblocked", by=by, question=question)
