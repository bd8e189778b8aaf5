"""Worlds for the tests of pages: `world` on a fresh SQLite file, `both` on each kind of database."""

import pytest
from flask import Flask

from tests.builders import World


@pytest.fixture
def world(sqlite_app: Flask) -> World:
    """A product with its people on a fresh SQLite file."""
    return World(sqlite_app)


@pytest.fixture
def both(app: Flask) -> World:
    """A product with its people, on SQLite and on PostgreSQL."""
    return World(app)
