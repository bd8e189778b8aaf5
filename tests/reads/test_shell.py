"""What stands around every page is found without looking through what is over."""

from flask import Flask

from kanban.reads.shell import counts_of
from tests.builders import World
from tests.counting import stepping


def steps(world: World) -> int:
    """What the counts of the owner's rail take SQLite."""
    with world.reading() as session, stepping() as taken:
        counts_of(session, world.ids["olga"], 1)
    return sum(taken.values())


def withdraw(world: World, count: int) -> None:
    """So many questions that were asked and taken back."""
    for number in range(count):
        asked = world.ask("FE-1", f"Why {number}?", by="dev")
        world.question(asked, "withdraw", by="dev")


def test_questions_that_are_settled_cost_a_page_nothing(sqlite_app: Flask) -> None:
    world = World(sqlite_app)
    world.item("Refunds")
    withdraw(world, 2)
    few = steps(world)
    withdraw(world, 20)
    assert steps(world) == few


def test_items_are_counted_once_a_version(sqlite_app: Flask) -> None:
    world = World(sqlite_app)
    for number in range(30):
        world.item(f"Item {number}")
    first = steps(world)
    assert steps(world) < first - 30
    world.item("One more")
    with world.reading() as session:
        assert counts_of(session, world.ids["olga"], 1).backlog == 31
