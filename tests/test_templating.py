"""Compiled templates survive a restart; a folder that can't be read or written breaks no page."""

import contextlib
import tempfile
from pathlib import Path

import jinja2
import pytest
from flask import Flask
from jinja2 import nodes

from kanban.templating import TemplateCache, keep_compiled, share_globals


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


def test_what_is_given_to_one_template_is_no_other_ones() -> None:
    texts = {
        "a.html": "{{ secret }}{{ word }}",
        "b.html": "{{ secret }}{{ word }}{% include 'a.html' %}{% from 'c.html' import say %}{{ say() }}",
        "c.html": "{% macro say() %}{{ secret }}{{ word }}{% endmacro %}",
        "d.html": "{{ secret }}{{ word }}",
    }
    environment = jinja2.Environment(loader=jinja2.DictLoader(texts), autoescape=True)
    share_globals(environment)
    environment.globals["word"] = "all"
    assert environment.get_template("b.html").render() == "allallall"
    with pytest.raises(AttributeError):
        environment.get_template("a.html", globals={"secret": "own "})  # loaded before, and shared
    for _ in range(2):  # loaded with it, then found in the cache with it
        assert environment.get_template("d.html", globals={"secret": "own "}).render() == "own all"
        assert environment.from_string("{{ secret }}{{ word }}", globals={"secret": "one "}).render() == "one all"
        assert environment.from_string("{{ secret }}{{ word }}").render() == "all"
    assert "secret" not in environment.globals
    assert environment.get_template("c.html").render() == ""
    assert environment.get_template("b.html").render() == "allallall"
    environment.globals["word"] = "new"
    assert environment.get_template("a.html").render() == "new"
    assert environment.get_template("d.html").render() == "own new"


def test_what_is_shown_to_one_reader_is_not_shown_to_the_next() -> None:
    texts = {"a.html": "{% set mine = name %}{% include 'b.html' %}", "b.html": "{{ name }}{{ mine }}"}
    environment = jinja2.Environment(loader=jinja2.DictLoader(texts), autoescape=True)
    share_globals(environment)
    assert environment.get_template("a.html").render(name="Olga") == "OlgaOlga"
    assert environment.get_template("b.html").render() == ""
    assert not {"name", "mine"} & set(environment.globals)


def test_no_filter_of_ours_is_worked_out_when_a_template_is_compiled(sqlite_app: Flask) -> None:
    """Jinja evaluates filters with constant arguments at compile time, but ours depend on request, language or day."""
    environment = sqlite_app.jinja_env
    own = set(environment.filters) - set(jinja2.filters.FILTERS)
    assert "focusing" in own and "short_day" in own
    folded = []
    for name in environment.list_templates(extensions=["html", "txt"]):
        assert environment.loader is not None
        tree = environment.parse(environment.loader.get_source(environment, name)[0], name)
        for found in tree.find_all(nodes.Filter):
            with sqlite_app.test_request_context(), contextlib.suppress(nodes.Impossible):
                if found.name in own:
                    found.as_const(nodes.EvalContext(environment, name))
                    folded.append((name, found.lineno, found.name))
    assert folded == []
