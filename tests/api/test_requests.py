"""Requests over the API: read, written down, accepted, declined, merged; who may, and what is refused."""

from typing import Any

import pytest

from tests.api.conftest import Program, Programs
from tests.builders import World, sound

LIST = "/products/FE/requests"


@pytest.fixture
def kari(olga: Program) -> str:
    olga.post("/products/FE/stakeholders", {"name": "Kari", "email": "kari@harbour.example"})
    return "kari@harbour.example"


def wish(olga: Program, who: str, title: str = "Refunds", **more: Any) -> Any:
    made = olga.post(LIST, {"stakeholder": who, "title": title, **more})
    assert made.status_code == 201
    return made.json


def test_one_is_written_down_and_read_as_it_is(world: World, olga: Program, kari: str) -> None:
    made = wish(olga, kari, body="By phone")
    assert (made["state"], made["stakeholder"], made["supporters"], made["item"]) == ("new", kari, [], None)
    told = olga.get(LIST).json
    assert told["next"] is None
    assert told["data"] == [{name: value for name, value in made.items() if name in told["data"][0]}]
    assert olga.post(LIST, {"stakeholder": "nobody@x.example", "title": "A"}).status_code == 422
    assert olga.post(LIST, {"stakeholder": kari, "title": " "}).status_code == 422
    assert sound(world)


def test_accepting_makes_an_item_or_takes_one_that_is_there(world: World, olga: Program, kari: str) -> None:
    there = world.item("Refund rules")
    one, two = wish(olga, kari), wish(olga, kari, "Money back")
    taken = olga.post(f"/requests/{one['id']}/accept", {"place": {"before": there}, "words": "We do it"}).json
    assert (taken["state"], taken["words"], world.order()) == ("accepted", "We do it", ["Refunds", "Refund rules"])
    assert olga.get(f"/items/{taken['item']}").json["title"] == "Refunds"
    assert olga.post(f"/requests/{two['id']}/accept", {"item": there}).json["item"] == there
    again = olga.post(f"/requests/{one['id']}/accept", {})
    assert again.status_code == 409 and len(world.order()) == 2
    assert olga.post(f"/requests/{two['id']}/reopen", {}).json["state"] == "new"
    assert olga.post(f"/requests/{two['id']}/accept", {"item": "FE-77"}).status_code == 422
    assert sound(world)


def test_declining_needs_a_reason_and_merging_another_request(world: World, olga: Program, kari: str) -> None:
    one, two, three = (wish(olga, kari, title) for title in ("One", "Two", "Three"))
    assert olga.post(f"/requests/{one['id']}/decline", {"reason": " "}).status_code == 422
    assert olga.post(f"/requests/{one['id']}/decline", {"reason": "Mail does that"}).json["state"] == "declined"
    assert olga.post(f"/requests/{two['id']}/merge", {"into": 99}).status_code == 422
    merged = olga.post(f"/requests/{two['id']}/merge", {"into": three["id"]}).json
    assert (merged["state"], merged["duplicate_of"]) == ("duplicate", three["id"])
    assert olga.post(f"/requests/{three['id']}/postpone", {"words": "Later"}).json["state"] == "later"
    states = {one["id"]: "declined", two["id"]: "duplicate", three["id"]: "later"}
    assert {each["id"]: each["state"] for each in olga.get(LIST).json["data"]} == states
    assert [each["id"] for each in olga.get(LIST, state="later").json["data"]] == [three["id"]]
    page = olga.get(LIST, limit=2).json
    assert [each["id"] for each in olga.get(LIST, after=page["next"]).json["data"]] == [three["id"]]
    assert sound(world)


def test_a_request_is_promised_by_its_id(world: World, olga: Program, kari: str) -> None:
    made = wish(olga, kari)
    body = {"subject": {"request": made["id"]}, "due_on": "2030-06-17", "statement": "Refunds", "stakeholders": [kari]}
    told = olga.post("/products/FE/commitments", body).json
    assert told["subject"] == {"item": None, "milestone": None, "request": made["id"]}
    ref = olga.post(f"/requests/{made['id']}/accept", {}).json["item"]
    [told] = olga.get("/products/FE/commitments").json["data"]
    assert told["subject"] == {"item": ref, "milestone": None, "request": made["id"]}
    assert sound(world)


@pytest.mark.parametrize(("name", "status"), [("dora", 200), ("lea", 403), ("dev", 403), ("vic", 403), ("sam", 404)])
def test_each_role_decides_as_it_may(program: Programs, olga: Program, kari: str, name: str, status: int) -> None:
    made = wish(olga, kari)
    assert program(name).post(f"/requests/{made['id']}/decline", {"reason": "No"}).status_code == status
    assert program(name).get(LIST).status_code == (200 if name == "lea" else status)


def test_the_same_command_answers_what_it_did(world: World, olga: Program, kari: str) -> None:
    made = wish(olga, kari)
    first = olga.post(f"/requests/{made['id']}/accept", {}, key="once")
    again = olga.post(f"/requests/{made['id']}/accept", {}, key="once")
    assert again.json == first.json and again.headers["Idempotent-Replay"] == "true"
    assert len(world.order()) == 1
