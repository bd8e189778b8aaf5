"""What a board's filter lets through, and what an address may say."""

import datetime as dt

import pytest
import sqlalchemy as sa

from kanban import clock
from kanban.models import ItemType, Label, Product
from kanban.reads import locked
from kanban.reads.board.board import load_board
from kanban.reads.board.changes import load_changes
from kanban.reads.board.filters import ALL, NOBODY, Filter
from tests.builders import World

NOON = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)


def seen(world: World, **words: str) -> list[str]:
    """The titles that this address shows."""
    with world.reading() as session:
        found = locked.visible_product(session, "FE", world.ids["olga"])
        assert found is not None
        board = load_board(session, *found, Filter.read(words))
        titles = [card.title for _head, cards in board.columns for card in cards]
        assert board.found.matching == (len(titles) if words else None)
        return titles


def label(world: World, ref: str, *names: str) -> None:
    with world.changing() as (session, product, member):
        item = locked.item_in(session, product, int(ref[3:]), ("labels",))
        assert item is not None
        labels = [Label(product_id=product.id, name=name) for name in names]
        session.add_all(labels)
        item.edit({"labels": labels}, revision=item.revision, by=member)


@pytest.fixture
def five(world: World) -> World:
    """Five cards, each different from the others in one way."""
    with clock.at(NOON) as time:
        old = world.item("Timetable of the harbour", "In progress")
        time.advance(days=9)
        world.item("Fähre: ÜBERSICHT der 100 % Plätze", "Ready", type=ItemType.BUG)
        held = world.item("Import", "Review")
        world.change(held, "block", "No test system.", by="dev")
        asked = world.item("Refund", "In progress")
        world.ask(asked, "Which one?")
        world.item("Ticket", "Done")
        label(world, old, "Import law")
    with world.changing() as (session, product, member):
        item = locked.item_in(session, product, int(asked[3:]), ("assignees",))
        assert item is not None
        item.assign(locked.members_named(session, product, [world.ids["dev"]]), by=member)
    return world


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ({"q": "HARBOUR time"}, ["Timetable of the harbour"]),
        ({"q": "import"}, ["Timetable of the harbour", "Import"]),
        ({"q": "übersicht"}, ["Fähre: ÜBERSICHT der 100 % Plätze"]),
        ({"q": "100 %"}, ["Fähre: ÜBERSICHT der 100 % Plätze"]),
        ({"q": "_"}, []),
        ({"q": "fe-4"}, ["Refund"]),
        ({"q": "XX-4"}, []),
        ({"type": "bug"}, ["Fähre: ÜBERSICHT der 100 % Plätze"]),
        ({"label": "import LAW"}, ["Timetable of the harbour"]),
        ({"blocked": "1"}, ["Import"]),
        ({"question": "1"}, ["Refund"]),
        ({"person": "nobody", "type": "feature"}, ["Timetable of the harbour", "Import", "Ticket"]),
        ({"q": "import", "blocked": "1"}, ["Import"]),
    ],
)
def test_only_cards_that_fulfil_all_of_it_are_shown(five: World, words: dict[str, str], found: list[str]) -> None:
    assert seen(five, **words) == found


def test_a_persons_cards(five: World) -> None:
    assert seen(five, person=str(five.ids["dev"])) == ["Refund"]
    assert seen(five, person=str(five.ids["vic"])) == []


def test_age_is_the_one_that_a_card_shows(world: World) -> None:
    with clock.at(NOON) as time:
        world.item("Started", "In progress")
        world.item("Waits", "Ready")
        world.item("Over", "Done")
        time.advance(days=7)  # in progress for 8 days, waiting for 7
        assert seen(world, age="6") == ["Waits", "Started"]
        assert seen(world, age="7") == ["Started"]
        assert seen(world, age="8") == []


def test_older_than_most_is_what_a_card_is_marked_for(world: World) -> None:
    with clock.at(NOON) as time:
        world.item("Long", "In progress")
        assert seen(world, age="old") == []
        for number in range(10):
            world.move(world.item(f"Short {number}", "In progress"), "Done")
        time.advance(days=1)
        world.item("Fresh", "In progress")
        assert seen(world, age="old") == ["Long"]


def test_heads_tell_how_many_of_how_many(five: World) -> None:
    with five.reading() as session:
        found = locked.visible_product(session, "FE", five.ids["olga"])
        assert found is not None
        board = load_board(session, *found, Filter(q="import"))
    assert [(head.matching, head.count) for head, _cards in board.columns] == [(0, 1), (1, 2), (1, 1), (0, 0), (0, 1)]
    assert (board.found.matching, board.found.count) == (2, 5)


def test_changes_name_the_neighbour_that_is_in_sight_and_take_away_what_no_longer_fits(world: World) -> None:
    for title in ("Blue one", "Red", "Blue two", "Blue three"):
        world.item(title, "Ready")
    with world.reading() as session:
        since = session.scalars(sa.select(Product.version)).one()
    world.change("FE-3", "comment", "Soon.")
    with world.changing() as (session, product, member):
        item = locked.item_in(session, product, 4, ())
        assert item is not None
        item.edit({"title": "Green"}, revision=item.revision, by=member)
    with world.reading() as session:
        found = locked.visible_product(session, "FE", world.ids["olga"])
        assert found is not None
        told = load_changes(session, *found, since=since, only=Filter(q="blue"))
    assert [(one.ref, one.card is not None, one.after) for one in told.items] == [
        ("FE-4", False, None),
        ("FE-3", True, "FE-1"),
    ]
    assert told.found.matching == 2


def test_an_address_says_what_it_means_and_nonsense_is_left_out() -> None:
    words = {
        "q": "two words",
        "person": "7",
        "label": "law",
        "type": "bug",
        "blocked": "1",
        "question": "1",
        "age": "7",
    }
    assert Filter.read(words).words == words
    assert Filter.read({"person": "nobody"}).person == NOBODY
    nonsense = {"q": " ", "person": "-1", "type": "epic", "blocked": "yes", "age": "9" * 30, "colour": "red"}
    assert Filter.read(nonsense) == ALL
    assert ALL.count == 0
