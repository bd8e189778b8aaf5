"""Milestones and promises over the API: made, moved with a cause, withdrawn, and read by each role as it may."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from kanban import clock
from tests.api.conftest import Program, Programs
from tests.builders import World, sound

NOON = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)  # a Tuesday
ALL = "/products/FE/commitments"


@pytest.fixture(autouse=True)
def noon(world: World) -> Iterator[clock.MovedClock]:
    with clock.at(NOON) as moved:
        yield moved
        assert sound(world)


@pytest.fixture
def ref(world: World, olga: Program) -> str:
    olga.post("/products/FE/stakeholders", {"name": "Ada", "email": "ada@harbour.example"})
    return world.item("Refunds", "Acceptance")


def promise(olga: Program, subject: dict[str, Any], **changed: Any) -> Any:
    body = {
        "subject": subject,
        "due_on": "2026-12-15",
        "statement": "Refunds work",
        "stakeholders": ["ada@harbour.example"],
    }
    return olga.post(ALL, body | changed)


def change(olga: Program, commitment: int, **changed: Any) -> Any:
    body = {"due_on": "2027-01-04", "cause": "external", "explanation": "The bank is closed"}
    return olga.post(f"/commitments/{commitment}/changes", body | changed)


def test_an_item_is_promised_and_its_date_moves_with_a_cause(olga: Program, ref: str) -> None:
    made = promise(olga, {"item": ref})
    assert made.status_code == 201
    told = made.json
    assert told["subject"] == {"item": ref, "milestone": None, "request": None}
    assert (told["due_on"], told["first_due_on"], told["state"]) == ("2026-12-15", "2026-12-15", "open")
    assert told["stakeholders"] == ["ada@harbour.example"]
    moved = change(olga, told["id"], mitigation="By hand")
    assert moved.status_code == 201
    assert moved.json["version"] == told["version"] + 1
    again = change(olga, told["id"], due_on="2027-01-11").json
    assert (again["first_due_on"], again["due_on"]) == ("2026-12-15", "2027-01-11")
    assert again["slipped"] == {"times": 2, "days": 27}
    assert [(each["from_on"], each["to_on"], each["by"]) for each in again["changes"]] == [
        ("2026-12-15", "2027-01-04", "Olga"),
        ("2027-01-04", "2027-01-11", "Olga"),
    ]
    assert again["changes"][0]["mitigation"] == "By hand"
    assert [each["id"] for each in olga.get(ALL).json["data"]] == [told["id"]]


def test_the_card_and_the_row_tell_the_day(olga: Program, world: World, ref: str) -> None:
    row = world.item("Search")
    promise(olga, {"item": ref})
    promise(olga, {"item": row}, due_on="2026-12-16")
    cards = [card for column in olga.get("/products/FE/board").json["columns"] for card in column["items"]]
    assert [(card["ref"], card["promised_on"]) for card in cards] == [(ref, "2026-12-15")]
    assert olga.get("/products/FE/backlog").json["data"][0]["promised_on"] == "2026-12-16"
    assert olga.get(f"/items/{ref}").json["promised_on"] == "2026-12-15"
    assert olga.post(f"/items/{ref}/move", {"place": "bottom"}).json["item"]["promised_on"] == "2026-12-15"


def test_a_program_of_the_team_reads_dates_but_not_to_whom(olga: Program, program: Programs, ref: str) -> None:
    promise(olga, {"item": ref})
    for name, people in (("dev", None), ("vic", None), ("lea", ["ada@harbour.example"])):
        [told] = program(name).get(ALL).json["data"]
        assert told["due_on"] == "2026-12-15"
        assert told["stakeholders"] == people
    assert "ada@" not in program("dev").get("/products/FE/events?after=0").text


@pytest.mark.parametrize("name", ["dev", "vic", "lea"])
def test_only_the_owners_side_promises(olga: Program, program: Programs, ref: str, name: str) -> None:
    made = promise(olga, {"item": ref}).json
    calls = (
        (ALL, {"subject": {"item": ref}, "due_on": "2026-12-15", "statement": "So"}),
        (f"/commitments/{made['id']}/changes", {"due_on": "2027-01-04", "cause": "people", "explanation": "So"}),
        (f"/commitments/{made['id']}/withdraw", {"reason": "So"}),
        ("/products/FE/milestones", {"name": "Summer"}),
    )
    for path, body in calls:
        answer = program(name).post(path, body)
        assert (answer.status_code, answer.json["code"]) == (403, "not_allowed"), path
        assert program("sam").post(path, body).status_code == 404, path


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"due_on": "2026-11-24"}, "due_on"),
        ({"due_on": "2026-12-05"}, "due_on"),
        ({"due_on": "soon"}, "due_on"),
        ({"subject": {"item": "FE-77"}}, "subject"),
        ({"subject": {"item": "XX-1"}}, "subject"),
        ({"subject": {"milestone": 77}}, "subject"),
        ({"subject": {}}, "subject"),
        ({"subject": {"item": "FE-1", "milestone": 1}}, "subject"),
        ({"subject": {"request": 77}}, "subject"),
        ({"stakeholders": ["nobody@harbour.example"]}, "stakeholders"),
        ({"statement": "x" * 501}, "statement"),
        ({"more": 1}, "more"),
    ],
)
def test_what_cannot_be_promised_names_its_field(olga: Program, ref: str, changed: dict[str, Any], field: str) -> None:
    answer = promise(olga, **({"subject": {"item": ref}} | changed))
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == [field]
    assert olga.get(ALL).json["data"] == []


@pytest.mark.parametrize(
    "changed", [{"cause": "weather"}, {"explanation": ""}, {"due_on": "2026-12-15"}, {"due_on": "2026-12-26"}]
)
def test_a_date_moves_only_with_a_cause_a_sentence_and_to_a_working_day(
    olga: Program, ref: str, changed: dict[str, Any]
) -> None:
    made = promise(olga, {"item": ref}).json
    assert change(olga, made["id"], **changed).status_code == 422
    assert olga.get(ALL).json["data"][0]["due_on"] == "2026-12-15"


def test_a_promise_is_made_once_however_often_it_is_sent(olga: Program, ref: str) -> None:
    body = {"subject": {"item": ref}, "due_on": "2026-12-15", "statement": ""}
    first = olga.post(ALL, body, key="one")
    again = olga.post(ALL, body, key="one")
    assert again.headers["Idempotent-Replay"] == "true"
    assert again.json == first.json
    assert first.json["statement"] == "Refunds"
    assert olga.post(ALL, body, key="two").status_code == 409


def test_kept_late_and_withdrawn_follow_from_what_happens(
    olga: Program, world: World, ref: str, noon: clock.MovedClock
) -> None:
    late, dropped = world.item("Late"), world.item("Dropped")
    made = [promise(olga, {"item": each}).json["id"] for each in (ref, late, dropped)]
    assert olga.post(f"/commitments/{made[2]}/withdraw", {"reason": "Nobody wants it"}).json["state"] == "withdrawn"
    world.move(ref, "Done")
    noon.advance(days=24)
    told = {each["id"]: each for each in olga.get(ALL).json["data"]}
    assert [told[each]["state"] for each in made] == ["kept", "late", "withdrawn"]
    assert (told[made[0]]["finished_on"], told[made[1]]["late_days"]) == ("2026-11-24", 3)
    assert change(olga, made[0]).status_code == 409
    assert change(olga, made[2]).status_code == 409
    assert change(olga, made[1]).json["state"] == "open"


def test_a_milestone_has_the_date_of_its_promise(olga: Program, world: World, ref: str) -> None:
    made = olga.post("/products/FE/milestones", {"name": "Summer", "items": [ref, world.item("Search")]})
    assert made.status_code == 201
    assert (made.json["total"], made.json["done"], made.json["promised_on"]) == (2, 0, None)
    promised = promise(olga, {"milestone": made.json["id"]}).json
    assert promised["subject"] == {"item": None, "milestone": made.json["id"], "request": None}
    [told] = olga.get("/products/FE/milestones").json["data"]
    assert (told["promised_on"], told["commitment"]) == ("2026-12-15", promised["id"])
    counted = olga.post("/products/FE/milestones", {"name": "The next two", "top": 2}).json
    assert (counted["top"], counted["items"]) == (2, [ref, "FE-2"])
    page = olga.get("/products/FE/milestones", limit=1).json
    assert page["next"] == str(told["id"])
    assert [each["name"] for each in olga.get("/products/FE/milestones", after=page["next"]).json["data"]] == [
        "The next two"
    ]
    for body in ({"name": "Both", "top": 2, "items": [ref]}, {"name": "None", "items": ["FE-77"]}, {"name": " "}):
        assert olga.post("/products/FE/milestones", body).status_code == 422


def test_the_log_names_promises_and_milestones_by_id(olga: Program, world: World, ref: str) -> None:
    summer = olga.post("/products/FE/milestones", {"name": "Summer", "items": [ref]}).json
    made = promise(olga, {"milestone": summer["id"]}).json
    change(olga, made["id"])
    events = olga.get("/products/FE/events", after=0, limit=500).json["data"]
    told = {event["kind"]: event["data"] for event in events}
    assert told["aimed"]["milestone"] == summer["id"]
    assert (told["promised"]["milestone"], told["promised"]["commitment"]) == (summer["id"], made["id"])
    assert (told["promise_changed"]["was_on"], told["promise_changed"]["due_on"]) == ("2026-12-15", "2027-01-04")


def test_a_promise_a_new_date_and_a_withdrawal_are_undone_and_the_log_keeps_them(
    olga: Program, world: World, ref: str
) -> None:
    made = promise(olga, {"item": ref}).json
    stood = olga.get(ALL).json["data"]
    moved = change(olga, made["id"]).json["version"]
    withdrawn = olga.post(f"/commitments/{made['id']}/withdraw", {"reason": "Nobody wants it"}).json["version"]
    assert olga.post("/undo", {"product": "FE", "version": moved}).status_code == 409
    for version in (withdrawn, moved):
        back = olga.post("/undo", {"product": "FE", "version": version}).json
        assert (back["item"], back["items"], back["changed"]) == (None, [], True)
    assert olga.get(ALL).json["data"] == stood
    assert olga.post("/undo", {"product": "FE", "version": made["version"]}).status_code == 200
    assert olga.get(ALL).json["data"] == []
    events = olga.get("/products/FE/events", after=made["version"] - 1, limit=500).json["data"]
    assert [(event["kind"], event["data"].get("undoes")) for event in events] == [
        ("promised", None),
        ("promise_changed", None),
        ("promise_withdrawn", None),
        ("promise_undone", withdrawn),
        ("promise_undone", moved),
        ("promise_undone", made["version"]),
    ]


def test_an_undo_of_a_promise_that_is_sent_again_changes_nothing(olga: Program, world: World, ref: str) -> None:
    version = promise(olga, {"item": ref}).json["version"]
    first, again = (olga.post("/undo", {"product": "FE", "version": version}, key="once") for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json == again.json
    assert world.version() == version + 1
