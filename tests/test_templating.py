"""Compiled templates outlive a start; a folder that can't be read or written breaks no page."""

import tempfile
from pathlib import Path

import jinja2
import pytest

from kanban.templating import TemplateCache, keep_compiled


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def render(text: str = "{{ 1 + 1 }}", **settings: bool) -> str:
    environment = jinja2.Environment(loader=jinja2.DictLoader({"a.html": text}), autoescape=True, **settings)  # type: ignore[arg-type]
    keep_compiled(environment)
    return environment.get_template("a.html").render()


def kept(folder: Path) -> list[Path]:
    return sorted(folder.glob("_jinja2-cache-*/*.cache"))


def test_a_second_start_compiles_nothing(own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert render() == "2"
    assert len(kept(own_folder)) == 1
    monkeypatch.setattr(jinja2.Environment, "compile", lambda *_: pytest.fail("compiled again"))
    assert render() == "2"


def test_other_words_and_other_settings_are_compiled_anew(own_folder: Path) -> None:
    assert render("{% if 1 %}\n1{% endif %}") == "\n1"
    assert render("{% if 1 %}\n1{% endif %}", trim_blocks=True) == "1"
    assert render("{% if 1 %}\n2{% endif %}", trim_blocks=True) == "2"


def test_a_damaged_file_is_compiled_again(own_folder: Path) -> None:
    render()
    [path] = kept(own_folder)
    path.write_bytes(path.read_bytes()[:-20])
    assert render() == "2"


def test_a_full_disk_breaks_no_page(own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", full)
    assert render() == "2"
    assert not kept(own_folder)


def test_a_folder_of_somebody_else_is_not_used(own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def foreign(_self: object) -> str:
        raise RuntimeError("Cannot determine safe temp directory.")

    monkeypatch.setattr(TemplateCache, "_get_default_cache_dir", foreign)
    assert render() == "2"
