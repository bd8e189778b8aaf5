"""Several items of the backlog made ready at once, or put back: all or none, in their order, with one undo."""

import re
from typing import Any

import pytest
from werkzeug.test import TestResponse

from kanban.models import WipMode
from tests.builders import World, sound

MOVE = "/products/FE/move"


@pytest.fixture
def queue(both: World) -> World:
    """A to D in the backlog, FE-1 to FE-4; R and S ready, P in progress."""
    for title in "ABCD":
        both.item(title)
    both.item("R", "Ready")
    both.item("S", "Ready")
    both.item("P", "In progress")
    return both


def column(world: World, name: str) -> int:
    return next(one.id for one in world.found("FE-1").product.columns if one.name == name)


def move(
    world: World, refs: str, to: str = "Ready", *, who: str = "olga", status: int = 200, **more: Any
) -> TestResponse:
    fields = {"items": refs, "column": column(world, to), **more}
    answer = world.browser(who).post(MOVE, fields, hx=True)
    assert answer.status_code == status, answer.text
    return answer


def standing(world: World) -> dict[str, list[str]]:
    return {name: world.order(name) for name in ("Backlog", "Ready")}


def test_they_go_in_their_order_and_come_back_as_one(queue: World) -> None:
    before, whole, version = standing(queue), queue.order(), queue.version()
    told = move(queue, "FE-3 fe-1 FE-5").text
    assert "2 items moved to Ready." in told
    assert standing(queue) == {"Backlog": ["B", "D"], "Ready": ["A", "C", "R", "S"]}
    assert queue.order() == whole
    assert queue.version() == version + 1
    sound(queue)
    assert queue.browser("olga").post(f"/products/FE/undo/{version + 1}", hx=True).status_code == 200
    assert standing(queue) == before
    sound(queue)


def test_what_was_made_ready_goes_back(queue: World) -> None:
    assert "2 items moved to Backlog." in move(queue, "FE-5 FE-6", "Backlog").text
    assert standing(queue) == {"Backlog": ["A", "B", "C", "D", "R", "S"], "Ready": []}
    sound(queue)


def test_those_that_are_there_already_are_no_change(queue: World) -> None:
    version = queue.version()
    answer = move(queue, "FE-5 FE-6").text
    assert "They are already there." in answer
    assert "undo" not in answer
    assert queue.version() == version


@pytest.mark.parametrize("mode", [WipMode.WARN, WipMode.ASK, WipMode.REFUSE])
def test_the_limit_judges_what_stands_there_in_the_end(queue: World, mode: WipMode) -> None:
    queue.limit("Ready", 4, mode)
    assert "Ready" in move(queue, "FE-1 FE-2").text  # four of four
    before = standing(queue)
    if mode is WipMode.REFUSE:
        move(queue, "FE-3 FE-4", status=409)
        assert standing(queue) == before
        return
    if mode is WipMode.ASK:
        asked = move(queue, "FE-3 FE-4", status=422).text
        assert "Say why these should come in anyway." in asked
        assert 'name="reason"' in asked
        assert standing(queue) == before
    told = move(queue, "FE-3 FE-4", reason="The fair" if mode is WipMode.ASK else "").text
    assert len(queue.order("Ready")) == 6
    assert queue.kinds().count("limit_broken") == 1
    assert ("Ready holds 6 of 4: over its limit. Why?" in told) == (mode is WipMode.WARN)
    sound(queue)


@pytest.mark.parametrize("bad", ["FE-7", "FE-99", "HR-1", "nonsense"])
def test_one_that_is_done_or_gone_keeps_all_of_them(queue: World, bad: str) -> None:
    queue.move("FE-7", "Done")
    before, version = standing(queue), queue.version()
    assert "Nothing was moved" in move(queue, f"FE-1 {bad}", status=409).text
    assert (standing(queue), queue.version()) == (before, version)


def test_every_column_is_offered_to_the_owners_side_and_those_of_the_work_to_developers(queue: World) -> None:
    def offered(who: str) -> list[str]:
        form = queue.browser(who).get(f"{MOVE}?items=FE-1+FE-2", hx=True).text
        columns = queue.found("FE-1").product.standing
        return [each.name for each in columns if f'name="column" value="{each.id}"' in form]

    everywhere = ["Backlog", "Ready", "In progress", "Review", "Acceptance", "Done"]
    assert offered("olga") == offered("dora") == everywhere
    assert offered("dev") == everywhere[2:5]
    with queue.changing() as (_session, product, member):
        next(each for each in product.standing if each.accepts).change(by=member, accepts=False)
    assert offered("dev") == everywhere[2:]


def test_the_form_says_how_full_each_column_is_and_chooses_the_next_beforehand(queue: World) -> None:
    def form(refs: str, who: str = "olga") -> tuple[list[str], str]:
        html = queue.browser(who).get(f"{MOVE}?items={refs.replace(' ', '+')}", hx=True).text
        shown = re.findall(r'name="column" value="\d+"( checked)?[^>]*><span>([^<]+)<', html)
        return [text for _checked, text in shown], next(text for checked, text in shown if checked)

    queue.limit("Ready", 2, WipMode.REFUSE)
    assert form("FE-1")[0][:3] == ["Backlog · 4 items", "Ready · 2 of 2, full", "In progress · 1 item"]
    html = queue.browser("olga").get(f"{MOVE}?items=FE-1", hx=True).text
    assert "Ready is full: 2 of 2. Finish or move something first." in html
    assert form("FE-1 FE-2")[1].startswith("Ready")
    assert form("FE-5 FE-6")[1].startswith("In progress")
    assert form("FE-1 FE-5")[1].startswith("Ready")
    assert form("FE-1", "dev")[1].startswith("In progress")


def test_what_is_no_column_or_no_item_is_said_beside_the_field(queue: World) -> None:
    version = queue.version()
    for fields, said in (
        ({"items": "FE-1"}, "Choose one of the columns."),
        ({"items": "FE-1", "column": 99_999}, "That column is gone. Choose another one."),
    ):
        assert said in queue.browser("olga").post(MOVE, fields, hx=True).text
    assert "Choose one item or more." in move(queue, "", status=422).text
    assert queue.version() == version


@pytest.mark.parametrize(("who", "status"), [("dora", 200), ("dev", 403), ("lea", 403), ("vic", 403), ("sam", 404)])
def test_only_the_owners_side_says_what_is_ready(queue: World, who: str, status: int) -> None:
    move(queue, "FE-1 FE-2", who=who, status=status)
    assert len(queue.order("Ready")) == (4 if status == 200 else 2)


def test_without_script_a_page_offers_them_all(queue: World) -> None:
    browser = queue.browser("olga")
    assert browser.get(MOVE).text.count('name="items"') == 6
    answer = browser.post(MOVE, {"items": ["FE-1", "FE-2"], "column": column(queue, "Ready")})
    assert answer.status_code == 303
    assert "2 items moved to Ready." in browser.get(answer.location).text
