"""The settings of an installation, read from the environment once; a wrong value stops the start with one line."""

import importlib.util
import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from kanban.addresses import Reach

MOST_FILE_BYTES = 20_000_000
MOST_FILES_AT_ONCE = 10
MOST_PRODUCT_BYTES = 500_000_000
"""The most bytes of one attached file, files in one request and bytes of all files of a product.

People are told 20 and 500 MB.
"""


class ConfigError(Exception):
    """A setting that can't be used; the message is one line that names the variable."""


@dataclass(frozen=True)
class Config:
    """Everything that the environment decides. `database_url` is an SQLAlchemy address."""

    data_dir: Path
    database_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    base_url: str = "http://127.0.0.1:8000"
    smtp_url: str | None = field(default=None, repr=False)
    mail_from: str = "kanban@localhost"
    host: str = "127.0.0.1"
    port: int = 8000
    threads: int = 600
    proxies: int = 0
    api_rate: str | None = None
    webhooks: Reach = Reach.PUBLIC
    metrics_token: str | None = field(default=None, repr=False)
    testing: bool = False

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is the built-in file."""
        return self.database_url.startswith("sqlite")

    @property
    def sends_mail(self) -> bool:
        """Whether mail goes out from here; without a mail server, no page may promise one."""
        return self.smtp_url is not None

    @property
    def attachments_dir(self) -> Path:
        """The folder of the attached files."""
        return self.data_dir / "attachments"

    @property
    def is_https(self) -> bool:
        """Whether people reach the installation over TLS."""
        return self.base_url.startswith("https://")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Config":
        """Read the KANBAN_* variables; creates the data directory and its secret key if they are missing."""
        data_dir = Path(environ.get("KANBAN_DATA_DIR") or "data").absolute()
        _make(data_dir)
        host = environ.get("KANBAN_HOST") or "127.0.0.1"
        port = _whole(environ, "KANBAN_PORT", 8000, 1, 65535)
        return cls(
            data_dir=data_dir,
            database_url=_database(environ, data_dir),
            secret_key=_secret(environ, data_dir),
            base_url=_base_url(environ, f"http://{_reachable(host)}:{port}"),
            smtp_url=_smtp(environ),
            mail_from=_address(environ),
            host=host,
            port=port,
            threads=_whole(environ, "KANBAN_THREADS", 600, 4, 10_000),
            proxies=_whole(environ, "KANBAN_PROXIES", 0, 0, 10),
            api_rate=_rate(environ),
            webhooks=_reach(environ),
            metrics_token=_metrics_token(environ),
        )


def _make(data_dir: Path) -> None:
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"KANBAN_DATA_DIR: {data_dir} can’t be created ({error.strerror}).") from None


def _database(environ: Mapping[str, str], data_dir: Path) -> str:
    url = environ.get("KANBAN_DATABASE_URL")
    if not url:
        return f"sqlite:///{data_dir / 'kanban.sqlite3'}"
    for prefix in ("postgresql://", "postgres://", "postgresql+psycopg://"):
        if url.startswith(prefix):
            return _postgres("postgresql+psycopg://" + url.removeprefix(prefix))
    path = url.removeprefix("sqlite:///")
    if path == url or not path or path == ":memory:":
        raise ConfigError("KANBAN_DATABASE_URL: use sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME.")
    return f"sqlite:///{Path(path).absolute()}"


def _postgres(url: str) -> str:
    from sqlalchemy.engine import make_url  # not at the top: the process that watches over the server needs no database
    from sqlalchemy.exc import ArgumentError

    try:
        make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigError("KANBAN_DATABASE_URL: use postgresql://USER:PASSWORD@HOST/NAME.") from None
    if importlib.util.find_spec("psycopg") is None:
        raise ConfigError("KANBAN_DATABASE_URL: PostgreSQL needs its driver: pip install 'psycopg[binary]'.")
    return url


def _secret(environ: Mapping[str, str], data_dir: Path) -> str:
    if key := environ.get("KANBAN_SECRET_KEY"):
        if len(key) < 32:
            raise ConfigError("KANBAN_SECRET_KEY: at least 32 characters, or leave it out and one is made.")
        return key
    path = data_dir / "secret_key"
    try:
        key = _make_secret(path) or _read_secret(path)
    except OSError as error:
        raise ConfigError(f"KANBAN_DATA_DIR: the secret key there can’t be used ({error.strerror}).") from None
    if len(key) < 32:
        raise ConfigError(f"KANBAN_DATA_DIR: the secret key in {path} is damaged. Restore the one from your backup.")
    return key


def _make_secret(path: Path) -> str | None:
    """Write a key that only the owner of the file can read; None if there is one already."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return None
    key = secrets.token_urlsafe(48)
    with os.fdopen(descriptor, "w") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    return key


def _read_secret(path: Path) -> str:
    """Read the key; waits a moment, since another process that is starting may be writing it just now."""
    for _ in range(20):
        if key := path.read_text().strip():
            return key
        time.sleep(0.05)
    return ""


def _reachable(host: str) -> str:
    """The host to open in a browser on this machine, given the one that the server listens on."""
    if host in ("0.0.0.0", "::"):  # noqa: S104
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _base_url(environ: Mapping[str, str], default: str) -> str:
    url = (environ.get("KANBAN_BASE_URL") or default).rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
        raise ConfigError("KANBAN_BASE_URL: use http://HOST or https://HOST, without a path.")
    return url


def _smtp(environ: Mapping[str, str]) -> str | None:
    url = environ.get("KANBAN_SMTP_URL") or None
    if url is not None and not url.startswith(("smtp://", "smtps://")):
        raise ConfigError("KANBAN_SMTP_URL: use smtp://USER:PASSWORD@HOST:587?tls=starttls.")
    return url


def _address(environ: Mapping[str, str]) -> str:
    address = environ.get("KANBAN_MAIL_FROM") or "kanban@localhost"
    if "@" not in address or any(character in address for character in "\r\n\0"):
        raise ConfigError("KANBAN_MAIL_FROM: an address such as updates@example.org.")
    return address


def _rate(environ: Mapping[str, str]) -> str | None:
    rate = environ.get("KANBAN_API_RATE") or None
    if rate is not None:
        from limits import parse_many

        try:
            parse_many(rate)
        except ValueError:
            raise ConfigError("KANBAN_API_RATE: a rate such as 600/minute.") from None
    return rate


def _reach(environ: Mapping[str, str]) -> Reach:
    try:
        return Reach(environ.get("KANBAN_WEBHOOKS") or Reach.PUBLIC)
    except ValueError:
        raise ConfigError("KANBAN_WEBHOOKS: public, private or off.") from None


def _metrics_token(environ: Mapping[str, str]) -> str | None:
    token = environ.get("KANBAN_METRICS_TOKEN") or None
    if token is not None and len(token) < 16:
        raise ConfigError("KANBAN_METRICS_TOKEN: at least 16 characters.")
    return token


def _whole(environ: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = environ.get(name)
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
        raise ConfigError(f"{name}: a whole number from {low} to {high}.")
    return int(text)
