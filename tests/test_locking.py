"""The product's lock: writers queue fairly, release it whatever happens, and never lose a version."""

import threading
import time
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from kanban import transactions
from kanban.errors import Busy
from kanban.extensions import db
from kanban.models import Item, Product, User
from kanban.reads import locked
from kanban.reads.board.place import BOTTOM, read_place
from kanban.reads.invariants import broken_invariants
from kanban.transactions import FairLock, begin_write
from tests.builders import World


@pytest.fixture
def world(app: Flask) -> World:
    return World(app)


def _in_threads(count: int, act: Callable[[int], None]) -> None:
    """Run `act` in `count` threads at once; the first exception is raised here."""
    troubles: list[BaseException] = []
    gate = threading.Barrier(count)

    def run(number: int) -> None:
        gate.wait()
        try:
            act(number)
        except BaseException as trouble:
            troubles.append(trouble)

    threads = [threading.Thread(target=run, args=[number]) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if troubles:
        raise troubles[0]


def _until_waiting(lock: FairLock, count: int) -> None:
    """Wait until so many stand in line."""
    end = time.monotonic() + 20
    while len(lock._waiting) != count:
        assert time.monotonic() < end, f"{len(lock._waiting)} of {count} wait"
        time.sleep(0.005)


class TestFairLock:
    def test_those_who_wait_are_served_in_the_order_in_which_they_came(self) -> None:
        lock = FairLock()
        served: list[int] = []

        def be_served(number: int) -> None:
            lock.acquire(5)
            served.append(number)
            lock.release()

        assert lock.acquire(1)
        threads = [threading.Thread(target=be_served, args=[number]) for number in range(5)]
        for place, thread in enumerate(threads, 1):
            thread.start()
            _until_waiting(lock, place)
        lock.release()
        for thread in threads:
            thread.join()
        assert served == [0, 1, 2, 3, 4]

    def test_who_gives_up_waiting_leaves_no_hole_in_the_line(self) -> None:
        lock = FairLock()
        assert lock.acquire(1)
        assert not lock.acquire(0.01)
        lock.release()
        assert lock.acquire(0.01)
        lock.release()


def test_changes_from_many_threads_take_one_version_each(world: World) -> None:
    before = world.version()

    def add_five(number: int) -> None:
        for further in range(5):
            world.item(f"item {number} {further}")

    _in_threads(8, add_five)
    assert world.version() == before + 40
    with world.reading() as session:
        assert session.scalar(sa.select(sa.func.count(sa.distinct(Item.rank)))) == 40
        assert broken_invariants(session) == []


def test_readers_go_on_while_somebody_writes(world: World) -> None:
    ref = world.item("Refunds")
    with world.changing() as (session, product, member):
        product.configure(by=member, name="Harbour")
        session.flush()
        names = []

        def read(_number: int) -> None:
            with world.app.app_context():
                names.append(db.session.scalar(sa.select(Product.name)))

        _in_threads(3, read)
    assert names == ["Ferry"] * 3
    assert world.found(ref).title == "Refunds"


def test_flushing_in_a_read_is_a_bug_that_shows(world: World) -> None:
    with world.app.app_context():
        user = db.session.scalars(sa.select(User)).first()
        assert user is not None
        user.name = "Somebody else"
        with pytest.raises(RuntimeError, match="outside a write"):
            db.session.flush()
        db.session.rollback()


def test_a_writing_statement_in_a_read_is_a_bug_that_shows(world: World) -> None:
    with world.app.app_context(), pytest.raises(RuntimeError, match="outside a write"):
        db.session.execute(sa.update(User).values(name="Somebody else"))


def test_beginning_to_write_drops_what_was_read_before(world: World) -> None:
    with world.app.app_context():
        stale = db.session.scalars(sa.select(User)).first()
        session = begin_write()
        assert stale not in session
        session.rollback()


def _fail_in_the_middle(world: World) -> None:
    with pytest.raises(ZeroDivisionError), world.writing():
        raise ZeroDivisionError


def _fail_at_the_commit(world: World) -> None:
    with pytest.raises(sa.exc.IntegrityError), world.writing() as session:
        session.add(User(email="olga@example.org", name="Twin"))


def _leave_without_an_end(world: World) -> None:
    with world.app.app_context():
        begin_write()


def _begin_twice(world: World) -> None:
    with world.app.app_context():
        begin_write()
        begin_write()
        db.session.rollback()


def _roll_back(world: World) -> None:
    with world.app.app_context():
        begin_write()
        db.session.rollback()


def _close(world: World) -> None:
    with world.app.app_context():
        begin_write()
        db.session.close()


@pytest.mark.parametrize(
    "end", [_fail_in_the_middle, _fail_at_the_commit, _leave_without_an_end, _begin_twice, _roll_back, _close]
)
def test_the_lock_is_given_back_whatever_happens(world: World, end: Callable[[World], None]) -> None:
    end(world)
    assert not transactions._write_lock._held
    before = world.version()
    world.item("Refunds")
    assert world.version() == before + 1


def test_a_connection_that_cannot_begin_gives_the_lock_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_options: object) -> None:
        raise sa.exc.OperationalError("BEGIN", {}, Exception("disk I/O error"))

    with world.app.app_context():
        with monkeypatch.context() as broken:
            broken.setattr("sqlalchemy.orm.Session.connection", refuse)
            with pytest.raises(sa.exc.OperationalError):
                begin_write()
        assert not transactions._write_lock._held
        begin_write()
        db.session.rollback()


def test_after_a_savepoint_the_write_goes_on(world: World) -> None:
    told: list[int] = []
    transactions.on_commit(lambda announcements, _mail: told.extend(each.version for each in announcements))
    try:
        with world.changing() as (session, product, member):
            with session.begin_nested():
                product.configure(by=member, name="Harbour")
            assert told == [], "nothing is told before the commit"
            product.configure(by=member, goal="Calm seas")
            version = product.version
    finally:
        transactions._subscribers.pop()
    assert told == [version]


@pytest.mark.parametrize("flushed", [False, True])
def test_what_a_savepoint_takes_back_is_not_in_the_log(world: World, flushed: bool) -> None:
    with world.changing() as (session, product, member):
        product.configure(by=member, goal="Calm seas")
        with session.begin_nested() as trial:
            product.configure(by=member, name="Harbour")
            place = read_place(session, product, product.standing[0], BOTTOM)
            Item.create(product, "Never made", place, by=member)
            if flushed:
                session.flush()
            trial.rollback()
        assert product.name == "Ferry"
    assert world.kinds() == ["product_changed"]
    with world.reading() as session:
        assert session.scalar(sa.select(Product.goal)) == "Calm seas"
        assert session.scalars(sa.select(Item)).all() == []


def test_waiting_writers_hold_no_connection(sqlite_app: Flask) -> None:
    world = World(sqlite_app)
    with world.app.app_context():
        begin_write()
        threads = [threading.Thread(target=world.item, args=[f"item {n}"]) for n in range(6)]
        for thread in threads:
            thread.start()
        _until_waiting(transactions._write_lock, len(threads))
        assert db.engine.pool.checkedout() == 1  # type: ignore[attr-defined]
        db.session.rollback()
        for thread in threads:
            thread.join()


def test_who_waits_too_long_is_told_so_and_nothing_is_changed(
    sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(sqlite_app)
    browser = world.browser("olga")
    with world.app.app_context():
        monkeypatch.setattr(transactions, "WAIT_S", 0.05)
        begin_write()
        answers: list[int] = []
        _in_threads(1, lambda _number: answers.append(browser.post("/sign-out").status_code))
        db.session.rollback()
    assert answers == [Busy.status]


def test_the_file_survives_a_power_cut_and_forgets_what_is_deleted(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        pragmas = {
            name: db.session.scalar(sa.text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}


def test_a_lock_on_nothing_takes_nothing(world: World) -> None:
    with world.writing() as session:
        assert locked.lock_product(session, 999_999) is None


def test_a_database_that_was_restarted_is_found_again(postgres_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that was idle is tested before its next use; if it is dead, all pooled connections are closed."""
    monkeypatch.setattr(transactions, "REST_S", 0.0)
    with postgres_app.app_context():
        connections = [db.engine.connect() for _ in range(3)]
        for connection in connections:
            connection.close()
        kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        with sa.create_engine(postgres_app.config["SQLALCHEMY_DATABASE_URI"], poolclass=sa.NullPool).connect() as other:
            assert len(other.execute(sa.text(kill)).all()) == 3
        for _ in range(4):
            assert db.session.scalar(sa.select(sa.func.count()).select_from(Product)) == 0
            db.session.remove()


def test_reading_on_postgresql_leaves_no_transaction_open(postgres_app: Flask) -> None:
    with postgres_app.app_context():
        db.session.scalar(sa.select(sa.func.count()).select_from(Product))
        pinned = "SELECT state FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        with sa.create_engine(postgres_app.config["SQLALCHEMY_DATABASE_URI"], poolclass=sa.NullPool).connect() as other:
            assert set(other.execute(sa.text(pinned)).scalars()) == {"idle"}
