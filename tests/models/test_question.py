"""Questions on plain objects: whose turn it is, what each side may do, and the block that goes along."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanban.clock import MovedClock
from kanban.errors import Forbidden, Invalid, KanbanError, Refused
from kanban.models import Becomes, Item, Question, QuestionState, Turn, User
from kanban.policy import Role
from tests.models.conftest import NOON, Team

VERBS = ("answer", "keep", "ask_back", "reply", "accept", "send_back", "withdraw")


def ask(team: Team, item: Item, *, blocking: bool = False, to: User | None = None) -> Question:
    question = Question.ask(item, "Which delays count?", by=team.developer, addressee=to or team.ann, blocking=blocking)
    question.id = question.number
    question.decisions = []
    team.product.recorded.clear()
    return question


def sides_of(question: Question) -> tuple[Turn, int | None]:
    """Whose turn it is, and who that is."""
    return question.turn, question.waits_on_id


def do(question: Question, verb: str, team: Team, role: Role) -> None:
    by = team.members[role]
    match verb:
        case "answer":
            question.answer("More than two hours", by=by)
        case "keep":
            question.answer("More than two hours", by=by, becomes=Becomes.DECISION)
        case "ask_back" | "reply" | "send_back":
            getattr(question, verb)("Say more", by=by)
        case _:
            getattr(question, verb)(by=by)


def test_a_new_question_is_the_addressees_turn(team: Team) -> None:
    question = ask(team, team.item())
    assert (question.state, question.turn, question.waits_on_id) == (QuestionState.OPEN, Turn.ADDRESSEE, team.ann.id)


def test_an_answer_is_the_askers_turn_and_an_accepted_one_nobodys(team: Team) -> None:
    question = ask(team, team.item())
    question.answer("Two hours", by=team.owner)
    assert (question.state, question.turn) == (QuestionState.ANSWERED, Turn.ASKER)
    assert question.waits_on_id == team.developer.user_id
    question.accept(by=team.developer)
    assert question.state is QuestionState.ACCEPTED
    assert sides_of(question) == (Turn.NOBODY, None)
    assert question.closed_at == NOON


def test_accepting_twice_is_nothing(team: Team) -> None:
    question = ask(team, team.item())
    question.answer("Two hours", by=team.owner)
    question.accept(by=team.developer)
    team.product.recorded.clear()
    question.accept(by=team.developer)
    assert team.kinds == []


def test_asked_back_it_is_open_and_the_askers_turn(team: Team) -> None:
    question = ask(team, team.item())
    question.ask_back("Whose delays?", by=team.owner)
    assert (question.state, question.turn) == (QuestionState.OPEN, Turn.ASKER)
    with pytest.raises(Refused):
        question.ask_back("And when?", by=team.owner)
    question.reply("The harbour's", by=team.developer)
    assert question.turn is Turn.ADDRESSEE


def test_one_may_answer_after_asking_back(team: Team) -> None:
    question = ask(team, team.item())
    question.ask_back("Whose delays?", by=team.owner)
    question.answer("Two hours, whoever's", by=team.owner)
    assert question.state is QuestionState.ANSWERED


def test_sent_back_it_is_open_again(team: Team, noon: MovedClock) -> None:
    question = ask(team, team.item())
    question.answer("Some", by=team.owner)
    noon.advance(days=1)
    question.send_back("How many hours?", by=team.developer)
    assert (question.state, question.turn) == (QuestionState.OPEN, Turn.ADDRESSEE)
    question.answer("Two hours", by=team.owner)
    assert question.first_answered_at == NOON
    assert [answer.kind for answer in question.answers] == ["answer", "return", "answer"]


def test_a_kept_answer_becomes_a_criterion_or_a_decision(team: Team) -> None:
    item = team.item()
    ask(team, item).answer("Two hours late counts", by=team.owner, becomes=Becomes.CRITERION)
    assert [criterion.text for criterion in item.criteria] == ["Two hours late counts"]
    assert team.kinds == ["criterion_added", "answered"]
    question = ask(team, item)
    question.answer("Harbour time", by=team.owner, becomes=Becomes.DECISION)
    assert [decision.body for decision in question.decisions] == ["Harbour time"]


# The block


def test_a_blocking_question_holds_started_work_up_until_it_is_answered(team: Team, noon: MovedClock) -> None:
    item = team.item("In progress")
    question = ask(team, item, blocking=True)
    block = item.open_blocks[0]
    assert (block.waiting_for_id, block.since) == (team.ann.id, NOON)
    noon.advance(days=1)
    question.ask_back("Whose?", by=team.owner)
    assert block.waiting_for_id == team.developer.user_id
    question.reply("The harbour's", by=team.developer)
    assert block.waiting_for_id == team.ann.id
    question.answer("Two hours", by=team.owner)
    assert not item.open_blocks
    question.send_back("Which two?", by=team.developer)
    assert len(item.open_blocks) == 1
    question.withdraw(by=team.developer)
    assert not item.open_blocks


def test_asked_before_the_start_it_holds_up_from_the_start(team: Team) -> None:
    item = team.item("Ready")
    question = ask(team, item, blocking=True)
    assert not item.open_blocks
    item.move_to(team.place("In progress", blocking=(question,)), by=team.developer)
    assert item.open_blocks[0].is_held_by(question)


def test_one_that_does_not_block_holds_nothing_up(team: Team) -> None:
    item = team.item("In progress")
    ask(team, item)
    assert not item.open_blocks


# Who may


@pytest.mark.parametrize("role", [Role.OWNER, Role.DELEGATE])
def test_the_owners_side_answers_whatever_is_asked(team: Team, role: Role) -> None:
    question = ask(team, team.item(), to=team.members[Role.LEAD].user)
    question.answer("Two hours", by=team.members[role])


def test_others_answer_only_what_is_asked_of_them(team: Team) -> None:
    lead = team.members[Role.LEAD]
    ask(team, team.item(), to=lead.user).answer("Two hours", by=lead)
    with pytest.raises(Forbidden):
        ask(team, team.item()).answer("Two hours", by=lead)


@pytest.mark.parametrize("role", [Role.OWNER, Role.DELEGATE, Role.LEAD, Role.VIEWER])
def test_only_the_asker_takes_sends_back_and_withdraws(team: Team, role: Role) -> None:
    question = ask(team, team.item())
    question.answer("Two hours", by=team.owner)
    for verb in ("accept", "send_back", "withdraw"):
        with pytest.raises(Forbidden):
            do(question, verb, team, role)


def test_a_question_to_oneself_and_a_block_on_finished_work_are_refused(team: Team) -> None:
    with pytest.raises(Refused):
        Question.ask(team.item(), "Why?", by=team.owner, addressee=team.ann)
    with pytest.raises(Refused):
        Question.ask(team.item("Done"), "Why?", by=team.developer, addressee=team.ann, blocking=True)
    Question.ask(team.item("Done"), "Why?", by=team.developer, addressee=team.ann)


@pytest.mark.parametrize("body", ["", " \n", "\x00", "x" * 10_001])
def test_a_question_has_words(team: Team, body: str) -> None:
    with pytest.raises(Invalid):
        Question.ask(team.item(), body, by=team.developer, addressee=team.ann)


# Whatever happens


@given(
    st.booleans(),
    st.lists(st.tuples(st.sampled_from(VERBS), st.sampled_from(list(Role))), max_size=12),
)
def test_it_is_exactly_one_sides_turn_until_it_is_closed_and_nobodys_afterwards(
    blocking: bool, steps: list[tuple[str, Role]]
) -> None:
    team = Team()
    item = team.item("In progress")
    question = ask(team, item, blocking=blocking)
    sides = {Turn.ADDRESSEE: team.ann.id, Turn.ASKER: team.developer.user_id, Turn.NOBODY: None}
    for verb, role in steps:
        before = (question.state, question.turn, len(question.answers))
        try:
            do(question, verb, team, role)
        except KanbanError:
            assert (question.state, question.turn, len(question.answers)) == before
        closed = question.state in (QuestionState.ACCEPTED, QuestionState.WITHDRAWN)
        assert (question.turn is Turn.NOBODY) == closed == (question.closed_at is not None)
        assert question.waits_on_id == sides[question.turn]
        assert question.state is not QuestionState.ANSWERED or question.turn is Turn.ASKER
        held = [block for block in item.open_blocks if block.is_held_by(question)]
        assert len(held) == int(blocking and question.is_open)
        assert all(block.waiting_for_id == question.waits_on_id for block in held)


def test_a_block_tells_the_question_without_the_signs_of_markdown(team: Team) -> None:
    item = team.item("In progress")
    body = "Which **delays** count?\n\n- late\n- `unknown`"
    Question.ask(item, body, by=team.developer, addressee=team.ann, blocking=True)
    assert "**" not in item.open_blocks[0].reason
    assert "Which delays count?" in item.open_blocks[0].reason
