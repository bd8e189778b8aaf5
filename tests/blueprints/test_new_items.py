"""Making an item over HTTP: what the form says, who may, and what was typed staying on a refusal."""

import pytest

from tests.builders import World


def test_a_new_item_has_all_that_the_form_says(both: World) -> None:
    form = {
        "title": " Group  booking ",
        "description": "For *schools*.",
        "type": "chore",
        "size": "L",
        "labels": "booking, Schools",
    }
    answer = both.browser("olga").post("/products/FE/items", form)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/items/FE-1")
    item = both.found("FE-1")
    assert (item.title, item.type, item.size) == ("Group booking", "chore", "L")
    assert [label.name for label in item.labels] == ["booking", "Schools"]


def test_the_owner_chooses_the_column_and_a_developer_does_not(world: World) -> None:
    with world.reading():
        ready = world.found(world.item("Old", "Ready")).column_id
    world.browser("olga").post("/products/FE/items", {"title": "Mine", "column": str(ready), "place": "top"})
    assert world.order("Ready") == ["Mine", "Old"]
    assert world.browser("dev").post("/products/FE/items", {"title": "His", "column": str(ready)}).status_code == 403
    assert "new-column" in world.browser("olga").get("/items/new?product=FE").text
    assert "new-column" not in world.browser("dev").get("/items/new?product=FE").text


def test_a_column_of_another_product_or_none_is_refused(world: World) -> None:
    for column in ("999", "-1", "abc", "9" * 30):
        answer = world.browser("olga").post("/products/FE/items", {"title": "Mine", "column": column})
        assert answer.status_code == 422
        assert "That column is gone." in answer.text
    assert world.order() == []


@pytest.mark.parametrize(("who", "status"), [("olga", 200), ("dev", 200), ("vic", 403), ("sam", 404)])
def test_the_form_for_a_new_item_is_for_those_who_may(world: World, who: str, status: int) -> None:
    assert world.browser(who).get("/items/new?product=FE").status_code == status
    assert world.browser(who).get("/products/FE/items/many").status_code == status


def test_what_was_typed_stays_when_the_form_can_not_be_taken(world: World) -> None:
    form = {"title": "", "description": "A long story", "type": "epic", "labels": "x" * 50}
    answer = world.browser("olga").post("/products/FE/items", form, hx=True)
    assert answer.status_code == 422
    assert "A long story" in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_the_same_command_makes_one_item(both: World) -> None:
    olga = both.browser("olga")
    for _ in range(3):
        olga.post("/products/FE/items", {"title": "Once", "command": "abc"})
    assert both.order() == ["Once"]


def test_a_line_at_the_top_comes_below_the_one_before_it_wherever_that_is(both: World) -> None:
    def add(title: str, below: str = "") -> str:
        form = {"title": title, "place": "top", "view": "backlog", "below": below}
        answer = both.browser("olga").post("/products/FE/items", form, hx=True)
        assert answer.status_code == 200
        return answer.headers["X-Kanban-Made"]

    both.item("Old", "Backlog")
    first = add("One")
    add("Three", add("Two", first))
    assert both.order() == ["One", "Two", "Three", "Old"]
    last = add("Four\nFive", first)
    assert both.order() == ["One", "Four", "Five", "Two", "Three", "Old"]
    assert both.browser("olga").post(f"/items/{last}/discard", {"reason": "No"}, hx=True).status_code == 200
    for nowhere in (last, "FE-999", "XX-1", "x" * 300):
        add(nowhere[:5], nowhere)
    assert both.order()[:5] == ["xxxxx", "XX-1", "FE-99", last, "One"]
