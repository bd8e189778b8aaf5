"""Undo of what an item holds: words, people, labels, ticks, blocks, criteria, parts, links and files."""

import io
import re

import pytest
from werkzeug.test import TestResponse

from kanban import clock
from tests.blueprints.undoing import act, move, undo, undo_in
from tests.builders import World, sound

# Words, people, labels


def test_an_edit_is_taken_back_field_by_field(both: World) -> None:
    both.item("Refunds", "Ready", description="Money back")
    act(both, "olga", "/items/FE-1/edit", labels="money, harbour", revision=1)
    act(both, "olga", "/items/FE-1/edit", title="Paid back", type="bug", size="L", labels="Legal", revision=2)
    assert "FE-1 is as it was." in undo(both).text
    item = both.found("FE-1")
    assert (item.title, item.description, item.type, item.size) == ("Refunds", "Money back", "feature", "")
    assert [label.name for label in item.labels] == ["harbour", "money"]
    assert sound(both)


def test_assignees_are_taken_back_as_far_as_they_are_still_here(both: World) -> None:
    both.item("Refunds", "Ready")
    act(both, "olga", "/items/FE-1/assign", people=[both.ids["dev"], both.ids["deb"]])
    act(both, "olga", "/items/FE-1/assign", people=[both.ids["olga"]])
    version = both.version()
    both.let_go("deb")
    assert undo(both, version=version).status_code == 200
    assert [user.name for user in both.found("FE-1").assignees] == ["Dev"]
    assert sound(both)


def test_nobody_elses_words_are_overwritten(both: World) -> None:
    both.item("Refunds", "Ready")
    act(both, "olga", "/items/FE-1/edit", title="Olga's", revision=1)
    version = both.version()
    act(both, "dora", "/items/FE-1/edit", title="Dora's", revision=2)
    answer = undo(both, version=version)
    assert (answer.status_code, both.found("FE-1").title) == (409, "Dora's")
    assert "FE-1 has changed since: Dora changed the title." in answer.text


# Ticks and blocks


def test_a_tick_is_taken_back_and_given_back_with_who_had_set_it(both: World) -> None:
    both.item("Refunds", "Ready", criteria=("In full",))
    both.change("FE-1", "tick", 1, met=True, by="dev")
    ticked_at = both.found("FE-1").criteria[0].met_at
    act(both, "olga", "/items/FE-1/criteria/1/tick", met="0")
    assert undo(both).status_code == 200
    criterion = both.found("FE-1").criteria[0]
    assert (criterion.met_at, criterion.met_by_id) == (ticked_at, both.ids["dev"])
    assert sound(both)


def test_a_block_that_is_taken_back_never_was(both: World) -> None:
    both.item("Refunds", "In progress")
    act(both, "dev", "/items/FE-1/block", reason="The bank is away")
    assert undo(both, "dev").status_code == 200
    assert both.found("FE-1").blocks == []
    assert sound(both)


def test_an_unblocking_that_is_taken_back_leaves_one_interval(both: World) -> None:
    both.item("Refunds", "In progress")
    act(both, "dev", "/items/FE-1/block", reason="The bank is away", waiting_for="the bank")
    (before,) = both.found("FE-1").blocks
    act(both, "dev", "/items/FE-1/unblock")
    assert undo(both, "dev").status_code == 200
    (block,) = both.found("FE-1").blocks
    assert (block.is_open, block.since, block.reason, block.waiting_for) == (
        True,
        before.since,
        "The bank is away",
        "the bank",
    )
    assert sound(both)


# Criteria, parts, links and files


def test_a_removed_criterion_comes_back_at_its_place_with_its_tick(both: World) -> None:
    both.item("Refunds", "Ready", criteria=("In full", "In a day"))
    both.change("FE-1", "tick", 1, met=True, by="dev")
    ticked_at = both.found("FE-1").criteria[0].met_at
    way = undo_in(act(both, "olga", "/items/FE-1/criteria/1/remove").text)
    assert [each.text for each in both.found("FE-1").criteria] == ["In a day"]
    assert both.browser("olga").post(way, hx=True).status_code == 200
    first, second = both.found("FE-1").criteria
    assert (first.text, first.met_at, first.met_by_id) == ("In full", ticked_at, both.ids["dev"])
    assert (second.text, second.met_at) == ("In a day", None)
    assert sound(both)


def test_a_criterion_that_an_answer_became_keeps_its_question(both: World) -> None:
    both.item("Refunds", "Ready")
    question = both.ask("FE-1", "How fast?", blocking=False)
    act(both, "olga", f"/questions/{question}/answer", body="In a day", becomes="criterion")
    way = undo_in(act(both, "olga", "/items/FE-1/criteria/1/remove").text)
    assert both.browser("olga").post(way, hx=True).status_code == 200
    assert [(each.text, each.question_id) for each in both.found("FE-1").criteria] == [("In a day", question)]
    assert sound(both)


def test_a_criterion_gets_its_old_words_and_their_tick_back(both: World) -> None:
    both.item("Refunds", "Ready", criteria=("In full",))
    both.change("FE-1", "tick", 1, met=True, by="dev")
    way = undo_in(act(both, "olga", "/items/FE-1/criteria/1", text="In a day").text)
    assert both.found("FE-1").criteria[0].met_at is None
    assert both.browser("olga").post(way, hx=True).status_code == 200
    (criterion,) = both.found("FE-1").criteria
    assert (criterion.text, criterion.met_by_id) == ("In full", both.ids["dev"])
    assert sound(both)


def test_an_added_criterion_goes_unless_it_was_ticked_since(both: World) -> None:
    both.item("Refunds", "Ready")
    way = undo_in(act(both, "olga", "/items/FE-1/criteria", text="In full").text)
    both.change("FE-1", "tick", 1, met=True, by="dev")
    answer = both.browser("olga").post(way, hx=True)
    assert (answer.status_code, len(both.found("FE-1").criteria)) == (409, 1)
    way = undo_in(act(both, "olga", "/items/FE-1/criteria", text="In a day").text)
    assert both.browser("olga").post(way, hx=True).status_code == 200
    assert [each.text for each in both.found("FE-1").criteria] == ["In full"]
    assert sound(both)


def test_an_item_is_a_part_of_what_it_was_before(both: World) -> None:
    for title in ("One", "Two", "Part"):
        both.item(title)
    act(both, "dev", "/items/FE-3/part-of", whole="FE-1")
    for whole in ("FE-2", ""):
        way = undo_in(act(both, "dev", "/items/FE-3/part-of", whole=whole).text)
        assert both.browser("dev").post(way, hx=True).status_code == 200
        assert both.found("FE-3").part_of_id == both.found("FE-1").id
    assert undo(both, "dev", both.version() - 4).status_code == 200
    assert both.found("FE-3").part_of_id is None
    assert sound(both)


def test_a_part_does_not_go_back_to_what_is_discarded(both: World) -> None:
    for title in ("Whole", "Part"):
        both.item(title)
    act(both, "dev", "/items/FE-2/part-of", whole="FE-1")
    way = undo_in(act(both, "dev", "/items/FE-2/part-of", whole="").text)
    act(both, "olga", "/items/FE-1/discard", reason="No longer wanted")
    answer = both.browser("dev").post(way, hx=True)
    assert (answer.status_code, both.found("FE-2").part_of_id) == (409, None)
    assert "A discarded item can’t take parts." in answer.text


def test_an_item_belongs_to_the_milestone_that_it_belonged_to_before(both: World) -> None:
    olga = both.browser("olga")
    for title in ("One", "Two"):
        both.item(title)
    for name, item in (("Winter", "FE-1"), ("Summer", "")):
        olga.post("/products/FE/milestones", {"name": name, "kind": "set", "items": item})

    def chosen() -> str:
        page = olga.get("/items/FE-1").text
        return re.findall(r'<option value="\d*" selected>([^<]*)', page[page.index('id="item-milestone"') :])[0]

    for number, told in (("2", "FE-1 belongs to Summer now."), ("", "FE-1 belongs to no milestone now.")):
        answer = act(both, "olga", "/items/FE-1/milestone", milestone=number)
        assert told in answer.text
        assert olga.post(undo_in(answer.text), hx=True).status_code == 200
        assert chosen() == "Winter"
    assert "<p>" not in act(both, "olga", "/items/FE-1/milestone", milestone="1").text.partition("<hx-partial")[2]

    # It was the last of its milestone that was not done: that counts as reached as soon as it has left.
    act(both, "olga", "/items/FE-2/milestone", milestone="1")
    move(both, "olga", "FE-2", "Done")
    way = undo_in(act(both, "olga", "/items/FE-1/milestone", milestone="").text)
    assert olga.post(way, hx=True).status_code == 200
    assert chosen() == "Winter"

    act(both, "olga", "/items/FE-2/milestone", milestone="")
    way = undo_in(act(both, "olga", "/items/FE-1/milestone", milestone="2").text)
    olga.post("/products/FE/milestones/1/remove")
    answer = olga.post(way, hx=True)
    assert (answer.status_code, chosen()) == (409, "Summer")
    assert "The milestone it belonged to is gone." in answer.text
    assert sound(both)


def needs(world: World) -> str:
    return world.browser("olga").get("/items/FE-1", hx=True).text


def test_links_come_and_go_back_from_either_end(both: World) -> None:
    both.item("Ferry")
    both.item("Jetty")
    way = undo_in(act(both, "dev", "/items/FE-2/links", other="FE-1", way="needed_by").text)
    assert "Jetty" in needs(both)
    assert both.browser("dev").post(way, hx=True).status_code == 200
    assert 'href="/items/FE-2"' not in needs(both)
    act(both, "dev", "/items/FE-1/links", other="FE-2", way="needs")
    way = undo_in(act(both, "dev", "/items/FE-1/links/needs/FE-2/remove").text)
    assert both.browser("dev").post(way, hx=True).status_code == 200
    assert 'href="/items/FE-2"' in needs(both)
    assert sound(both)


def test_a_link_that_would_close_a_circle_by_now_stays_away(both: World) -> None:
    both.item("Ferry")
    both.item("Jetty")
    act(both, "dev", "/items/FE-1/links", other="FE-2", way="needs")
    way = undo_in(act(both, "dev", "/items/FE-1/links/needs/FE-2/remove").text)
    act(both, "olga", "/items/FE-2/links", other="FE-1", way="needs")
    answer = both.browser("dev").post(way, hx=True)
    assert answer.status_code == 409
    assert "this would be a circle" in answer.text
    assert sound(both)


def hang(world: World, *names: str) -> TestResponse:
    files = [(io.BytesIO(name.encode()), name) for name in names]
    answer = world.browser("dev").post("/items/FE-1/attachments", {"file": files}, hx=True)
    assert answer.status_code == 200
    return answer


def test_a_removed_file_hangs_there_again_and_added_ones_go_together(both: World) -> None:
    both.item("Ferry")
    hang(both, "chart.txt")
    way = undo_in(act(both, "olga", "/items/FE-1/attachments/1/remove").text)
    assert both.browser("olga").post(way, hx=True).status_code == 200
    with both.browser("dev").get("/items/FE-1/attachments/1") as answer:
        assert answer.data == b"chart.txt"
    way = undo_in(hang(both, "map.txt", "tide.txt").text)
    assert both.browser("dev").post(way, hx=True).status_code == 200
    page = both.browser("dev").get("/items/FE-1", hx=True).text
    assert [f"/items/FE-1/attachments/{number}" in page for number in (1, 2, 3)] == [True, False, False]
    assert sound(both)


def test_a_file_does_not_come_back_when_it_may_be_swept(world: World) -> None:
    world.item("Ferry")
    hang(world, "chart.txt")
    with clock.at(clock.now()) as moved:
        way = undo_in(act(world, "dev", "/items/FE-1/attachments/1/remove").text)
        moved.advance(hours=23, minutes=30)
        answer = world.browser("dev").post(way, hx=True)
    assert answer.status_code == 409
    assert "chart.txt was removed too long ago." in answer.text


@pytest.mark.parametrize(
    ("path", "fields"),
    [("criteria/1/remove", {}), ("part-of", {"whole": "FE-2"}), ("links", {"other": "FE-2", "way": "needs"})],
)
def test_nobody_else_takes_such_a_change_back(world: World, path: str, fields: dict[str, str]) -> None:
    world.item("One", criteria=("In full",))
    world.item("Two")
    act(world, "olga", f"/items/FE-1/{path}", **fields)
    assert [undo(world, who).status_code for who in ("dora", "vic", "sam")] == [409, 403, 404]
