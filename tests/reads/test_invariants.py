"""The checker is only worth something if it speaks when a promise is broken."""

import datetime as dt

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import orm

from kanban import clock
from kanban.extensions import db
from kanban.models import Item, Stage, User, WipMode
from kanban.reads.board.place import BOTTOM, read_place
from kanban.reads.invariants import broken_invariants
from tests.builders import World

LOADS = (
    orm.joinedload(Item.column),
    orm.selectinload(Item.assignees),
    orm.selectinload(Item.criteria),
    orm.selectinload(Item.blocks),
)


LINK = "INSERT INTO link (item_id, kind, other_id) SELECT a.id, 'needs', b.id FROM item a, item b WHERE"


@pytest.fixture
def told(sqlite_app: Flask) -> World:
    """A product in which enough has happened: items made, moved, discarded, blocked, assigned, ticked."""
    world = World(sqlite_app)
    refs = [world.item(title) for title in ("One", "Two", "Three", "Four")]
    world.move(refs[0], "In progress")
    world.change(refs[0], "add_criterion", "It floats")
    with world.writing() as session:
        dev = session.get_one(User, world.ids["dev"])
    world.change(refs[0], "assign", [dev])
    world.change(refs[0], "block", "No water")
    world.change(refs[2], "discard", "Nobody wants it")
    olga, due_on = world.browser("olga"), clock.now().date() + dt.timedelta(days=60)
    monday = due_on - dt.timedelta(days=due_on.weekday())
    olga.post("/products/FE/milestones", {"name": "Summer", "kind": "set", "items": refs[1]})
    olga.post("/products/FE/promises", {"item": refs[0], "due_on": monday.isoformat()})
    later = {"due_on": (monday + dt.timedelta(days=7)).isoformat(), "cause": "people", "explanation": "Ill"}
    olga.post("/products/FE/promises/1/change", later)
    assert olga.post("/products/FE/updates").status_code == 303
    day = {"first_on": "2031-05-01", "name": "May Day"}
    assert olga.post("/products/FE/settings/calendar/closures", day).status_code == 303
    return world


def test_all_is_well_after_ordinary_work(told: World) -> None:
    with told.app.app_context():
        assert broken_invariants(db.session()) == []


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("UPDATE item SET title = 'Other' WHERE number = 1", "title"),
        ("UPDATE item SET started_at = NULL WHERE number = 1", "start"),
        ("UPDATE item SET rank = rank - 100000000000000 WHERE number = 4", "order of the items"),
        ("DELETE FROM event WHERE version = 4", "gaps"),
        ("UPDATE product SET version = version + 1", "the log ends at version"),
        ("UPDATE product SET next_item = 99", "a number was lost or reused"),
        ("DELETE FROM assignment", "assignees"),
        ("DELETE FROM criterion", "criteria"),
        ("UPDATE block SET until = since", "open blocks"),
        ("UPDATE member SET role = 'viewer' WHERE role = 'lead'", "members"),
        ("UPDATE \"column\" SET removed_at = '2026-01-01' WHERE name = 'Review'", "columns"),
        ("UPDATE commitment SET first_on = '2026-01-05'", "does not begin where"),
        ("UPDATE commitment SET due_on = '2040-01-05'", "do not lead to its date"),
        ("DELETE FROM commitment_change", "do not lead to its date"),
        ("UPDATE commitment_change SET explanation = 'Other'", "the promises are not those"),
        ("DELETE FROM milestone_item", "the items of the milestones"),
        ("UPDATE milestone SET name = 'Winter'", "the milestones are not those"),
        ("DELETE FROM closure", "the closures are not those"),
        ("DELETE FROM status_update", "the status updates are not those"),
        ("UPDATE status_update SET handed_at = created_at, handed_by_id = 1, handed_revision = 1", "status updates"),
        ("UPDATE status_update SET held = '{}' WHERE held IS NULL", "the status updates are not those"),
        ("UPDATE status_update SET goes_out_at = created_at, scheduled_by_id = 1, known = '{}'", "status updates"),
        ("UPDATE product SET working_days = '1'", "the working days are not those"),
        (f"{LINK} (a.number, b.number) IN ((1, 2), (1, 4))", "the links are not those"),
        (f"{LINK} (a.number, b.number) IN ((1, 2), (2, 4), (4, 1))", "in a circle"),
        ('UPDATE item SET column_id = (SELECT min(id) FROM "column") WHERE number = 1', "column is"),
    ],
)
def test_each_damage_is_named(told: World, damage: str, said: str) -> None:
    with told.app.app_context(), db.engine.begin() as connection:
        connection.execute(sa.text(damage))
    with told.app.app_context():
        found = broken_invariants(db.session())
    assert any(said in sentence for sentence in found), found


def test_a_command_that_lifts_a_column_above_a_refusing_limit_is_named(told: World) -> None:
    with told.changing() as (_session, product, member):
        doing = product.first_column(Stage.DOING)
        assert doing is not None
        doing.change(by=member, wip_limit=1, wip_mode=WipMode.REFUSE)
    with told.changing() as (session, product, member):
        item = session.scalars(sa.select(Item).where(Item.number == 2).options(*LOADS)).one()
        doing = product.first_column(Stage.DOING)
        assert doing is not None
        doing.wip_mode = WipMode.OFF
        item.move_to(read_place(session, product, doing, BOTTOM, item=item), by=member)
        doing.wip_mode = WipMode.REFUSE
    with told.app.app_context():
        assert any("above its refusing limit" in sentence for sentence in broken_invariants(db.session()))
