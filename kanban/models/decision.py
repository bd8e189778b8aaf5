"""Decisions of a product: what was decided, why, by whom and when; never edited, only superseded by a newer one."""

import datetime as dt
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from kanban import clock
from kanban.errors import Invalid, Refused
from kanban.models.base import Model
from kanban.models.member import Member
from kanban.models.stakeholder import Stakeholder
from kanban.policy import Action
from kanban.status.asked import Ask

if TYPE_CHECKING:
    from kanban.models.item import Item
    from kanban.models.product import Product
    from kanban.models.status_update import StatusUpdate


class Decision(Model):
    """One decision; `number` identifies it in its product.

    `decided_by_id` is the member who decided or wrote it down; `who` names those who decided if that was somebody else;
    `stakeholder_id` is the stakeholder who decided through a link. `line` is the position among the decisions that an
    update asks for; each line is decided once, by a stakeholder or by the member who writes down what was decided.
    """

    __tablename__ = "decision"

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("product.id"))
    number: Mapped[int]
    body: Mapped[str]
    context: Mapped[str] = mapped_column(default="", server_default="")
    who: Mapped[str] = mapped_column(default="", server_default="")
    decided_on: Mapped[dt.date]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    stakeholder_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stakeholder.id", ondelete="SET NULL"))
    item_id: Mapped[int | None] = mapped_column(sa.ForeignKey("item.id"), index=True)
    question_id: Mapped[int | None] = mapped_column(sa.ForeignKey("question.id"))
    update_id: Mapped[int | None] = mapped_column(sa.ForeignKey("status_update.id"))
    line: Mapped[int | None]
    supersedes_id: Mapped[int | None] = mapped_column(sa.ForeignKey("decision.id"))
    at: Mapped[dt.datetime] = mapped_column(default=clock.now)

    supersedes: Mapped["Decision | None"] = orm.relationship(
        remote_side="Decision.id", back_populates="superseded_by", lazy="raise_on_sql"
    )
    superseded_by: Mapped["Decision | None"] = orm.relationship(back_populates="supersedes", lazy="raise_on_sql")

    __table_args__ = (
        sa.UniqueConstraint("product_id", "number"),
        sa.UniqueConstraint("supersedes_id"),
        sa.UniqueConstraint("update_id", "line"),
        sa.CheckConstraint("(update_id IS NULL) = (line IS NULL)", name="line"),
    )

    @classmethod
    def write(
        cls,
        product: "Product",
        body: str,
        *,
        by: Member,
        context: str = "",
        who: str = "",
        decided_on: dt.date | None = None,
        item: "Item | None" = None,
        supersedes: "Decision | None" = None,
        is_superseded: bool = False,
        on: Ask | None = None,
        is_decided: bool = False,
    ) -> "Decision":
        """Write a decision down.

        With `supersedes` it takes the place of an older decision, which stays readable; with `on` it decides what a
        line of a published update asks for. It is refused if the older decision has been superseded already
        (`is_superseded`), or the line decided (`is_decided`).
        """
        by.must(Action.DECIDE)
        today = clock.today(product.zone)
        day = decided_on or today
        if day > today:
            raise Invalid({"decided_on": "A decision is written down once it has been made: choose today or earlier."})
        if supersedes is not None and is_superseded:
            raise Refused("Another decision has already taken its place. Supersede that one.")
        if is_decided:
            raise Refused("It has been decided in the meantime. If your decision differs, supersede that one.")
        decision = cls._number(
            product,
            body=_text("body", body, 2000, needed=True),
            context=_text("context", context, 5000),
            who=" ".join(_text("who", who, 200).split()),
            decided_on=day,
            decided_by_id=by.user_id,
            item_id=item.id if item is not None else None,
            supersedes=supersedes,
            update_id=on.update_id if on else None,
            line=on.place if on else None,
        )
        decision._record(
            product,
            by=by,
            item=item,
            supersedes=supersedes.number if supersedes else None,
            update=on.update if on else None,
            line=on.place if on else None,
        )
        return decision

    @classmethod
    def keep(
        cls, item: "Item", body: str, *, context: str, by: Member, supersedes: "Decision | None" = None
    ) -> "Decision":
        """Keep an answer on an item as a decision; the log entry of the answer refers to it by its number.

        `supersedes` is the decision that the previous answer became.
        """
        by.must(Action.DECIDE)
        product = item.product
        return cls._number(
            product,
            body=body,
            context=context,
            decided_on=clock.today(product.zone),
            decided_by_id=by.user_id,
            item_id=item.id,
            supersedes=supersedes,
        )

    @property
    def standing(self) -> "Decision":
        """The decision that holds now: the last one in the chain that superseded this one, or this one itself."""
        found = self
        while found.superseded_by is not None:
            found = found.superseded_by
        return found

    @classmethod
    def choose(
        cls,
        update: "StatusUpdate",
        line: int,
        option: str,
        *,
        context: str,
        person: Stakeholder,
        item: "Item | None" = None,
    ) -> "Decision":
        """Record what a stakeholder decided on a line of a published update."""
        product = update.product
        decision = cls._number(
            product,
            body=_text("option", option, 2000, needed=True),
            context=_text("context", context, 5000),
            decided_on=clock.today(product.zone),
            stakeholder_id=person.id,
            item_id=item.id if item is not None else None,
            update_id=update.id,
            line=line,
        )
        decision._record(product, by=None, item=item, update=update.number, line=line, stakeholder=person.id)
        return decision

    @classmethod
    def _number(cls, product: "Product", **fields: object) -> "Decision":
        number, product.next_decision = product.next_decision, product.next_decision + 1
        return cls(product_id=product.id, number=number, at=clock.now(), **fields)

    def _record(self, product: "Product", *, by: Member | None, item: "Item | None", **more: Any) -> None:
        what = {name: value for name, value in more.items() if value is not None}
        product.record("decided", by=by, item=item, decision=self.number, text=self.body, **what)


def _text(field: str, value: str, most: int, *, needed: bool = False) -> str:
    text = value.replace("\x00", "").replace("\r\n", "\n").strip()
    if needed and not text:
        raise Invalid({field: "Write what was decided." if field == "body" else "Choose one of the answers."})
    if len(text) > most:
        raise Invalid({field: f"At most {most:,} characters fit here."})
    return text
