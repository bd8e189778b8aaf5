"""The lock files are as new as what they were made from, and name no place to download from."""

import json
import re
from pathlib import Path

import pytest

import dev

ROOT = Path(dev.__file__).parent


@pytest.mark.parametrize("name", dev.LOCKS)
def test_a_python_lock_is_as_new_as_its_source(name: str) -> None:
    first = (ROOT / f"requirements/{name}.txt").read_text().splitlines(keepends=True)[0]
    assert first == dev.lock_heading(), "pyproject.toml has changed: run `python3 dev.py lock`"


@pytest.mark.parametrize("name", dev.LOCKS)
def test_a_python_lock_pins_each_package_by_hash_and_holds_no_address(name: str) -> None:
    text = (ROOT / f"requirements/{name}.txt").read_text()
    assert "://" not in text
    assert not re.search(r"^\s*(-i|-f|--\w*index|--find-links|--trusted-host)", text, re.MULTILINE)
    pins = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert pins
    assert [line for line in pins if not re.match(r"[a-z0-9.\-]+==[^ ]+ (;.* )?\\$", line)] == []
    assert text.count("==") >= len(pins)


@pytest.mark.parametrize(("larger", "smaller"), [("postgres", "app"), ("dev", "postgres")])
def test_the_locks_agree_on_each_version(larger: str, smaller: str) -> None:
    assert pins(smaller).items() <= pins(larger).items()


@pytest.mark.parametrize("folder", [".", "tests"])
def test_a_script_lock_is_as_new_as_its_source(folder: str) -> None:
    source = json.loads((ROOT / folder / "package.json").read_text())
    root = json.loads((ROOT / folder / "package-lock.json").read_text())["packages"][""]
    for kind in ("dependencies", "devDependencies"):
        assert root.get(kind, {}) == source.get(kind, {}), (
            f"{folder}/package.json has changed: run `python3 dev.py lock`"
        )


@pytest.mark.parametrize("folder", [".", "tests"])
def test_a_script_lock_pins_each_package_by_hash_and_holds_no_address(folder: str) -> None:
    packages = json.loads((ROOT / folder / "package-lock.json").read_text())["packages"]
    for path, package in packages.items():
        assert "resolved" not in package, path
        assert not path or package["integrity"].startswith("sha512-"), path


def pins(name: str) -> dict[str, str]:
    """The version of each package in that lock file."""
    text = (ROOT / f"requirements/{name}.txt").read_text()
    return dict(re.findall(r"^([a-z0-9.\-]+)==(\S+)", text, re.MULTILINE))
