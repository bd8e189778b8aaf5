"""The files of attachments in the data directory: written whole or not at all, checked, and swept. No database here.

A file is written first and referenced by a row afterwards, so a row never points at nothing; a file that no row refers
to is harmless and swept later.
"""

import contextlib
import datetime as dt
import hashlib
import logging
import os
import re
import secrets
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from kanban import clock
from kanban.config import MOST_FILE_BYTES, MOST_FILES_AT_ONCE
from kanban.errors import Busy, Invalid

log = logging.getLogger("kanban")
_KEY = re.compile(r"[0-9a-f]{32}")
_CHUNK = 1024 * 1024
_NAME_LENGTH = 200
_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,80}")
UNKNOWN_TYPE = "application/octet-stream"
KEPT_AFTER_REMOVAL = dt.timedelta(days=1)
COMES_BACK = KEPT_AFTER_REMOVAL - dt.timedelta(hours=1)
"""How long after its removal a file can be brought back: well before it is swept."""


class UploadedFile(Protocol):
    """A file as it comes with a request."""

    @property
    def filename(self) -> str | None: ...

    @property
    def content_type(self) -> str | None: ...

    @property
    def stream(self) -> IO[bytes]: ...


@dataclass(frozen=True)
class StoredFile:
    """A file on the disk: its key, its name, its size in bytes and its SHA-256 in hex."""

    key: str
    name: str
    content_type: str
    size: int
    sha256: str


class Store:
    """A folder of files named by random keys; the first two letters of a key are its subfolder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, key: str) -> Path:
        """The path of the file with this key; ValueError if it is not one of our keys."""
        if not _KEY.fullmatch(key):
            raise ValueError("no key of a file")
        return self.folder / key[:2] / key

    def keep_all(self, sent: Sequence[UploadedFile]) -> list[StoredFile]:
        """Write the files of a request, all or none; raises Invalid naming a file that is too large."""
        files = [file for file in sent if file.filename]
        if not 1 <= len(files) <= MOST_FILES_AT_ONCE:
            raise Invalid({"file": f"Choose 1 to {MOST_FILES_AT_ONCE} files."})
        kept: list[StoredFile] = []
        try:
            with self.dropped_on_failure(kept):
                for file in files:
                    kept.append(self._keep(file))
        except OSError as error:
            log.error("a file could not be kept", exc_info=error)
            raise Busy(f"The file could not be kept ({error.strerror}). Nothing was changed.", "storage") from None
        return kept

    @contextlib.contextmanager
    def dropped_on_failure(self, kept: Sequence[StoredFile]) -> Iterator[None]:
        """Delete these files again when the block fails; only for blocks that do not commit."""
        try:
            yield
        except BaseException:
            self.drop(file.key for file in kept)
            raise

    def drop(self, keys: Iterable[str]) -> None:
        """Delete the files with these keys; missing ones are skipped."""
        for key in keys:
            self.path(key).unlink(missing_ok=True)

    def _keep(self, file: UploadedFile) -> StoredFile:
        name = clean_name(file.filename or "")
        key = secrets.token_hex(16)
        size, sha256 = self.write(key, _limited(file.stream, name))
        return StoredFile(key, name, clean_type(file.content_type or ""), size, sha256)

    def write(self, key: str, chunks: Iterable[bytes]) -> tuple[int, str]:
        """Write a file under its key: to a temporary file, flushed, then renamed. Returns its size and SHA-256."""
        path = self.path(key)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        digest, size = hashlib.sha256(), 0
        try:
            with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as target:
                for chunk in chunks:
                    target.write(chunk)
                    digest.update(chunk)
                    size += len(chunk)
                target.flush()
                os.fsync(target.fileno())
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)
        return size, digest.hexdigest()

    def take_in(self, other: "Store", key: str) -> None:
        """Move a file here from another folder on the same disk."""
        path = self.path(key)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        other.path(key).replace(path)
        _sync_folder(path.parent)

    def has(self, key: str, size: int) -> bool:
        """Whether the file is there with this size."""
        path = self.path(key)
        return path.is_file() and path.stat().st_size == size

    def holds(self, key: str, size: int, sha256: str) -> bool:
        """Whether the file is there and whole; reads all of it."""
        return self.has(key, size) and digest_of(self.path(key)) == sha256

    def sweep(self, wanted: Callable[[str], set[str]], *, older_than_s: float) -> int:
        """Delete files that are this old and not wanted (asked per two-letter subfolder); returns how many."""
        limit, count = clock.now().timestamp() - older_than_s, 0
        for folder in sorted(self.folder.glob("[0-9a-f][0-9a-f]")):
            old = [path for path in folder.iterdir() if _written_at(path) < limit]
            keep = wanted(folder.name) if old else set()
            for path in old:
                if path.name not in keep:
                    path.unlink(missing_ok=True)
                    count += 1
        return count


def _limited(stream: IO[bytes], name: str) -> Iterator[bytes]:
    left = MOST_FILE_BYTES
    while chunk := stream.read(_CHUNK):
        left -= len(chunk)
        if left < 0:
            raise Invalid({"file": f"{name} is larger than {MOST_FILE_BYTES // 1_000_000} MB."}, "too_large")
        yield chunk


def _sync_folder(folder: Path) -> None:
    """Flush a folder to the disk, so that a new file's name is safe too; Windows can't do that."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _written_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # another process has swept it
        return float("inf")


def digest_of(path: Path) -> str:
    """The SHA-256 of a file in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


TURNING = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF])
"""For `str.translate`: drops the characters that reverse the writing direction of everything after them."""


def clean_name(given: str) -> str:
    """A file's name without folders, control characters and characters that change the writing direction.

    It has 1 to 200 characters; a name that is too long keeps its extension. Quotes, emoji and every script survive.
    """
    last = re.split(r"[/\\]", given)[-1].translate(TURNING)
    plain = "".join(
        character if unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp") else " " for character in last
    )
    name = unicodedata.normalize("NFC", " ".join(plain.split())).rstrip(". ")
    if not name:
        return "file"
    if len(name) <= _NAME_LENGTH:
        return name
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending) > 20:
        return name[:_NAME_LENGTH]
    return stem[: _NAME_LENGTH - 1 - len(ending)] + dot + ending


def clean_type(given: str) -> str:
    """The content type the client gave, without parameters; anything malformed counts as unknown."""
    told = given.partition(";")[0].strip().lower()
    return told if _TYPE.fullmatch(told) else UNKNOWN_TYPE
