"""Links on the page of an item: shown at both ends, added by reference or letters, removed, told in the history."""

import re

import pytest

from kanban.reads.invariants import broken_invariants
from kanban.reads.items.links import needs_in
from tests.blueprints.places import column_id
from tests.builders import World


@pytest.fixture
def three(world: World) -> World:
    """FE-1 in the backlog, FE-2 and FE-3 ready."""
    for title, column in (("Harbour berth", "Backlog"), ("Night ferry", "Ready"), ("Season card", "Ready")):
        world.item(title, column, criteria=("It holds",))
    return world


def needs(world: World) -> dict[int, list[int]]:
    with world.changing() as (session, product, _):
        found = needs_in(session, product)
        session.rollback()
    return found


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def test_a_link_shows_at_both_ends_with_where_the_other_one_stands(three: World) -> None:
    dev = three.browser("dev")
    answer = dev.post("/items/FE-2/links", {"other": "fe-1"}, hx=True)
    assert answer.status_code == 200
    assert "Needs 1 not finished FE-1 Harbour berth Backlog" in words(answer.text)
    other = words(dev.get("/items/FE-1").text)
    assert "Needed by FE-2 Night ferry Ready" in other
    three.move("FE-1", "Done")
    page = words(dev.get("/items/FE-2").text)
    assert "Needs Finished: FE-1 Harbour berth Done" in page
    with three.reading() as session:
        assert broken_invariants(session) == []


def test_without_script_the_form_leads_back_to_the_item(three: World) -> None:
    answer = three.browser("dev").post("/items/FE-2/links", {"other": "FE-1"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/items/FE-2")
    assert needs(three) == {2: [1]}


def test_an_item_without_links_shows_nothing_but_the_way_to_add_one(three: World) -> None:
    assert "Needed by" not in words(three.browser("vic").get("/items/FE-2").text)
    assert "<h3>Needs" not in three.browser("vic").get("/items/FE-2").text
    assert "/items/FE-2/links" not in three.browser("vic").get("/items/FE-2").text
    page = three.browser("dev").get("/items/FE-2").text
    assert "<h3>Needs" not in page
    assert "/items/FE-2/links" in page


@pytest.mark.parametrize("typed", ["FE-1", "fe-1", "1", "harb", "berth harbour"])
def test_a_reference_a_number_or_letters_of_the_title_name_the_other_one(three: World, typed: str) -> None:
    three.browser("dev").post("/items/FE-2/links", {"other": typed})
    assert needs(three) == {2: [1]}


def test_letters_that_fit_several_or_none_are_asked_again_with_what_was_typed(three: World) -> None:
    three.item("Harbour lights")
    dev = three.browser("dev")
    answer = dev.post("/items/FE-2/links", {"other": "harbour", "way": "needed_by"}, hx=True)
    assert answer.status_code == 422
    assert "Several items fit: FE-1 “Harbour berth”, FE-4 “Harbour lights”." in answer.text
    assert 'value="harbour"' in answer.text
    assert '<option value="needed_by" selected>' in answer.text
    assert "There is no such item in this product." in dev.post("/items/FE-2/links", {"other": "lagoon"}, hx=True).text
    assert dev.post("/items/FE-2/links", {"other": "  "}).status_code == 422
    assert needs(three) == {}


def test_the_other_direction_can_be_said_as_well(three: World) -> None:
    dev = three.browser("dev")
    answer = dev.post("/items/FE-1/links", {"other": "FE-2", "way": "needed_by"}, hx=True)
    assert 'data-item-open="FE-1"' in answer.text
    assert needs(three) == {2: [1]}
    answer = dev.post("/items/FE-1/links/needed_by/FE-2/remove", hx=True)
    assert 'data-item-open="FE-1"' in answer.text
    assert needs(three) == {}
    assert dev.post("/items/FE-1/links", {"other": "FE-2", "way": "sideways"}).status_code == 404


def test_a_circle_is_refused_with_one_sentence(three: World) -> None:
    dev = three.browser("dev")
    dev.post("/items/FE-2/links", {"other": "FE-1"})
    answer = dev.post("/items/FE-1/links", {"other": "FE-2"}, hx=True)
    assert answer.status_code == 409
    assert "FE-2 already needs FE-1, so this would be a circle." in answer.text
    assert needs(three) == {2: [1]}


def test_a_link_is_removed_once(three: World) -> None:
    dev = three.browser("dev")
    dev.post("/items/FE-2/links", {"other": "FE-1"})
    assert dev.post("/items/FE-2/links/needs/FE-1/remove").status_code == 303
    again = dev.post("/items/FE-2/links/needs/FE-1/remove", hx=True)
    assert (again.status_code, needs(three)) == (409, {})
    assert "That link is gone" in again.text
    assert dev.post("/items/FE-2/links/needs/FE-9/remove").status_code == 404


@pytest.mark.parametrize(("name", "status"), [("dora", 303), ("deb", 303), ("lea", 403), ("vic", 403), ("sam", 404)])
def test_who_edits_items_links_them(three: World, name: str, status: int) -> None:
    browser = three.browser(name)
    assert browser.post("/items/FE-2/links", {"other": "FE-1"}).status_code == status
    assert needs(three) == ({2: [1]} if status == 303 else {})
    assert browser.get("/items/FE-2/links/suggest?other=harb").status_code == (200 if status == 303 else status)


def test_suggestions_come_by_reference_or_letters_without_the_item_and_what_is_discarded(three: World) -> None:
    three.item("Harbour <lights>")
    three.item("Harbour gone")
    three.change("FE-5", "discard", "Not wanted")
    three.move("FE-1", "Done")
    dev = three.browser("dev")

    def offered(typed: str, ref: str = "FE-2") -> list[str]:
        return re.findall(r'value="([^"]*)"', dev.get(f"/items/{ref}/links/suggest?other={typed}").text)

    assert offered("harbour") == ["FE-4", "FE-1"]
    assert offered("fe-") == []
    assert offered("FE-3") == ["FE-3"]
    assert offered("night") == []
    assert offered("") == offered("100%25") == []
    assert "&lt;lights&gt;" in dev.get("/items/FE-2/links/suggest?other=lights").text


def test_the_history_tells_it_in_plain_words(three: World) -> None:
    dev = three.browser("dev")
    dev.post("/items/FE-2/links", {"other": "FE-1"})
    dev.post("/items/FE-2/links/needs/FE-1/remove")
    page = words(dev.get("/items/FE-2").text)
    assert "Dev said that it needs FE-1" in page
    assert "Dev said that it no longer needs FE-1" in page


def test_a_drag_and_the_menu_warn_and_pull_next_passes_over(three: World) -> None:
    dev = three.browser("dev")
    dev.post("/items/FE-2/links", {"other": "FE-1"})
    assert "FE-3 is yours" in dev.post("/products/FE/pull", hx=True).text
    refused = dev.post("/products/FE/pull", hx=True)
    assert (refused.status_code, refused.headers["X-Kanban-Code"]) == (409, "nothing_to_pull")
    form = {"column": str(column_id(three, "In progress")), "place": "top"}
    assert "It needs FE-1, which is not finished." in dev.post("/items/FE-2/move", form, hx=True).text
    three.move("FE-2", "Ready")
    dev.post("/items/FE-2/move", form)
    assert "It needs FE-1, which is not finished." in dev.get("/products/FE/board").text


def test_links_stand_on_both_databases(both: World) -> None:
    for title in ("One", "Two", "Three"):
        both.item(title, "Ready")
    olga = both.browser("olga")
    for ref, other in (("FE-1", "FE-2"), ("FE-2", "FE-3"), ("FE-3", "FE-1")):
        olga.post(f"/items/{ref}/links", {"other": other})
    assert needs(both) == {1: [2], 2: [3]}
    assert "FE-3 is yours" in olga.post("/products/FE/pull", hx=True).text
    assert "Needed by FE-1" in words(olga.get("/items/FE-2").text)
    with both.reading() as session:
        assert broken_invariants(session) == []
