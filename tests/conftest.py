"""Fixtures of all tests: a fresh database of each kind and the application on it.

PostgreSQL starts with the first test that asks for it, once a worker; tests that need none never wait for it.
"""

import gc
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings

from kanban import evenly
from kanban.config import Config
from tests import databases
from tests.once import once

evenly.EVEN_S = 0.0  # what is held back is tried where it belongs

KINDS = ("sqlite", "postgres")
SECRET_KEY = "t" * 40

if roomy := databases.memory_folder():  # SQLite waits for the disk at each commit, five thousand times over
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", roomy)

#: Folders and files that take longest: begun last, the long ones among them would leave the other workers idle.
LONG_FIRST = {"faults", "browser", "guards", "test_cli", "test_worker"}

gc.set_threshold(50_000, 20, 20)  # five thousand tests leave much behind, and each full round reads all of it

settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first; else the order stays."""
    items.sort(key=lambda item: LONG_FIRST.isdisjoint({item.path.parent.name, item.path.stem}))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a running PostgreSQL, the same for all tests of a worker."""
    with databases.postgres_server() as address:
        yield address


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh database without tables: each test that asks for it runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'kanban.sqlite3'}"
        return
    with databases.fresh_postgres(request.getfixturevalue("postgres_server")) as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The address of a fresh SQLite file without tables, for tests where the kind of database does not matter."""
    return f"sqlite:///{tmp_path / 'kanban.sqlite3'}"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with today's tables, to be copied."""
    path = tmp_path_factory.mktemp("template") / "kanban.sqlite3"
    _make_tables(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> Iterator[str]:
    """The name of a PostgreSQL database with today's tables, to be copied."""
    with databases.fresh_postgres(postgres_server) as url:
        _make_tables(url)
        yield str(sa.make_url(url).database)


@pytest.fixture(scope="session")
def demo_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of an installation with the demo workspace, to be copied; made once for all workers."""
    return once(tmp_path_factory, "demo", lambda folder: _make_demo(sqlite_template, folder))


@pytest.fixture(params=KINDS)
def ready_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh database with today's tables and no rows, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        path = tmp_path / "kanban.sqlite3"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server, template = request.getfixturevalue("postgres_server"), request.getfixturevalue("postgres_template")
    with databases.fresh_postgres(server, template) as url:
        yield url


@pytest.fixture
def app(ready_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The application on a fresh database; each test that asks for it runs on both kinds."""
    yield from make_app(ready_url, tmp_path)


@pytest.fixture
def sqlite_app(sqlite_template: Path, tmp_path: Path) -> Iterator[Flask]:
    """The application on a fresh SQLite file, for tests where the kind of database does not matter."""
    path = shutil.copy(sqlite_template, tmp_path / "kanban.sqlite3")
    yield from make_app(f"sqlite:///{path}", tmp_path)


@pytest.fixture
def postgres_app(postgres_server: str, postgres_template: str, tmp_path: Path) -> Iterator[Flask]:
    """The application on a fresh PostgreSQL database, for tests of what only that kind does."""
    with databases.fresh_postgres(postgres_server, postgres_template) as url:
        yield from make_app(url, tmp_path)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Someone who has not signed in yet."""
    return app.test_client()


_idle: list[Flask] = []


def make_app(url: str, folder: Path, *, own: bool = False) -> Iterator[Flask]:
    """The application for that database, its connections closed at the end.

    Making one takes longer than most tests, so one that a test has left serves the next, with its settings; `own` for
    tests that add routes to theirs.
    """
    from kanban.app import create_app
    from kanban.extensions import db

    config = _config(url, folder)
    app = _idle.pop() if _idle and not own else create_app(config)
    with app.app_context():
        _turn_to(app, config)
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    if not own:
        _idle.append(app)


def _turn_to(app: Flask, config: Config) -> None:
    """Give an application these settings and that database, and let it forget whom it counted."""
    from kanban.app import settings_of
    from kanban.extensions import db, limiter

    app.config.update(settings_of(config))
    engines: dict[str, sa.Engine] = app.extensions.setdefault("engines of tests", {})
    kind = sa.make_url(config.database_url).get_backend_name()
    known = engines.get(kind) or engines.setdefault(kind, _engine(app))
    engine_by_key: Any = db.engines
    engine_by_key[None] = known.execution_options()  # another object, of which no cache of the program has heard
    limiter.reset()


def _engine(app: Flask) -> sa.Engine:
    """An engine that connects to whatever database the application's settings name now, and so knows each statement
    that it compiled for an earlier one."""
    from kanban.transactions import settle_engine

    engine = sa.create_engine(
        app.config["SQLALCHEMY_DATABASE_URI"], **app.config["SQLALCHEMY_ENGINE_OPTIONS"], query_cache_size=5_000
    )

    @sa.event.listens_for(engine, "do_connect")
    def _connect(dialect: sa.Dialect, _record: Any, given: list[Any], named: dict[str, Any]) -> None:
        given[:], wanted = dialect.create_connect_args(sa.make_url(app.config["SQLALCHEMY_DATABASE_URI"]))
        named |= wanted

    settle_engine(engine)
    return engine


def _make_tables(url: str) -> None:
    from kanban import migrating

    migrating.upgrade(_config(url, Path(tempfile.gettempdir())))


def _make_demo(tables: Path, folder: Path) -> None:
    from kanban import demo
    from kanban.transactions import begin_write

    path = shutil.copy(tables, folder / "kanban.sqlite3")
    for app in make_app(f"sqlite:///{path}", folder):
        with app.app_context():
            session = begin_write()
            demo.fill(session)
            session.commit()
    to_one_file(path)
    key = folder / "secret_key"  # that all copies share
    key.touch(0o600)
    key.write_text(SECRET_KEY)


def to_one_file(path: Path | str) -> None:
    """Bring all of a SQLite database into its file, so that the file can be copied."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _config(url: str, folder: Path) -> Config:
    return Config(data_dir=folder, database_url=url, secret_key=SECRET_KEY, testing=True)
