"""One file that holds the whole database (SQLite), and the way back. On PostgreSQL the database's own tools do this."""

import sqlite3
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from kanban.config import Config
from kanban.errors import Refused

_ELSEWHERE = "On PostgreSQL use pg_dump and pg_restore; see docs/operations.md."


def back_up(config: Config, file: Path) -> int:
    """Write one consistent file while people work and answer its size in bytes; never over an existing file."""
    path = _database(config)
    if file.exists():
        raise Refused(f"{file} exists already.")
    try:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("VACUUM INTO ?", (str(file),))
    except sqlite3.Error as error:
        file.unlink(missing_ok=True)
        raise Refused(f"The backup can't be written to {file}: {error}.") from None
    return file.stat().st_size


def restore(config: Config, file: Path) -> str:
    """Check a backup from end to end, then put its content in the place of today's; answer the schema it has.

    Nothing is replaced when the file is damaged or not a backup of ours. The swap is one transaction of SQLite's
    backup interface, so even a running server sees either the old or the new content.
    """
    path = _database(config)
    if not file.is_file():
        raise Refused(f"There is no file {file}.")
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as source:
        revision = _verified(source, file)
        try:
            with closing(sqlite3.connect(path, timeout=10)) as target:
                source.backup(target)
        except sqlite3.Error as error:
            raise Refused(f"The database can't be replaced: {error}. Nothing was changed.") from None
    return revision


def _verified(source: sqlite3.Connection, file: Path) -> str:
    try:
        verdict = source.execute("PRAGMA integrity_check").fetchone()[0]
        revision = source.execute("SELECT version_num FROM alembic_version").fetchone()
        source.execute("SELECT count(*) FROM (SELECT product_id FROM event LIMIT 1)").fetchone()
    except sqlite3.Error:
        raise Refused(f"{file} is not a backup of this program. Nothing was changed.") from None
    if verdict != "ok" or revision is None:
        raise Refused(f"{file} is damaged: {verdict}. Nothing was changed.")
    return str(revision[0])


def _database(config: Config) -> str:
    if not config.is_sqlite:
        raise Refused(_ELSEWHERE)
    return sa.make_url(config.database_url).database or ""
