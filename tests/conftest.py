"""Fixtures of all tests: a fresh database of each kind and the application on it.

PostgreSQL starts with the first test that asks for it, once a worker; tests that need none never wait for it.
"""

import gc
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings

from kanban import evenly
from tests import databases
from tests.applications import SECRET_KEY, config_of, make_app
from tests.once import once

evenly.EVEN_S = 0.0  # what is held back is tried where it belongs

KINDS = ("sqlite", "postgres")

if roomy := databases.memory_folder():  # SQLite waits for the disk at each commit, five thousand times over
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", roomy)

#: Folders and files that take longest, in the order in which they begin: begun last, the long ones among them would leave
#: the other workers idle, and those that need no demo workspace leave time for one worker to make it for all.
LONG_FIRST = ("test_cli", "test_worker", "browser", "faults", "guards")

gc.set_threshold(50_000, 20, 20)  # five thousand tests leave much behind, and each full round reads all of it

settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first; else the order stays."""

    def turn(item: pytest.Item) -> int:
        names = (item.path.stem, item.path.parent.name)
        return min((LONG_FIRST.index(name) for name in names if name in LONG_FIRST), default=len(LONG_FIRST))

    items.sort(key=turn)


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
    yield from _ready(request, tmp_path, databases.fresh_postgres)


@pytest.fixture(params=KINDS)
def lent_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The same for what runs in this process only: the PostgreSQL database is emptied and lent again."""
    yield from _ready(request, tmp_path, databases.lent_postgres)


def _ready(
    request: pytest.FixtureRequest, folder: Path, postgres: Callable[[str, str], AbstractContextManager[str]]
) -> Iterator[str]:
    if request.param == "sqlite":
        path = shutil.copy(request.getfixturevalue("sqlite_template"), folder / "kanban.sqlite3")
        yield f"sqlite:///{path}"
        return
    with postgres(request.getfixturevalue("postgres_server"), request.getfixturevalue("postgres_template")) as url:
        yield url


@pytest.fixture
def app(lent_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The application on a fresh database; each test that asks for it runs on both kinds."""
    yield from make_app(lent_url, tmp_path)


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


def _make_tables(url: str) -> None:
    from kanban import migrating

    migrating.upgrade(config_of(url, Path(tempfile.gettempdir())))


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
