"""Webhooks over the API."""

import pytest
import sqlalchemy as sa

from kanban.models import Command
from tests.api.conftest import Program, Programs
from tests.builders import World, sound
from tests.webhooks.hooks import hook_of, secret_of

HOOKS = "/products/FE/webhooks"
WORDS = {"name": "Chat", "address": "https://hooks.example/T0"}


@pytest.fixture
def world(both_worlds: World) -> World:
    return both_worlds


def test_a_webhook_is_added_changed_switched_and_removed(olga: Program, world: World) -> None:
    made = olga.post(HOOKS, WORDS)
    assert made.status_code == 201, made.json
    assert (made.json["number"], made.json["changed"], made.json["secret"]) == (1, True, secret_of(world))
    assert made.json["hears"] == ["items", "questions", "promises", "updates", "requests", "rest"]
    changed = olga.patch(f"{HOOKS}/1", {"hears": ["rest", "updates"], "is_on": False})
    assert (changed.json["name"], changed.json["hears"], changed.json["is_on"]) == ("Chat", ["updates", "rest"], False)
    before = secret_of(world)
    renewed = olga.post(f"{HOOKS}/1/secret")
    assert renewed.json["secret"] == secret_of(world) != before
    (listed,) = olga.get(HOOKS).json["data"]
    assert listed["address"] == WORDS["address"]
    assert "secret" not in listed
    assert olga.patch(f"{HOOKS}/1", {"is_on": True}).json["told"] == world.version()
    assert olga.patch(f"{HOOKS}/1", {"name": "Chat"}).json["changed"] is False
    assert olga.delete(f"{HOOKS}/1").json["changed"] is True
    assert olga.get(HOOKS).json["data"] == []
    assert olga.delete(f"{HOOKS}/1").status_code == 404
    assert sound(world)


def test_a_repeated_command_adds_one_and_does_not_tell_its_secret_again(olga: Program, world: World) -> None:
    first = olga.post(HOOKS, WORDS, key="c" * 32)
    again = olga.post(HOOKS, WORDS, key="c" * 32)
    assert (again.status_code, again.json["secret"]) == (201, None)
    assert first.json | {"secret": None} == again.json
    assert hook_of(world).number == 1
    with world.reading() as session:
        kept = session.scalars(sa.select(Command.result)).one()
    assert secret_of(world) not in str(kept)


def test_what_is_refused(olga: Program, program: Programs) -> None:
    wrong: tuple[tuple[str, object], ...]
    wrong = (("address", "http://hooks.example/"), ("address", "https://10.0.0.1/"), ("name", " "), ("hears", []))
    for field, value in wrong:
        refused = olga.post(HOOKS, {**WORDS, field: value})
        assert (refused.status_code, [each["field"] for each in refused.json["errors"]]) == (422, [field])
    assert olga.post(HOOKS, WORDS | {"hears": "gossip"}).status_code == 422
    for name in ("dora", "dev", "vic"):
        assert program(name).get(HOOKS).status_code == 403
    assert program("sam").get(HOOKS).status_code == 404
    assert program("olga", "read").post(HOOKS, WORDS).status_code == 403
