"""The problem register: kept by the owner's side, seen by the team, told by the next update, held against it when old."""

import datetime as dt

import pytest
import sqlalchemy as sa

from kanban import clock
from kanban.models import Event, Problem
from kanban.reads.invariants import broken_invariants
from kanban.reads.updates.beginning import read_beginning
from tests.builders import World
from tests.reporting import UPDATES, begin

REGISTER = "/products/FE/problems"
BANK = "The bank has not certified the terminal"


def add(world: World, by: str = "olga", **fields: str) -> int:
    return world.browser(by).post(REGISTER, {"text": BANK, **fields}).status_code


def problems(world: World) -> list[Problem]:
    with world.reading() as session:
        found = list(session.scalars(sa.select(Problem).order_by(Problem.number)))
        session.expunge_all()
        return found


def test_a_problem_is_raised_changed_and_closed_with_how_it_ended(both: World) -> None:
    assert add(both) == 303
    olga = both.browser("olga")
    words = {"text": BANK, "owner": "Nils", "next_step": "Call the bank", "due_on": "2026-03-20", "revision": "1"}
    assert olga.post(f"{REGISTER}/1", words).status_code == 303
    page = both.browser("vic").get(REGISTER).text
    for said in (BANK, "Nils", "Call the bank", "20 Mar"):
        assert said in page
    assert olga.post(f"{REGISTER}/1/close", {"ending": "They certified it"}).status_code == 303
    assert "They certified it" in both.browser("vic").get(REGISTER).text
    with both.reading() as session:
        assert broken_invariants(session) == []
        kinds = list(session.scalars(sa.select(Event.kind).where(Event.kind.startswith("problem_"))))
    assert kinds == ["problem_raised", "problem_changed", "problem_closed"]


def test_the_checker_sees_a_problem_that_the_log_does_not_tell(both: World) -> None:
    add(both)
    with both.writing() as session:
        session.execute(sa.update(Problem).values(owner="Somebody"))
    with both.reading() as session:
        assert broken_invariants(session) == ["FE: the problems are not those that the log tells"]


def test_only_the_owners_side_keeps_the_register(world: World) -> None:
    assert [add(world, by) for by in ("olga", "dora", "lea", "dev", "vic")] == [303, 303, 403, 403, 403]
    assert add(world, "sam") == 404
    assert world.browser("dev").post(f"{REGISTER}/1/close", {"ending": "Gone"}).status_code == 403
    page = world.browser("dev").get(REGISTER).text
    assert BANK in page and "Add a problem" not in page and "Edit: " not in page
    assert world.browser("sam").get(REGISTER).status_code == 404


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"text": "  "}, "Say in a sentence what the problem is."),
        ({"owner": "x" * 121}, "At most 120 characters fit here."),
        ({"due_on": "soon"}, "Give a day, written year-month-day"),
    ],
)
def test_what_can_not_be_written_is_said_beside_the_field(world: World, fields: dict[str, str], sentence: str) -> None:
    answer = world.browser("olga").post(REGISTER, {"text": BANK, **fields})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert problems(world) == []


def test_it_ends_once_and_with_a_sentence(world: World) -> None:
    add(world)
    olga = world.browser("olga")
    assert olga.post(f"{REGISTER}/1/close", {"ending": " "}).status_code == 422
    assert olga.post(f"{REGISTER}/1/close", {"ending": "Solved"}).status_code == 303
    assert olga.post(f"{REGISTER}/1/close", {"ending": "Again"}).status_code == 409
    assert olga.post(f"{REGISTER}/1", {"text": "Other"}).status_code == 409
    assert [(each.ending, each.text) for each in problems(world)] == [("Solved", BANK)]


def test_two_who_change_different_things_at_once_both_have_their_way(world: World) -> None:
    add(world)
    drawn = {"was_text": BANK, "was_owner": "", "was_next_step": "", "was_due_on": ""}
    dora, olga = world.browser("dora"), world.browser("olga")
    assert dora.post(f"{REGISTER}/1", {**drawn, "text": BANK, "owner": "Nils"}).status_code == 303
    assert olga.post(f"{REGISTER}/1", {**drawn, "text": BANK, "due_on": "2026-03-20"}).status_code == 303
    assert [(each.owner, each.due_on) for each in problems(world)] == [("Nils", dt.date(2026, 3, 20))]


def test_who_changes_the_same_at_once_sees_both_and_nothing_is_lost(world: World) -> None:
    add(world)
    drawn = {"was_text": BANK, "was_owner": "", "was_next_step": "", "was_due_on": ""}
    dora, olga = world.browser("dora"), world.browser("olga")
    assert dora.post(f"{REGISTER}/1", {**drawn, "text": "Hers", "owner": "Nils"}).status_code == 303
    answer = olga.post(f"{REGISTER}/1", {**drawn, "text": "Mine"})
    assert answer.status_code == 422
    assert "“Hers”" in answer.text and "Mine</textarea>" in answer.text and 'value="Nils"' in answer.text
    assert [each.text for each in problems(world)] == ["Hers"]
    again = {"was_text": "Hers", "was_owner": "Nils", "was_next_step": "", "was_due_on": ""}
    assert olga.post(f"{REGISTER}/1", {**again, "text": "Both", "owner": "Nils"}).status_code == 303
    assert [(each.text, each.owner) for each in problems(world)] == [("Both", "Nils")]


def test_the_next_update_begins_with_the_problems_that_stand_open(both: World) -> None:
    add(both, owner="Nils", next_step="Call the bank", due_on="2026-03-20")
    add(both, text="The register is late")
    both.browser("olga").post(f"{REGISTER}/2/close", {"ending": "It came"})
    with both.changing() as (session, product, _):
        sections = {part["kind"]: part["lines"] for part in read_beginning(session, product).sections}
    assert sections["problems"] == [
        {"ref": "", "text": BANK, "note": "Nils; next, by 20 Mar: Call the bank"},
    ]


def test_a_problem_raised_after_the_draft_began_is_offered_to_it(world: World) -> None:
    number = begin(world)
    add(world)
    page = world.browser("olga").get(f"{UPDATES}/{number}").text
    assert f"mention {BANK}" in page
    assert "is in the problem register" in page


@pytest.mark.parametrize(
    ("days", "fields", "speaks"),
    [
        (15, {}, True),
        (13, {}, False),
        (30, {"owner": "Nils", "next_step": "Call"}, False),
        (15, {"owner": "Nils"}, True),
    ],
)
def test_an_old_problem_without_owner_or_next_step_is_held_against_the_update(
    world: World, days: int, fields: dict[str, str], speaks: bool
) -> None:
    add(world, **fields)
    with world.writing() as session:
        session.execute(sa.update(Problem).values(opened_at=clock.now() - dt.timedelta(days=days)))
    number = begin(world)
    page = world.browser("olga").get(f"{UPDATES}/{number}").text
    assert ("days without an owner or a next step" in page) is speaks
    assert ("Nobody looks after it" in world.browser("vic").get(REGISTER).text) is speaks
