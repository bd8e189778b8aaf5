"""Built files by their names, also when several threads ask at once, and how much a browser has to fetch."""

import gzip
import json
from pathlib import Path
from typing import Any

import brotli
import pytest
from flask import Flask

import hatch_build
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
    scripts = [name for name in names.values() if name.startswith("main-") and name.endswith(".js")]
    assert [len(assets.packed(name, "gzip") or b"") <= 60 * 1024 for name in scripts] == [True]


@pytest.mark.parametrize("coding", ["br", "gzip"])
def test_what_is_packed_is_what_was_built(coding: str) -> None:
    unpack = {"br": brotli.decompress, "gzip": gzip.decompress}[coding]
    names = [name for name in json.loads(assets._MANIFEST.read_text()).values() if assets.packed(name, coding)]
    assert len(names) == 4
    assert [unpack(assets.packed(name, coding)) == (assets._DIST / name).read_bytes() for name in names] == [True] * 4


def test_machines_that_serve_together_name_their_scripts_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hatch_build, "_shrink", lambda _root, _script: None)
    names = []
    for out in (tmp_path / "one", tmp_path / "two"):
        out.mkdir()
        names.append(hatch_build._bundle(Path(hatch_build.__file__).parent, out))
    assert names[0] == names[1]
