"""Questions on one item as a machine thinks them up, while the item moves: whose turn it is, what is held up and for how
long, and a log from which all of it can be told again."""

import datetime as dt
from contextlib import ExitStack

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from kanban import clock
from kanban.errors import KanbanError
from kanban.flow.history import Blockage, ItemHistory
from kanban.flow.metrics import blocked_time
from kanban.flow.stage import Stage
from kanban.models import Becomes, Member, Question, QuestionState, Turn
from kanban.policy import Role
from kanban.reads.logged import questions
from kanban.reads.logged.questions import ReplayedQuestion, as_replayed
from tests.models.conftest import NOON, Team

COLUMNS = ("Ready", "In progress", "Review", "Done")
ROLES = st.sampled_from([Role.OWNER, Role.DELEGATE, Role.LEAD, Role.DEVELOPER])
WHICH = st.integers(0, 3)


class Asking(RuleBasedStateMachine):
    """Up to four questions on one item, two sides, and a clock; `held` is what the rules say was held up, by themselves."""

    @initialize()
    def begin(self) -> None:
        self.around = ExitStack()
        self.clock = self.around.enter_context(clock.at(NOON))
        self.team = Team()
        self.item = self.team.item("Ready")
        self.questions: list[Question] = []
        self.held: list[tuple[dt.datetime, dt.datetime]] = []
        self.is_blocked = False

    def teardown(self) -> None:
        self.around.close()

    def by(self, role: Role) -> Member:
        return self.team.members[role]

    def attempt(self, question: Question, verb: str, *values: object, by: Role, **named: object) -> None:
        """Do it, or have it refused without a trace."""
        before = (as_replayed(question), len(question.answers), question.waits_on_id, len(self.team.product.recorded))
        try:
            getattr(question, verb)(*values, by=self.by(by), **named)
        except KanbanError:
            after = (
                as_replayed(question),
                len(question.answers),
                question.waits_on_id,
                len(self.team.product.recorded),
            )
            assert after == before

    @precondition(lambda self: len(self.questions) < 4)
    @rule(blocking=st.booleans(), by=ROLES, to=ROLES, assumes=st.booleans())
    def ask(self, blocking: bool, by: Role, to: Role, assumes: bool) -> None:
        named = (
            {"assumption": "Two hours", "assumed_until": clock.today("UTC") + dt.timedelta(days=3)} if assumes else {}
        )
        addressee = self.by(to).user
        try:
            question = Question.ask(
                self.item,
                "Which?",
                by=self.by(by),
                addressee=addressee,
                blocking=blocking,
                **named,  # type: ignore[arg-type]
            )
        except KanbanError:
            assert by is to or (blocking and (assumes or self.item.is_finished))
            return
        question.id = question.number
        question.decisions = []
        self.questions.append(question)

    @precondition(lambda self: self.questions)
    @rule(
        which=WHICH,
        verb=st.sampled_from(["answer", "answer_again", "ask_back", "reply", "send_back"]),
        by=ROLES,
        becomes=st.sampled_from([None, Becomes.DECISION]),
    )
    def say(self, which: int, verb: str, by: Role, becomes: Becomes | None) -> None:
        named = {"becomes": becomes} if verb.startswith("answer") and by is Role.OWNER else {}
        self.attempt(self.questions[which % len(self.questions)], verb, "Words", by=by, **named)

    @precondition(lambda self: self.questions)
    @rule(which=WHICH, verb=st.sampled_from(["accept", "withdraw"]), by=ROLES)
    def end(self, which: int, verb: str, by: Role) -> None:
        self.attempt(self.questions[which % len(self.questions)], verb, by=by)

    @precondition(lambda self: self.questions)
    @rule(which=WHICH, by=ROLES, days=st.integers(-1, 3))
    def assume(self, which: int, by: Role, days: int) -> None:
        until = clock.today(self.team.product.time_zone) + dt.timedelta(days=days)
        self.attempt(self.questions[which % len(self.questions)], "assume", "Two hours", until, by=by)

    @rule(to=st.sampled_from(COLUMNS))
    def move(self, to: str) -> None:
        blocking = tuple(one for one in self.questions if one.is_open and one.blocking)
        if self.item.column.name != to and not (to == "Done" and blocking):
            self.item.move_to(self.team.place(to, blocking=blocking), by=self.team.owner)
            self.is_blocked = self.is_blocked and any(block.is_own for block in self.item.open_blocks)

    @rule()
    def block(self) -> None:
        try:
            if self.is_blocked:
                self.item.unblock(by=self.team.developer)
            else:
                self.item.block("No contract", by=self.team.developer)
            self.is_blocked = not self.is_blocked
        except KanbanError:
            assert self.item.is_finished

    @rule(minutes=st.sampled_from([1, 7, 60, 24 * 60, 5 * 24 * 60]))
    def wait(self, minutes: int) -> None:
        since = clock.now()
        self.clock.advance(minutes=minutes)
        goes_on = self.item.started_at is not None and not self.item.is_finished
        if self.is_blocked or (goes_on and any(one.is_open and one.blocking for one in self.questions)):
            self.held.append((since, clock.now()))

    @invariant()
    def it_is_one_sides_turn_until_it_is_closed_and_nobodys_afterwards(self) -> None:
        for question in self.questions:
            is_live = question.state in (QuestionState.OPEN, QuestionState.ANSWERED)
            sides = {Turn.ADDRESSEE: question.addressee_id, Turn.ASKER: question.asker_id, Turn.NOBODY: None}
            assert is_live == (question.turn is not Turn.NOBODY) == (question.closed_at is None)
            assert question.waits_on_id == sides[question.turn]
            assert question.state is not QuestionState.ANSWERED or question.turn is Turn.ASKER
            assert not (question.blocking and question.assumption)

    @invariant()
    def only_open_blocking_questions_hold_started_work_up(self) -> None:
        goes_on = self.item.started_at is not None and not self.item.is_finished
        for question in self.questions:
            held = [block for block in self.item.open_blocks if block.is_held_by(question)]
            holds = question.is_open and question.blocking
            assert len(held) == int(holds) if goes_on else len(held) <= int(holds)
            assert all(block.waiting_for_id == question.waits_on_id for block in held)

    @invariant()
    def the_log_tells_it_again(self) -> None:
        told: dict[int, ReplayedQuestion] = {}
        holding: list[int | None] = []
        for event in self.team.product.recorded:
            if event.kind in questions.KINDS:
                told.setdefault(event.data["question"], ReplayedQuestion()).follow(event.kind, event.data)
            elif event.kind == "blocked":
                holding.append(event.data["question"])
            elif event.kind == "unblocked":
                holding.remove(event.data["question"])
        assert told == {question.number: as_replayed(question) for question in self.questions}
        open_now = [block.question.number if block.question else None for block in self.item.open_blocks]
        assert sorted(map(str, holding)) == sorted(map(str, open_now))

    @invariant()
    def blocked_time_is_the_union_of_the_intervals(self) -> None:
        if self.item.started_at is None:
            return
        start, end = self.item.started_at, self.item.finished_at or clock.now()
        held = sum(
            (max(min(until, end) - max(since, start), dt.timedelta()) for since, until in self.held), dt.timedelta()
        )
        assert blocked_time(self.history(), clock.now()) == held

    def history(self) -> ItemHistory:
        """The item as the numbers read it, with the intervals as the tables keep them."""
        blocks = sorted(
            (Blockage(1, block.since, block.until) for block in self.item.blocks), key=lambda one: one.since
        )
        started, finished = self.item.started_at, self.item.finished_at
        return ItemHistory(
            *("FE-1", "Refunds", "feature", 1, Stage.DOING, NOON.date()),
            *(started, started.date() if started else None),
            *(finished, finished.date() if finished else None, None),
            blocks=tuple(blocks),
        )


Asking.TestCase.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
TestAsking = Asking.TestCase
