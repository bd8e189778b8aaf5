"""Questions that stakeholders ask about an update: asked through a personal link, answered by the owner's side."""

import datetime as dt
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from kanban import clock
from kanban.errors import Invalid, Refused
from kanban.models.base import Model
from kanban.models.delivery import Delivery
from kanban.models.member import Member
from kanban.models.stakeholder import Stakeholder
from kanban.models.user import User
from kanban.policy import Action

if TYPE_CHECKING:
    from kanban.models.status_update import StatusUpdate

OPEN_AT_MOST = 10


class UpdateQuestion(Model):
    """One question; open until it is answered.

    `number` identifies it in its product; questions on items are numbered in the same series.
    """

    __tablename__ = "update_question"

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("product.id"))
    number: Mapped[int]
    update_id: Mapped[int] = mapped_column(sa.ForeignKey("status_update.id"), index=True)
    stakeholder_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stakeholder.id", ondelete="SET NULL"))
    body: Mapped[str]
    asked_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    answer: Mapped[str] = mapped_column(default="")
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    answered_at: Mapped[dt.datetime | None]

    update: Mapped["StatusUpdate"] = orm.relationship(lazy="raise_on_sql")
    stakeholder: Mapped[Stakeholder | None] = orm.relationship(lazy="raise_on_sql")

    __table_args__ = (
        sa.UniqueConstraint("product_id", "number"),
        sa.CheckConstraint("(answered_at IS NULL) = (answered_by_id IS NULL)", name="answered"),
        sa.Index("ix_update_question_open", "product_id", "answered_at"),
    )

    @property
    def is_open(self) -> bool:
        """Whether it waits for an answer from the owner's side."""
        return self.answered_at is None

    @property
    def reaches_asker(self) -> bool:
        """Whether an answer can go to the person who asked: they are still on the list."""
        return self.stakeholder is not None and self.stakeholder.removed_at is None

    @classmethod
    def ask(
        cls, update: "StatusUpdate", body: str, *, person: Stakeholder, owner: User, n_open: int
    ) -> "UpdateQuestion":
        """Ask the product's owner about a published update; `n_open`: questions of this person that are waiting."""
        text = read_words(body, "Write your question first.")
        if n_open >= OPEN_AT_MOST:
            raise Refused(f"{OPEN_AT_MOST} of your questions are waiting for an answer. Ask again when one has come.")
        product = update.product
        number, product.next_question = product.next_question, product.next_question + 1
        question = cls(
            product_id=product.id,
            number=number,
            update=update,
            update_id=update.id,
            stakeholder=person,
            stakeholder_id=person.id,
            body=text,
            asked_at=clock.now(),
            answer="",
        )
        product.record("stakeholder_asked", by=None, asked=number, update=update.number, stakeholder=person.id)
        product.deliveries.add(Delivery.to_user("stakeholder_asked", owner, context={"asked": number}))
        return question

    def reply(self, body: str, *, by: Member) -> None:
        """Answer it; the answer goes to the stakeholder by mail, if they are still on the list."""
        by.must(Action.ANSWER)
        if not self.is_open:
            raise Refused("It has already been answered.")
        self.answer = read_words(body, "Write the answer first.")
        self.answered_by_id, self.answered_at = by.user_id, clock.now()
        by.product.record("stakeholder_answered", by=by, asked=self.number, update=self.update.number)
        if self.stakeholder is not None and self.reaches_asker:
            told = Delivery.to_stakeholder("stakeholder_answered", self.stakeholder, context={"asked": self.number})
            by.product.deliveries.add(told)


def read_words(value: str, missing: str) -> str:
    """The tidied free text of a form; Invalid if it is too long or, with the sentence `missing`, if it is empty."""
    text = value.replace("\x00", "").replace("\r\n", "\n").strip()
    if not text:
        raise Invalid({"body": missing})
    if len(text) > 5000:
        raise Invalid({"body": "At most 5,000 characters fit here."})
    return text
