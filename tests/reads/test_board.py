"""What the board's loaders tell: the facts on a card, heads of columns, and what a screen needs to follow a change."""

import datetime as dt
import re

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import orm

from kanban import clock
from kanban.extensions import db
from kanban.flow.age import Age
from kanban.models import Item, Label, Member, Place, Product, WipMode
from kanban.reads import locked
from kanban.reads.board import board as board_reads
from kanban.reads.board import cards as cards_reads
from kanban.reads.board.board import Board, Part, load_board, load_part
from kanban.reads.board.cards import Card
from kanban.reads.board.changes import MOST_CHANGES, Changes, load_changes
from kanban.reads.board.place import TargetPosition
from tests.builders import World
from tests.counting import counting

NOON = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)


def seen(session: orm.Session, world: World, who: str = "olga") -> tuple[Product, Member]:
    found = locked.visible_product(session, "FE", world.ids[who])
    assert found is not None
    return found


def board(world: World, who: str = "olga") -> Board:
    with world.reading() as session:
        return load_board(session, *seen(session, world, who))


def changes(world: World, since: int) -> Changes:
    with world.reading() as session:
        return load_changes(session, *seen(session, world), since=since)


def cards(world: World) -> dict[str, Card]:
    return {card.ref: card for _head, standing in board(world).columns for card in standing}


def refs(world: World, column: str) -> list[str]:
    return next([card.ref for card in standing] for head, standing in board(world).columns if head.name == column)


def test_the_columns_run_from_ready_to_done(world: World) -> None:
    names = [head.name for head, _cards in board(world).columns]
    assert names == ["Ready", "In progress", "Review", "Acceptance", "Done"]
    assert board(world).is_empty


def test_what_is_in_the_backlog_or_discarded_is_not_on_the_board(world: World) -> None:
    world.item("Later")
    ref = world.item("Never", "Ready")
    world.change(ref, "discard", "Nobody wants it.")
    assert cards(world) == {}


def test_cards_stand_in_the_one_order_of_the_product(world: World) -> None:
    for title in ("One", "Two", "Three"):
        world.item(title, "Ready")
    world.move("FE-3", "Ready", wish=TargetPosition(before=1))
    assert refs(world, "Ready") == ["FE-3", "FE-1", "FE-2"]


def test_done_shows_the_newest_fifty_first_and_counts_all(world: World) -> None:
    with clock.at(NOON) as time, world.changing() as (session, product, member):
        done = next(one for one in product.columns if one.name == "Done")
        for number in range(53):
            time.advance(minutes=1)
            Item.create(product, f"Item {number}", Place(done, number), by=member)
            session.flush()
    head, standing = board(world).columns[-1]
    assert [card.ref for card in standing] == [f"FE-{number}" for number in range(53, 3, -1)]
    assert head.count == 53


def test_a_column_comes_in_parts_that_join(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kanban.reads.board.cards.PAGE", 3)
    cards_reads._first_of.cache_clear()
    for number in range(8):
        world.item(f"Item {number}", "Ready")
    world.item("Elsewhere", "Review")
    world.move("FE-8", "Ready", wish=TargetPosition(before=1))
    order = ["FE-8", *(f"FE-{number}" for number in range(1, 8))]
    head, standing = board(world).columns[0]
    cards_reads._first_of.cache_clear()
    assert ([card.ref for card in standing], head.count) == (order[:3], 8)
    found, after = [card.ref for card in standing], 2
    for is_last in (False, True):
        page = part(world, after=after)
        assert page.more is not is_last
        found += [card.ref for card in page.cards]
        after = int(found[-1][3:])
    assert found == order
    assert part(world, after=9).lost
    assert not part(world, after=7).cards


def part(world: World, *, after: int | None) -> Part:
    with world.reading() as session:
        product, member = seen(session, world)
        return load_part(session, product, member, product.standing[1], after=after)


def test_the_first_cards_are_found_by_their_index(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        for statement in (cards_reads._first_of(2), board_reads._FILLED.statement):
            compiled = str(statement.compile(db.engine))
            query = re.sub(r"\?|\(\[POSTCOMPILE_\w+\]\)|\(__\[POSTCOMPILE_\w+\]\)", "(1)", compiled)
            plan = db.session.execute(sa.text("EXPLAIN QUERY PLAN " + query)).all()
            searches = [row[3] for row in plan if "item" in row[3]]
            assert searches
            ways = (
                "COVERING INDEX ix_item_column_id_rank",
                "INDEX ix_item_column_id_started_at",
                "ix_item_start_unknown",
            )
            assert all(any(way in told for way in ways) for told in searches), searches


def test_what_belongs_to_cards_is_found_by_its_index(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        for asked in (cards_reads._CARDS, cards_reads._PEOPLE_AND_LABELS, cards_reads._STOPS):
            query = str(asked.statement.compile(db.engine)).replace("?", "1")
            plan = [row[3] for row in db.session.execute(sa.text("EXPLAIN QUERY PLAN " + query))]
            assert not [step for step in plan if step.startswith("SCAN") and "json_each" not in step], plan


def test_a_card_tells_its_facts(world: World) -> None:
    with clock.at(NOON) as time:
        with world.writing() as session:
            product_id = session.scalars(sa.select(Product.id)).one()
            labels = [Label(product_id=product_id, name=name) for name in ("tickets", "Harbour")]
            session.add_all(labels)
        ref = world.item("Import", "In progress", criteria=("fast", "right"))
        world.change(ref, "tick", 1, met=True)
        with world.changing() as (session, product, member):
            item = locked.item_in(session, product, 1, ("labels", "assignees"))
            assert item is not None
            item.edit({"labels": list(session.scalars(sa.select(Label)))}, revision=item.revision, by=member)
            item.assign(locked.members_named(session, product, [world.ids["dev"], world.ids["deb"]]), by=member)
        world.ask(ref, "Which one?")
        time.advance(days=3)
        card = cards(world)[ref]
    assert (card.title, card.type, card.age) == ("Import", "feature", Age(4))
    assert (card.criteria, card.criteria_met, card.questions) == (2, 1, 1)
    assert card.labels == ("Harbour", "tickets")
    assert [person.name for person in card.people] == ["Deb", "Dev"]
    assert card.stop is None


def test_a_card_that_waits_for_the_owner_says_so(world: World) -> None:
    with clock.at(NOON) as time:
        ref = world.item("Import", "In progress")
        world.ask(ref, "Which delays count?", blocking=True)
        time.advance(days=2)
        card = cards(world)[ref]
    assert card.stop is not None
    assert card.stop.on_owner
    assert "Which delays count?" in card.stop.reason
    assert card.stop_days == 2


def test_a_block_names_whom_it_waits_for(world: World) -> None:
    ref = world.item("Import", "In progress")
    world.change(ref, "block", "No test system.", waiting_for="the harbour", by="dev")
    stop = cards(world)[ref].stop
    assert stop is not None
    assert (stop.reason, stop.waiting_for, stop.on_owner) == ("No test system.", "the harbour", False)
    world.change(ref, "unblock", by="dev")
    assert cards(world)[ref].stop is None


def test_age_is_counted_in_the_products_zone(world: World) -> None:
    with world.changing() as (_session, product, member):
        product.configure(by=member, time_zone="Asia/Tokyo")
    with clock.at(dt.datetime(2026, 11, 24, 14, 30, tzinfo=dt.UTC)) as time:
        ref = world.item("Import", "In progress")
        time.advance(hours=1)
        assert cards(world)[ref].age == Age(2)


def test_a_finished_card_tells_its_day_and_how_long_it_took(world: World) -> None:
    with clock.at(NOON) as time:
        ref = world.item("Import", "In progress")
        time.advance(days=4)
        world.move(ref, "Done")
        card = cards(world)[ref]
    assert (card.age, card.cycle_days, card.finished_on) == (None, 5, dt.date(2026, 11, 28))


def test_a_card_is_old_when_most_others_took_less(world: World) -> None:
    with clock.at(NOON) as time:
        old = world.item("Long", "In progress")
        for number in range(10):
            ref = world.item(f"Short {number}", "In progress")
            world.move(ref, "Done")
        assert not cards(world)[old].is_old
        time.advance(days=1)
        fresh = world.item("Fresh", "In progress")
        assert cards(world)[old].is_old
        assert not cards(world)[fresh].is_old


def test_heads_count_and_tell_their_limit(world: World) -> None:
    world.limit("In progress", 2, WipMode.WARN)
    world.item("One", "In progress")
    head = board(world).columns[1][0]
    assert (head.count, head.limit, head.is_full, head.is_over) == (1, 2, False, False)
    world.item("Two", "In progress")
    world.item("Three", "In progress")
    head = board(world).columns[1][0]
    assert (head.count, head.is_full, head.is_over) == (3, True, True)


def test_a_limit_that_is_off_is_none(world: World) -> None:
    world.limit("In progress", 1, WipMode.OFF)
    world.item("One", "In progress")
    head = board(world).columns[1][0]
    assert (head.limit, head.is_full) == (None, False)


@pytest.mark.parametrize(
    ("who", "pulls"), [("olga", True), ("dora", True), ("dev", True), ("lea", False), ("vic", False)]
)
def test_only_those_who_may_move_see_pull(world: World, who: str, pulls: bool) -> None:
    assert [head.name for head, _cards in board(world, who).columns if head.pulls] == (["In progress"] if pulls else [])


def test_the_line_above_counts_what_is_started(world: World) -> None:
    with clock.at(NOON) as time:
        world.item("One", "In progress")
        time.advance(days=2)
        world.item("Two", "Review")
        world.item("Three", "Ready")
        world.item("Four", "Done")
        progress = board(world).progress
    assert (progress.count, progress.oldest) == (2, Age(3))


# What a screen needs to follow a change


def test_changes_tell_each_card_and_the_one_above_it(world: World) -> None:
    for title in ("One", "Two", "Three"):
        world.item(title, "Ready")
    since = world.version()
    world.move("FE-3", "Ready", wish=TargetPosition(after=1))
    told = changes(world, since)
    assert told.version == since + 1
    assert [(one.ref, one.after, one.card and one.card.title) for one in told.items] == [("FE-3", "FE-1", "Three")]
    assert [head.name for head in told.heads] == ["Ready", "In progress", "Review", "Acceptance", "Done"]


def test_several_changes_come_so_that_each_finds_its_neighbour(world: World) -> None:
    for title in ("One", "Two", "Three", "Four"):
        world.item(title, "Ready")
    since = world.version()
    for number in (1, 2, 3):
        world.move(f"FE-{number}", "Review", wish=TargetPosition(end="top"))
    world.move("FE-4", "Backlog")
    told = changes(world, since)
    assert [(one.ref, one.after) for one in told.items] == [
        ("FE-4", None),
        ("FE-3", None),
        ("FE-2", "FE-3"),
        ("FE-1", "FE-2"),
    ]
    assert told.items[0].card is None


def test_an_old_finished_item_that_is_talked_about_does_not_come_back_to_the_top(world: World) -> None:
    with clock.at(NOON) as time:
        for number in range(51):
            world.item(f"Item {number}", "Done")
            time.advance(minutes=1)
        since = world.version()
        world.change("FE-1", "comment", "Works well.", by="dev")
        told = changes(world, since)
    assert [(one.ref, one.card) for one in told.items] == [("FE-1", None)]


def test_changes_tell_which_the_reader_made_alone(world: World) -> None:
    for title in ("One", "Two", "Three"):
        world.item(title, "Ready")
    since = world.version()
    world.change("FE-1", "comment", "Mine.", by="olga")
    world.change("FE-2", "comment", "Theirs.", by="dev")
    world.change("FE-3", "comment", "Theirs.", by="dev")
    world.change("FE-3", "comment", "And mine.", by="olga")
    assert {one.ref: one.own for one in changes(world, since).items} == {"FE-1": True, "FE-2": False, "FE-3": False}


def need(world: World, *refs: str) -> None:
    """The first one needs the others."""
    for other in refs[1:]:
        answer = world.browser("olga").post(f"/items/{refs[0]}/links", {"way": "needs", "other": other}, hx=True)
        assert answer.status_code == 200


def test_a_card_counts_what_it_needs_that_is_not_finished(world: World) -> None:
    for title in ("Ferry", "Jetty", "Ramp", "Buoy"):
        world.item(title, "Ready")
    need(world, "FE-1", "FE-2", "FE-3", "FE-4")
    assert {ref: card.needs for ref, card in cards(world).items()} == {"FE-1": 3, "FE-2": 0, "FE-3": 0, "FE-4": 0}
    world.change("FE-3", "discard", "No longer wanted")
    world.move("FE-2", "Done")
    assert cards(world)["FE-1"].needs == 1
    page = world.browser("vic").get("/products/FE/board").text
    assert page.count("Needs 1 item that is not finished") == 2  # said and shown
    assert page.count('class="needs"') == 1
    world.move("FE-4", "Done")
    assert "not finished" not in world.browser("vic").get("/products/FE/board").text


def test_what_needs_a_finished_item_is_told_with_it_and_with_nothing_else(world: World) -> None:
    for title in ("Ferry", "Jetty", "Ramp"):
        world.item(title, "Ready")
    need(world, "FE-1", "FE-2")
    told = []
    for to in ("Review", "Done", "Review"):
        since = world.version()
        world.move("FE-2", to, by="dora")
        told.append({one.ref: one.own for one in changes(world, since).items})
    assert told == [{"FE-2": False}, {"FE-1": False, "FE-2": False}, {"FE-1": False, "FE-2": False}]
    since = world.version()
    world.change("FE-2", "discard", "No longer wanted", by="olga")
    assert {one.ref: one.own for one in changes(world, since).items} == {"FE-1": True, "FE-2": True}


def test_the_answer_to_a_move_says_that_more_than_its_card_changed(world: World) -> None:
    world.item("Ferry", "Ready")
    columns = {head.name: head.id for head, _cards in board(world).columns}
    told = [
        "data-in-part" in world.browser("olga").post("/items/FE-1/move", {"column": column}, hx=True).text
        for column in (columns["Review"], columns["Done"], columns["Review"])
    ]
    assert told == [False, True, True]
    # What only looks at a card, or moves nothing, has not caught up with what others did.
    again = world.browser("olga").post("/items/FE-1/move", {"column": columns["Review"]}, hx=True)
    assert "data-in-part" in again.text
    assert "data-in-part" in world.browser("olga").get("/products/FE/board/changes?items=FE-1").text


def test_what_is_too_much_to_tell_is_not_told_one_by_one(world: World) -> None:
    with world.changing() as (session, product, member):
        ready = next(one for one in product.columns if one.name == "Ready")
        for number in range(MOST_CHANGES + 1):
            Item.create(product, f"Item {number}", Place(ready, (number + 1) * 2**20), by=member)
        session.flush()
    told = changes(world, 0)
    assert told.too_many
    assert told.items == ()
    assert told.heads[0].count == MOST_CHANGES + 1


def test_nothing_happened_is_no_change(world: World) -> None:
    world.item("One", "Ready")
    assert changes(world, world.version()).items == ()


def queries(world: World) -> int:
    """How many statements a board and its changes take."""
    with world.reading() as session:
        product, member = seen(session, world)
        with counting() as asked:
            load_board(session, product, member)
            load_changes(session, product, member, since=0)
    return len(asked)


def test_the_number_of_queries_does_not_grow_with_the_number_of_cards(world: World) -> None:
    def fill(count: int) -> None:
        for number in range(count):
            ref = world.item(f"Item {number}", ("Ready", "Done", "In progress", "Review")[number % 4], criteria=("x",))
            if number % 4 != 1:
                world.ask(ref, "Which one?", blocking=True)

    fill(4)
    few = queries(world)
    fill(20)
    assert queries(world) == few <= 24
