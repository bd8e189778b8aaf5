"""A budget of statements for what people do most, one move of a card, on both databases."""

import re
import uuid

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import orm

from kanban.models import Column
from tests.builders import Browser, World
from tests.counting import counting, listening

#: One statement to know who asks, two for the lock and all behind it, one for the place, three to write, six for the
#: answer; besides these, BEGIN IMMEDIATE on SQLite and pg_notify on PostgreSQL.
MOVE = 14
#: A card that starts or leaves done also takes one each for its people, the passed-over items and those above it; and
#: for criteria, blocks, needs and questions only if it has any.
START = 17


@pytest.fixture
def world(app: Flask) -> World:
    return World(app)


def test_a_move_between_columns_of_work_stays_within_its_budget(world: World) -> None:
    for ref in ("FE-1", "FE-2", "FE-3"):
        world.item(f"Item {ref}", column="In progress")
    browser, target = world.browser("dev"), column(world, "Review")
    assert move(browser, "FE-1", target, "bottom") == 200
    with counting() as seen:
        assert move(browser, "FE-2", target, "before:FE-1") == 200
    assert len(seen) <= MOVE, f"{len(seen)}: " + "\n".join(seen)


def test_a_move_between_columns_is_written_past_the_unit_of_work(world: World) -> None:
    for ref in ("FE-1", "FE-2"):
        world.item(f"Item {ref}", column="In progress")
    browser, target, flushed = world.browser("dev"), column(world, "Review"), list[int]()
    assert move(browser, "FE-1", target, "bottom") == 200
    with listening(orm.Session, "before_flush", lambda *_: flushed.append(1)):
        assert move(browser, "FE-2", target, "before:FE-1") == 200
    assert flushed == []


def test_a_start_stays_within_its_budget(world: World) -> None:
    for ref in ("FE-1", "FE-2", "FE-3"):
        world.item(f"Item {ref}", column="Ready")
    browser, target = world.browser("dev"), column(world, "In progress")
    assert move(browser, "FE-1", target, "bottom") == 200
    with counting() as seen:
        assert move(browser, "FE-3", target, "bottom") == 200
    assert len(seen) <= START, f"{len(seen)}: " + "\n".join(seen)


def test_a_command_sent_again_is_answered_by_what_the_gate_read(world: World) -> None:
    world.item("Once", column="In progress")
    browser, target, command = world.browser("dev"), column(world, "Review"), uuid.uuid4().hex
    assert move(browser, "FE-1", target, "bottom", command) == 200
    with counting() as seen:
        assert move(browser, "FE-1", target, "bottom", command) == 200
    assert len(seen) <= 4, f"{len(seen)}: " + "\n".join(seen)


def test_what_is_done_most_is_planned_once(world: World) -> None:
    """A word that decides about a partial index must be literal: SQLite plans a bound one anew each time."""
    for ref in ("FE-1", "FE-2", "FE-3"):
        world.item(f"Item {ref}", column="Ready")
    browser, target = world.browser("dev"), column(world, "In progress")
    with counting() as seen:
        assert browser.get("/products/FE/board").status_code == 200
        assert move(browser, "FE-1", target, "bottom") == 200
        assert move(browser, "FE-2", target, "before:FE-1") == 200
        assert move(browser, "FE-2", column(world, "Ready"), "top") == 200
        assert browser.post("/items/FE-1/comments", {"body": "Here"}, hx=True).status_code == 200
        assert browser.get("/items/FE-1").status_code == 200
        assert browser.get("/questions").status_code == 200
    bound = [told for told in seen if _DECIDES.search(told)]
    assert bound == []


_DECIDES = re.compile(r"\b(link(_\d+)?\.kind|member(_\d+)?\.role) (=|IN) [(]?([?]|%[(])")


def move(browser: Browser, ref: str, column: int, place: str, command: str = "") -> int:
    form = {"column": column, "place": place, "command": command or uuid.uuid4().hex}
    return browser.post(f"/items/{ref}/move", form, hx=True).status_code


def column(world: World, name: str) -> int:
    with world.reading() as session:
        return session.scalars(sa.select(Column.id).where(Column.name == name)).one()
