"""Built files by their names, whoever asks at the same moment, and how much a browser has to fetch."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from kanban import assets
from kanban.assets import Assets


@pytest.fixture
def manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps({"main.css": "main.1a2b.css", "icons.svg": "icons.3c4d.svg"}))
    monkeypatch.setattr(assets, "_MANIFEST", path)
    return path


def test_a_picture_stands_in_the_built_sprite(sqlite_app: Flask, manifest: Path) -> None:
    with sqlite_app.test_request_context():
        assert '<use href="/static/dist/icons.3c4d.svg#list"/>' in Assets().icon("list")


@pytest.mark.usefixtures("manifest")
def test_who_asks_while_the_names_are_read_is_given_no_name_of_none(
    sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    built, meanwhile, read = Assets(), list[str](), json.loads

    def slowly(text: str) -> Any:
        monkeypatch.setattr(json, "loads", read)
        meanwhile.append(built.url("main.css"))  # as another thread does
        return read(text)

    monkeypatch.setattr(json, "loads", slowly)
    with sqlite_app.test_request_context():
        assert built.url("main.css") == "/static/dist/main.1a2b.css"
    assert meanwhile == ["/static/dist/main.1a2b.css"]


def test_what_is_built_anew_is_taken_up(sqlite_app: Flask, manifest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "_LOOKED_AT_FOR", 0.0)
    built = Assets()
    with sqlite_app.test_request_context():
        assert built.url("main.css") == "/static/dist/main.1a2b.css"
        manifest.unlink()
        assert built.url("main.css") == "/static/dist/main.css"


def test_all_scripts_of_a_page_take_at_most_sixty_kilobytes_to_fetch() -> None:
    names = json.loads(assets._MANIFEST.read_text())
    scripts = [assets._DIST / name for name in names.values() if name.startswith("main-") and name.endswith(".js")]
    assert [len(gzip.compress(path.read_bytes(), 9)) <= 60 * 1024 for path in scripts] == [True]
