"""Requests: what stakeholders ask for, what was decided about it, by whom and why, and whether it helped in the end.

What people wrote is kept only in rows of these tables, never in the log, so that it can be erased with the person.
"""

import datetime as dt
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from kanban import clock
from kanban.errors import Invalid, Refused
from kanban.models.base import Model, enum_type
from kanban.models.delivery import Delivery
from kanban.models.item import Item
from kanban.models.member import Member
from kanban.models.request_words import TITLE_AT_MOST, read_request, read_words, without
from kanban.models.stakeholder import FORMER, Stakeholder
from kanban.models.user import User
from kanban.policy import Action

if TYPE_CHECKING:
    from kanban.models.product import Product

OPEN_AT_MOST = 20

request_support = sa.Table(
    "request_support",
    Model.metadata,
    sa.Column("request_id", sa.ForeignKey("request.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("stakeholder_id", sa.ForeignKey("stakeholder.id"), primary_key=True, index=True),
)


class RequestState(StrEnum):
    """The state of a request: to be decided (new, later), decided (accepted, duplicate, declined), or done."""

    NEW = "new"
    LATER = "later"
    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    DECLINED = "declined"
    DONE = "done"


class StepKind(StrEnum):
    """What happened to a request: a state that it entered, or anything else that is kept in its history."""

    ASKED = "asked"
    LATER = "later"
    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    DECLINED = "declined"
    REOPENED = "reopened"
    DONE = "done"
    RESUMED = "resumed"
    DROPPED = "dropped"
    SOLVED = "solved"
    UNSOLVED = "unsolved"


class RequestStep(Model):
    """One step of a request, numbered from 1; never edited except to erase a person's name and address.

    `words` are what was said to the requester or, for solved and unsolved, by the requester. `by_id` is the member who
    did it, or None.
    """

    __tablename__ = "request_step"

    request_id: Mapped[int] = mapped_column(sa.ForeignKey("request.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[StepKind] = mapped_column(enum_type(StepKind))
    words: Mapped[str] = mapped_column(default="", server_default="")
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    at: Mapped[dt.datetime]


class Request(Model):
    """One request; `number` identifies it in its product.

    Its requester and `supporters` ("me too") are told of each outcome. `added_by_id` is the member who wrote it down on
    the requester's behalf. `is_public` lets its title be shown to others who are about to ask. `item` is set while it
    is accepted or done. A move of the item knows nothing of requests, so a request must be told afterwards to follow
    what became of its item (`follow`, which calls `finish`, `resume` or `drop`).
    """

    __tablename__ = "request"

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("product.id"))
    number: Mapped[int]
    stakeholder_id: Mapped[int] = mapped_column(sa.ForeignKey("stakeholder.id"), index=True)
    added_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    title: Mapped[str]
    body: Mapped[str] = mapped_column(default="")
    is_public: Mapped[bool] = mapped_column(default=False)
    state: Mapped[RequestState] = mapped_column(enum_type(RequestState), default=RequestState.NEW)
    item_id: Mapped[int | None] = mapped_column(sa.ForeignKey("item.id"), index=True)
    duplicate_of_id: Mapped[int | None] = mapped_column(sa.ForeignKey("request.id"), index=True)
    asked_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    decided_at: Mapped[dt.datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    solved: Mapped[bool | None]

    stakeholder: Mapped[Stakeholder] = orm.relationship(lazy="raise_on_sql")
    item: Mapped[Item | None] = orm.relationship(lazy="raise_on_sql")
    duplicate_of: Mapped["Request | None"] = orm.relationship(remote_side="Request.id", lazy="raise_on_sql")
    supporters: Mapped[list[Stakeholder]] = orm.relationship(
        secondary=request_support, order_by=Stakeholder.id, lazy="raise_on_sql"
    )
    steps: Mapped[list[RequestStep]] = orm.relationship(
        order_by=RequestStep.number, lazy="raise_on_sql", cascade="all, delete-orphan"
    )
    product: Mapped["Product"] = orm.relationship(lazy="raise_on_sql")

    __table_args__ = (
        sa.UniqueConstraint("product_id", "number"),
        sa.Index("ix_request_product_id_state", "product_id", "state"),
        sa.CheckConstraint("(state IN ('accepted', 'done')) = (item_id IS NOT NULL)", name="item"),
        sa.CheckConstraint("(state = 'duplicate') = (duplicate_of_id IS NOT NULL)", name="duplicate"),
        sa.CheckConstraint("(state = 'new') = (decided_at IS NULL)", name="decided"),
        sa.CheckConstraint("solved IS NULL OR state = 'done'", name="solved"),
    )

    @property
    def is_open(self) -> bool:
        """Whether it waits for a decision: it is new, or was put off."""
        return self.state in (RequestState.NEW, RequestState.LATER)

    # Coming in

    @classmethod
    def ask(
        cls,
        product: "Product",
        title: str,
        body: str,
        *,
        person: Stakeholder,
        owner: User,
        n_open: int,
        by: Member | None = None,
    ) -> "Request":
        """Ask for something, or with `by` write down what a stakeholder asked for.

        `n_open` is how many of their requests are waiting already. The requester and the product's owner each get a
        mail, except an owner who wrote it down themselves.
        """
        if by is not None:
            by.must(Action.TRIAGE_REQUESTS)
        words = read_request(title, body)
        if n_open >= OPEN_AT_MOST:
            raise Refused(
                f"{OPEN_AT_MOST} requests from this person are waiting for a decision. Ask again when some are decided."
            )
        number, product.next_request = product.next_request, product.next_request + 1
        request = cls(
            product=product,
            product_id=product.id,
            number=number,
            stakeholder=person,
            stakeholder_id=person.id,
            added_by_id=by.user_id if by is not None else None,
            title=words[0],
            body=words[1],
            is_public=False,
            state=RequestState.NEW,
            asked_at=clock.now(),
        )
        request.supporters, request.steps = [], []
        request.item = request.duplicate_of = request.decided_at = request.decided_by_id = request.solved = None
        request._step(StepKind.ASKED, "", by=by)
        request._record("request_asked", by=by, stakeholder=person.id)
        request._tell("request_received", [person])
        if by is None or by.user_id != owner.id:
            request._tell_owner(owner, "asked")
        return request

    def support(self, person: Stakeholder) -> bool:
        """Say "me too": this person is told of every outcome from now on. False if they already are."""
        if self.state is RequestState.DUPLICATE:
            raise Refused("It is the same as another request. Support that one.")
        if self._knows(person):
            return False
        self._take_in(person, by=None)
        self._tell("request_received", [person])
        return True

    # Decisions

    def accept(self, item: Item, *, by: Member, words: str = "") -> None:
        """Accept it and link it to the item that will fulfil it, a new or existing one of the same product."""
        if item.product_id != self.product_id:
            raise Refused("A request can only become an item of its own product.")
        item.refuse_discarded()
        self._decide(RequestState.ACCEPTED, words, by=by)
        self.item, self.item_id = item, item.id
        self.product.record("request_accepted", by=by, item=item, request=self.number)
        self._tell_outcome()

    def postpone(self, *, by: Member, words: str = "") -> None:
        """Put it off: it still has to be decided, and its people are told."""
        if self.state is RequestState.LATER:
            raise Refused("It has already been put off.")
        self._decide(RequestState.LATER, words, by=by)
        self._record("request_postponed", by=by)
        self._tell_outcome()

    def mark_duplicate(self, other: "Request", *, by: Member, words: str = "") -> None:
        """Mark it as a duplicate of another request; its requester and supporters become supporters of that one."""
        if other is self or other.number == self.number:
            raise Refused("A request can’t be a duplicate of itself.")
        if other.product_id != self.product_id:
            raise Refused("A duplicate must belong to the same product.")
        if other.state is RequestState.DUPLICATE:
            raise Refused("That one is a duplicate itself. Choose the one it repeats.")
        self._decide(RequestState.DUPLICATE, words, by=by)
        self.duplicate_of, self.duplicate_of_id = other, other.id
        self._record("request_duplicate", by=by, of=other.number)
        for person in self.people:
            if not other._knows(person):
                other._take_in(person, by=by)
        self._tell_outcome()

    def decline(self, reason: str, *, by: Member) -> None:
        """Decline it, with a reason that its requester and supporters read."""
        if not reason.strip():
            raise Invalid({"words": "Say why, in words for the person who asked."})
        self._decide(RequestState.DECLINED, reason, by=by)
        self._record("request_declined", by=by)
        self._tell_outcome()

    def reopen(self, *, by: Member, words: str = "") -> None:
        """Take a decision back, so that it waits for a new one. An item that came from it stays, but loses the link."""
        by.must(Action.TRIAGE_REQUESTS)
        if self.state is RequestState.NEW:
            raise Refused("It is already waiting for a decision.")
        self._unsettle(StepKind.REOPENED, words, by=by)
        self._record("request_reopened", by=by)
        self._tell_outcome()

    def show_title(self, is_public: bool, *, by: Member) -> None:
        """Show its title to others who are about to ask, so that they can say "me too", or hide it again."""
        by.must(Action.TRIAGE_REQUESTS)
        if is_public != self.is_public:
            self.is_public = is_public
            self._record("request_shown" if is_public else "request_hidden", by=by)

    # What its item does

    def finish(self) -> None:
        """Note that its item is done, and tell its people, who may say whether it helps."""
        if self.state is not RequestState.ACCEPTED:
            raise Refused("Only an accepted request can be done.")
        self.state = RequestState.DONE
        self._step(StepKind.DONE, "", by=None)
        self._record("request_done", by=None)
        self._tell_outcome()

    def resume(self) -> None:
        """Note that its item is not done after all, and tell its people, who were told that it was."""
        if self.state is not RequestState.DONE:
            raise Refused("It is not done.")
        self.state, self.solved = RequestState.ACCEPTED, None
        self._step(StepKind.RESUMED, "", by=None)
        self._record("request_resumed", by=None)
        self._tell_outcome()

    def drop(self) -> None:
        """Note that its item was discarded, so that it waits for a decision again."""
        if self.item is None:
            raise Refused("No item has come from it.")
        self._unsettle(StepKind.DROPPED, "", by=None)
        self._record("request_dropped", by=None)
        self._tell_outcome()

    def follow(self) -> None:
        """Catch up with what became of its item; does nothing if it already has."""
        if self.item is None:
            return
        if self.state is RequestState.ACCEPTED and self.item.is_discarded:
            self.drop()
        elif self.state is RequestState.ACCEPTED and self.item.is_finished:
            self.finish()
        elif self.state is RequestState.DONE and not self.item.is_finished:
            self.resume()

    def say_solved(self, solved: bool, words: str, *, person: Stakeholder, owner: User) -> bool:
        """Record whether what was done helps, which the requester is asked once it is done.

        Returns False if they said the same before.
        """
        if person.id != self.stakeholder_id:
            raise Refused("Only the person who asked for it can say whether it helps.")
        if self.state is not RequestState.DONE:
            raise Refused("It is not done yet.")
        said = read_words(words)
        if self.solved is solved and said in ("", self.steps[-1].words):
            return False  # with the same words: a form that was sent twice
        self.solved = solved
        self._step(StepKind.SOLVED if solved else StepKind.UNSOLVED, said, by=None)
        self._record("request_judged", by=None, solved=solved)
        self._tell_owner(owner, "solved" if solved else "unsolved")
        return True

    # People

    @property
    def people(self) -> list[Stakeholder]:
        """The requester and all who said "me too"."""
        return [self.stakeholder, *self.supporters]

    def forget(self, name: str, email: str) -> None:
        """Remove a person's name and address from everything that was written here."""
        self.title = without(self.title, name, email)[:TITLE_AT_MOST] or FORMER
        self.body = without(self.body, name, email)
        for step in self.steps:
            step.words = without(step.words, name, email)

    def _knows(self, person: Stakeholder) -> bool:
        return any(each.id == person.id for each in self.people)

    def _take_in(self, person: Stakeholder, *, by: Member | None) -> None:
        self.supporters.append(person)
        self._record("request_supported", by=by, stakeholder=person.id)

    # Steps, log, mails

    def _decide(self, state: RequestState, words: str, *, by: Member) -> None:
        by.must(Action.TRIAGE_REQUESTS)
        if not self.is_open:
            raise Refused("It has already been decided. Reopen it first.")
        self._step(StepKind(state.value), words, by=by)
        self.state, self.decided_by_id, self.decided_at = state, by.user_id, clock.now()

    def _unsettle(self, kind: StepKind, words: str, *, by: Member | None) -> None:
        self._step(kind, words, by=by)
        self.state, self.decided_at, self.decided_by_id = RequestState.NEW, None, None
        self.item, self.item_id, self.duplicate_of, self.duplicate_of_id, self.solved = None, None, None, None, None

    def _step(self, kind: StepKind, words: str, *, by: Member | None) -> None:
        self.steps.append(
            RequestStep(
                number=len(self.steps) + 1,
                kind=kind,
                words=read_words(words),
                by_id=by.user_id if by is not None else None,
                at=clock.now(),
            )
        )

    def _record(self, kind: str, *, by: Member | None, **what: Any) -> None:
        self.product.record(kind, by=by, request=self.number, **what)

    def _tell_outcome(self) -> None:
        self._tell("request_outcome", self.people)

    def _tell(self, kind: str, people: list[Stakeholder]) -> None:
        about = {"request": self.number, "step": len(self.steps)}
        for person in people:
            if person.removed_at is None:
                self.product.deliveries.add(Delivery.to_stakeholder(kind, person, context=dict(about)))

    def _tell_owner(self, owner: User, what: str) -> None:
        about = {"request": self.number, "what": what, "step": len(self.steps)}
        self.product.deliveries.add(Delivery.to_user("request_heard", owner, context=about))
