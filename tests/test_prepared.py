"""A prepared statement does what SQLAlchemy would do with it, on both databases."""

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from kanban.models import Column, Event, Item, Member, Product, Stage
from kanban.policy import Role
from kanban.prepared import Prepared
from kanban.reads.among import among
from tests.builders import World
from tests.counting import counting, listening

_item, _column, _member = Item.__table__.c, Column.__table__.c, Member.__table__.c
_EVERY_KIND = sa.select(
    _item.id,
    _item.title,
    _item.type,
    _item.created_at,
    _item.started_at,
    _item.rank,
    _column.stage,
    sa.func.count().over().label("all"),
    _item.finished_at.is_(None),
    sa.cast(1.5, sa.Numeric(4, 2)),
).join(_column.id.table, _column.id == _item.column_id)


@pytest.fixture
def world(app: Any) -> World:
    world = World(app)
    for column in ("Ready", "In progress", "In progress", "Done"):
        world.item(f"In {column}", column)
    return world


def test_rows_are_those_of_sqlalchemy(world: World) -> None:
    query = _EVERY_KIND.where(among(_item.number, "numbers"), _column.stage != Stage.READY).order_by(_item.number)
    prepared, values = Prepared(query), {"numbers": [1, 2, 3, 4]}
    with world.reading() as session:
        connection = session.connection()
        expected = [tuple(row) for row in connection.execute(query, values)]
        assert len(expected) == 3
        assert prepared.tuples(connection, values) == expected
        assert prepared.all(connection, values) == expected
        assert prepared.all(connection, values)[0].all == 3
        assert prepared.all(connection, values)[0].stage is Stage.DOING
        assert prepared.scalars(connection, values) == [row[0] for row in expected]
        assert prepared.scalar(connection, values) == expected[0][0]
        assert prepared.one(connection, {"numbers": [4]}).stage is Stage.DONE
        assert prepared.tuples(connection, {"numbers": []}) == []
        assert prepared.scalar(connection, {"numbers": []}) is None
        assert isinstance(prepared.one(connection, {"numbers": [4]}).started_at, dt.datetime)


def test_more_conditions_narrow_what_is_asked(world: World) -> None:
    prepared = Prepared(_EVERY_KIND.where(_item.product_id == sa.bindparam("product")))
    with world.reading() as session:
        (product,) = session.scalars(sa.select(Product.id))
        found = prepared.all(session.connection(), {"product": product}, [_column.stage == Stage.DONE])
        assert [row.title for row in found] == ["In Done"]


def test_a_write_tells_how_many_rows_it_met(world: World) -> None:
    table: Any = Item.__table__
    rename = Prepared(
        sa.update(table)
        .where(_item.number == sa.bindparam("which"))
        .values(title=sa.bindparam("title"), created_at=sa.bindparam("at", type_=_item.created_at.type))
    )
    at = dt.datetime(2026, 3, 1, 12, 30, 1, 5, dt.timezone(dt.timedelta(hours=2)))
    with world.writing() as session:
        assert rename.write(session.connection(), {"which": 1, "title": "New", "at": at}) == 1
        assert rename.write(session.connection(), {"which": 99, "title": "New", "at": at}) == 0
        many = [{"which": number, "title": f"No. {number}", "at": at} for number in (2, 3)]
        assert rename.write(session.connection(), *many) == 2
    with world.reading() as session:
        rows = session.execute(sa.select(Item.title, Item.created_at).order_by(Item.number)).all()
        assert [title for title, _at in rows] == ["New", "No. 2", "No. 3", "In Done"]
        assert rows[0][1] == at


def test_a_refusal_of_the_database_is_sqlalchemys_error_and_undoes_nothing_else(world: World) -> None:
    table: Any = Member.__table__
    add = Prepared(sa.insert(table).values({column.name: sa.bindparam(column.name) for column in table.columns}))
    with world.reading() as session:
        (one, *_rest) = session.execute(sa.select(*table.columns)).mappings().all()
    values = dict(one) | {"role": Role.VIEWER}
    with pytest.raises(sa.exc.IntegrityError), world.writing() as session:
        add.write(session.connection(), values)
    with world.writing() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Item)) == 4


def test_those_who_listen_hear_it(world: World) -> None:
    heard: list[tuple[str, bool]] = []

    def note(_connection: Any, _cursor: Any, text: str, _values: Any, _context: Any, many: bool) -> None:
        heard.append((text, many))

    one = Prepared(sa.select(_item.title).where(_item.number == sa.bindparam("number")))
    with world.reading() as session, counting() as asked:
        connection = session.connection()
        before = len(asked)
        with listening(sa.Engine, "after_cursor_execute", note):
            assert one.scalar(connection, {"number": 1}) == "In Ready"
        assert len(asked) == before + 1
    assert [many for _text, many in heard] == [False]


def test_what_a_listener_raises_ends_the_statement(world: World) -> None:
    def fail(*_heard: Any) -> None:
        raise sa.exc.OperationalError("…", None, Exception("the disk is full"))

    one = Prepared(sa.select(_item.title).where(_item.number == sa.bindparam("number")))
    with world.reading() as session:
        connection = session.connection()
        with listening(sa.Engine, "before_cursor_execute", fail), pytest.raises(sa.exc.OperationalError):
            one.scalar(connection, {"number": 1})
        assert one.scalar(connection, {"number": 1}) == "In Ready"


def test_a_statement_whose_text_depends_on_its_values_is_refused(world: World) -> None:
    several = Prepared(sa.select(_item.title).where(_item.number.in_(sa.bindparam("numbers", expanding=True))))
    with world.reading() as session, pytest.raises(TypeError, match="depends on its values"):
        several.tuples(session.connection(), {"numbers": [1]})


def test_a_value_that_is_not_given_is_an_error(world: World) -> None:
    one = Prepared(sa.select(_item.title).where(_item.number == sa.bindparam("number")))
    with world.reading() as session, pytest.raises(KeyError):
        one.scalar(session.connection(), {})


def test_the_log_is_written_whole(world: World) -> None:
    with world.reading() as session:
        rows = session.execute(sa.select(Event.kind, Event.data, Event.at)).all()
        assert {kind for kind, _data, _at in rows} >= {"created"}
        assert all(isinstance(data, dict) and at.tzinfo is not None for _kind, data, at in rows)
