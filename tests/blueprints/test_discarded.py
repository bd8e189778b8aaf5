"""What was discarded is found again, with its reason, and comes back from there."""

import re

import pytest

from tests.builders import World, sound


def test_the_owner_finds_what_was_discarded_and_brings_it_back(both: World) -> None:
    for title in ("Paint", "Sail", "Rest"):
        both.item(title)
    both.browser("dora").post("/items/FE-2/discard", {"reason": "No wind"}, hx=True)
    both.browser("olga").post("/items/FE-1/discard", {"reason": "No paint"}, hx=True)
    browser = both.browser("olga")
    assert 'href="/products/FE/discarded"' in browser.get("/products/FE/backlog").text
    page = browser.get("/products/FE/discarded").text
    assert page.index("No paint") < page.index("No wind")
    assert "Dora" in page
    assert "FE-3" not in page
    answer = browser.post("/items/FE-2/restore", {"view": "card"}, hx=True)
    assert "FE-2 is back in Backlog, at the end." in answer.text
    assert "/undo/" in answer.text
    assert both.order() == ["Rest", "Sail"]
    assert "No wind" not in browser.get("/products/FE/discarded", hx=True).text
    assert browser.post("/items/FE-1/restore", {"view": "card"}).status_code == 303


def test_who_may_not_restore_only_reads_it(world: World) -> None:
    world.item("Paint")
    world.change("FE-1", "discard", "No paint")
    for who in ("dev", "lea", "vic"):
        page = world.browser(who).get("/products/FE/discarded").text
        assert "No paint" in page
        assert "/restore" not in page
    assert "/restore" in world.browser("dora").get("/products/FE/discarded").text
    assert world.browser("sam").get("/products/FE/discarded").status_code == 404


def test_an_empty_list_says_what_belongs_there(world: World) -> None:
    assert "Nothing is discarded" in world.browser("olga").get("/products/FE/discarded").text


def test_a_duplicate_is_discarded_by_naming_what_it_repeats(both: World) -> None:
    for title in ("Paint the hull", "Paint a hull", "Sail", "Row"):
        both.item(title)
    olga = both.browser("olga")
    for ref, other, reason in (("FE-2", "1", ""), ("FE-3", "fe-1", " Same hull "), ("FE-4", "the hull", "")):
        assert olga.post(f"/items/{ref}/discard", {"other": other, "reason": reason}, hx=True).status_code == 200
    reasons = [both.found(f"FE-{n}").discard_reason for n in (2, 3, 4)]
    assert reasons == ["Duplicate of FE-1", "Duplicate of FE-1: Same hull", "Duplicate of FE-1"]
    link = 'Duplicate of <a href="/items/FE-1" data-panel>FE-1</a>'
    for page in ("/products/FE/discarded", "/items/FE-2"):
        assert link in olga.get(page).text, page
    assert f"discarded it: {link}" in olga.get("/items/FE-2").text
    assert sound(both)


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ("FE-99", "There is no such item in this product."),
        ("XX-1", "There is no such item in this product."),
        ("nothing like it", "There is no such item in this product."),
        ("paint", "Several items fit: FE-2 “Paint”, FE-3 “Paintings”. Give the reference of one."),
        ("FE-1", "An item can’t be a duplicate of itself."),
        ("FE-4", "FE-4 is discarded itself. Name one that stays."),
    ],
)
def test_what_it_can_not_repeat_is_refused_with_what_was_typed(world: World, other: str, told: str) -> None:
    for title in ("Sail", "Paint", "Paintings", "Row"):
        world.item(title)
    world.change("FE-4", "discard", "No oars")
    answer = world.browser("olga").post("/items/FE-1/discard", {"other": other, "reason": "Twice"}, hx=True)
    assert answer.status_code == 422
    assert told in answer.text
    assert f'value="{other}"' in answer.text
    assert "Twice</textarea>" in answer.text
    assert not world.found("FE-1").is_discarded


def test_without_a_reason_and_without_what_it_repeats_nothing_is_discarded(world: World) -> None:
    world.item("Sail")
    answer = world.browser("olga").post("/items/FE-1/discard", {"other": " ", "reason": ""}, hx=True)
    assert answer.status_code == 422
    assert "Say in 1 to 500 characters why." in answer.text


@pytest.mark.parametrize("reason", ["<b>FE-1</b> & FE-9", "a/FE-1 FE-12 XFE-1", 'FE-1"><script>'])
def test_reasons_link_only_items_that_there_are_and_become_no_markup(world: World, reason: str) -> None:
    world.item("Sail")
    world.item("Row")
    world.change("FE-2", "discard", reason)
    for page in ("/products/FE/discarded", "/items/FE-2"):
        html = world.browser("olga").get(page).text
        links = re.findall(r'<a href="/items/(FE-[0-9]+)" data-panel>FE-[0-9]+</a>', html)
        assert set(links) == ({"FE-1"} if " XFE" not in reason else set())
        assert "<b>FE" not in html and '"><script>' not in html
