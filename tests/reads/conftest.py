"""A world for the tests of loaders, on both databases, since queries may differ between them."""

import pytest
from flask import Flask

from tests.builders import World


@pytest.fixture
def world(app: Flask) -> World:
    """A product with its people."""
    return World(app)
