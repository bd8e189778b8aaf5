"""A product, a receiver on this machine, and a courier that is allowed to call it."""

from collections.abc import Iterator

import pytest
from flask import Flask

from kanban.addresses import Reach
from kanban.background.courier import Courier
from kanban.webhooks.client import Client
from tests.builders import World
from tests.webhooks.receiver import Receiver


@pytest.fixture
def world(sqlite_app: Flask) -> World:
    return World(sqlite_app)


@pytest.fixture
def both(app: Flask) -> World:
    """A product with its people, on SQLite and on PostgreSQL."""
    return World(app)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver().running() as receiver:
        yield receiver


def courier(world: World, *, within_s: float = 5.0) -> Courier:
    """A courier that may call this machine."""
    return Courier(world.app, Client(Reach.PRIVATE, within_s=within_s))
