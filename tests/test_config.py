"""Settings come from the environment once; a wrong one is reported in one line that names it."""

import stat
from pathlib import Path

import pytest

from kanban.config import Config, ConfigError


def _read(folder: Path, **environ: str) -> Config:
    return Config.from_environment({"KANBAN_DATA_DIR": str(folder / "data"), **environ})


def test_without_any_setting_it_runs_on_a_file_of_its_own(tmp_path: Path) -> None:
    config = _read(tmp_path)
    assert config.database_url == f"sqlite:///{tmp_path}/data/kanban.sqlite3"
    assert (config.host, config.port, config.base_url) == ("127.0.0.1", 8000, "http://127.0.0.1:8000")
    assert config.is_sqlite
    assert not config.is_https
    assert config.smtp_url is None


def test_the_secret_key_is_made_once_and_readable_by_nobody_else(tmp_path: Path) -> None:
    first = _read(tmp_path).secret_key
    assert len(first) >= 32
    assert _read(tmp_path).secret_key == first
    path = tmp_path / "data" / "secret_key"
    assert path.read_text() == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_two_installations_have_two_keys(tmp_path: Path) -> None:
    assert _read(tmp_path / "a").secret_key != _read(tmp_path / "b").secret_key


def test_a_damaged_key_stops_the_start(tmp_path: Path) -> None:
    _read(tmp_path)
    (tmp_path / "data" / "secret_key").write_text("short")
    with pytest.raises(ConfigError, match="damaged"):
        _read(tmp_path)


def test_a_relative_path_of_the_database_is_the_same_one_from_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert _read(tmp_path, KANBAN_DATABASE_URL="sqlite:///x.db").database_url == f"sqlite:///{tmp_path}/x.db"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_is_reached_through_psycopg(scheme: str, tmp_path: Path) -> None:
    config = _read(tmp_path, KANBAN_DATABASE_URL=f"{scheme}://ann:pw@db.example.org/kanban")
    assert config.database_url == "postgresql+psycopg://ann:pw@db.example.org/kanban"
    assert not config.is_sqlite


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://127.0.0.1:8000"),
        ("::1", "http://[::1]:8000"),
        ("box", "http://box:8000"),
    ],
)
def test_the_address_to_open_follows_from_the_one_to_listen_on(host: str, url: str, tmp_path: Path) -> None:
    assert _read(tmp_path, KANBAN_HOST=host).base_url == url


def test_a_base_url_wins_and_loses_its_last_slash(tmp_path: Path) -> None:
    config = _read(tmp_path, KANBAN_BASE_URL="https://kanban.example.org/")
    assert config.base_url == "https://kanban.example.org"
    assert config.is_https


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KANBAN_PORT", "eighty"),
        ("KANBAN_PORT", "0"),
        ("KANBAN_PORT", "70000"),
        ("KANBAN_PORT", "²"),
        ("KANBAN_THREADS", "1"),
        ("KANBAN_PROXIES", "-1"),
        ("KANBAN_DATABASE_URL", "mysql://here/there"),
        ("KANBAN_DATABASE_URL", "sqlite:///:memory:"),
        ("KANBAN_DATABASE_URL", "sqlite://"),
        ("KANBAN_DATABASE_URL", "postgresql://host:port/x"),
        ("KANBAN_BASE_URL", "kanban.example.org"),
        ("KANBAN_BASE_URL", "https://example.org/kanban"),
        ("KANBAN_BASE_URL", "ftp://example.org"),
        ("KANBAN_SECRET_KEY", "short"),
        ("KANBAN_SMTP_URL", "mail.example.org"),
        ("KANBAN_MAIL_FROM", "nobody"),
        ("KANBAN_MAIL_FROM", "a@b\nBcc: c@d"),
        ("KANBAN_API_RATE", "often"),
        ("KANBAN_WEBHOOKS", "everywhere"),
        ("KANBAN_METRICS_TOKEN", "short"),
    ],
)
def test_a_wrong_value_is_told_in_one_line_that_names_it(name: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        _read(tmp_path, **{name: value})
    assert str(error.value).startswith(f"{name}: ")
    assert "\n" not in str(error.value)


def test_a_data_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(ConfigError, match="^KANBAN_DATA_DIR: "):
        _read(tmp_path)


def test_secrets_do_not_show_when_the_settings_are_printed(tmp_path: Path) -> None:
    config = _read(
        tmp_path,
        KANBAN_DATABASE_URL="postgresql://ann:hush@db.example.org/kanban",
        KANBAN_SMTP_URL="smtp://ann:hush@mail.example.org",
    )
    assert "hush" not in repr(config)
    assert config.secret_key not in repr(config)
