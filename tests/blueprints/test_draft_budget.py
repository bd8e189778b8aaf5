"""Beginning an update asks the database as often for many items as for few, and tells what only the window holds."""

import datetime as dt

import sqlalchemy as sa

from kanban import clock
from kanban.models import StatusUpdate
from tests.builders import World
from tests.counting import counting
from tests.reporting import UPDATES, begin, found, publish


def asked_to_begin(world: World) -> int:
    """How many statements the button takes; the draft is thrown away again."""
    browser = world.browser("olga")
    with counting() as asked:
        where = browser.post(UPDATES).headers["Location"]
    browser.post(f"{where}/throw-away")
    return len(asked)


def test_the_button_asks_as_often_for_many_items_as_for_few(world: World) -> None:
    world.item("Wallet", "Done")
    publish(world, begin(world))
    asked_to_begin(world)
    few = asked_to_begin(world)
    for number in range(30):
        world.item(f"Ticket {number}", "Done" if number % 2 else "In progress")
    assert asked_to_begin(world) == few <= 30


def test_the_window_tells_all_that_happened_in_it_and_nothing_else(world: World) -> None:
    before, drafted = (dt.datetime(2026, 11, day, 9, tzinfo=dt.UTC) for day in (2, 9))
    with clock.at(before):
        world.item("Told before", "Done")
        world.item("Long in progress", "In progress")
        world.item("Opened again", "Done")
    with clock.at(drafted):
        publish(world, begin(world))
    world.move("FE-3", "In progress")
    world.item("New and done", "Done")
    world.item("Waits", "Backlog")
    number = begin(world)
    told = {section["kind"]: [line["text"] for line in section["lines"]] for section in found(world, number).sections}
    assert told["shipped"] == ["New and done"]
    assert sorted(told["in_progress"]) == ["Long in progress", "Opened again"]
    assert told["next"] == ["Waits"]
    with world.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(StatusUpdate)) == 2
