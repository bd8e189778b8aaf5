"""Undo over HTTP: who may take back what, what it leaves, and that nobody else's work is touched."""

import io
import re
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import orm
from werkzeug.test import TestResponse

from kanban import clock
from kanban.errors import KanbanError
from kanban.models import Event, Item, LinkKind, Member, Product, WipMode
from kanban.policy import Role
from kanban.reads import locked
from kanban.reads.insights import read_histories
from kanban.reads.invariants import broken_invariants
from kanban.reads.item import has_parts
from kanban.reads.labels import labels_named
from kanban.reads.links import needs_in
from kanban.reads.locked import product_named
from kanban.reads.place import BOTTOM, TOP, Wish, item_before, read_place
from kanban.reads.undo import read_take_backs
from tests.blueprints.places import column_id
from tests.builders import EVERYTHING, World


def act(world: World, who: str, path: str, **fields: Any) -> TestResponse:
    """One change, as the page's script sends it."""
    answer = world.browser(who).post(path, fields, hx=True)
    assert answer.status_code == 200, answer.text
    return answer


def move(world: World, who: str, ref: str, to: str, place: str = "bottom") -> TestResponse:
    return act(world, who, f"/items/{ref}/move", column=column_id(world, to), place=place)


def undo_in(html: str) -> str:
    return re.findall(r'action="(/products/FE/undo/\d+)"', html)[0]


def undo(world: World, who: str = "olga", version: int | None = None) -> TestResponse:
    return world.browser(who).post(f"/products/FE/undo/{version or world.version()}", hx=True)


def limit(world: World, name: str, count: int, mode: WipMode) -> None:
    with world.changing() as (_session, product, member):
        found = next(one for one in product.columns if one.name == name)
        found.change(by=member, wip_limit=count, wip_mode=mode)


def sound(world: World) -> bool:
    with world.reading() as session:
        assert broken_invariants(session) == []
    return True


# Moves


def test_undo_puts_the_card_back_beside_its_neighbour(both: World) -> None:
    for title in ("One", "Two", "Three"):
        both.item(title, "Ready")
    way = undo_in(move(both, "olga", "FE-2", "Review").text)
    answer = both.browser("olga").post(way, hx=True)
    assert answer.status_code == 200
    assert "Taken back: FE-2 is in Ready again." in answer.text
    assert both.order("Ready") == ["One", "Two", "Three"]
    assert sound(both)


def test_a_new_place_in_the_same_column_is_told_as_one(both: World) -> None:
    for title in ("One", "Two"):
        both.item(title, "Ready")
    told = move(both, "olga", "FE-2", "Ready", "top").text
    assert "FE-2 is in its new place now." in told
    assert "Taken back: FE-2 is in its old place again." in both.browser("olga").post(undo_in(told), hx=True).text
    assert both.order("Ready") == ["One", "Two"]


def test_undo_puts_the_top_card_back_on_top_when_what_stands_above_is_done(both: World) -> None:
    both.item("Shipped", "Done")
    for title in ("One", "Two"):
        both.item(title, "Ready")
    move(both, "olga", "FE-2", "Review")
    assert undo(both).status_code == 200
    assert both.order("Ready") == ["One", "Two"]


def test_undo_puts_the_very_first_card_back_before_what_is_done(world: World) -> None:
    for title in ("One", "Shipped", "Two"):
        world.item(title, "Ready")
    world.move("FE-2", "Done")
    move(world, "olga", "FE-1", "Review")
    assert undo(world).status_code == 200
    assert world.order("Ready") == ["One", "Two"]


def test_a_new_place_in_the_backlog_is_taken_back(both: World) -> None:
    for title in ("One", "Two", "Three"):
        both.item(title)
    way = undo_in(act(both, "olga", "/items/FE-3/move", place="top").text)
    assert both.browser("olga").post(way, hx=True).status_code == 200
    assert both.order() == ["One", "Two", "Three"]


def test_undo_of_a_pull_gives_the_item_back(both: World) -> None:
    both.item("One", "Ready")
    both.ask("FE-1", "Which harbour?", blocking=False)
    way = undo_in(act(both, "dev", "/products/FE/pull").text)
    assert both.browser("dev").post(way, hx=True).status_code == 200
    item = both.found("FE-1")
    assert (item.column.name, item.started_at, item.assignees) == ("Ready", None, [])
    assert sound(both)


def test_the_block_that_a_start_opened_never_was(both: World) -> None:
    both.item("One", "Ready")
    both.ask("FE-1", "Which harbour?", blocking=True)
    move(both, "dev", "FE-1", "In progress")
    assert both.found("FE-1").open_blocks
    assert undo(both, "dev").status_code == 200
    assert both.found("FE-1").blocks == []
    assert sound(both)


def test_for_flow_what_was_taken_back_never_was(both: World) -> None:
    both.item("One", "In progress")
    both.item("Two", "In progress")
    move(both, "olga", "FE-1", "Done")
    assert undo(both).status_code == 200
    act(both, "olga", "/items/FE-2/discard", reason="No longer wanted")
    assert undo(both).status_code == 200
    with both.reading() as session:
        product = product_named(session, "FE")
        assert product is not None
        one, two = read_histories(session, product)
    assert (one.is_in_progress, one.finished_on, len(one.entries)) == (True, None, 1)
    assert (two.is_in_progress, two.discarded_on, two.spells) == (True, None, ())


def test_undo_without_script_leads_back(world: World) -> None:
    world.item("One", "Ready")
    move(world, "olga", "FE-1", "Review")
    answer = world.browser("olga").post(f"/products/FE/undo/{world.version()}")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/products/FE/board")


def test_undo_of_words_without_script_leads_to_the_item(world: World) -> None:
    world.item("One", "Ready")
    act(world, "olga", "/items/FE-1/edit", title="Other", revision=1)
    answer = world.browser("olga").post(f"/products/FE/undo/{world.version()}")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/items/FE-1")


def test_undo_obeys_the_limit_of_where_it_goes_back(world: World) -> None:
    limit(world, "Ready", 1, WipMode.REFUSE)
    world.item("One", "Ready")
    way = undo_in(move(world, "olga", "FE-1", "Review").text)
    world.item("Two", "Ready")
    assert world.browser("olga").post(way, hx=True).status_code == 409
    assert world.found("FE-1").column.name == "Review"


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
    assert "FE-1 was changed since. Look again." in answer.text


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
    assert "A discarded item can&#39;t take parts." in answer.text


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


# Discarding


def test_what_was_discarded_comes_back_beside_its_old_neighbour_with_its_block(both: World) -> None:
    for title in ("One", "Two", "Three"):
        both.item(title, "In progress")
    both.ask("FE-2", "Which harbour?", blocking=True)
    both.change("FE-2", "block", "The bank is away", by="dev")
    act(both, "olga", "/items/FE-2/discard", reason="No longer wanted")
    assert both.found("FE-2").open_blocks == []
    assert undo(both).status_code == 200
    assert both.order("In progress") == ["One", "Two", "Three"]
    assert len(both.found("FE-2").blocks) == len(both.found("FE-2").open_blocks) == 2
    assert sound(both)


def test_what_was_restored_is_discarded_again_for_the_old_reason(both: World) -> None:
    both.item("One", "In progress")
    act(both, "olga", "/items/FE-1/discard", reason="No longer wanted")
    before = both.found("FE-1").discarded_at
    act(both, "olga", "/items/FE-1/restore")
    assert undo(both).status_code == 200
    item = both.found("FE-1")
    assert (item.discard_reason, item.discarded_at) == ("No longer wanted", before)
    assert sound(both)


def test_a_full_column_takes_nothing_back_from_the_discarded(world: World) -> None:
    limit(world, "Ready", 1, WipMode.REFUSE)
    world.item("One", "Ready")
    act(world, "olga", "/items/FE-1/discard", reason="No longer wanted")
    version = world.version()
    world.item("Two", "Ready")
    assert undo(world, version=version).status_code == 409
    assert world.found("FE-1").is_discarded


def test_what_is_discarded_is_not_discarded_again(world: World) -> None:
    world.item("One", "Ready")
    act(world, "olga", "/items/FE-1/discard", reason="No longer wanted")
    again = world.browser("olga").post("/items/FE-1/discard", {"reason": "Not at all"}, hx=True)
    assert again.status_code == 409


# Several at once


def _move_block(world: World, refs: tuple[str, ...], to: str, by: str = "olga") -> None:
    """Many items in one command, as a change of many will do it."""
    with world.changing(by) as (session, product, member):
        target = next(one for one in product.columns if one.name == to)
        for ref in reversed(refs):
            item = locked.item_in(session, product, int(ref[3:]), EVERYTHING)
            assert item is not None
            item.move_to(read_place(session, product, target, TOP, item=item), by=member)
            session.flush()


def test_a_command_on_many_items_is_taken_back_whole(both: World) -> None:
    for title in ("One", "Two", "Three", "Four"):
        both.item(title, "Ready")
    both.item("Five", "Backlog")
    _move_block(both, ("FE-2", "FE-5", "FE-1"), "Review")
    answer = undo(both)
    assert "Taken back: 3 items are as they were." in answer.text
    assert both.order() == ["One", "Two", "Three", "Four", "Five"]
    assert both.order("Ready") == ["One", "Two", "Three", "Four"]
    assert sound(both)


def test_a_command_on_many_items_is_taken_back_whole_or_not_at_all(both: World) -> None:
    for title in ("One", "Two", "Three"):
        both.item(title, "Ready")
    _move_block(both, ("FE-1", "FE-2", "FE-3"), "Review")
    version = both.version()
    both.change("FE-1", "comment", "Looks good", by="dev")
    answer = undo(both, version=version)
    assert (answer.status_code, both.order("Review")) == (409, ["One", "Two", "Three"])
    assert "FE-1 was changed since." in answer.text


# Refusals


@pytest.mark.parametrize(("who", "status"), [("dora", 409), ("dev", 409), ("lea", 403), ("vic", 403), ("sam", 404)])
def test_nobody_else_undoes_it(world: World, who: str, status: int) -> None:
    world.item("One", "Ready")
    move(world, "olga", "FE-1", "Review")
    assert undo(world, who).status_code == status
    assert world.found("FE-1").column.name == "Review"


def test_undo_is_over_when_something_else_happened(world: World) -> None:
    world.item("One", "Ready")
    way = undo_in(move(world, "olga", "FE-1", "Review").text)
    world.change("FE-1", "comment", "Looks good.", by="dev")
    answer = world.browser("olga").post(way, hx=True)
    assert answer.status_code == 409
    assert "FE-1 was changed since. Look again." in answer.text


def test_what_happened_to_another_item_does_not_count(world: World) -> None:
    world.item("One", "Ready")
    world.item("Two", "Ready")
    way = undo_in(move(world, "olga", "FE-1", "Review").text)
    world.change("FE-2", "comment", "Looks good.", by="dev")
    assert world.browser("olga").post(way, hx=True).status_code == 200


def test_nothing_is_taken_back_twice(world: World) -> None:
    world.item("One", "Ready")
    way = undo_in(move(world, "olga", "FE-1", "Review").text)
    assert world.browser("olga").post(way, hx=True).status_code == 200
    answer = world.browser("olga").post(way, hx=True)
    assert (answer.status_code, world.found("FE-1").column.name) == (409, "Ready")
    assert "That was undone already." in answer.text


def test_an_undo_is_no_command_to_be_undone(world: World) -> None:
    world.item("One", "Ready")
    move(world, "olga", "FE-1", "Review")
    assert "undo/" not in undo(world).text
    assert undo(world).status_code == 409


def test_what_was_said_stays_said(world: World) -> None:
    world.item("One", "Ready")
    act(world, "olga", "/items/FE-1/comments", body="So")
    answer = undo(world)
    assert answer.status_code == 409
    assert "undone" in answer.text


def test_an_item_that_was_made_is_not_unmade(world: World) -> None:
    act(world, "dev", "/products/FE/items", title="One")
    answer = undo(world, "dev")
    assert answer.status_code == 409
    assert "That can&#39;t be undone." in answer.text


@pytest.mark.parametrize("version", [1, 99_999])
def test_there_is_nothing_to_take_back(world: World, version: int) -> None:
    world.item("One")
    assert undo(world, version=version).status_code == 409
    assert undo(world).status_code == 409
    assert undo(world, version=1).status_code == 409


def test_a_delegate_who_is_none_any_more_takes_no_discarding_back(world: World) -> None:
    world.item("One", "Ready")
    act(world, "dora", "/items/FE-1/discard", reason="No longer wanted")
    version = world.version()
    with world.changing() as (session, product, member):
        locked.with_members(session, product)
        dora = next(each.user for each in product.members if each.user_id == world.ids["dora"])
        product.let_in(dora, Role.DEVELOPER, by=member)
    assert undo(world, "dora", version).status_code == 403
    assert world.found("FE-1").is_discarded


# Further and further back


def test_one_goes_further_back_with_each_undo(both: World) -> None:
    both.item("One", "Ready", criteria=("In full",))
    both.item("Two", "Ready")
    versions = []
    for path, fields in (
        ("edit", {"title": "Other", "revision": 1}),
        ("move", {"column": column_id(both, "In progress"), "place": "top"}),
        ("criteria/1/tick", {"met": "1"}),
        ("criteria", {"text": "In a day"}),
        ("criteria/2", {"text": "In two days"}),
        ("criteria/2/remove", {}),
        ("part-of", {"whole": "FE-2"}),
        ("links", {"other": "FE-2", "way": "needs"}),
        ("links/needs/FE-2/remove", {}),
        ("block", {"reason": "The bank is away"}),
        ("discard", {"reason": "No longer wanted"}),
    ):
        act(both, "olga", f"/items/FE-1/{path}", **fields)
        versions.append(both.version())
    for version in reversed(versions):
        assert undo(both, version=version).status_code == 200
        assert sound(both)
    item = both.found("FE-1")
    assert (item.title, item.column.name, item.started_at, item.blocks) == ("One", "Ready", None, [])
    assert item.criteria[0].met_at is None
    assert both.order() == ["One", "Two"]


def test_each_entry_of_an_undo_names_what_it_takes_back(world: World) -> None:
    world.item("One", "Ready")
    version = world.version() + 1
    act(world, "dev", "/products/FE/pull")
    undo(world, "dev")
    with world.reading() as session:
        entries = session.scalars(sa.select(Event).where(Event.version == version + 1).order_by(Event.seq)).all()
        assert [(entry.kind, entry.data["undoes"]) for entry in entries] == [("assigned", version), ("moved", version)]


def test_the_history_says_what_was_taken_back(world: World) -> None:
    world.item("One", "Ready")
    act(world, "olga", "/items/FE-1/edit", title="Other", revision=1)
    undo(world)
    act(world, "olga", "/items/FE-1/discard", reason="No longer wanted")
    undo(world)
    html = world.browser("olga").get("/items/FE-1").text
    assert "took back a change of" in html
    assert "took back that it was discarded" in html


def test_each_change_from_the_item_offers_its_undo(world: World) -> None:
    world.item("One", "In progress", criteria=("In full",))
    world.item("Two")
    for path, fields in (
        ("edit", {"title": "Other", "revision": 1}),
        ("assign", {"people": [str(world.ids["dev"])]}),
        ("criteria/1/tick", {"met": "1"}),
        ("criteria", {"text": "In a day"}),
        ("criteria/2", {"text": "In two days"}),
        ("criteria/2/remove", {}),
        ("part-of", {"whole": "FE-2"}),
        ("links", {"other": "FE-2", "way": "needs"}),
        ("links/needs/FE-2/remove", {}),
        ("block", {"reason": "The bank is away"}),
        ("unblock", {}),
        ("discard", {"reason": "No longer wanted"}),
        ("restore", {}),
    ):
        answer = act(world, "olga", f"/items/FE-1/{path}", **fields)
        assert undo_in(answer.text) == f"/products/FE/undo/{world.version()}", path
    for path in ("unblock", "assign-me", "assign-me"):
        answer = act(world, "olga", f"/items/FE-1/{path}")
    assert "/undo/" not in answer.text


def test_a_reason_lets_it_back_into_a_column_that_asks_for_one(world: World) -> None:
    limit(world, "Ready", 1, WipMode.ASK)
    world.item("One", "Ready")
    way = undo_in(move(world, "olga", "FE-1", "Review").text)
    world.item("Two", "Ready")
    answer = world.browser("olga").post(way, hx=True)
    assert (answer.status_code, answer.headers["X-Kanban-Code"]) == (409, "reason_required")
    assert world.browser("olga").post(way, {"limit_reason": "It burns"}, hx=True).status_code == 200
    assert world.found("FE-1").column.name == "Ready"


# Any changes of one person, taken back one by one


class Hands:
    """One person who changes things at random, and takes all of it back."""

    def __init__(self, world: World) -> None:
        self.world = world

    def state(self) -> list[Any]:
        with self.world.reading() as session:
            query = sa.select(Item).options(
                orm.joinedload(Item.column),
                *(
                    orm.selectinload(getattr(Item, name))
                    for name in ("assignees", "labels", "criteria", "blocks", "links")
                ),
            )
            return [self._told(item) for item in session.scalars(query.order_by(Item.rank.nulls_last(), Item.number))]

    def _told(self, item: Item) -> tuple[Any, ...]:
        return (
            *(item.number, item.title, item.type, item.column.name, item.discard_reason, item.discarded_at),
            *(item.entered_at, item.started_at, item.finished_at),
            *([user.name for user in item.assignees], [label.name for label in item.labels]),
            [(each.number, each.text, each.met_at, each.met_by_id) for each in item.criteria],
            item.part_of_id,
            sorted((link.kind.value, link.other_id) for link in item.links),
            sorted((each.since, each.until is None, each.reason, each.question_id or 0) for each in item.blocks),
        )

    def change(self, number: int, verb: str, choice: int) -> int | None:
        """Answers the version, or None where nothing came of it."""
        try:
            with self.world.changing("olga") as (session, product, member):
                item = locked.item_in(session, product, number, (*EVERYTHING, "links"))
                assert item is not None
                self._carry_out(session, product, item, member, verb, choice)
                if not product.recorded:
                    raise KanbanError("nothing")
                return product.version
        except KanbanError:
            return None

    def _carry_out(
        self, session: orm.Session, product: Product, item: Item, by: Member, verb: str, choice: int
    ) -> None:
        match verb:
            case "move":
                column = product.standing[choice % len(product.standing)]
                wish = (TOP, BOTTOM, Wish(after=1 + choice % 4))[choice % 3]
                item.move_to(read_place(session, product, column, wish, item=item), by=by)
            case "edit":
                labels = labels_named(session, product, ["red", "green", "blue"][: choice % 4])
                changes = {"title": f"Title {choice % 3}", "labels": labels}
                item.edit(changes, revision=item.revision, by=by)
            case "assign":
                item.assign([by.user][: choice % 2], by=by)
            case "tick":
                item.tick(1, met=bool(choice % 2), by=by)
            case "criterion":
                if choice % 3 and item.criteria:
                    number = item.criteria[choice % len(item.criteria)].number
                    if choice % 2:
                        item.change_criterion(number, f"Text {choice}", by=by)
                    else:
                        item.remove_criterion(number, by=by)
                else:
                    item.add_criterion(f"Text {choice}", by=by)
            case "part":
                whole = locked.item_in(session, product, 1 + choice % 4, ()) if choice % 5 else None
                item.make_part_of(whole, has_parts=has_parts(session, item), by=by)
            case "link":
                other = locked.item_in(session, product, 1 + choice % 4, ())
                assert other is not None
                needs = needs_in(session, product)
                if other.number in needs.get(item.number, ()):
                    item.unlink(LinkKind.NEEDS, other, by=by)
                else:
                    item.link(LinkKind.NEEDS, other, needs=needs, by=by)
            case "block":
                item.block("The bank is away", by=by)
            case "unblock":
                item.unblock(by=by)
            case "discard":
                item.discard("No longer wanted", by=by, after=item_before(session, item))
            case "restore":
                item.restore(read_place(session, product, item.column, BOTTOM, item=item), by=by)

    def take_back(self, version: int) -> None:
        with self.world.changing("olga") as (session, product, member):
            for part in read_take_backs(session, product, version, by=member):
                part.carry_out()


VERBS = (
    *("move", "move", "move", "edit", "assign", "tick", "block", "unblock", "discard", "restore"),
    *("criterion", "criterion", "part", "link"),
)


@pytest.fixture
def hands(world: World) -> Hands:
    for title in ("One", "Two"):
        world.item(title, "Ready", criteria=("In full",))
    world.item("Three", "In progress", criteria=("In full",))
    world.item("Four", "Backlog", criteria=("In full",))
    world.ask("FE-2", "Which harbour?", blocking=True)
    return Hands(world)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changes=st.lists(st.tuples(st.integers(1, 4), st.sampled_from(VERBS), st.integers(0, 11)), min_size=1, max_size=9)
)
def test_any_changes_of_one_person_are_taken_back_one_by_one(hands: Hands, changes: list[tuple[int, str, int]]) -> None:
    start = hands.state()
    with clock.at(clock.now()) as moved:
        versions = []
        for number, verb, choice in changes:
            moved.advance(minutes=1)
            versions.append(hands.change(number, verb, choice))
        for version in reversed([version for version in versions if version is not None]):
            moved.advance(minutes=1)
            hands.take_back(version)
    assert hands.state() == start
    assert sound(hands.world)
