"""Labels of several items of the backlog at once: put on and taken off, all or none, with one undo."""

import re
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.builders import World, sound

LABELS = "/products/FE/labels"


@pytest.fixture
def four(both: World) -> World:
    """One to Four, FE-1 to FE-4, the last in progress; with the labels pier, pier and tides, none, tides."""
    for number, (title, labels) in enumerate(
        (("One", "pier"), ("Two", "pier,tides"), ("Three", ""), ("Four", "tides")), 1
    ):
        both.item(title, "In progress" if title == "Four" else "Backlog")
        both.browser("olga").post(f"/items/FE-{number}/labels", {"new": labels})
    return both


def label(world: World, refs: str, *, who: str = "olga", status: int = 200, **fields: Any) -> TestResponse:
    answer = world.browser(who).post(LABELS, {"items": refs, **fields}, hx=True)
    assert answer.status_code == status, answer.text
    return answer


def labels(world: World) -> list[str]:
    """Of each item, in the order of their numbers."""
    return [",".join(sorted(each.name for each in world.found(f"FE-{number}").labels)) for number in range(1, 5)]


def test_some_are_put_on_and_others_taken_off_in_one_command(four: World) -> None:
    before, version = labels(four), four.version()
    told = label(four, "FE-1 fe-2 FE-3", on=["tides"], new="law, Law", off=["pier"]).text
    assert "The labels of 3 items are changed." in told
    assert labels(four) == ["Law,tides", "Law,tides", "Law,tides", "tides"]
    assert four.version() == version + 1
    sound(four)
    assert four.browser("olga").post(f"/products/FE/undo/{version + 1}", hx=True).status_code == 200
    assert labels(four) == before
    sound(four)


def test_the_form_tells_which_may_come_and_which_may_go(four: World) -> None:
    text = four.browser("olga").get(f"{LABELS}?items=FE-1+FE-2", hx=True).text
    on, off = text.partition("Take off")[::2]
    assert 'value="pier"' not in on
    assert 'value="tides"' in on
    assert "on 2 of 2" in off
    assert "on 1 of 2" in off


def test_only_those_that_differ_are_changed(four: World) -> None:
    assert "The labels of one item are changed." in label(four, "FE-1 FE-2", on=["tides"]).text
    version = four.version()
    answer = label(four, "FE-1 FE-2", on=["tides"], off=["law"]).text
    assert "Nothing changed." in answer
    assert "undo" not in answer
    assert four.version() == version


@pytest.mark.parametrize("bad", ["FE-99", "HR-1", "nonsense", "FE-0", "FE-٣"])
def test_one_that_is_not_there_keeps_all_of_them(four: World, bad: str) -> None:
    before, version = labels(four), four.version()
    assert "Nothing was changed" in label(four, f"FE-1 {bad}", status=409, on=["tides"]).text
    assert (labels(four), four.version()) == (before, version)


def test_a_discarded_item_keeps_all_of_them(four: World) -> None:
    four.change("FE-2", "discard", "Not wanted", by="olga")
    before = labels(four)
    label(four, "FE-1 FE-2", status=409, on=["tides"])
    assert labels(four) == before


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"items": ""}, "Choose one item or more."),
        ({"new": "x" * 41}, "A label needs 1 to 40 characters"),
        ({"new": ",".join(f"label {number}" for number in range(20))}, "FE-1 would have 21 labels"),
    ],
)
def test_what_is_wrong_is_told_and_what_was_typed_stays(four: World, fields: dict[str, str], sentence: str) -> None:
    before, version = labels(four), four.version()
    answer = label(four, "FE-3 FE-1", status=422, **fields)
    assert sentence in answer.text
    assert fields.get("new", "") in answer.text
    assert (labels(four), four.version()) == (before, version)


@pytest.mark.parametrize(("who", "status"), [("dora", 200), ("dev", 200), ("lea", 403), ("vic", 403), ("sam", 404)])
def test_who_may_edit_items_labels_several(four: World, who: str, status: int) -> None:
    label(four, "FE-1 FE-3", who=who, status=status, on=["tides"])
    assert four.browser(who).get(LABELS).status_code == status


@pytest.mark.parametrize(("who", "may_label", "may_discard"), [("dora", 1, 1), ("dev", 1, 0), ("vic", 0, 0)])
def test_who_may_act_on_several_finds_the_way_without_script_and_without_selecting(
    four: World, who: str, may_label: int, may_discard: int
) -> None:
    browser = four.browser(who)
    page = browser.get("/products/FE/backlog").text
    assert len(re.findall(rf'class="[^"]*plain-only[^"]*" href="{LABELS}"', page)) == may_label
    assert len(re.findall(r'class="[^"]*plain-only[^"]*" href="/products/FE/discard"', page)) == may_discard
    assert page.count("Labels for several…") == may_label


def test_without_script_a_page_offers_them_all(four: World) -> None:
    browser = four.browser("olga")
    assert browser.get(LABELS).text.count('name="items"') == 3
    answer = browser.post(LABELS, {"items": ["FE-1", "FE-3"], "on": "tides"})
    assert answer.status_code == 303
    assert "The labels of 2 items are changed." in browser.get(answer.location).text
