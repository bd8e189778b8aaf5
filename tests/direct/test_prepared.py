"""A prepared statement does what SQLAlchemy would do with the same statement, on both databases."""

import datetime as dt
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from kanban import transactions
from kanban.direct.prepared import Prepared
from kanban.extensions import db
from kanban.models import Column, Event, Item, Member, Product, Stage
from kanban.policy import Role
from kanban.reads.among import among
from kanban.transactions import begin_write
from tests.builders import World, four_items
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
    return four_items(app)


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


# Errors of the driver

PRODUCTS = Prepared(sa.select(sa.func.count()).select_from(Product.__table__))
_OTHERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


def end_connections(app: Flask) -> int:
    """Let the server end all connections of the program, as a restart does; returns how many there were."""
    with sa.create_engine(app.config["SQLALCHEMY_DATABASE_URI"], poolclass=sa.NullPool).connect() as other:
        return len(other.execute(sa.text(_OTHERS)).all())


@contextmanager
def asking() -> Iterator[sa.Connection]:
    """A connection from the program's pool."""
    connection = db.engine.connect()
    try:
        yield connection
    finally:
        connection.close()


def test_one_dead_connection_tells_of_all(postgres_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several requests at once take connections deeper in the pool, but only the first of them meets a dead one."""
    monkeypatch.setattr(transactions, "REST_S", 60.0)
    with postgres_app.app_context():
        with asking() as first, asking() as second, asking() as third:
            assert [PRODUCTS.scalar(each, {}) for each in (first, second, third)] == [0, 0, 0]
        assert end_connections(postgres_app) == 3
        with asking() as first:
            with pytest.raises(sa.exc.OperationalError) as told:
                PRODUCTS.scalar(first, {})
            assert told.value.connection_invalidated
            with asking() as second, asking() as third:
                assert [PRODUCTS.scalar(each, {}) for each in (second, third)] == [0, 0]


def test_a_connection_that_dies_in_a_write_is_given_up(postgres_app: Flask) -> None:
    with postgres_app.app_context():
        session = begin_write()
        assert PRODUCTS.scalar(session.connection(), {}) == 0
        assert end_connections(postgres_app) == 1
        for _ in range(2):  # until it is rolled back, the session must not continue on a new connection
            with pytest.raises(sa.exc.SQLAlchemyError):
                PRODUCTS.scalar(session.connection(), {})
        session.rollback()
        assert PRODUCTS.scalar(begin_write().connection(), {}) == 0
        db.session.rollback()


def test_a_connection_that_is_known_to_be_dead_is_given_up(postgres_app: Flask) -> None:
    """The driver then refuses even to open a cursor."""
    with postgres_app.app_context():
        with asking() as connection:
            connection.connection.driver_connection.close()  # type: ignore[union-attr]
            with pytest.raises(sa.exc.OperationalError) as told:
                PRODUCTS.scalar(connection, {})
            assert told.value.connection_invalidated
        with asking() as connection:
            assert PRODUCTS.scalar(connection, {}) == 0


def test_a_statement_that_takes_too_long_is_sqlalchemys_error(postgres_app: Flask) -> None:
    slow = Prepared(sa.select(sa.func.pg_sleep(5)))
    with postgres_app.app_context(), asking() as connection:
        connection.exec_driver_sql("SET statement_timeout = 50")
        with pytest.raises(sa.exc.OperationalError) as told:
            slow.scalar(connection, {})
        assert not told.value.connection_invalidated
        assert PRODUCTS.scalar(connection, {}) == 0
        connection.exec_driver_sql("SET statement_timeout = 0")


def test_an_error_between_two_rows_is_sqlalchemys(sqlite_app: Flask) -> None:
    """SQLite produces most rows only while they are fetched."""
    text = "WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 100000) SELECT n FROM number"
    many, steps = Prepared(sa.text(text).columns(sa.column("n", sa.Integer))), iter(range(3))
    with sqlite_app.app_context(), asking() as connection:
        driver: Any = connection.connection.driver_connection
        driver.set_progress_handler(lambda: next(steps, None) is None, 1000)
        with pytest.raises(sa.exc.OperationalError, match="interrupted"):
            many.tuples(connection, {})
        driver.set_progress_handler(None, 0)
        assert PRODUCTS.scalar(connection, {}) == 0


def test_what_ends_the_thread_gives_the_connection_up(world: World) -> None:
    """As SQLAlchemy does, since nobody knows what the driver was in the middle of."""

    def stop(*_heard: Any) -> None:
        raise SystemExit

    with world.app.app_context():
        with asking() as connection:
            with listening(sa.Engine, "after_cursor_execute", stop), pytest.raises(SystemExit):
                PRODUCTS.scalar(connection, {})
            assert connection.invalidated
        with asking() as connection:
            assert PRODUCTS.scalar(connection, {}) == 1


def test_threads_that_are_the_first_to_ask_find_the_same(world: World) -> None:
    for _round in range(10):
        prepared, gate, found = Prepared(_EVERY_KIND.order_by(_item.number)), threading.Barrier(6), list[Any]()
        threads = [threading.Thread(target=_ask_behind, args=[world, prepared, gate, found]) for _ in range(6)]
        interval = sys.getswitchinterval()
        sys.setswitchinterval(1e-5)
        try:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        finally:
            sys.setswitchinterval(interval)
        assert len(found) == 6
        assert all(rows == found[0] for rows in found)
        assert found[0][1].stage is Stage.DOING


def _ask_behind(world: World, prepared: Prepared, gate: threading.Barrier, found: list[Any]) -> None:
    with world.app.app_context(), asking() as connection:
        gate.wait(20)
        found.append(prepared.all(connection, {}))
