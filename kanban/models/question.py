"""Questions on an item, their answers, and whose turn it is."""

import datetime as dt
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from kanban import clock, plain
from kanban.errors import Forbidden, Invalid, Refused
from kanban.models.base import Model, enum_type
from kanban.models.decision import Decision
from kanban.models.delivery import Delivery
from kanban.models.member import Member
from kanban.models.user import User
from kanban.policy import Action

if TYPE_CHECKING:
    from kanban.models.item import Item
    from kanban.models.product import Product


class QuestionState(StrEnum):
    """Open: the turn of the addressee or, once they ask back, of the asker. Answered: the asker's. Others: nobody's."""

    OPEN = "open"
    ANSWERED = "answered"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"


class Turn(StrEnum):
    """Whose turn it is to act."""

    ADDRESSEE = "addressee"
    ASKER = "asker"
    NOBODY = "nobody"


class AnswerKind(StrEnum):
    """What one entry of the thread is."""

    ANSWER = "answer"
    ASK_BACK = "ask_back"
    REPLY = "reply"
    RETURN = "return"


class Becomes(StrEnum):
    """What an answer is kept as."""

    CRITERION = "criterion"
    DECISION = "decision"


class Answer(Model):
    """One entry of a question's thread; never edited, only followed by another."""

    __tablename__ = "answer"

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(sa.ForeignKey("question.id", ondelete="CASCADE"), index=True)
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    kind: Mapped[AnswerKind] = mapped_column(enum_type(AnswerKind))
    body: Mapped[str]
    becomes: Mapped[Becomes | None] = mapped_column(enum_type(Becomes))
    at: Mapped[dt.datetime] = mapped_column(default=clock.now)

    author: Mapped[User] = orm.relationship(lazy="raise_on_sql")


class Question(Model):
    """One question; `number` identifies it in its product. `waits_on_id` is the person whose turn it is, or None.

    With an `assumption`, work goes on. It can be contradicted until the end of `assumed_until`; after that it stands
    until an answer comes, which it still may.
    """

    __tablename__ = "question"

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("product.id"))
    item_id: Mapped[int] = mapped_column(sa.ForeignKey("item.id"), index=True)
    number: Mapped[int]
    asker_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    addressee_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    body: Mapped[str]
    blocking: Mapped[bool]
    needed_by: Mapped[dt.date | None]
    assumption: Mapped[str | None]
    assumed_until: Mapped[dt.date | None]
    state: Mapped[QuestionState] = mapped_column(enum_type(QuestionState), default=QuestionState.OPEN)
    turn: Mapped[Turn] = mapped_column(enum_type(Turn), default=Turn.ADDRESSEE)
    waits_on_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), index=True)
    asked_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    turned_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    first_answered_at: Mapped[dt.datetime | None]
    closed_at: Mapped[dt.datetime | None]

    item: Mapped["Item"] = orm.relationship(back_populates="questions", lazy="raise_on_sql")
    asker: Mapped[User] = orm.relationship(foreign_keys=[asker_id], lazy="raise_on_sql")
    addressee: Mapped[User] = orm.relationship(foreign_keys=[addressee_id], lazy="raise_on_sql")
    answers: Mapped[list[Answer]] = orm.relationship(order_by=Answer.id, lazy="raise_on_sql", cascade="all")
    decisions: Mapped[list[Decision]] = orm.relationship(order_by=Decision.id, lazy="raise_on_sql")

    __table_args__ = (
        sa.UniqueConstraint("product_id", "number"),
        sa.Index("ix_question_product_id_waits_on_id", "product_id", "waits_on_id"),
        sa.CheckConstraint("(turn = 'nobody') = (state IN ('accepted', 'withdrawn'))", name="nobody"),
        sa.CheckConstraint("state <> 'answered' OR turn = 'asker'", name="answered"),
        sa.CheckConstraint("(turn = 'nobody') = (waits_on_id IS NULL)", name="waits_on"),
        sa.CheckConstraint("(assumption IS NULL) = (assumed_until IS NULL)", name="assumption"),
        sa.CheckConstraint("assumption IS NULL OR NOT blocking", name="goes_on"),
    )

    @classmethod
    def ask(
        cls,
        item: "Item",
        body: str,
        *,
        by: Member,
        addressee: User,
        blocking: bool = False,
        needed_by: dt.date | None = None,
        assumption: str = "",
        assumed_until: dt.date | None = None,
    ) -> "Question":
        """Ask a question on an item.

        A blocking question holds up an item at once if that has started, or else from its start. A question with an
        assumption, which holds unless somebody contradicts it by a given day, lets work go on.
        """
        item.refuse_discarded()
        if item.is_finished and blocking:
            raise Refused("A finished item can’t be held up. Ask without blocking.")
        if addressee.id == by.user_id:
            raise Refused("That would be a question to yourself. Name somebody else.")
        product = item.product
        if assumption.strip() or assumed_until is not None:
            if blocking:
                raise Invalid({"blocking": "With an assumption, work goes on. Untick it, or assume nothing."})
            assumption, assumed_until = _assumed(assumption, assumed_until, product)
        number, product.next_question = product.next_question, product.next_question + 1
        question = cls(
            product_id=product.id,
            item=item,
            number=number,
            asker=by.user,
            asker_id=by.user_id,
            addressee=addressee,
            addressee_id=addressee.id,
            body=_text(body),
            blocking=blocking,
            needed_by=needed_by,
            assumption=assumption or None,
            assumed_until=assumed_until,
            state=QuestionState.OPEN,
            turn=Turn.ADDRESSEE,
            waits_on_id=addressee.id,
            asked_at=clock.now(),
            turned_at=clock.now(),
        )
        question.answers = []
        item.record("asked", by=by, question=number, blocking=blocking, person=addressee.id, **question._assumes())
        question.hold_up(by=by)
        question._tell("question_asked", addressee, by=by)
        return question

    @property
    def is_open(self) -> bool:
        """Whether it still waits for an answer or a reply."""
        return self.state is QuestionState.OPEN

    def hold_up(self, *, by: Member | None) -> None:
        """Open the block interval of this question, if it is blocking and its item has started."""
        item = self.item
        held = any(block.is_held_by(self) for block in item.open_blocks)
        goes_on = item.started_at is not None and not item.is_finished and not item.is_discarded
        if self.blocking and self.is_open and goes_on and not held:
            item.open_block(self.excerpt, by=by, question=self)

    @property
    def excerpt(self) -> str:
        """The first 300 characters on one line, without Markdown syntax."""
        return plain.first_words(self.body, 300)

    def assume(self, assumption: str, until: dt.date | None, *, by: Member) -> None:
        """Let work go on with an assumption unless somebody contradicts it by a given day.

        The question no longer holds up its item, but stays open, and it stays the same person's turn. A later
        assumption replaces this one.
        """
        self._must_be_asker(by, "Only the person who asked can say what is assumed until there is an answer.")
        self._must_be_open()
        self.assumption, self.assumed_until = _assumed(assumption, until, self.item.product)
        self.blocking = False
        self.item.record("assumed", by=by, question=self.number, **self._assumes())
        self.item.close_block_of(self, by=by)

    def stands_on(self, today: dt.date) -> bool:
        """Whether its day has passed without an answer, so that the assumption stands."""
        return self.is_open and self.assumed_until is not None and self.assumed_until < today

    def answer(self, body: str, *, by: Member, becomes: Becomes | None = None) -> Answer:
        """Answer it, as the addressee or one of the owner's side; then it is the asker's turn."""
        self._must_be_open()
        self._must_be_answerer(by)
        return self._answer(body, by=by, becomes=becomes)

    def answer_again(self, body: str, *, by: Member, becomes: Becomes | None = None) -> Answer:
        """Give an answer that replaces the last one, which stays readable; it is the asker's turn again."""
        self._must_be_answerer(by)
        if self.state not in (QuestionState.ANSWERED, QuestionState.ACCEPTED):
            raise Refused("There is no answer yet to replace.")
        self.closed_at = None
        return self._answer(body, by=by, becomes=becomes)

    def _answer(self, body: str, *, by: Member, becomes: Becomes | None) -> Answer:
        answer = self._say(AnswerKind.ANSWER, body, by=by)
        self.state = QuestionState.ANSWERED
        self._turn_to(Turn.ASKER, self.asker_id)
        self.first_answered_at = self.first_answered_at or clock.now()
        kept = self._keep(answer, becomes, by=by) if becomes is not None else {}
        self.item.record("answered", by=by, question=self.number, becomes=becomes.value if becomes else None, **kept)
        self.item.close_block_of(self, by=by)
        self._tell("question_answered", self.asker, by=by)
        return answer

    def ask_back(self, body: str, *, by: Member) -> None:
        """Ask the asker something instead of answering; it is then the asker's turn, and any block waits on them."""
        self._must_be_open()
        self._must_be_answerer(by)
        if self.turn is Turn.ASKER:
            raise Refused("It is already the asker’s turn.")
        self._say(AnswerKind.ASK_BACK, body, by=by)
        self._turn_to(Turn.ASKER, self.asker_id)
        self.item.record("asked_back", by=by, question=self.number)
        self._tell("question_returned", self.asker, by=by)

    def reply(self, body: str, *, by: Member, heir: User | None = None) -> None:
        """Reply to what was asked back; it is the addressee's turn again.

        `heir` becomes the new addressee; it is given if the old one is gone.
        """
        self._must_be_asker(by, "Only the person who asked can reply here.")
        if not self.is_open or self.turn is not Turn.ASKER:
            raise Refused("Nothing was asked back.")
        self._say(AnswerKind.REPLY, body, by=by)
        handed = self._hand_to(heir)
        self._turn_to(Turn.ADDRESSEE, self.addressee_id)
        self.item.record("replied", by=by, question=self.number, **handed)
        self._tell("question_returned", self.addressee, by=by)

    def accept(self, *, by: Member) -> None:
        """Accept the answer; then it is nobody's turn."""
        self._must_be_asker(by, "Only the person who asked can accept the answer.")
        if self.state is QuestionState.ACCEPTED:
            return
        self._must_be_answered()
        self.state = QuestionState.ACCEPTED
        self._close()
        self.item.record("answer_accepted", by=by, question=self.number)

    def send_back(self, body: str, *, by: Member, heir: User | None = None) -> None:
        """Send back an answer that does not help: the question, and any block, are open again. `heir` as in `reply`."""
        self._must_be_asker(by, "Only the person who asked can send the answer back.")
        self._must_be_answered()
        self._say(AnswerKind.RETURN, body, by=by)
        handed = self._hand_to(heir)
        self.state = QuestionState.OPEN
        self._turn_to(Turn.ADDRESSEE, self.addressee_id)
        self.item.record("sent_back", by=by, question=self.number, **handed)
        self.hold_up(by=by)
        self._tell("question_returned", self.addressee, by=by)

    def withdraw(self, *, by: Member) -> None:
        """Withdraw the question; if it held up its item, work on that goes on."""
        self._must_be_asker(by, "Only the person who asked can withdraw the question.")
        if self.state in (QuestionState.ACCEPTED, QuestionState.WITHDRAWN):
            raise Refused("It is already closed.")
        self.state = QuestionState.WITHDRAWN
        self._close()
        self.item.record("withdrawn", by=by, question=self.number)
        self.item.close_block_of(self, by=by)

    def _say(self, kind: AnswerKind, body: str, *, by: Member) -> Answer:
        answer = Answer(author=by.user, kind=kind, body=_text(body), at=clock.now())
        self.answers.append(answer)
        return answer

    def _keep(self, answer: Answer, becomes: Becomes, *, by: Member) -> dict[str, Any]:
        """Keep the answer as a criterion or a decision; returns what the log records about that."""
        answer.becomes = becomes
        if becomes is Becomes.CRITERION:
            by.must(Action.SET_CRITERIA)
            self.item.add_criterion(answer.body[:1000], by=by, question=self)
            return {}
        older = self.decisions[-1].standing if self.decisions else None
        decision = Decision.keep(self.item, answer.body, context=self.body, supersedes=older, by=by)
        self.decisions.append(decision)
        return {"decision": decision.number} | ({"supersedes": older.number} if older is not None else {})

    def _assumes(self) -> dict[str, Any]:
        """What the log records about the assumption, if there is one; its words are kept only in the question."""
        return {"until": self.assumed_until.isoformat()} if self.assumed_until is not None else {}

    def _hand_to(self, heir: User | None) -> dict[str, Any]:
        """Make the heir, if any, the addressee from now on; returns what the log records about that."""
        if heir is None or heir.id == self.asker_id:
            return {}
        self.addressee, self.addressee_id = heir, heir.id
        return {"person": heir.id}

    def _turn_to(self, turn: Turn, person_id: int | None) -> None:
        self.turn, self.waits_on_id, self.turned_at = turn, person_id, clock.now()
        for block in self.item.open_blocks:
            if block.is_held_by(self):
                block.waiting_for_id = person_id

    def _close(self) -> None:
        self._turn_to(Turn.NOBODY, None)
        self.closed_at = clock.now()

    def must_be_seen(self, n_said: int | None) -> None:
        """Raise Refused if somebody who judges the answer has not seen the whole thread, but only `n_said` entries.

        Nothing is refused if it is unknown how many they have seen (None).
        """
        if n_said is not None and n_said != len(self.answers):
            raise Refused("There is a newer answer. Look at it first.")

    def _must_be_open(self) -> None:
        if not self.is_open:
            raise Refused("It has already been answered. Look at the answer first.")

    def _must_be_answered(self) -> None:
        if self.state is not QuestionState.ANSWERED:
            raise Refused("There is no answer to accept or to send back.")

    def _must_be_answerer(self, by: Member) -> None:
        if by.user_id != self.addressee_id and not by.may(Action.ANSWER):
            raise Forbidden("The question goes to somebody else.")

    def _must_be_asker(self, by: Member, sentence: str) -> None:
        if by.user_id != self.asker_id:
            raise Forbidden(sentence)

    def _tell(self, kind: str, person: User, *, by: Member) -> None:
        if person.id != by.user_id:
            self.item.product.deliveries.add(Delivery.to_user(kind, person, question=self))


def _text(value: str) -> str:
    text = value.replace("\x00", "").replace("\r\n", "\n").strip()
    if not text or len(text) > 10_000:
        raise Invalid({"body": "Write 1 to 10,000 characters."})
    return text


def _assumed(assumption: str, until: dt.date | None, product: "Product") -> tuple[str, dt.date]:
    """The tidied assumption and the last day to contradict it; Invalid unless both are given and usable."""
    words = " ".join(assumption.replace("\x00", "").split())
    if not words or len(words) > 1000:
        raise Invalid({"assumption": "Say in 1 to 1,000 characters what you assume."})
    if until is None:
        raise Invalid({"assumed_until": "Say by which day you must be told otherwise."})
    if until < clock.today(product.time_zone):
        raise Invalid({"assumed_until": "That day has passed. Choose today or a later one."})
    return words, until
