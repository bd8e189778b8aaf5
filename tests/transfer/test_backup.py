"""Backup is one file and restore checks it before anything is replaced."""

import errno
import io
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from unittest.mock import Mock

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import orm

from kanban import clock, migrating
from kanban.attachments import COMES_BACK, Store
from kanban.config import Config
from kanban.errors import Refused
from kanban.models import Attachment, Event, Product, User
from kanban.transfer.backup import back_up, restore
from tests.builders import World

NEWEST = ScriptDirectory.from_config(migrating.alembic_config()).get_current_head()


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
    assert back_up(config, tmp_path / "copy").size > 10_000
    engine = sa.create_engine(config.database_url)
    with engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM event"))
        connection.execute(sa.text("UPDATE product SET name = 'lost'"))
    engine.dispose()
    assert restore(config, tmp_path / "copy") == NEWEST
    assert _count(config) == before
    engine = sa.create_engine(config.database_url)
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM product WHERE name = 'lost'")) == 0
    engine.dispose()


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps others out in another way")
def test_only_its_owner_may_read_a_backup(config: Config, tmp_path: Path) -> None:
    (tmp_path / ".copy.part").touch(0o644)  # what a killed one left
    back_up(config, tmp_path / "copy")
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o600


def test_a_backup_never_goes_over_another_file(config: Config, tmp_path: Path) -> None:
    (tmp_path / "copy").write_text("precious")
    with pytest.raises(Refused):
        back_up(config, tmp_path / "copy")
    assert (tmp_path / "copy").read_text() == "precious"


def test_a_backup_that_cannot_be_written_names_the_file_that_was_given_and_why(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "note").write_text("no folder")
    for folder in (tmp_path / "nowhere", tmp_path / "note"):
        with pytest.raises(Refused) as refused:
            back_up(config, folder / "copy")
        assert str(refused.value) == f"The backup can’t be written to {folder}/copy: there is no folder {folder}."

    full = OSError(errno.ENOSPC, "No space left on device", str(tmp_path / ".backup-4k2"))
    closed = sqlite3.OperationalError(f"unable to open database: {tmp_path}/.backup-4k2/kanban.sqlite3")
    for error, why in ((full, "No space left on device"), (closed, "unable to open database")):
        monkeypatch.setattr(tempfile, "TemporaryDirectory", Mock(side_effect=error))
        with pytest.raises(Refused) as refused:
            back_up(config, tmp_path / "copy")
        assert str(refused.value) == f"The backup can’t be written to {tmp_path}/copy ({why})."


@pytest.mark.parametrize(
    "what", ["text", "other database", "cut in half", "its end cut off", "empty", "other archive", "missing"]
)
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
        case "its end cut off":
            back_up(config, file)
            with tarfile.open(file) as tar:
                file.write_bytes(file.read_bytes()[: tar.getmember("contents.json").offset])
        case "empty":
            file.touch()
        case "other archive":
            with tarfile.open(file, "w") as tar:
                tar.add(__file__, "../../escaped.py")
    with pytest.raises(Refused):
        restore(config, file)
    assert _count(config) == before


# Attached files

CONTENT = b"the fares of next year"
KEY, REMOVED = "ab" * 16, "cd" * 16


@pytest.fixture
def store(config: Config) -> Store:
    """A file on an item, and one that was removed from it. Rows stand on their own here: keys are not enforced."""
    store = Store(config.attachments_dir)
    engine = sa.create_engine(config.database_url)
    with orm.Session(engine) as session:
        for number, key in enumerate((KEY, REMOVED), start=1):
            size, sha256 = store.write(key, [CONTENT])
            file = Attachment(item_id=1, number=number, key=key, name="fares.pdf", content_type="application/pdf")
            file.size, file.sha256, file.added_by_id, file.at = size, sha256, 1, clock.now()
            file.removed_at = clock.now() if key == REMOVED else None
            session.add(file)
        session.commit()
    engine.dispose()
    return store


def test_attached_files_come_back_with_the_database(config: Config, store: Store, tmp_path: Path) -> None:
    made = back_up(config, tmp_path / "copy")
    assert (made.files, made.missing) == (2, 0)
    shutil.rmtree(config.attachments_dir)
    restore(config, tmp_path / "copy")
    assert store.path(KEY).read_bytes() == CONTENT
    assert store.path(REMOVED).read_bytes() == CONTENT, "an undo may still bring it back"
    assert sorted(path.name for path in config.data_dir.iterdir()) == ["attachments", "kanban.sqlite3", "secret_key"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy", "data"]


def test_a_file_whose_removal_can_no_longer_be_taken_back_is_not_carried_along(
    config: Config, store: Store, tmp_path: Path
) -> None:
    with clock.at(clock.now() + COMES_BACK):
        made = back_up(config, tmp_path / "copy")
    assert (made.files, made.missing) == (1, 0)


def test_an_undo_after_a_restore_brings_the_removed_file_back(sqlite_app: Flask, tmp_path: Path) -> None:
    world, config = World(sqlite_app), sqlite_app.config["KANBAN"]
    olga, ref = world.browser("olga"), world.item("Fares")
    olga.post(f"/items/{ref}/attachments", {"file": (io.BytesIO(CONTENT), "fares.txt")})
    olga.post(f"/items/{ref}/attachments/1/remove")
    removed = world.version()
    back_up(config, tmp_path / "copy")
    shutil.rmtree(config.attachments_dir)
    restore(config, tmp_path / "copy")
    assert olga.post(f"/products/FE/undo/{removed}").status_code == 303
    with olga.get(f"/items/{ref}/attachments/1") as answer:
        assert answer.data == CONTENT


def test_a_restore_leaves_todays_other_files_alone(config: Config, store: Store, tmp_path: Path) -> None:
    back_up(config, tmp_path / "copy")
    store.write("ef" * 16, [b"newer"])
    restore(config, tmp_path / "copy")
    assert store.path("ef" * 16).read_bytes() == b"newer"
    assert store.path(KEY).read_bytes() == CONTENT


@pytest.mark.parametrize("damage", ["gone", "other bytes", "shorter"])
def test_a_damaged_file_is_left_out_of_the_backup_and_counted(
    config: Config, store: Store, tmp_path: Path, damage: str
) -> None:
    match damage:
        case "gone":
            store.path(KEY).unlink()
        case "other bytes":
            store.path(KEY).write_bytes(CONTENT[::-1])
        case "shorter":
            store.path(KEY).write_bytes(CONTENT[:-1])
    made = back_up(config, tmp_path / "copy")
    assert (made.files, made.missing) == (1, 1)
    assert restore(config, tmp_path / "copy") == NEWEST


def _other_content(data: bytes) -> bytes:
    return data.replace(CONTENT, CONTENT[::-1])


def _other_database(data: bytes) -> bytes:
    return data.replace(b"Product ONE", b"Product ODD")


def _other_key(data: bytes) -> bytes:
    return data.replace(f"attachments/{KEY}".encode(), b"attachments/../../../../../escaped-file-xx")


@pytest.mark.parametrize("change", [_other_content, _other_database, _other_key])
def test_a_backup_that_was_changed_replaces_nothing(
    config: Config, store: Store, tmp_path: Path, change: Callable[[bytes], bytes]
) -> None:
    file = tmp_path / "copy"
    back_up(config, file)
    changed = change(file.read_bytes())
    assert changed != file.read_bytes()
    file.write_bytes(changed)
    shutil.rmtree(config.attachments_dir)
    before = _count(config)
    with pytest.raises(Refused, match="Nothing was changed"):
        restore(config, file)
    assert _count(config) == before
    assert not config.attachments_dir.exists()
    assert not list(tmp_path.rglob("escaped*"))


@pytest.mark.parametrize("is_bare", [False, True])
def test_a_backup_of_a_newer_version_replaces_nothing(config: Config, tmp_path: Path, is_bare: bool) -> None:
    before, backup = _count(config), tmp_path / "copy"
    path = Path(sa.make_url(config.database_url).database or "")
    _at_revision(path, "9999")
    if is_bare:
        shutil.copy(path, backup)
    else:
        back_up(config, backup)
    _at_revision(path, str(NEWEST))
    with pytest.raises(Refused, match=r"newer version of the program \(schema 9999\).* Nothing was changed\."):
        restore(config, backup)
    assert not migrating.upgrade(config), "today’s database is still there"
    assert _count(config) == before


def test_a_backup_of_an_older_version_is_brought_up_to_date_before_anybody_sees_it(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, before, upgrade, seen = tmp_path / "old", _count(config), migrating.upgrade, list[int]()
    _make_at_revision(old, "0011")

    def look(copy: Config) -> bool:
        seen.append(_count(config))
        return upgrade(copy)

    monkeypatch.setattr(migrating, "upgrade", look)
    assert restore(config, old) == "0011"
    assert seen == [before], "people work with today’s content meanwhile"
    assert not upgrade(config)
    assert _count(config) == 0
    assert [file.name for file in config.data_dir.iterdir() if "before" in file.name] == []


def test_a_backup_that_cannot_be_brought_up_to_date_replaces_nothing(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, before, upgrade = tmp_path / "old", _count(config), migrating.upgrade
    _make_at_revision(old, "0011")
    monkeypatch.setattr(migrating, "upgrade", Mock(side_effect=Refused("It would leave 3 rows dangling.")))
    with pytest.raises(Refused, match="dangling"):
        restore(config, old)
    assert not upgrade(config)
    assert _count(config) == before


def _make_at_revision(path: Path, revision: str) -> None:
    settings, engine = migrating.alembic_config(), sa.create_engine(f"sqlite:///{path}", poolclass=sa.NullPool)
    with engine.begin() as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, revision)
    engine.dispose()


def _at_revision(path: Path, revision: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def test_a_bare_database_is_restored_without_files(config: Config, store: Store, tmp_path: Path) -> None:
    """What an upgrade leaves beside the database is no archive."""
    with sqlite3.connect(config.data_dir / "kanban.sqlite3") as connection:
        connection.execute("VACUUM INTO ?", (str(tmp_path / "bare"),))
    connection.close()
    assert restore(config, tmp_path / "bare") == NEWEST
    assert store.path(KEY).read_bytes() == CONTENT
