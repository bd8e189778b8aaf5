"""Git tracks only what somebody wrote."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_nothing_is_kept_that_is_to_be_ignored() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone")
    told = subprocess.run(
        ["git", "ls-files", "--cached", "--ignored", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.splitlines() == []
