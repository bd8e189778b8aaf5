"""Commitments (shown to people as promises): what was promised to whom for when, and each change of its date.

Whether one is kept follows from its item, milestone or request and is worked out in `status`.
"""

import datetime as dt
from collections.abc import Collection
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from kanban import clock
from kanban.errors import Invalid, Refused
from kanban.flow.calendar import Calendar
from kanban.formatting import full_day
from kanban.models.base import Model, enum_type
from kanban.models.event import Event
from kanban.models.item import Item
from kanban.models.member import Member
from kanban.models.milestone import Milestone
from kanban.models.request import Request, RequestState
from kanban.models.stakeholder import Stakeholder
from kanban.policy import Action

if TYPE_CHECKING:
    from kanban.models.product import Product

FURTHEST_YEARS = 10
MOST_CHANGES = 200


class Cause(StrEnum):
    """Why a promised date moved."""

    SCOPE_ADDED = "scope_added"
    ESTIMATE_WRONG = "estimate_wrong"
    SLOWER_PACE = "slower_pace"
    BLOCKED = "blocked"
    DEPENDENCY = "dependency"
    PEOPLE = "people"
    PRIORITY_CHANGE = "priority_change"
    DECISION_AWAITED = "decision_awaited"
    EXTERNAL = "external"


commitment_stakeholder = sa.Table(
    "commitment_stakeholder",
    Model.metadata,
    sa.Column("commitment_id", sa.ForeignKey("commitment.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("stakeholder_id", sa.ForeignKey("stakeholder.id"), primary_key=True, index=True),
)


class CommitmentChange(Model):
    """One entry of the delay log, numbered from 1; never edited.

    `notice_id` is the status update that tells the people to whom it was promised; set as soon as that is drafted.
    """

    __tablename__ = "commitment_change"

    commitment_id: Mapped[int] = mapped_column(sa.ForeignKey("commitment.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    from_on: Mapped[dt.date]
    to_on: Mapped[dt.date]
    cause: Mapped[Cause] = mapped_column(enum_type(Cause))
    explanation: Mapped[str]
    mitigation: Mapped[str] = mapped_column(default="")
    at: Mapped[dt.datetime]
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    notice_id: Mapped[int | None] = mapped_column(sa.ForeignKey("status_update.id", ondelete="SET NULL"), index=True)

    __table_args__ = (sa.CheckConstraint("from_on <> to_on", name="moves"),)


class Commitment(Model):
    """One promise about an item, a milestone or a request. `first_on` never changes, `due_on` only by `change`.

    An item, a milestone or a request has at most one promise that was not withdrawn (unique indexes enforce it).
    """

    __tablename__ = "commitment"

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("product.id", ondelete="CASCADE"))
    number: Mapped[int]
    item_id: Mapped[int | None] = mapped_column(sa.ForeignKey("item.id"), index=True)
    milestone_id: Mapped[int | None] = mapped_column(sa.ForeignKey("milestone.id"), index=True)
    request_id: Mapped[int | None] = mapped_column(sa.ForeignKey("request.id"), index=True)
    statement: Mapped[str]
    first_on: Mapped[dt.date]
    due_on: Mapped[dt.date]
    made_at: Mapped[dt.datetime]
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    withdrawn_at: Mapped[dt.datetime | None]
    withdrawn_reason: Mapped[str | None]

    product: Mapped["Product"] = orm.relationship(lazy="raise_on_sql")
    item: Mapped[Item | None] = orm.relationship(lazy="raise_on_sql")
    milestone: Mapped[Milestone | None] = orm.relationship(lazy="raise_on_sql")
    request: Mapped[Request | None] = orm.relationship(lazy="raise_on_sql")
    stakeholders: Mapped[list[Stakeholder]] = orm.relationship(
        secondary=commitment_stakeholder, order_by=Stakeholder.name, lazy="raise_on_sql"
    )
    changes: Mapped[list[CommitmentChange]] = orm.relationship(
        order_by=CommitmentChange.number, lazy="raise_on_sql", cascade="all, delete-orphan"
    )

    __table_args__ = (
        sa.UniqueConstraint("product_id", "number"),
        sa.CheckConstraint(
            "(item_id IS NULL OR milestone_id IS NULL)"
            " AND (request_id IS NULL OR (item_id IS NULL AND milestone_id IS NULL))",
            name="subject",
        ),
        sa.CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)", name="withdrawn"),
        *(
            sa.Index(
                f"uq_commitment_{subject}",
                f"{subject}_id",
                unique=True,
                sqlite_where=sa.text(f"{subject}_id IS NOT NULL AND withdrawn_at IS NULL"),
                postgresql_where=sa.text(f"{subject}_id IS NOT NULL AND withdrawn_at IS NULL"),
            )
            for subject in ("item", "milestone", "request")
        ),
    )

    @property
    def is_withdrawn(self) -> bool:
        """Whether it was withdrawn."""
        return self.withdrawn_at is not None

    @property
    def subject(self) -> Item | Milestone | Request | None:
        """What is promised; None if it was a milestone that is gone."""
        return self.item or self.milestone or self.request

    @classmethod
    def promise(
        cls,
        product: "Product",
        subject: Item | Milestone | Request,
        *,
        due_on: dt.date,
        statement: str,
        people: Collection[Stakeholder],
        calendar: Calendar,
        is_promised: bool,
        is_finished: bool,
        by: Member,
    ) -> "Commitment":
        """Promise an item, a milestone or a request to stakeholders for a working day in the future.

        `is_promised`: there already is a promise about it that was not withdrawn; `is_finished`: nothing of it is left
        to do. Without a statement, the title or name of the subject says what was promised; for a request it is the
        number, since a request's words must stay out of the log.
        """
        by.must(Action.PROMISE)
        item = subject if isinstance(subject, Item) else None
        milestone = subject if isinstance(subject, Milestone) else None
        request = subject if isinstance(subject, Request) else None
        if request is not None and request.state in (RequestState.DUPLICATE, RequestState.DECLINED):
            raise Refused("That request was declined or joined with another one. Promise what is still wanted.")
        if item is not None:
            item.refuse_discarded()
        if is_finished:
            raise Refused("It is finished. There is nothing left to promise.")
        if is_promised:
            raise Refused("It is already promised. Change the date of that promise, so that the first one isn’t lost.")
        text = " ".join(statement.split()) or _title(subject)
        if len(text) > 500:
            raise Invalid({"statement": "Say in at most 500 characters what is promised."})
        _check_day(due_on, product, calendar)
        number, product.next_commitment = product.next_commitment, product.next_commitment + 1
        commitment = cls(product=product, product_id=product.id, number=number, item=item, milestone=milestone)
        commitment.item_id = item.id if item else None
        commitment.milestone_id = milestone.id if milestone else None
        commitment.request, commitment.request_id = request, request.id if request else None
        commitment.statement, commitment.first_on, commitment.due_on = text, due_on, due_on
        commitment.made_at, commitment.made_by_id = clock.now(), by.user_id
        commitment.withdrawn_at = commitment.withdrawn_reason = None
        commitment.stakeholders, commitment.changes = list(people), []
        commitment._record(
            "promised",
            by=by,
            milestone=milestone.number if milestone else None,
            **({"request": request.number} if request else {}),
            due_on=due_on.isoformat(),
            statement=text,
            stakeholders=sorted(person.id for person in people),
        )
        return commitment

    def change(
        self,
        due_on: dt.date,
        *,
        cause: Cause,
        explanation: str,
        calendar: Calendar,
        is_finished: bool,
        by: Member,
        mitigation: str = "",
    ) -> CommitmentChange:
        """Move the promised date: only here, and only with a cause, one sentence and what helps until then."""
        by.must(Action.PROMISE)
        self._refuse_withdrawn()
        if is_finished:
            raise Refused("What was promised is finished. Its date can no longer change.")
        if len(self.changes) >= MOST_CHANGES:
            raise Refused("This date has moved too often. Withdraw the promise and make another one.")
        if due_on == self.due_on:
            raise Invalid({"due_on": "It is already promised for that day."})
        _check_day(due_on, self.product, calendar)
        change = CommitmentChange(
            number=len(self.changes) + 1,
            from_on=self.due_on,
            to_on=due_on,
            cause=cause,
            explanation=_sentence("explanation", explanation, needed="Say in 1 to 500 characters why the date moves."),
            mitigation=_sentence("mitigation", mitigation),
            at=clock.now(),
            by_id=by.user_id,
        )
        self.changes.append(change)
        self.due_on = due_on
        self._record(
            "promise_changed",
            by=by,
            was_on=change.from_on.isoformat(),
            due_on=due_on.isoformat(),
            cause=cause.value,
            explanation=change.explanation,
            mitigation=change.mitigation,
        )
        return change

    def withdraw(self, reason: str, *, is_finished: bool, by: Member) -> None:
        """Withdraw the promise for a reason; it stays readable with its first date and every change."""
        by.must(Action.PROMISE)
        self._refuse_withdrawn()
        if is_finished:
            raise Refused("What was promised is finished. The promise can no longer be withdrawn.")
        text = _sentence("reason", reason, needed="Say in 1 to 500 characters why it is withdrawn.")
        self.withdrawn_at, self.withdrawn_reason = clock.now(), text
        self._record("promise_withdrawn", by=by, reason=text)

    def undo(self, event: Event, *, by: Member) -> None:
        """Undo what `event` says, which must be the last thing done to it (see PromiseUndo for when that is allowed).

        If that is its making, this only records it: the caller deletes the row. Its number is not used again.
        """
        match event.kind:
            case "promise_changed":
                self.due_on = self.changes.pop().from_on
            case "promise_withdrawn":
                self.withdrawn_at = self.withdrawn_reason = None
        self._record("promise_undone", by=by, what=event.kind, due_on=self.due_on.isoformat(), undoes=event.version)

    def _record(self, kind: str, *, by: Member, **what: Any) -> None:
        """Record under the item that shows the promise (its own or its request's), so that open screens refresh it."""
        shown = self.item or (self.request.item if self.request is not None else None)
        self.product.record(kind, by=by, item=shown, commitment=self.number, **what)

    def _refuse_withdrawn(self) -> None:
        if self.is_withdrawn:
            raise Refused("This promise was withdrawn.")


def _title(subject: Item | Milestone | Request) -> str:
    if isinstance(subject, Request):
        return f"Request {subject.number}"
    return subject.title if isinstance(subject, Item) else subject.name


def _check_day(day: dt.date, product: "Product", calendar: Calendar) -> None:
    today = clock.today(product.zone)
    if day <= today:
        raise Invalid({"due_on": "A promise must be for a day in the future."})
    if day.year - today.year > FURTHEST_YEARS:
        raise Invalid({"due_on": f"A promise can reach at most {FURTHEST_YEARS} years ahead."})
    if not calendar.is_working(day):
        following = full_day(calendar.next_working(day))
        raise Invalid({"due_on": f"Nobody works here on {full_day(day)}. The next working day is {following}."})


def _sentence(field: str, value: str, *, needed: str = "") -> str:
    text = " ".join(value.replace("\x00", "").split())
    if not text and needed:
        raise Invalid({field: needed})
    if len(text) > 500:
        raise Invalid({field: "At most 500 characters fit here."})
    return text
