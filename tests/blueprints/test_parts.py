"""Parts over HTTP: items of their own that belong to another, one level deep."""

import pytest

from tests.blueprints.places import column_id
from tests.blueprints.undoing import act, move
from tests.builders import World


@pytest.fixture
def ref(world: World) -> str:
    """An item in the backlog with two criteria."""
    return world.item("Refunds", criteria=("Within an hour", "In full"), description="Because of the *storm*.")


def test_a_part_is_an_item_of_its_own_that_belongs_to_another(both: World) -> None:
    ref = both.item("Refunds")
    html = both.browser("dev").post(f"/items/{ref}/parts", {"title": "Refund by card"}, hx=True).text
    assert "FE-2" in html
    assert both.found("FE-2").part_of_id == both.found(ref).id
    assert "Part of" in both.browser("dev").get("/items/FE-2").text


def test_parts_go_one_level_deep(world: World, ref: str) -> None:
    olga = world.browser("olga")
    olga.post(f"/items/{ref}/parts", {"title": "Part"})
    answer = olga.post("/items/FE-2/parts", {"title": "Part of a part"}, hx=True)
    assert answer.status_code == 409
    assert "one level deep" in answer.text
    assert len(world.order()) == 2


def test_an_item_is_made_a_part_and_taken_out_again(world: World, ref: str) -> None:
    other = world.item("Card refunds")
    dev = world.browser("dev")
    dev.post(f"/items/{other}/part-of", {"whole": ref.lower()})
    assert world.found(other).part_of_id == world.found(ref).id
    dev.post(f"/items/{other}/part-of", {"whole": ""})
    assert world.found(other).part_of_id is None


def test_whoever_calls_a_whole_done_is_told_of_its_unfinished_parts(both: World) -> None:
    ref = both.item("Refunds", "In progress", criteria=())
    olga = both.browser("olga")
    for title in ("By card", "In cash", "By post"):
        olga.post(f"/items/{ref}/parts", {"title": title})
    assert "not finished" not in move(both, "olga", ref, "Review").text
    assert "Its parts FE-2, FE-3 and FE-4 are not finished." in move(both, "olga", ref, "Done").text
    move(both, "olga", ref, "Review")
    both.move("FE-2", "Done")
    both.change("FE-3", "discard", "Not wanted")
    assert "Its part FE-4 is not finished." in move(both, "olga", ref, "Done").text
    move(both, "olga", ref, "Review")
    both.move("FE-4", "Done")
    assert "not finished" not in move(both, "olga", ref, "Done").text


def test_of_several_that_are_done_together_only_parts_that_stay_behind_are_told(both: World) -> None:
    first, second = both.item("Refunds", "Review"), both.item("Timetables", "Review")
    olga, done = both.browser("olga"), column_id(both, "Done")
    for whole in (first, second):
        olga.post(f"/items/{whole}/parts", {"title": f"Part of {whole}"})
    move(both, "olga", "FE-3", "Review")
    told = act(both, "olga", "/products/FE/move", items=f"{first} {second} FE-3", column=done).text
    assert f"1 of 3 has parts that are not finished: {second}." in told


def test_what_is_discarded_becomes_no_part(world: World, ref: str) -> None:
    other = world.item("Card refunds")
    world.change(other, "discard", "Nobody needs it")
    answer = world.browser("dev").post(f"/items/{other}/part-of", {"whole": ref}, hx=True)
    assert answer.status_code == 409
    assert f"{other} is discarded. Restore it first." in answer.text
    assert world.found(other).part_of_id is None


@pytest.mark.parametrize("whole", ["FE-99", "XX-1", "rubbish"])
def test_a_whole_that_is_not_there_is_named(world: World, ref: str, whole: str) -> None:
    answer = world.browser("dev").post(f"/items/{ref}/part-of", {"whole": whole}, hx=True)
    assert answer.status_code == 422
    assert "no such item" in answer.text
