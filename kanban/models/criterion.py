"""Acceptance criteria: what must hold before the owner accepts an item, ticked by whoever saw it hold."""

import datetime as dt
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from kanban import clock
from kanban.errors import Invalid, Refused
from kanban.models.base import Model
from kanban.models.event import Event
from kanban.models.member import Member

if TYPE_CHECKING:
    from kanban.models.item import Item
    from kanban.models.question import Question


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


# Verbs of an item


def add_criterion(item: "Item", text: str, *, by: Member, question: "Question | None" = None) -> Criterion:
    """Add a criterion at the end of the list, with a number that no other criterion of this item ever had."""
    item.refuse_discarded()
    if len(item.criteria) >= 100:
        raise Refused("An item can have at most 100 criteria. It may want splitting.")
    number = max(_last_number(item), *(criterion.number for criterion in item.criteria), 0) + 1
    criterion = Criterion(number=number, text=text, question_id=question.id if question else None)
    item.criteria.append(criterion)
    item.record("criterion_added", by=by, criterion=number, text=criterion.text)
    return criterion


def change_criterion(item: "Item", number: int, text: str, *, by: Member) -> None:
    """Reword a criterion; its tick, if any, is removed, because it was for the old wording."""
    item.refuse_discarded()
    criterion = _find(item, number)
    before, had = criterion.text, criterion.tick_had
    criterion.text = text
    if criterion.text != before:
        criterion.met_at = criterion.met_by_id = None
        item.record("criterion_changed", by=by, criterion=number, text=criterion.text, was=before, **had)


def remove_criterion(item: "Item", number: int, *, by: Member) -> None:
    """Remove a criterion."""
    item.refuse_discarded()
    criterion = _find(item, number)
    item.criteria.remove(criterion)
    item.record("criterion_removed", by=by, criterion=number, text=criterion.text, **criterion.had)


def tick(item: "Item", number: int, *, met: bool, by: Member) -> None:
    """Mark a criterion as met, or as no longer met."""
    item.refuse_discarded()
    criterion = _find(item, number)
    if (criterion.met_at is not None) == met:
        return
    had = criterion.tick_had
    criterion.met_at = clock.now() if met else None
    criterion.met_by_id = by.user_id if met else None
    item.record("criterion_met" if met else "criterion_unmet", by=by, criterion=number, **had)


def _last_number(item: "Item") -> int:
    """The highest number that a criterion of it ever had, according to the log; 0 for none."""
    session = orm.object_session(item)
    if session is None or item.id is None:
        return 0
    with session.no_autoflush:
        return session.scalar(_LAST_NUMBER, {"item": item.id}) or 0


def _find(item: "Item", number: int) -> Criterion:
    for criterion in item.criteria:
        if criterion.number == number:
            return criterion
    raise Refused("That criterion is gone. Somebody has removed it.")


_LAST_NUMBER = sa.select(sa.func.max(Event.data["criterion"].as_integer())).where(
    Event.item_id == sa.bindparam("item"), Event.kind == "criterion_added"
)
