"""Backup of the whole database (SQLite) and all attached files in one file, and restoring it.

The file is a tar: first the database, then each attached file that one of its rows names or that an undo may bring
back, and last a list of all of them with sizes and SHA-256. A truncated file therefore has no list. On PostgreSQL, the
database's own tools do this.
"""

import contextlib
import io
import json
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa

from kanban import clock, migrating
from kanban.attachments import COMES_BACK, Store, digest_of
from kanban.config import Config
from kanban.errors import Refused

_ELSEWHERE = "On PostgreSQL use pg_dump and pg_restore; see docs/operations.md."
_DATABASE = "kanban.sqlite3"
_FILES = "attachments/"
_NAMED = (
    "SELECT key, size, sha256 FROM attachment WHERE removed_at IS NULL OR datetime(removed_at) > ?"
    " UNION SELECT key, size, sha256 FROM request_file ORDER BY key"
)
_LIST = "contents.json"
_CHUNK = 1024 * 1024


@dataclass(frozen=True)
class BackedUp:
    """What was written: its size in bytes, how many attached files it holds, and how many were missing."""

    size: int
    files: int
    missing: int


@dataclass(frozen=True)
class _Entry:
    """An attached file as its row describes it, or the list in a backup."""

    key: str
    size: int
    sha256: str


# Out


def back_up(config: Config, file: Path) -> BackedUp:
    """Write one consistent file, readable by its owner only, while people work; never over an existing file.

    The database is copied first, then the files that the copy names: a file removed meanwhile stays for a day.
    """
    path = _database(config)
    part = file.with_name(f".{file.name}.part")
    try:
        if file.exists():
            raise Refused(f"{file} already exists.")
        if not file.parent.is_dir():
            raise Refused(f"The backup can’t be written to {file}: there is no folder {file.parent}.")
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=".backup-") as folder:
            copy = Path(folder) / _DATABASE
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("VACUUM INTO ?", (str(copy),))
            there, missing = _sorted_out(Store(config.attachments_dir), copy)
            _write(part, copy, Store(config.attachments_dir), there)
        part.replace(file)
    except (sqlite3.Error, OSError, tarfile.TarError) as error:
        raise Refused(f"The backup can’t be written to {file} ({_why(error)}).") from None
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    return BackedUp(file.stat().st_size, len(there), missing)


def _why(error: Exception) -> str:
    """What went wrong, without the error number and the names of temporary files."""
    return (isinstance(error, OSError) and error.strerror) or str(error).partition(": /")[0]


def _sorted_out(store: Store, copy: Path) -> tuple[list[_Entry], int]:
    """The attached files of a database that are there and whole, and how many are not."""
    with closing(sqlite3.connect(copy)) as connection:
        since = (clock.now() - COMES_BACK).strftime("%Y-%m-%d %H:%M:%S")
        named = [_Entry(*row) for row in connection.execute(_NAMED, (since,))]
    there = [entry for entry in named if store.holds(entry.key, entry.size, entry.sha256)]
    return there, len(named) - len(there)


def _write(part: Path, copy: Path, store: Store, entries: list[_Entry]) -> None:
    part.unlink(missing_ok=True)
    part.touch(0o600)
    with tarfile.open(part, "w:") as tar:
        tar.add(copy, _DATABASE)
        for entry in entries:
            tar.add(store.path(entry.key), _FILES + entry.key)
        database = {"size": copy.stat().st_size, "sha256": digest_of(copy)}
        files = [[entry.key, entry.size, entry.sha256] for entry in entries]
        text = json.dumps({"database": database, "attachments": files}).encode()
        about = tarfile.TarInfo(_LIST)
        about.size = len(text)
        tar.addfile(about, io.BytesIO(text))


# Back


def restore(config: Config, file: Path) -> str:
    """Check a backup from end to end, then replace the present content with it; returns its schema revision.

    Nothing is replaced if the file is damaged, is not one of our backups, was made by a newer version, or can't be
    brought up to date. The attached files are put in place first, beside the present ones; then the database is
    replaced in one transaction of SQLite's backup interface, so that even a running server sees either the old or the
    new content. A bare database, such as an upgrade leaves behind, is accepted too and brings no files.
    """
    path = _database(config)
    if not file.is_file():
        raise Refused(f"There is no file {file}.")
    with tempfile.TemporaryDirectory(dir=config.data_dir, prefix=".restore-") as folder:
        place = Path(folder)
        copy = place / _DATABASE
        try:
            entries = _unpack(file, place) if _is_tar(file) else _taken(file, copy)
        except (tarfile.TarError, EOFError, KeyError, ValueError, TypeError) as error:
            raise Refused(f"{file} is damaged or not a backup: {error}. Nothing was changed.") from None
        except (sqlite3.Error, OSError) as error:
            raise Refused(f"The backup can’t be unpacked ({_why(error)}). Nothing was changed.") from None
        with closing(_opened(copy)) as source:
            revision = _verified(source, file)
        migrating.upgrade(replace(config, database_url=f"sqlite:///{copy}"))
        _put_files(Store(place / "files"), Store(config.attachments_dir), entries)
        _restore_database(path, copy)
    return revision


def _taken(file: Path, copy: Path) -> list[_Entry]:
    """Copy a bare database, which comes without attached files."""
    with closing(_opened(file)) as source:
        _verified(source, file)
        with closing(sqlite3.connect(copy)) as target:
            source.backup(target)
    return []


def _is_tar(file: Path) -> bool:
    with file.open("rb") as opened:
        return not opened.read(16).startswith(b"SQLite format 3\0")


def _unpack(file: Path, place: Path) -> list[_Entry]:
    """Unpack the backup and compare it with its list; raises ValueError if they differ."""
    store, contents = Store(place / "files"), None
    with tarfile.open(file, "r:") as tar:
        for member in tar:
            source = tar.extractfile(member) if member.isfile() else None
            if source is None:
                raise ValueError(f"{member.name} does not belong in it")
            if member.name == _DATABASE:
                _copy(source, place / _DATABASE)
            elif member.name == _LIST:
                contents = json.loads(source.read(_MOST_LIST_BYTES))
            else:
                store.write(member.name.removeprefix(_FILES), _chunks(source))
    if contents is None:
        raise ValueError("its end is missing")
    entries = [_Entry(*entry) for entry in contents["attachments"]]
    _compare(place / _DATABASE, contents["database"])
    broken = [entry.key for entry in entries if not store.holds(entry.key, entry.size, entry.sha256)]
    if broken:
        raise ValueError(f"{len(broken)} of {len(entries)} attached files are missing or damaged")
    return entries


_MOST_LIST_BYTES = 500_000_000


def _compare(copy: Path, told: dict[str, Any]) -> None:
    if not copy.is_file() or copy.stat().st_size != told["size"] or digest_of(copy) != told["sha256"]:
        raise ValueError("the database in it is missing or damaged")


def _copy(source: IO[bytes], target: Path) -> None:
    with target.open("xb") as copy:
        for chunk in _chunks(source):
            copy.write(chunk)


def _chunks(source: IO[bytes]) -> Iterator[bytes]:
    while chunk := source.read(_CHUNK):
        yield chunk


def _put_files(unpacked: Store, store: Store, entries: list[_Entry]) -> None:
    """Move the files beside the present ones; keys are random, so no present file is overwritten."""
    try:
        for entry in entries:
            store.take_in(unpacked, entry.key)
    except OSError as error:
        raise Refused(f"The attached files can’t be written ({_why(error)}). The database was not changed.") from None


def _restore_database(path: str, copy: Path) -> None:
    try:
        with closing(_opened(copy)) as source, closing(sqlite3.connect(path, timeout=10)) as target:
            source.backup(target)
    except sqlite3.Error as error:
        raise Refused(f"The database can’t be replaced: {error}. Nothing was changed.") from None


def _opened(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)


def _verified(source: sqlite3.Connection, file: Path) -> str:
    try:
        verdict = source.execute("PRAGMA integrity_check").fetchone()[0]
        revision = source.execute("SELECT version_num FROM alembic_version").fetchone()
        source.execute("SELECT count(*) FROM (SELECT product_id FROM event LIMIT 1)").fetchone()
    except sqlite3.Error:
        raise Refused(f"{file} is not a backup of this program. Nothing was changed.") from None
    if verdict != "ok" or revision is None:
        raise Refused(f"{file} is damaged: {verdict}. Nothing was changed.")
    if migrating.is_newer(str(revision[0])):
        newer = f"{file} was made by a newer version of the program (schema {revision[0]})"
        raise Refused(f"{newer}. Install that version first. Nothing was changed.", "newer_database")
    return str(revision[0])


def _database(config: Config) -> str:
    if not config.is_sqlite:
        raise Refused(_ELSEWHERE)
    return sa.make_url(config.database_url).database or ""
