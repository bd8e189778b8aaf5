"""The image holds what the program needs, and nothing that belongs to one machine."""

import re
import shlex
import subprocess
import tomllib
from pathlib import Path

import pathspec
import pytest

ROOT = Path(__file__).parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE = (ROOT / "compose.yaml").read_text()


@pytest.fixture(scope="module")
def sent() -> set[str]:
    """The tracked files that a build is given."""
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return {name for name in tracked.splitlines() if _is_sent(name)}


def _is_sent(name: str) -> bool:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    return not pathspec.PathSpec.from_lines("gitignore", lines).match_file(name)


def test_an_image_is_built_from_all_that_a_wheel_is_built_from(sent: set[str]) -> None:
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())
    sources = wanted["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    for source in {*(source.strip("/") for source in sources), "pyproject.toml", "README.md", "LICENSE"} - {"wsgi.py"}:
        assert any(name == source or name.startswith(f"{source}/") for name in sent), source


@pytest.mark.parametrize(
    "private",
    [
        ".git/config",
        ".venv/pyvenv.cfg",
        "data/secret_key",
        "data/kanban.sqlite3",
        "kanban.env",
        "node_modules/htmx/x.js",
    ],
)
def test_nothing_of_one_machine_gets_into_an_image(private: str) -> None:
    assert not _is_sent(private)


def test_the_image_copies_only_what_is_there(sent: set[str]) -> None:
    for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE):
        *sources, _target = shlex.split(line)
        assert all(source == "." or source in sent for source in sources), line


def test_the_container_keeps_its_data_in_a_volume_and_runs_as_nobody_special() -> None:
    [(volume, place)] = re.findall(r'volumes: \["(\w+):(.+)"\]', COMPOSE)
    assert COMPOSE.endswith(f"\nvolumes:\n  {volume}:\n")
    assert f"KANBAN_DATA_DIR={place} " in DOCKERFILE
    assert f"\nVOLUME {place}\n" in DOCKERFILE
    assert "\nUSER kanban\n" in DOCKERFILE
    assert "read_only: true" in COMPOSE
    assert 'ports: ["127.0.0.1:' in COMPOSE
