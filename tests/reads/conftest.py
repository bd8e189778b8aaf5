"""A world for the tests of loaders, on both databases: that is where queries differ."""

import pytest
from flask import Flask

from tests.builders import World


@pytest.fixture
def world(app: Flask) -> World:
    """A product with its people."""
    return World(app)
