"""Brings a database to the schema of this version: a backup first, one transaction, and never backwards."""

import datetime as dt
import logging
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from kanban import clock
from kanban.config import Config
from kanban.errors import Refused

log = logging.getLogger("kanban")
_LOCK = 7_265_481


def alembic_config() -> AlembicConfig:
    """Alembic's settings, with the migrations of the checkout or of the installed wheel."""
    here = Path(__file__).parent
    folder = here / "migrations" if (here / "migrations").is_dir() else here.parent / "migrations"
    config = AlembicConfig()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    return config


def upgrade(config: Config) -> bool:
    """Apply what is missing and tell whether anything was; refuses a database newer than the program.

    SQLite: VACUUM INTO a backup beside the file first, foreign keys off while tables are rebuilt and checked before
    the commit. PostgreSQL: under an advisory lock, so that several processes can start at once.
    """
    scripts = ScriptDirectory.from_config(alembic_config())
    engine = sa.create_engine(config.database_url, poolclass=sa.NullPool)
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_advisory_lock({_LOCK})")
                connection.commit()
            current = MigrationContext.configure(connection).get_current_revision()
            connection.rollback()
            head = scripts.get_current_head()
            if current == head:
                return False
            if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
                raise Refused("This database was made by a newer version of the program. Update the program first.")
            if engine.dialect.name == "sqlite":
                _upgrade_sqlite(config, connection, current)
            else:
                _run(connection)
                connection.commit()
            return True
    finally:
        engine.dispose()


def _upgrade_sqlite(config: Config, connection: sa.Connection, current: str | None) -> None:
    path = Path(connection.engine.url.database or "")
    if current is not None:
        stamp = clock.now().astimezone(dt.UTC).strftime("%Y%m%d-%H%M%S")
        backup = path.with_name(f"{path.stem}-before-{current}-{stamp}{path.suffix}")
        connection.exec_driver_sql("VACUUM INTO ?", (str(backup),))
        connection.rollback()
        log.info("backup before the upgrade: %s", backup)
    raw = connection.connection.dbapi_connection
    assert raw is not None
    raw.isolation_level = None
    raw.execute("PRAGMA foreign_keys=OFF")
    raw.execute("BEGIN IMMEDIATE")
    try:
        _run(connection)
        broken = raw.execute("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise Refused(f"The upgrade would leave {len(broken)} rows without what they belong to. Nothing was changed.")
        raw.execute("COMMIT")
    except BaseException:
        if raw.in_transaction:
            raw.execute("ROLLBACK")
        raise


def _run(connection: sa.Connection) -> None:
    settings = alembic_config()
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")
