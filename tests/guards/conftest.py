"""Fixtures of the guards: the application's routes, and a furnished workspace that a test may change."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import make_app


@pytest.fixture
def app_of_routes(tmp_path: Path) -> Iterator[Flask]:
    """The application over a database without tables: enough to read its routes."""
    yield from make_app(f"sqlite:///{tmp_path / 'none.sqlite3'}", tmp_path)
