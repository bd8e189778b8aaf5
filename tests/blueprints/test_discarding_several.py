"""Several items of the backlog leave the order as one: one reason, all or none, one undo, and only by the owner's side."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.builders import World, sound

DISCARD = "/products/FE/discard"


@pytest.fixture
def queue(both: World) -> World:
    """A to F in the backlog, FE-1 to FE-6, with P in progress and R ready behind them; C is blocked."""
    for title in "ABCDEF":
        both.item(title)
    both.item("P", "In progress")
    both.item("R", "Ready")
    both.change("FE-3", "block", "The bank is away", by="dev")
    return both


def discard(world: World, refs: str, *, who: str = "olga", status: int = 200, **more: Any) -> TestResponse:
    answer = world.browser(who).post(DISCARD, {"items": refs, "reason": "Not wanted", **more}, hx=True)
    assert answer.status_code == status, answer.text
    return answer


def test_they_leave_as_one_and_come_back_as_one_to_where_they_stood(queue: World) -> None:
    before, version = queue.order(), queue.version()
    told = discard(queue, "FE-8 FE-3 FE-1 fe-2 FE-5").text
    assert "5 items are discarded" in told
    assert queue.version() == version + 1
    assert queue.order() == ["D", "F", "P"]
    assert queue.found("FE-3").open_blocks == []
    sound(queue)
    assert queue.browser("olga").post(f"/products/FE/undo/{version + 1}", hx=True).status_code == 200
    assert queue.order() == before
    assert len(queue.found("FE-3").open_blocks) == 1
    sound(queue)


@pytest.mark.parametrize("bad", ["FE-7", "FE-99", "HR-1", "nonsense"])
def test_one_that_is_not_in_the_backlog_keeps_all_of_them(queue: World, bad: str) -> None:
    before, version = queue.order(), queue.version()
    assert "Nothing was discarded" in discard(queue, f"FE-1 {bad}", status=409).text
    assert (queue.order(), queue.version()) == (before, version)


@pytest.mark.parametrize(("form", "sentence"), [({"reason": " "}, "why"), ({"items": ""}, "Choose one")])
def test_what_is_missing_is_asked_for_and_nothing_leaves(queue: World, form: dict[str, str], sentence: str) -> None:
    version = queue.version()
    answer = discard(queue, "FE-1 FE-2", status=422, **form)
    assert sentence in answer.text
    assert queue.version() == version


@pytest.mark.parametrize(("who", "status"), [("dora", 200), ("dev", 403), ("lea", 403), ("vic", 403), ("sam", 404)])
def test_only_the_owners_side_discards(queue: World, who: str, status: int) -> None:
    discard(queue, "FE-1 FE-2", who=who, status=status)
    assert queue.browser(who).get(DISCARD).status_code == status


def test_without_script_a_page_offers_them_all(queue: World) -> None:
    browser = queue.browser("olga")
    assert browser.get(DISCARD).text.count('name="items"') == 7
    page = browser.get(f"{DISCARD}?items=FE-1+FE-2").text
    assert "Discard 2 items" in page
    answer = browser.post(DISCARD, {"items": ["FE-1", "FE-2"], "reason": "Not wanted"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/products/FE/backlog")
    assert queue.order()[:2] == ["C", "D"]
