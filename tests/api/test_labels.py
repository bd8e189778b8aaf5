"""A product's labels over the API: listed with what carries them, renamed, merged, removed."""

import pytest

from tests.api.conftest import Program, Programs
from tests.builders import World, sound

LABELS = "/products/FE/labels"


@pytest.fixture
def world(both_worlds: World) -> World:
    return both_worlds


@pytest.fixture
def dora(world: World) -> Program:
    return Programs(world)("dora")


def put(world: World, *names: str) -> str:
    ref = world.item("One")
    world.browser("dev").post(f"/items/{ref}/labels", {"new": ", ".join(names)})
    return ref


def test_labels_are_told_with_what_carries_them(dora: Program, world: World) -> None:
    put(world, "law", "Harbour")
    world.change(put(world, "law"), "discard", "No wind")
    told = dora.get(LABELS).json["data"]
    assert [(label["name"], label["open"], label["finished"], label["discarded"]) for label in told] == [
        ("Harbour", 1, 0, 0),
        ("law", 1, 0, 1),
    ]


def test_a_label_is_renamed_merged_once_that_is_said_and_removed(dora: Program, world: World) -> None:
    refs = [put(world, "desing"), put(world, "desing", "plan")]
    desing, plan = (label["id"] for label in dora.get(LABELS).json["data"])
    changed = dora.patch(f"{LABELS}/{desing}", {"name": "design"}).json
    assert (changed["id"], changed["name"], changed["open"], changed["changed"]) == (desing, "design", 2, True)
    assert dora.patch(f"{LABELS}/{desing}", {"name": "design"}).json["changed"] is False
    refused = dora.patch(f"{LABELS}/{desing}", {"name": "Plan"})
    assert (refused.status_code, refused.json["code"]) == (409, "label_exists")
    merged = dora.patch(f"{LABELS}/{desing}", {"name": "Plan", "merge": True}).json
    assert (merged["id"], merged["name"], merged["open"]) == (plan, "plan", 2)
    assert [dora.get(f"/items/{ref}").json["labels"] for ref in refs] == [["plan"], ["plan"]]
    assert dora.patch(f"{LABELS}/{desing}", {"name": "x"}).status_code == 404
    assert dora.patch(f"{LABELS}/{plan}", {"name": "one, two"}).status_code == 422
    assert dora.delete(f"{LABELS}/{plan}").json["changed"] is True
    assert dora.get(LABELS).json["data"] == [] and dora.delete(f"{LABELS}/{plan}").status_code == 404
    told = [(event["kind"], event["ref"], event["data"]) for event in dora.get("/products/FE/events").json["data"]]
    assert told[-3:] == [
        ("label_renamed", None, {"was": "desing", "now": "design"}),
        ("label_merged", None, {"was": "design", "now": "plan", "count": 2}),
        ("label_removed", None, {"was": "plan", "count": 2}),
    ]
    assert sound(world)


def test_developers_read_labels_and_change_none(world: World) -> None:
    put(world, "law")
    dev = Programs(world)("dev")
    [label] = dev.get(LABELS).json["data"]
    assert dev.patch(f"{LABELS}/{label['id']}", {"name": "app"}).status_code == 403
    assert dev.delete(f"{LABELS}/{label['id']}").status_code == 403
