"""Brings a database to the schema of this version: a backup first, one transaction, and never backwards.

Alembic is imported only if there is something to do: otherwise it would stay in the memory of the serving process.
"""

import logging
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import event

from kanban import clock
from kanban.config import Config
from kanban.errors import Refused
from kanban.models import search_index

if TYPE_CHECKING:
    from alembic.config import Config as AlembicConfig

log = logging.getLogger("kanban")
_LOCK = 7_265_481


def scripts() -> Path:
    """The folder of the migrations, in the checkout or in the installed wheel."""
    here = Path(__file__).parent
    return here / "migrations" if (here / "migrations").is_dir() else here.parent / "migrations"


def alembic_config() -> "AlembicConfig":
    """Alembic's settings, with these migrations."""
    from alembic.config import Config as AlembicConfig

    config = AlembicConfig()
    config.set_main_option("script_location", str(scripts()).replace("%", "%%"))
    return config


def upgrade(config: Config, *, may_begin: bool = True) -> bool:
    """Apply the missing migrations and return whether there were any; refuses a database newer than the program.

    Unless it `may_begin` a new one, it refuses a database that is not there or empty, and makes none.

    SQLite: a backup is first written beside the file (VACUUM INTO); foreign keys are off while tables are rebuilt, and
    are checked before the commit. PostgreSQL: an advisory lock lets several processes start at once.
    """
    engine = sa.create_engine(config.database_url, poolclass=sa.NullPool)
    try:
        if engine.dialect.name == "sqlite":
            _settle(engine)
        current = _revision(engine)
        if current is None and not may_begin:
            raise Refused(
                f"{_where(engine)} Give this command the KANBAN_DATA_DIR and KANBAN_DATABASE_URL of the server; "
                "a new installation begins with “kanban run”.",
                "no_database",
            )
        if current == _revisions()[-1]:
            return False
        if current is not None and is_newer(current):
            raise Refused(
                f"This database was made by a newer version of the program (schema {current}). "
                "Install that version, or restore a backup.",
                "newer_database",
            )
        if engine.dialect.name == "sqlite" and current is not None:
            _back_up(engine, current)
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
            return _run(connection)
    finally:
        engine.dispose()


def is_newer(revision: str) -> bool:
    """Whether only a newer version of the program knows this revision."""
    return revision not in _revisions()


def _settle(engine: sa.Engine) -> None:
    """Make the engine's transactions write at once, without foreign keys.

    A table is rebuilt by dropping it and creating it again; with foreign keys on, the rows that refer to it would be
    deleted too.
    """

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA busy_timeout=30000")
        connection.execute("PRAGMA foreign_keys=OFF")

    @event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _revision(engine: sa.Engine) -> str | None:
    """The revision the database is at, or None if it is empty or, on SQLite, not there."""
    if engine.dialect.name == "sqlite" and not Path(engine.url.database or "").exists():
        return None
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
        return found


def _where(engine: sa.Engine) -> str:
    file = engine.url.database if engine.dialect.name == "sqlite" else None
    return f"There is no installation in {file}." if file else "There is no installation in this database."


def _revisions() -> list[str]:
    """The revisions of this program, oldest first; each file name begins with its revision."""
    return sorted(path.stem.partition("_")[0] for path in (scripts() / "versions").glob("[0-9]*.py"))


def _back_up(engine: sa.Engine, current: str) -> None:
    path = Path(engine.url.database or "")
    stamp = clock.now().strftime("%Y%m%d-%H%M%S-%f")  # two processes that begin together each write their own
    backup = path.with_name(f"{path.stem}-before-{current}-{stamp}{path.suffix}")
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("VACUUM INTO ?", (str(backup),))
    except sqlite3.Error as error:
        if backup.is_file() and not backup.stat().st_size:
            backup.unlink()  # a full disk leaves an empty file
        raise Refused(f"The backup before the upgrade can’t be written ({error}). Nothing was changed.") from None
    finally:
        connection.close()
    log.info("backup before the upgrade: %s", backup)


def _run(connection: sa.Connection) -> bool:
    """Apply the missing revisions in the current transaction; False if another process did so in the meantime."""
    from alembic import command
    from alembic.runtime.migration import MigrationContext

    before = MigrationContext.configure(connection).get_current_revision()
    settings = alembic_config()
    settings.attributes["connection"] = connection
    search_index.unsettle(connection)
    command.upgrade(settings, "head")
    search_index.settle(connection)
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if broken:
            raise Refused(f"The upgrade would leave {len(broken)} rows dangling. Nothing was changed.")
    return MigrationContext.configure(connection).get_current_revision() != before
