"""Parts over HTTP: items of their own that belong to another, one level deep."""

import pytest

from kanban.models import WipMode
from tests.blueprints.places import column_id
from tests.blueprints.undoing import act, limit, move, undo, undo_in
from tests.builders import World, sound


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


def test_whoever_may_rank_adds_parts_below_the_whole_and_its_parts_that_follow(both: World) -> None:
    whole = both.item("Refunds")
    both.item("Timetables")
    for title in ("By card", "In cash"):
        act(both, "olga", f"/items/{whole}/parts", title=title)
    assert both.order() == ["Refunds", "By card", "In cash", "Timetables"]
    move(both, "olga", "FE-2", "Backlog", "after:FE-3")
    assert both.order() == ["Refunds", "By card", "Timetables", "In cash"]
    told = act(both, "dora", f"/items/{whole}/parts", title="By post").text
    assert "FE-5 has been added to Backlog, right below FE-3." in told
    assert both.order() == ["Refunds", "By card", "By post", "Timetables", "In cash"]
    assert sound(both)


def test_cards_on_the_board_do_not_part_a_whole_from_its_parts(both: World) -> None:
    whole = both.item("Refunds", "Ready")
    act(both, "olga", f"/items/{whole}/parts", title="By card")
    for ref in ("FE-3", "FE-4"):
        both.item(ref)
    move(both, "olga", "FE-3", "Backlog", f"after:{whole}")
    move(both, "olga", "FE-3", "In progress")
    assert both.order() == ["Refunds", "FE-3", "By card", "FE-4"]
    act(both, "olga", f"/items/{whole}/parts", title="In cash")
    assert both.order("Backlog") == ["By card", "In cash", "FE-4"]
    assert both.order("Ready") == ["Refunds"]


def test_whoever_may_not_rank_adds_parts_at_the_bottom_and_has_no_undo(both: World) -> None:
    whole = both.item("Refunds")
    both.item("Timetables")
    told = act(both, "dev", f"/items/{whole}/parts", title="By card").text
    assert "FE-3 has been added at the bottom of Backlog." in told
    assert "/undo/" not in told
    assert both.order() == ["Refunds", "Timetables", "By card"]
    assert undo(both, "dev").status_code == 403
    assert both.order() == ["Refunds", "Timetables", "By card"]


@pytest.mark.parametrize("column", ["In progress", "Done"])
def test_parts_of_what_has_left_the_queue_go_to_the_bottom(both: World, column: str) -> None:
    whole = both.item("Refunds", column)
    both.item("Timetables")
    told = act(both, "olga", f"/items/{whole}/parts", title="By card").text
    assert "FE-3 has been added at the bottom of Backlog." in told
    assert both.order("Backlog") == ["Timetables", "By card"]


def test_of_several_lines_each_is_a_part_and_one_undo_takes_all_back(both: World) -> None:
    whole = both.item("Refunds")
    both.item("Timetables")
    before = both.version()
    told = act(both, "olga", f"/items/{whole}/parts", title="- [ ] By card\r\n* In cash \r\n\r\n3. By post").text
    assert "3 parts have been added to Backlog, right below FE-1." in told
    assert both.version() == before + 1
    assert both.order() == ["Refunds", "By card", "In cash", "By post", "Timetables"]
    assert {both.found(f"FE-{n}").part_of_id for n in (3, 4, 5)} == {both.found(whole).id}
    answer = both.browser("olga").post(undo_in(told), hx=True)
    assert "Undone: 3 parts are discarded." in answer.text
    assert both.order() == ["Refunds", "Timetables"]
    gone = both.found("FE-4")
    assert (gone.is_discarded, gone.part_of_id) == (True, None)
    assert "By post" not in both.browser("olga").get(f"/items/{whole}").text
    assert "undid adding it" in both.browser("dev").get("/items/FE-4").text
    assert undo(both).status_code == 409
    assert sound(both)


def test_one_line_stays_as_it_is_written_and_its_undo_says_what_is_gone(both: World) -> None:
    whole = both.item("Refunds")
    told = act(both, "olga", f"/items/{whole}/parts", title="- alone").text
    assert both.order() == ["Refunds", "- alone"]
    assert "Undone: FE-2 is discarded." in both.browser("olga").post(undo_in(told), hx=True).text


@pytest.mark.parametrize("ref", ["FE-2", "FE-3"])
def test_a_part_that_has_changed_since_is_not_taken_back(both: World, ref: str) -> None:
    whole = both.item("Refunds")
    told = act(both, "olga", f"/items/{whole}/parts", title="By card\nIn cash").text
    both.change(ref, "comment", "I have begun", by="dev")
    answer = both.browser("olga").post(undo_in(told), hx=True)
    assert answer.status_code == 409
    assert f"{ref} has changed since: Dev commented." in answer.text
    assert len(both.order()) == 3


def test_of_many_lines_all_become_parts_or_none(both: World) -> None:
    whole = both.item("Refunds")
    olga = both.browser("olga")
    for text in (f"Short\n{'long ' * 70}", "\n".join(f"Line {n}" for n in range(101))):
        answer = olga.post(f"/items/{whole}/parts", {"title": text}, hx=True)
        assert answer.status_code == 422
        assert text.splitlines()[1].strip() in answer.text
    limit(both, "Backlog", 2, WipMode.REFUSE)
    assert olga.post(f"/items/{whole}/parts", {"title": "One\nTwo"}, hx=True).status_code == 409
    assert both.order() == ["Refunds"]
    assert olga.post(f"/items/{whole}/parts", {"title": "One"}).status_code == 303
    assert "right below FE-1" in olga.get(f"/items/{whole}").text


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
