"""Fixtures of all tests: a fresh database of each kind, and the application on it.

Each worker starts PostgreSQL with its first test that needs it; tests without it never wait.
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

evenly.EVEN_S = 0.0  # responses are not held back, except in tests of that

KINDS = ("sqlite", "postgres")

if roomy := databases.memory_folder():  # on a disk, SQLite would wait for each of thousands of commits
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", roomy)

#: The folders and files with the longest tests, in the order in which they start: if they started last, other workers
#: would be idle. Those that need no demo workspace come first, so that one worker can make it for all meanwhile.
LONG_FIRST = ("test_cli", "test_worker", "browser", "faults", "guards")

gc.set_threshold(50_000, 20, 20)  # thousands of tests leave many objects, and each full collection visits all of them

settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the long tests first, and keep the order otherwise."""

    def turn(item: pytest.Item) -> int:
        names = (item.path.stem, item.path.parent.name)
        return min((LONG_FIRST.index(name) for name in names if name in LONG_FIRST), default=len(LONG_FIRST))

    items.sort(key=turn)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a running PostgreSQL server, the same for all tests of a worker."""
    with databases.postgres_server() as address:
        yield address


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh database without tables; a test with it runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'kanban.sqlite3'}"
        return
    with databases.fresh_postgres(request.getfixturevalue("postgres_server")) as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The address of a fresh SQLite file without tables, for tests that need no particular kind of database."""
    return f"sqlite:///{tmp_path / 'kanban.sqlite3'}"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the current tables, to be copied."""
    path = tmp_path_factory.mktemp("template") / "kanban.sqlite3"
    _make_tables(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> Iterator[str]:
    """The name of a PostgreSQL database with the current tables, to be copied."""
    with databases.fresh_postgres(postgres_server) as url:
        _make_tables(url)
        yield str(sa.make_url(url).database)


@pytest.fixture(scope="session")
def demo_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of an installation with the demo workspace, to be copied; made once for all workers."""
    return once(tmp_path_factory, "demo", lambda folder: _make_demo(sqlite_template, folder))


@pytest.fixture(params=KINDS)
def ready_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh database with the current tables and no rows, on SQLite and on PostgreSQL."""
    yield from _ready(request, tmp_path, databases.fresh_postgres)


@pytest.fixture(params=KINDS)
def lent_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Like `ready_url`, for tests that use it in this process only: a PostgreSQL database is emptied and used again."""
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
    """The application on a fresh database; a test with it runs on SQLite and on PostgreSQL."""
    yield from make_app(lent_url, tmp_path)


@pytest.fixture
def sqlite_app(sqlite_template: Path, tmp_path: Path) -> Iterator[Flask]:
    """The application on a fresh SQLite file, for tests that need no particular kind of database."""
    path = shutil.copy(sqlite_template, tmp_path / "kanban.sqlite3")
    yield from make_app(f"sqlite:///{path}", tmp_path)


@pytest.fixture
def postgres_app(postgres_server: str, postgres_template: str, tmp_path: Path) -> Iterator[Flask]:
    """The application on a fresh PostgreSQL database, for tests of what only PostgreSQL does."""
    with databases.fresh_postgres(postgres_server, postgres_template) as url:
        yield from make_app(url, tmp_path)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client that has not signed in."""
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
    key = folder / "secret_key"  # the same for all copies
    key.touch(0o600)
    key.write_text(SECRET_KEY)


def to_one_file(path: Path | str) -> None:
    """Move everything from a SQLite database's write-ahead log into its file, so that the file can be copied."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
