"""Backup is one file and restore checks it before anything is replaced."""

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import orm

from kanban import migrating
from kanban.config import Config
from kanban.errors import Refused
from kanban.models import Event, Product, User
from kanban.transfer.backup import back_up, restore


@pytest.fixture
def config(tmp_path: Path) -> Config:
    config = Config.from_environment({"KANBAN_DATA_DIR": str(tmp_path / "data")})
    migrating.upgrade(config)
    engine = sa.create_engine(config.database_url)
    with orm.Session(engine) as session:
        owner = User(email="ann@example.org", name="Ann")
        session.add(owner)
        session.flush()
        for key in ("ONE", "TWO"):
            session.add(Product.open(key=key, name=f"Product {key}", owner=owner))
        session.commit()
    engine.dispose()
    return config


def _count(config: Config) -> int:
    engine = sa.create_engine(config.database_url)
    with orm.Session(engine) as session:
        count = session.scalar(sa.select(sa.func.count()).select_from(Event)) or 0
    engine.dispose()
    return count


def test_a_backup_brings_back_what_was_there(config: Config, tmp_path: Path) -> None:
    before = _count(config)
    assert back_up(config, tmp_path / "copy") > 10_000
    engine = sa.create_engine(config.database_url)
    with engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM event"))
        connection.execute(sa.text("UPDATE product SET name = 'lost'"))
    engine.dispose()
    assert restore(config, tmp_path / "copy") == "0001"
    assert _count(config) == before
    engine = sa.create_engine(config.database_url)
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM product WHERE name = 'lost'")) == 0
    engine.dispose()


def test_a_backup_never_goes_over_another_file(config: Config, tmp_path: Path) -> None:
    (tmp_path / "copy").write_text("precious")
    with pytest.raises(Refused):
        back_up(config, tmp_path / "copy")
    assert (tmp_path / "copy").read_text() == "precious"


@pytest.mark.parametrize("what", ["text", "other database", "cut in half", "missing"])
def test_what_is_no_backup_replaces_nothing(config: Config, tmp_path: Path, what: str) -> None:
    before = _count(config)
    file = tmp_path / "copy"
    match what:
        case "text":
            file.write_text("hello")
        case "other database":
            connection = sqlite3.connect(file)
            connection.execute("CREATE TABLE t (x)")
            connection.close()
        case "cut in half":
            back_up(config, file)
            file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(Refused):
        restore(config, file)
    assert _count(config) == before
