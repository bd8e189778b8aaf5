"""Columns of one row are written past the unit of work; whatever is more than that is left to it."""

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import orm

from kanban.models import Item
from kanban.reads import locked
from kanban.writing import write_columns
from tests.builders import World


@pytest.fixture
def world(app: Flask) -> World:
    world = World(app)
    world.item("First", column="In progress")
    return world


def test_changed_columns_reach_the_table_and_leave_nothing_to_flush(world: World) -> None:
    with world.changing() as (session, product, _member):
        item = find(session, product)
        item.title, item.size = "Another", "L"
        write_columns(session)
        assert row(session) == ("Another", "L")
        assert not session.dirty
        item.size = "M"
        session.flush()
        assert row(session) == ("Another", "M")


def test_a_relation_that_the_columns_tell_already_is_no_hindrance(world: World) -> None:
    with world.changing() as (session, product, _member):
        item, target = find(session, product), product.standing[-2]
        item.column, item.column_id = target, target.id
        write_columns(session)
        assert not session.dirty
        assert session.connection().scalar(sa.select(Item.__table__.c.column_id)) == target.id


def test_a_relation_that_the_columns_do_not_tell_is_left(world: World) -> None:
    with world.changing() as (session, product, _member):
        item, target = find(session, product), product.standing[-2]
        item.column = target
        write_columns(session)
        assert item in session.dirty
        session.flush()
        assert session.connection().scalar(sa.select(Item.__table__.c.column_id)) == target.id


def test_several_rows_are_left_to_be_written_as_one(world: World) -> None:
    world.item("Second")
    with world.changing() as (session, product, _member):
        first, second = find(session, product), locked.item_in(session, product, 2, ())
        assert second is not None
        first.title = second.title = "Another"
        write_columns(session)
        assert len(session.dirty) == 2


def test_people_of_an_item_are_left(world: World) -> None:
    with world.changing() as (session, product, member):
        item = find(session, product)
        item.assign([member.user], by=member)
        write_columns(session)
        assert item in session.dirty


def test_beside_a_new_row_nothing_is_written(world: World) -> None:
    with world.changing() as (session, product, member):
        item = find(session, product)
        item.title = "Another"
        item.comment("And a word", by=member)
        write_columns(session)
        assert item in session.dirty


def test_a_row_that_is_gone_is_no_silent_success(world: World) -> None:
    with world.changing() as (session, product, _member), session.begin_nested() as trial:
        item = find(session, product)
        item.title = "Another"
        item_id = item.id
        session.connection().execute(sa.text("DELETE FROM event"))
        session.connection().execute(sa.text(f"DELETE FROM item WHERE id = {item_id}"))
        with pytest.raises(orm.exc.StaleDataError):
            write_columns(session)
        trial.rollback()


def find(session: orm.Session, product: object) -> Item:
    item = locked.item_in(session, product, 1, ("assignees",))  # type: ignore[arg-type]
    assert item is not None
    return item


def row(session: orm.Session) -> tuple[str, str]:
    table = Item.__table__.c
    title, size = session.connection().execute(sa.select(table.title, table.size)).one()
    return title, size
