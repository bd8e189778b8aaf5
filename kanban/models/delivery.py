"""The outbox: each row is one mail to one person, written in the transaction of the change it reports.

The worker sends them.
"""

import datetime as dt
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from kanban import clock
from kanban.models.base import Model, enum_type
from kanban.models.stakeholder import Stakeholder
from kanban.models.user import User

if TYPE_CHECKING:
    from kanban.models.newcomer import Newcomer
    from kanban.models.question import Question
    from kanban.models.status_update import StatusUpdate


#: How long a mailed link lets its reader ask and decide.
ACTS_FOR = dt.timedelta(days=90)


#: CHECK condition: a delivery has exactly one recipient.
RECIPIENT = (
    " + ".join(f"CASE WHEN {kind}_id IS NULL THEN 0 ELSE 1 END" for kind in ("user", "stakeholder", "newcomer"))
    + " = 1"
)


class DeliveryState(StrEnum):
    """Waiting: due at `due_at`. Sending: leased. Kept: there was no mail server, so it is readable in the app.

    The others are final.
    """

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    KEPT = "kept"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class Delivery(Model):
    """One mail. It is rendered when it is sent, so that neither its text nor anybody's links are in the database.

    `kind` is one of mail.compose.KINDS; `context` holds what the template needs beyond the rows it points to, never a
    secret.
    """

    __tablename__ = "delivery"

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int | None] = mapped_column(sa.ForeignKey("product.id"))
    kind: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id", ondelete="CASCADE"), index=True)
    stakeholder_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stakeholder.id", ondelete="CASCADE"), index=True)
    newcomer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("newcomer.id", ondelete="CASCADE"), index=True)
    question_id: Mapped[int | None] = mapped_column(sa.ForeignKey("question.id"))
    update_id: Mapped[int | None] = mapped_column(sa.ForeignKey("status_update.id"))
    context: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[DeliveryState] = mapped_column(enum_type(DeliveryState), default=DeliveryState.WAITING)
    created_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    due_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    attempts: Mapped[int] = mapped_column(default=0)
    lease_owner: Mapped[str | None]
    lease_until: Mapped[dt.datetime | None]
    sent_at: Mapped[dt.datetime | None]
    trouble: Mapped[str | None]

    user: Mapped[User | None] = orm.relationship(lazy="raise_on_sql")
    stakeholder: Mapped[Stakeholder | None] = orm.relationship(lazy="raise_on_sql")
    newcomer: Mapped["Newcomer | None"] = orm.relationship(lazy="raise_on_sql")
    question: Mapped["Question | None"] = orm.relationship(lazy="raise_on_sql")
    update: Mapped["StatusUpdate | None"] = orm.relationship(back_populates="deliveries", lazy="raise_on_sql")
    responses: Mapped[list["Response"]] = orm.relationship(
        back_populates="delivery", lazy="raise_on_sql", cascade="all, delete-orphan"
    )

    __table_args__ = (
        sa.UniqueConstraint("update_id", "stakeholder_id"),
        sa.CheckConstraint(RECIPIENT, name="recipient"),
        sa.Index("ix_delivery_state_due_at", "state", "due_at"),
        sa.Index("ix_delivery_product_id_kind", "product_id", "kind"),
    )

    @classmethod
    def to_user(
        cls, kind: str, user: User, *, question: "Question | None" = None, context: dict[str, Any] | None = None
    ) -> "Delivery":
        """A mail to somebody with an account."""
        return cls(kind=kind, user=user, question=question, context=context or {}, state=DeliveryState.WAITING)

    @classmethod
    def to_stakeholder(
        cls, kind: str, stakeholder: Stakeholder, *, context: dict[str, Any] | None = None
    ) -> "Delivery":
        """A mail to a stakeholder."""
        return cls(kind=kind, stakeholder=stakeholder, context=context or {}, state=DeliveryState.WAITING)

    @classmethod
    def to_newcomer(cls, kind: str, newcomer: "Newcomer") -> "Delivery":
        """A mail to somebody whose address is not confirmed yet."""
        return cls(kind=kind, newcomer=newcomer, context={}, state=DeliveryState.WAITING)

    def acknowledge(self) -> bool:
        """Note that the stakeholder has read it; False if they said so before."""
        if any(response.kind is ResponseKind.ACKNOWLEDGED for response in self.responses):
            return False
        self.responses.append(Response(kind=ResponseKind.ACKNOWLEDGED, body="", at=clock.now()))
        return True

    @property
    def may_go_late(self) -> bool:
        """Whether it was kept and its stakeholder should still get it.

        They must have been on the list ever since, want updates, and have an address that a mail can reach.
        """
        person = self.stakeholder
        if self.state is not DeliveryState.KEPT or person is None:
            return False
        return person.gets_updates and person.added_at <= self.created_at and not person.is_nobody

    def go_late(self) -> None:
        """Put it back to wait as if it were made now, so that it gets the usual tries and its links last as usual.

        If a try is under way, its outcome no longer counts.
        """
        if self.state is not DeliveryState.SENDING:  # during a try, the number tells its sender from that of the next
            self.attempts = 0
        self.state, self.trouble = DeliveryState.WAITING, None
        self.lease_owner = self.lease_until = None
        self.created_at = self.due_at = clock.now()

    @property
    def is_open_to_acts(self) -> bool:
        """Whether its links still allow asking and deciding; those for reading and unsubscribing never expire."""
        return clock.now() - self.created_at < ACTS_FOR


class ResponseKind(StrEnum):
    """What a stakeholder did with an update."""

    ACKNOWLEDGED = "acknowledged"
    ASKED = "asked"
    DECIDED = "decided"
    UNSUBSCRIBED = "unsubscribed"


class Response(Model):
    """One act of a stakeholder behind their personal link; each kind at most once per delivery, except asking."""

    __tablename__ = "response"

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(sa.ForeignKey("delivery.id", ondelete="CASCADE"), index=True)
    kind: Mapped[ResponseKind] = mapped_column(enum_type(ResponseKind))
    body: Mapped[str] = mapped_column(default="")
    at: Mapped[dt.datetime] = mapped_column(default=clock.now)

    delivery: Mapped[Delivery] = orm.relationship(back_populates="responses", lazy="raise_on_sql")
