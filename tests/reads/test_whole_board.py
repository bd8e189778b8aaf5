"""A board is read once a version: what may be kept, and what must be seen at once all the same."""

import datetime as dt

import pytest
import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.models import Item, Product, User
from kanban.reads import locked
from kanban.reads.board import whole_board
from kanban.reads.board.cards import Card, load_cards
from kanban.reads.board.whole_board import read_cards
from tests.builders import World
from tests.counting import counting


@pytest.fixture
def started(world: World) -> World:
    """One card on the board, which Dev holds."""
    world.item("Timetable", "In progress")
    with world.reading() as session:
        dev = session.get_one(User, world.ids["dev"])
    world.change("FE-1", "assign", [dev])
    return world


def cards(world: World) -> tuple[tuple[Card, ...], int]:
    """What is read now, and in how many statements."""
    with world.reading() as session:
        found = locked.visible_product(session, "FE", world.ids["olga"])
        assert found is not None
        with counting() as asked:
            return read_cards(session, found[0]), len(asked)


def rename(world: World, who: str, name: str) -> None:
    with world.writing() as session:
        session.get_one(User, world.ids[who]).name = name


def test_the_next_reader_is_shown_what_was_read_for_one_query(started: World) -> None:
    first, _ = cards(started)
    again, asked = cards(started)
    assert again is first
    assert asked == 1


def test_a_change_is_seen_at_once(started: World) -> None:
    cards(started)
    started.item("Fares", "Ready")
    assert {card.title for card in cards(started)[0]} == {"Timetable", "Fares"}


def test_who_takes_another_name_has_it_on_the_board_at_once(started: World) -> None:
    cards(started)
    rename(started, "dev", "Devi")
    assert [person.name for card in cards(started)[0] for person in card.people] == ["Devi"]


def test_whom_a_card_waits_for_has_the_new_name_at_once(started: World) -> None:
    started.ask("FE-1", "Which tide?", to="olga", blocking=True)
    cards(started)
    rename(started, "olga", "Olga Berg")
    assert [card.stop.waiting_for for card in cards(started)[0] if card.stop] == ["Olga Berg"]


def test_who_takes_another_name_while_the_board_is_read_has_it_on_the_next_one(
    started: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_and_rename(session: orm.Session, product: Product) -> list[Card]:
        found = load_cards(session, product)
        rename(started, "dev", "Devi")
        return found

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(whole_board, "load_cards", read_and_rename)
        assert [person.name for card in cards(started)[0] for person in card.people] == ["Dev"]
    assert [person.name for card in cards(started)[0] for person in card.people] == ["Devi"]


def test_the_next_day_is_another_board(started: World) -> None:
    today = clock.now()
    with clock.at(today):
        cards(started)
    with clock.at(today + dt.timedelta(days=1)):
        assert {card.today for card in cards(started)[0]} == {(today + dt.timedelta(days=1)).date()}


def test_what_a_change_saw_before_it_was_given_up_is_shown_to_nobody(started: World) -> None:
    cards(started)
    with pytest.raises(ZeroDivisionError), started.changing() as (session, product, member):
        item = session.scalars(sa.select(Item)).one()
        item.title = "Nonsense"
        product.record("edited", by=member)
        session.flush()
        assert [card.title for card in read_cards(session, product)] == ["Nonsense"]
        raise ZeroDivisionError
    started.item("Fares", "Ready")
    assert {card.title for card in cards(started)[0]} == {"Timetable", "Fares"}


def test_only_the_boards_asked_for_last_are_kept(started: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_board, "KEPT", 0)
    assert cards(started)[1] > 1
    assert cards(started)[1] > 1
