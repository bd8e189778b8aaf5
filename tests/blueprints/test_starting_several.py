"""Several items of the backlog started or finished at once: each is judged as if it came alone, what there is to say or
to ask is said and asked once, and one undo gives back all of it."""

import re
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa

from kanban.models import Event, Item, LinkKind, User, WipMode
from kanban.reads.board.place import TargetPosition
from tests.blueprints.test_bulk_moves import MOVE, column, move
from tests.builders import World, sound
from tests.counting import counting


@pytest.fixture
def queue(both: World) -> World:
    """FE-1 to FE-4 are ready; FE-5 (with a criterion) and FE-6 wait in the backlog."""
    for title in "ABCD":
        both.item(title, "Ready")
    both.item("E", criteria=("It floats",))
    both.item("F")
    return both


def test_whoever_moves_several_is_told_of_the_one_that_somebody_else_moved_meanwhile(queue: World) -> None:
    seen = str(queue.version())
    queue.move("FE-2", "In progress", by="dev")
    held = "While you were moving FE-2: Dev moved it from Ready to In progress."
    assert held in told(queue, "FE-1 FE-2 FE-3", "Review", seen=seen, view="board")
    assert "While you were moving" not in told(
        queue, "FE-1 FE-2 FE-3", "Acceptance", seen=str(queue.version()), view="board"
    )
    assert "While you were moving" not in told(queue, "FE-1 FE-3", "In progress", seen=seen, view="board")


def undo(world: World, version: int, *, who: str = "olga", status: int = 200, **more: Any) -> str:
    answer = world.browser(who).post(f"/products/FE/undo/{version}", more, hx=True)
    assert answer.status_code == status, answer.text
    return unescape(answer.text)


def needs(world: World, ref: str, other: str) -> None:
    with world.changing() as (session, product, member):
        item, needed = (world._item(session, product, each) for each in (ref, other))
        session.refresh(item, ["links"])
        item.link(LinkKind.NEEDS, needed, needs={}, by=member)


def told(world: World, refs: str, to: str, **more: Any) -> str:
    return unescape(move(world, refs, to, **more).text)


def state(world: World, refs: str) -> list[dict[str, Any]]:
    """What a move changes of each item, without the instants."""
    found = []
    for ref in refs.split():
        item = world.found(ref)
        held = [(block.reason, block.is_open) for block in item.blocks]
        people = [user.name for user in item.assignees]
        clocks = (item.started_at is not None, item.finished_at is not None)
        found.append({"ref": ref, "in": item.column.name, "people": people, "blocks": held, "clocks": clocks})
    return found


def whole_state(world: World) -> list[Any]:
    found = []
    for number in range(1, 7):
        item = world.found(f"FE-{number}")
        clocks = (item.entered_at, item.started_at, item.finished_at)
        found.append((item.column.name, clocks, [user.id for user in item.assignees], len(item.open_blocks)))
    return [world.order(), *found]


def entries(world: World, kind: str) -> list[tuple[int, dict[str, Any]]]:
    """Item number and what was recorded, of the entries of this kind in the last command."""
    with world.reading() as session:
        last = session.scalar(sa.select(sa.func.max(Event.version)))
        query = sa.select(Item.number, Event.data).join(Item, Item.id == Event.item_id)
        rows = session.execute(query.where(Event.version == last, Event.kind == kind).order_by(Event.seq))
        return [(number, data) for number, data in rows]


@pytest.mark.parametrize("to", ["In progress", "Review", "Acceptance", "Done"])
@pytest.mark.parametrize("who", ["olga", "dora"])
def test_the_owners_side_takes_them_anywhere_and_gets_everything_back(queue: World, to: str, who: str) -> None:
    queue.ask("FE-2", "Which colour?", blocking=True)
    queue.change("FE-3", "block", "No paint")
    before, version = whole_state(queue), queue.version()
    assert f"3 items moved to {to}." in told(queue, "FE-5 FE-2 FE-3", to, who=who)
    assert queue.order() == before[0]
    assert queue.order(to) == ["B", "C", "E"]
    assert queue.version() == version + 1
    assert entries(queue, "passed_over") == [] and entries(queue, "assigned") == []
    sound(queue)
    assert "3 items are as they were" in undo(queue, version + 1, who=who)
    assert whole_state(queue) == before
    sound(queue)


@pytest.mark.parametrize("to", ["In progress", "Review", "Done"])
@pytest.mark.parametrize("who", ["olga", "dev"])
def test_each_becomes_what_it_becomes_alone(queue: World, to: str, who: str) -> None:
    with queue.changing() as (_session, product, member):
        next(each for each in product.standing if each.accepts).change(by=member, accepts=False)
    queue.ask("FE-1", "Which colour?", blocking=True)
    queue.change("FE-2", "block", "No paint")
    with queue.reading() as session:
        deb = session.get_one(User, queue.ids["deb"])
    queue.change("FE-6", "assign", [deb])
    refs = "FE-1 FE-2 FE-5 FE-6"
    move(queue, refs, to, who=who)
    together = state(queue, refs)
    undo(queue, queue.version(), who=who)
    for ref in refs.split():
        fields = {"column": column(queue, to), "place": "bottom"}
        assert queue.browser(who).post(f"/items/{ref}/move", fields, hx=True).status_code == 200
    assert state(queue, refs) == together
    sound(queue)


def test_what_there_is_to_know_is_summed_up(queue: World) -> None:
    queue.ask("FE-2", "Which colour?", blocking=True)
    needs(queue, "FE-1", "FE-4")
    words = told(queue, "FE-1 FE-2 FE-5", "In progress")
    assert "2 of 3 have no acceptance criteria: FE-1, FE-2." in words
    assert "1 of 3 has a blocking question that is still open: FE-2." in words
    assert "1 of 3 needs something unfinished: FE-1." in words
    assert words.count("FE-2") == 2
    assert "blocked" in queue.kinds()


def test_at_most_five_are_named(queue: World) -> None:
    for title in "GHIJ":
        queue.item(title, "Ready")
    words = told(queue, " ".join(f"FE-{number}" for number in range(1, 11)), "Review")
    assert "9 of 10 have no acceptance criteria: FE-1, FE-2, FE-3, FE-4, FE-7 and 4 more." in words


def test_done_says_whose_criteria_are_not_ticked_before_and_after(queue: World) -> None:
    queue.item("G", criteria=("It shines", "It lasts"))
    queue.change("FE-5", "tick", 1, met=True)
    sentence = "1 of 3 has acceptance criteria that are not ticked: FE-7."
    assert sentence in unescape(queue.browser("olga").get(f"{MOVE}?items=FE-5+FE-7+FE-1", hx=True).text)
    assert sentence in told(queue, "FE-5 FE-7 FE-1", "Done")


def test_only_the_owners_side_accepts_into_done(queue: World) -> None:
    version = queue.version()
    refusal = move(queue, "FE-1 FE-2", "Done", who="dev", status=403).text
    assert "Only the product owner or a delegate can accept items into Done." in unescape(refusal)
    for who, status in (("vic", 403), ("lea", 403), ("sam", 404)):
        move(queue, "FE-1 FE-2", "In progress", who=who, status=status)
    assert queue.version() == version


def test_what_needs_each_other_is_done_together(queue: World) -> None:
    needs(queue, "FE-1", "FE-5")
    needs(queue, "FE-6", "FE-2")
    words = told(queue, "FE-1 FE-5 FE-6", "Done")
    assert "needs something unfinished: FE-6." in words
    undo(queue, queue.version())
    assert "2 of 4 need something unfinished: FE-1, FE-6." in told(queue, "FE-1 FE-5 FE-6 FE-2", "In progress")


def test_a_question_that_holds_one_up_stops_all_and_is_named(queue: World) -> None:
    for ref in ("FE-2", "FE-3"):
        queue.move(ref, "In progress")
        queue.ask(ref, "Which colour?", blocking=True)
        queue.move(ref, "Ready")
    before, version = whole_state(queue), queue.version()
    refusal = unescape(move(queue, "FE-1 FE-2 FE-3", "Done", status=409).text)
    assert "FE-2, FE-3: A blocking question on it is still open. Answer or withdraw it first." in refusal
    assert "Nothing was moved." in refusal
    assert refusal.startswith('<hx-partial hx-target="#move-several"') and 'value="FE-1 FE-2 FE-3"' in refusal
    plain = queue.browser("olga").post(MOVE, {"items": "FE-1 FE-2", "column": column(queue, "Done")})
    assert plain.status_code == 409 and "FE-2: A blocking question" in unescape(plain.text)
    assert (whole_state(queue), queue.version()) == (before, version)


@pytest.mark.parametrize("mode", WipMode)
def test_the_limit_judges_once_how_many_are_there_in_the_end(queue: World, mode: WipMode) -> None:
    queue.limit("Review", 2, mode)
    foretold = {
        WipMode.OFF: "Review · 0 items",
        WipMode.WARN: "Will hold 3 of 2, over its limit.",
        WipMode.ASK: "Will hold 3 of 2: it asks why.",
        WipMode.REFUSE: "Review is full before all 3 are in: it holds 0 of 2.",
    }
    assert foretold[mode] in queue.browser("olga").get(f"{MOVE}?items=FE-1+FE-2+FE-3").text
    version = queue.version()
    if mode is WipMode.REFUSE:
        refusal = unescape(move(queue, "FE-1 FE-2 FE-3", "Review", status=409).text)
        assert "Review is full before all 3 are in: it holds 0 of 2." in refusal
        assert queue.version() == version
        move(queue, "FE-1 FE-2", "Review")
        return
    if mode is WipMode.ASK:
        asked = unescape(move(queue, "FE-1 FE-2 FE-3", "Review", status=422).text)
        assert asked.count("Say why these should come in anyway.") == 1
        assert queue.version() == version
    reason = "The fair" if mode is WipMode.ASK else ""
    words = told(queue, "FE-1 FE-2 FE-3", "Review", reason=reason)
    assert [data["reason"] for _number, data in entries(queue, "limit_broken")] == (
        [] if mode is WipMode.OFF else [reason or None]
    )
    assert ("Why?" in words) == (mode is WipMode.WARN)
    sound(queue)


def test_a_developer_starts_them_takes_them_and_is_asked_once_why(queue: World) -> None:
    queue.limit("In progress", 1, WipMode.WARN)
    words = told(queue, "FE-2 FE-4", "In progress", who="dev")
    assert words.count("Why?") == 1
    assert "In progress holds 2 of 1: over its limit. You passed over FE-1 and one more. Why?" in words
    assert entries(queue, "passed_over") == [
        (2, {"items": [1], "reason": None}),
        (4, {"items": [1, 3], "reason": None}),
    ]
    assert [number for number, _data in entries(queue, "assigned")] == [2, 4]
    url = re.findall(r'action="([^"]+/reasons)"', words)[0]
    version = queue.version()
    assert "Noted." in queue.browser("dev").post(url, {"reason": "The fair", "kind": "passed_over"}, hx=True).text
    assert [(number, data["about"], data["reason"]) for number, data in entries(queue, "reason_given")] == [
        (2, "limit_broken", "The fair"),
        (2, "passed_over", "The fair"),
        (4, "passed_over", "The fair"),
    ]
    assert queue.version() == version + 1
    assert queue.browser("deb").post(url, {"reason": "Not mine"}, hx=True).status_code == 403
    undo(queue, version, who="dev")
    assert state(queue, "FE-2 FE-4")[0]["people"] == []
    sound(queue)


def test_a_developer_who_says_why_the_limit_is_broken_has_said_it_of_those_passed_over(queue: World) -> None:
    queue.limit("In progress", 1, WipMode.ASK)
    asked = unescape(move(queue, "FE-2 FE-4", "In progress", who="dev", status=422).text)
    assert "Say why these should come in anyway. This passes over what could be pulled first: FE-1, FE-3." in asked
    words = told(queue, "FE-2 FE-4", "In progress", who="dev", reason="The fair")
    assert "Why?" not in words
    assert {data["reason"] for _number, data in entries(queue, "passed_over")} == {"The fair"}


def test_an_owner_who_gives_a_reason_still_passes_nobody_over(queue: World) -> None:
    queue.limit("In progress", 1, WipMode.ASK)
    asked = unescape(move(queue, "FE-2 FE-4", "In progress", status=422).text)
    assert "passed over" not in asked
    move(queue, "FE-2 FE-4", "In progress", reason="The fair")
    assert entries(queue, "passed_over") == []
    assert entries(queue, "limit_broken")[0][1]["reason"] == "The fair"


def test_those_that_come_together_do_not_pass_over_each_other(queue: World) -> None:
    assert "Why?" not in told(queue, "FE-1 FE-2 FE-3", "In progress", who="dev")
    assert entries(queue, "passed_over") == []


@pytest.mark.parametrize("mode", [WipMode.WARN, WipMode.ASK, WipMode.REFUSE])
def test_the_way_back_is_judged_once_as_well(queue: World, mode: WipMode) -> None:
    move(queue, "FE-1 FE-2 FE-3", "In progress")
    version = queue.version()
    queue.limit("Ready", 2, mode)
    if mode is WipMode.REFUSE:
        assert "Ready is full before all 3 are in: it holds 1 of 2." in undo(queue, version, status=409)
        assert queue.order("In progress") == ["A", "B", "C"]
        return
    if mode is WipMode.ASK:
        assert "Say why these should come in anyway." in undo(queue, version, status=409)
    words = undo(queue, version, limit_reason="Sorry" if mode is WipMode.ASK else "")
    assert words.count("Ready holds 4 of 2: over its limit.") == 1
    assert len(entries(queue, "limit_broken")) == 1
    assert queue.order("Ready") == ["A", "B", "C", "D"]
    sound(queue)


def test_one_that_somebody_took_up_keeps_all_of_them(queue: World) -> None:
    move(queue, "FE-1 FE-2", "In progress")
    version = queue.version()
    queue.change("FE-2", "block", "No paint", by="dev")
    assert "FE-2 has changed since" in undo(queue, version, status=409)
    assert queue.order("In progress") == ["A", "B"]


def test_the_way_back_is_beside_the_old_neighbour_wherever_that_is_now(queue: World) -> None:
    move(queue, "FE-2 FE-5", "In progress", who="dev")
    version = queue.version()
    queue.move("FE-1", "Backlog", wish=TargetPosition(after=6))
    queue.change("FE-4", "discard", "Nobody needs it")
    undo(queue, version, who="dev")
    assert queue.order() == ["C", "F", "A", "B", "E"]
    assert (queue.order("Ready"), queue.order("In progress")) == (["C", "B"], [])
    sound(queue)


@pytest.mark.parametrize("to", ["In progress", "Review"])
def test_there_and_back_it_asks_the_database_as_often_for_many_as_for_few(queue: World, to: str) -> None:
    more = [queue.item(f"M{number}", "Ready") for number in range(12)]
    browser, goal = queue.browser("dev"), column(queue, to)
    counts = []
    for refs in ("FE-1 FE-2", " ".join(more)):
        with counting() as statements:
            assert browser.post(MOVE, {"items": refs, "column": goal}, hx=True).status_code == 200
            undo(queue, queue.version(), who="dev")
        counts.append(sum(statement.startswith("SELECT") for statement in statements))
    assert counts[0] == counts[1]


def test_without_script_the_questions_stand_on_the_next_page(queue: World) -> None:
    browser = queue.browser("dev")
    assert "Column for several" in browser.get("/products/FE/backlog").text
    assert browser.get(MOVE).text.count('name="items"') == 6
    answer = browser.post(MOVE, {"items": ["FE-2", "FE-4"], "column": column(queue, "In progress")})
    assert answer.status_code == 303
    page = unescape(browser.get(answer.location).text)
    assert "2 items moved to In progress." in page
    assert "2 of 2 have no acceptance criteria: FE-2, FE-4." in page
    url = re.findall(r'action="([^"]+/reasons)"', page)[0]
    answer = browser.post(url, {"reason": "The fair", "next": "/products/FE/backlog"})
    assert answer.status_code == 303 and "Noted." in browser.get(answer.location).text


# What is on the board already


@pytest.fixture
def at_work(queue: World) -> World:
    """FE-1 and FE-5 are in progress, FE-2 (with a question) is in review; FE-3 and FE-4 are ready, FE-6 waits."""
    for ref, to in (("FE-1", "In progress"), ("FE-5", "In progress"), ("FE-2", "Review")):
        queue.move(ref, to)
    queue.change("FE-5", "block", "No paint")
    queue.ask("FE-2", "Which colour?")
    return queue


@pytest.mark.parametrize("to", ["Ready", "In progress", "Done"])
@pytest.mark.parametrize("who", ["olga", "dev"])
def test_what_is_in_progress_goes_on_together_as_it_goes_alone(at_work: World, to: str, who: str) -> None:
    with at_work.changing() as (_session, product, member):
        next(each for each in product.standing if each.accepts).change(by=member, accepts=False)
    refs, before = "FE-1 FE-2 FE-3 FE-5", whole_state(at_work)
    if who == "dev" and to in ("Backlog", "Ready"):
        refusal = unescape(move(at_work, refs, to, who=who, status=403).text)
        assert "Only the product owner or a delegate can put several started items back at once." in refusal
        assert whole_state(at_work) == before
        return
    move(at_work, refs, to, who=who)
    together = state(at_work, refs)
    assert at_work.order() == before[0]
    sound(at_work)
    undo(at_work, at_work.version(), who=who)
    assert whole_state(at_work) == before
    for ref in refs.split():
        fields = {"column": column(at_work, to), "place": "bottom"}
        assert at_work.browser(who).post(f"/items/{ref}/move", fields, hx=True).status_code == 200
    assert state(at_work, refs) == together
    sound(at_work)


def test_what_waits_and_what_is_in_progress_may_be_chosen_together(at_work: World) -> None:
    browser = at_work.browser("dev")
    for page in (MOVE, "/products/FE/labels"):
        form = browser.get(f"{page}?items=FE-5+FE-3", hx=True).text
        assert set(re.findall(r'name="items" value="([^"]+)"', form)[0].split()) == {"FE-3", "FE-5"}
        assert "FE-5" not in browser.get(page).text
    both = browser.post("/products/FE/labels", {"items": "FE-5 FE-3", "new": "fair"}, hx=True)
    assert "The labels of 2 items are changed." in both.text


@pytest.mark.parametrize("rest", [{}, {"view": "board"}])
def test_what_is_said_of_a_limit_on_the_board_is_no_word_about_those_passed_over(
    queue: World, rest: dict[str, str]
) -> None:
    with queue.changing() as (_session, product, member):
        doing = next(each for each in product.standing if each.name == "In progress")
        doing.change(by=member, wip_limit=1, wip_mode=WipMode.ASK)
    words = {"limit_reason" if rest else "reason": "The fair"}
    said = told(queue, "FE-3 FE-4", "In progress", who="dev", **words, **rest)
    assert [data["reason"] for _number, data in entries(queue, "limit_broken")] == ["The fair"]
    passed = [data["reason"] for _number, data in entries(queue, "passed_over")]
    assert passed == ([None, None] if rest else ["The fair", "The fair"])
    assert ("You passed over FE-1 and one more. Why?" in said) == bool(rest)


def test_a_column_that_left_from_under_the_hand_is_said_to_be_gone(queue: World) -> None:
    fields = {"items": "FE-1 FE-2", "column": "99999", "view": "board"}
    answer = queue.browser("dev").post(MOVE, fields, hx=True)
    assert answer.status_code == 422 and "That column is gone." in answer.text
