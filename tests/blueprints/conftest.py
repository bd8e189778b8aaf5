"""A world for the tests of pages: each test has it on a fresh SQLite file, those that ask for `both` on both databases."""

import pytest
from flask import Flask

from tests.builders import World


@pytest.fixture
def world(sqlite_app: Flask) -> World:
    """A product with its people on a fresh SQLite file."""
    return World(sqlite_app)


@pytest.fixture
def both(app: Flask) -> World:
    """The same on SQLite and on PostgreSQL."""
    return World(app)
