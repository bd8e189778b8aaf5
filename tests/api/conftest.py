"""A program for each person of the world: an API client that sends JSON with that person's token."""

from typing import Any

import pytest
from flask import Flask

from kanban import keys
from kanban.models import User
from tests.builders import World


class Program:
    """Calls the API with one token; with `key`, a call is a command with that id."""

    def __init__(self, app: Flask, secret: str) -> None:
        self.client = app.test_client()
        self.secret = secret

    def get(self, path: str, **query: Any) -> Any:
        return self.call("GET", path, query=query)

    def post(self, path: str, body: Any = None, *, key: str | None = None, **query: Any) -> Any:
        return self.call("POST", path, body, key=key, query=query)

    def patch(self, path: str, body: Any, *, key: str | None = None) -> Any:
        return self.call("PATCH", path, body, key=key)

    def put(self, path: str, body: Any) -> Any:
        return self.call("PUT", path, body)

    def delete(self, path: str) -> Any:
        return self.call("DELETE", path)

    def call(
        self, method: str, path: str, body: Any = None, *, key: str | None = None, query: Any = None, **more: Any
    ) -> Any:
        headers = {"Authorization": f"Bearer {self.secret}"} | ({"Idempotency-Key": key} if key else {})
        return self.client.open(
            f"/api/v1{path}", method=method, json=body, headers=headers, query_string=query or None, **more
        )


class Programs:
    """One program for each person, made on first use."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._made: dict[tuple[str, str], Program] = {}

    def __call__(self, name: str, scope: str = "write") -> Program:
        if (name, scope) not in self._made:
            with self.world.writing() as session:
                secret = keys.make_api_token(session.get_one(User, self.world.ids[name]), "test", scope)
            self._made[name, scope] = Program(self.world.app, secret)
        return self._made[name, scope]


@pytest.fixture
def world(sqlite_app: Flask) -> World:
    """A world on SQLite; a module in which the database matters overrides it with `both_worlds`."""
    return World(sqlite_app)


@pytest.fixture
def both_worlds(app: Flask) -> World:
    """A world on SQLite, and another one on PostgreSQL."""
    return World(app)


@pytest.fixture
def program(world: World) -> Programs:
    return Programs(world)


@pytest.fixture
def olga(program: Programs) -> Program:
    """The owner's program."""
    return program("olga")


@pytest.fixture
def dev(program: Programs) -> Program:
    """A developer's program."""
    return program("dev")


def column(program: Program, name: str, key: str = "FE") -> int:
    """The id of a column by its name."""
    found = [each["id"] for each in program.get(f"/products/{key}").json["columns"] if each["name"] == name]
    return int(found[0])
