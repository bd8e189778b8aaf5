"""Undo over HTTP: moves, discarding and many at once; who may take back what, and that nobody else's work is touched."""

import pytest
import sqlalchemy as sa

from kanban.models import Event, WipMode
from kanban.policy import Role
from kanban.reads import locked
from kanban.reads.board.place import TOP, read_place
from kanban.reads.insights.insights import read_histories
from kanban.reads.locked import product_named
from tests.blueprints.places import column_id
from tests.blueprints.undoing import act, move, undo, undo_in
from tests.builders import EVERYTHING, World, sound

# Moves


def test_undo_puts_the_card_back_beside_its_neighbour(both: World) -> None:
    for title in ("One", "Two", "Three"):
        both.item(title, "Ready")
    way = undo_in(move(both, "olga", "FE-2", "Review").text)
    answer = both.browser("olga").post(way, hx=True)
    assert answer.status_code == 200
    assert "Undone: FE-2 is back in Ready." in answer.text
    assert both.order("Ready") == ["One", "Two", "Three"]
    assert sound(both)


def test_a_new_place_in_the_same_column_is_told_as_one(both: World) -> None:
    for title in ("One", "Two"):
        both.item(title, "Ready")
    told = move(both, "olga", "FE-2", "Ready", "top").text
    assert "FE-2 is in its new place now." in told
    assert "Undone: FE-2 is back in its old place." in both.browser("olga").post(undo_in(told), hx=True).text
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
    world.limit("Ready", 1, WipMode.REFUSE)
    world.item("One", "Ready")
    way = undo_in(move(world, "olga", "FE-1", "Review").text)
    world.item("Two", "Ready")
    assert world.browser("olga").post(way, hx=True).status_code == 409
    assert world.found("FE-1").column.name == "Review"


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
    world.limit("Ready", 1, WipMode.REFUSE)
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
    assert "Undone: 3 items are as they were." in answer.text
    assert both.order() == ["One", "Two", "Three", "Four", "Five"]
    assert both.order("Ready") == ["One", "Two", "Three", "Four"]
    assert sound(both)


@pytest.mark.parametrize("ref", ["FE-1", "FE-2", "FE-3"])
def test_a_command_on_many_items_is_taken_back_whole_or_not_at_all(both: World, ref: str) -> None:
    for title in ("One", "Two", "Three"):
        both.item(title, "Ready")
    _move_block(both, ("FE-1", "FE-2", "FE-3"), "Review")
    version = both.version()
    both.change(ref, "comment", "Looks good", by="dev")
    answer = undo(both, version=version)
    assert (answer.status_code, both.order("Review")) == (409, ["One", "Two", "Three"])
    assert f"{ref} has changed since: Dev commented." in answer.text


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
    assert "FE-1 has changed since: Dev commented." in answer.text


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
    assert "That has already been undone." in answer.text


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
    assert "That can’t be undone." in answer.text


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
    assert "undid a change to" in html
    assert "undid discarding it" in html


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
    world.limit("Ready", 1, WipMode.ASK)
    world.item("One", "Ready")
    way = undo_in(move(world, "olga", "FE-1", "Review").text)
    world.item("Two", "Ready")
    answer = world.browser("olga").post(way, hx=True)
    assert (answer.status_code, answer.headers["X-Kanban-Code"]) == (409, "reason_required")
    assert world.browser("olga").post(way, {"limit_reason": "It burns"}, hx=True).status_code == 200
    assert world.found("FE-1").column.name == "Ready"
