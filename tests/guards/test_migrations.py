"""The revisions make the tables that the models describe, and upgrade an older database without losing a row."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from kanban import clock, migrating
from kanban.config import Config
from kanban.errors import Refused
from kanban.models import Model, search_index


def _config(url: str, folder: Path) -> Config:
    return Config(data_dir=folder, database_url=url, secret_key="s" * 40)


def _is_modelled(name: str | None, kind: str, _parents: Any) -> bool:
    """Whether the models describe a table: all but the full-text index."""
    return kind != "table" or not (name or "").startswith("search_index")


def _triggers(url: str) -> dict[str, str]:
    """The triggers and functions that keep the full-text index up to date, as the database lists them."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    if engine.dialect.name == "sqlite":
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = (
            "SELECT tgname, pg_get_triggerdef(t.oid) || pg_get_functiondef(tgfoid) FROM pg_trigger t"
            " WHERE NOT tgisinternal"
        )
    with engine.connect() as connection:
        found = {name: words for name, words in connection.execute(sa.text(query))}
    engine.dispose()
    return found


def test_every_text_that_is_searched_has_its_triggers(database_url: str, tmp_path: Path) -> None:
    """A revision that rebuilds a table drops its triggers; the upgrade makes them anew."""
    migrating.upgrade(_config(database_url, tmp_path))
    names = _triggers(database_url)
    for source in search_index.SOURCES.values():
        assert {f"{source.trigger}_in", f"{source.trigger}_on"} <= names.keys()


def _shape(url: str) -> dict[str, Any]:
    """Columns, keys, indexes and checks of every table, by name."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    look = sa.inspect(engine)
    shape = {
        table: {
            "columns": {
                column["name"]: (str(column["type"]), column["nullable"], column["default"])
                for column in look.get_columns(table)
            },
            "primary": look.get_pk_constraint(table),
            "foreign": sorted(look.get_foreign_keys(table), key=str),
            "unique": sorted(look.get_unique_constraints(table), key=str),
            "indexes": {
                index["name"]: (index["column_names"], bool(index["unique"]), _words(index.get("dialect_options", {})))
                for index in look.get_indexes(table)
            },
            "checks": {check["name"]: check["sqltext"] for check in look.get_check_constraints(table)},
        }
        for table in look.get_table_names()
        if table != "alembic_version" and not table.startswith("search_index")
    }
    engine.dispose()
    return shape


def _words(options: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in options.items()}


def test_the_revisions_make_what_the_models_describe(database_url: str, tmp_path: Path) -> None:
    migrating.upgrade(_config(database_url, tmp_path))
    upgraded = _shape(database_url)
    engine = sa.create_engine(database_url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": _is_modelled})
        assert compare_metadata(context, Model.metadata) == []
    with engine.begin() as connection:
        Model.metadata.drop_all(connection)
        Model.metadata.create_all(connection)
    engine.dispose()
    assert upgraded == _shape(database_url)


def test_a_second_upgrade_does_nothing(database_url: str, tmp_path: Path) -> None:
    config = _config(database_url, tmp_path)
    assert migrating.upgrade(config)
    files = sorted(tmp_path.iterdir())
    assert not migrating.upgrade(config)
    assert sorted(tmp_path.iterdir()) == files


def test_no_database_is_begun_by_what_only_looks_at_one(database_url: str, tmp_path: Path) -> None:
    config = _config(database_url, tmp_path)
    with pytest.raises(Refused, match="There is no installation in"):
        migrating.upgrade(config, may_begin=False)
    assert migrating.upgrade(config), "it is still empty"
    assert not migrating.upgrade(config, may_begin=False)


def test_a_newer_database_is_refused_and_left_alone(database_url: str, tmp_path: Path) -> None:
    config = _config(database_url, tmp_path)
    migrating.upgrade(config)
    engine = sa.create_engine(database_url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Refused, match="newer version of the program") as refused:
        migrating.upgrade(config)
    assert "\n" not in refused.value.sentence
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT version_num FROM alembic_version")) == "9999"
    engine.dispose()


@pytest.fixture
def two_revisions(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A separate set of revisions, the second of which rebuilds a table that others refer to."""
    folder = tmp_path / "revisions"
    (folder / "versions").mkdir(parents=True)
    origin = Path(migrating.__file__).parent.parent / "migrations"
    (folder / "env.py").write_text((origin / "env.py").read_text())
    (folder / "versions/0001.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        "revision = '0001'\ndown_revision = None\n"
        "def upgrade():\n"
        "    op.create_table('parent', sa.Column('id', sa.Integer, primary_key=True), sa.Column('name', sa.Text))\n"
        "    op.create_table('child', sa.Column('id', sa.Integer, primary_key=True),\n"
        "        sa.Column('parent_id', sa.Integer, sa.ForeignKey('parent.id', ondelete='CASCADE')))\n"
    )
    monkeypatch.setattr(migrating, "scripts", lambda: folder)
    return folder / "versions/0002.py"


SECOND = (
    "import sqlalchemy as sa\nfrom alembic import op\n"
    "revision = '0002'\ndown_revision = '0001'\n"
    "def upgrade():\n"
    "    with op.batch_alter_table('parent') as batch:\n"
    "        batch.alter_column('name', nullable=False, server_default='')\n"
)


def _fill(path: Path, parent: str = "1") -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO parent (id, name) VALUES (1, 'a')")
        connection.execute(f"INSERT INTO child (id, parent_id) VALUES (7, {parent})")
    connection.close()


def test_rebuilding_a_table_keeps_the_rows_that_point_to_it(two_revisions: Path, tmp_path: Path) -> None:
    path = tmp_path / "kanban.sqlite3"
    config = _config(f"sqlite:///{path}", tmp_path)
    migrating.upgrade(config)
    _fill(path)
    two_revisions.write_text(SECOND)
    assert migrating.upgrade(config)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT id, parent_id FROM child").fetchall() == [(7, 1)]
    connection.close()


def test_an_upgrade_leaves_a_backup_of_what_was(two_revisions: Path, tmp_path: Path) -> None:
    path = tmp_path / "kanban.sqlite3"
    config = _config(f"sqlite:///{path}", tmp_path)
    migrating.upgrade(config)
    assert not list(tmp_path.glob("*before*")), "an empty database needs no backup"
    _fill(path)
    two_revisions.write_text(SECOND)
    migrating.upgrade(config)
    (backup,) = tmp_path.glob("kanban-before-0001-*.sqlite3")
    with sqlite3.connect(backup) as connection:
        assert connection.execute("SELECT count(*) FROM child").fetchone() == (1,)
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
    connection.close()


def test_a_backup_that_cannot_be_written_stops_the_upgrade_with_a_sentence(two_revisions: Path, tmp_path: Path) -> None:
    path = tmp_path / "kanban.sqlite3"
    config = _config(f"sqlite:///{path}", tmp_path)
    migrating.upgrade(config)
    _fill(path)
    two_revisions.write_text(SECOND)
    with clock.at(clock.now()):
        (tmp_path / f"kanban-before-0001-{clock.now():%Y%m%d-%H%M%S-%f}.sqlite3").mkdir()
        with pytest.raises(Refused, match="The backup before the upgrade can’t be written"):
            migrating.upgrade(config)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)


def test_an_upgrade_that_fails_halfway_changes_nothing(two_revisions: Path, tmp_path: Path) -> None:
    path = tmp_path / "kanban.sqlite3"
    config = _config(f"sqlite:///{path}", tmp_path)
    migrating.upgrade(config)
    _fill(path)
    two_revisions.write_text(SECOND + "    op.execute('SELECT * FROM nowhere')\n")
    with pytest.raises(sa.exc.OperationalError):
        migrating.upgrade(config)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
        assert (
            'name" TEXT NOT NULL' not in connection.execute("SELECT group_concat(sql) FROM sqlite_master").fetchone()[0]
        )
    connection.close()


def test_an_upgrade_that_would_leave_rows_dangling_is_refused(two_revisions: Path, tmp_path: Path) -> None:
    path = tmp_path / "kanban.sqlite3"
    config = _config(f"sqlite:///{path}", tmp_path)
    migrating.upgrade(config)
    _fill(path)
    two_revisions.write_text(SECOND + "    op.execute('DELETE FROM parent')\n")
    with pytest.raises(Refused, match="dangling"):
        migrating.upgrade(config)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM parent").fetchone() == (1,)
    connection.close()
