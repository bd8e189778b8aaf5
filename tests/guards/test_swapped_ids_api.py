"""Swapped ids in the API: those of another product or of somebody who is no member, inside paths and bodies.

Also tokens that allow less than their person may do.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from kanban.keys import fingerprint as key_hash
from kanban.models import ApiToken, Command, Item
from kanban.transactions import begin_write
from tests.guards.test_matrix import path, rules
from tests.guards.test_swapped_ids import everything, versions
from tests.guards.workspace import HERE, THERE, WORDS, Workspace, token_secret

REFUSED = (403, 404, 409, 422)


@pytest.fixture(autouse=True)
def as_it_was(workspace: Workspace) -> Iterator[None]:
    yield
    workspace.restore()


SWAPS: dict[str, tuple[str, str, Any]] = {
    "an item into a foreign column": ("POST", "/items/{ref}/move", {"column": "{other[column]:d}"}),
    "a new item into a foreign column": (
        "POST",
        "/products/{key}/items",
        {"title": "N", "column": "{other[column]:d}"},
    ),
    "a list of items, the last one into a foreign column": (
        "POST",
        "/products/{key}/items",
        [{"title": "N"}, {"title": "M", "column": "{other[column]:d}"}],
    ),
    "a need of a foreign item": ("POST", "/items/{ref}/links", {"kind": "needs", "ref": "{other[whole]}"}),
    "a promise about a foreign item": (
        "POST",
        "/products/{key}/commitments",
        {"subject": {"item": "{other[whole]}"}, "due_on": "{day}"},
    ),
    "a promise about a foreign milestone": (
        "POST",
        "/products/{key}/commitments",
        {"subject": {"milestone": "{other[milestone_id]:d}"}, "due_on": "{day}"},
    ),
    "a promise to a foreign stakeholder": (
        "POST",
        "/products/{key}/commitments",
        {"subject": {"item": "{whole}"}, "due_on": "{day}", "stakeholders": ["{other[stakeholder_email]}"]},
    ),
    "a foreign promise's date": (
        "POST",
        "/commitments/{other[promise_id]}/changes",
        {"due_on": "{day}", "cause": "external", "explanation": "Mine"},
    ),
    "a foreign promise back": ("POST", "/commitments/{other[promise_id]}/withdraw", {"reason": "Mine"}),
    "a milestone with a foreign item": (
        "POST",
        "/products/{key}/milestones",
        {"name": "Mine", "items": ["{other[whole]}"]},
    ),
    "a foreign need away": ("DELETE", "/items/{ref}/links/needs/{other[needed]}", None),
    "a part of a foreign item": ("PATCH", "/items/{ref}", {"revision": "{one:d}", "part_of": "{other[whole]}"}),
    "an item to somebody who is no member": ("PUT", "/items/{ref}/assignees", ["otto@ferry.example"]),
    "an item to somebody without access": ("PUT", "/items/{ref}/assignees", ["dagny@ferry.example"]),
    "a question to somebody who is no member": (
        "POST",
        "/items/{ref}/questions",
        {"body": "?", "addressee": "otto@ferry.example"},
    ),
    "a question to a viewer": ("POST", "/items/{ref}/questions", {"body": "?", "addressee": "vera@ferry.example"}),
    "a criterion that is not the item's": ("PATCH", "/items/{ref}/criteria/77", {"text": "Else"}),
    "a foreign move back": ("POST", "/undo", {"product": "{other[key]}", "version": "{other[moved_version]:d}"}),
    "a foreign new date back": ("POST", "/undo", {"product": "{other[key]}", "version": "{other[redated_version]:d}"}),
    "a foreign column's name": ("PATCH", "/products/{key}/columns/{other[spare_column]}", {"name": "Mine"}),
    "a foreign column away": ("DELETE", "/products/{key}/columns/{other[spare_column]}", None),
    "somebody out who is no member": ("DELETE", "/products/{key}/members/otto@ferry.example", None),
    "the owner out": ("DELETE", "/products/{key}/members/ingrid@ferry.example", None),
    "the owner down": ("POST", "/products/{key}/members", {"email": "ingrid@ferry.example", "role": "viewer"}),
    "somebody without access in": ("POST", "/products/{key}/members", {"email": "dagny@ferry.example", "role": "lead"}),
    "the product to somebody who is no member": (
        "POST",
        "/products/{key}/members",
        {"email": "otto@ferry.example", "role": "owner"},
    ),
    "a correction of a foreign update": ("POST", "/products/{key}/updates", {"corrects": "{other[published_id]:d}"}),
    "a foreign draft": ("PATCH", "/updates/{other[draft_id]}", {"headline": "Mine"}),
    "a foreign draft out": ("POST", "/updates/{other[draft_id]}/publish", None),
    "a foreign draft handed over": ("POST", "/updates/{other[draft_id]}/hand-over", None),
    "a foreign draft taken back": ("POST", "/updates/{other[draft_id]}/take-back", None),
    "a foreign question's answer": ("POST", "/questions/{other[open]}/answers", {"body": "Mine"}),
}


@pytest.mark.parametrize("what", SWAPS)
def test_nobody_can_move(workspace: Workspace, what: str) -> None:
    """Sent by the owner of HERE, who is no member of THERE."""
    method, address, body = SWAPS[what]
    known = {**workspace.known[HERE], "other": workspace.known[THERE], "one": 1}
    before = everything(workspace)
    answer = workspace.browser("ingrid").call(method, "/api/v1" + address.format(**known), filled(body, known))
    assert answer.status_code in REFUSED, answer.text
    assert answer.mimetype == "application/problem+json"
    assert "OTHER alone may see" not in answer.text
    assert everything(workspace) == before


def filled(body: Any, known: dict[str, Any]) -> Any:
    """The body with what is known filled in; a number where the text asks for one."""
    match body:
        case dict():
            return {name: filled(value, known) for name, value in body.items()}
        case list():
            return [filled(value, known) for value in body]
        case str():
            text = body.format(**known)
            return int(text) if ":d}" in body else text
        case _:
            return body


def test_nothing_foreign_is_told(workspace: Workspace) -> None:
    browser, found = workspace.browser("ingrid"), set()
    for rule, method, _ in rules().values():
        if method == "GET" and rule.rule.startswith("/api/"):
            with browser.get(path(workspace, rule, "ingrid", HERE)) as answer:
                text = "" if answer.mimetype == "text/event-stream" else answer.get_data(as_text=True)
            found |= {f"{rule.rule}: {words}" for words in WORDS if words.format(THERE) in text}
    assert found == set()


def test_a_question_waits_on_nobody_foreign(workspace: Workspace) -> None:
    answer = workspace.browser("ingrid").get("/api/v1/questions?waiting_on=otto@ferry.example")
    assert answer.json is not None
    assert answer.json["data"] == []


def test_a_key_belongs_to_the_person_who_made_it(workspace: Workspace) -> None:
    """The same id from another person is another command, and its answer reveals nothing of the first."""
    ref, headers = workspace.known[HERE]["ref"], {"Idempotency-Key": "the-same"}
    first = workspace.browser("ingrid").call("POST", f"/api/v1/items/{ref}/comments", {"body": "Mine"}, headers)
    other = workspace.browser("anders").call("POST", f"/api/v1/items/{ref}/comments", {"body": "His"}, headers)
    assert (first.status_code, other.status_code) == (201, 201)
    assert "Idempotent-Replay" not in other.headers
    with workspace.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Command).where(Command.id == "the-same")) == 2


def test_a_repeated_command_answers_the_same_and_only_its_own_body(workspace: Workspace) -> None:
    ref, headers = workspace.known[HERE]["ref"], {"Idempotency-Key": "once"}
    browser, address = workspace.browser("ingrid"), f"/api/v1/items/{ref}/comments"
    first = browser.call("POST", address, {"body": "Said"}, headers)
    before = versions(workspace)
    again = browser.call("POST", address, {"body": "Said"}, headers)
    assert (again.status_code, again.json, again.headers["Idempotent-Replay"]) == (201, first.json, "true")
    assert browser.call("POST", address, {"body": "Said otherwise"}, headers).status_code == 422
    assert versions(workspace) == before


def test_a_repeated_command_tells_nothing_after_the_membership_ended(workspace: Workspace) -> None:
    ref, headers = workspace.known[HERE]["ref"], {"Idempotency-Key": "once"}
    developer, address = workspace.browser("anders"), f"/api/v1/items/{ref}/comments"
    assert developer.call("POST", address, {"body": "Said"}, headers).status_code == 201
    gone = workspace.browser("ingrid").call("DELETE", f"/api/v1/products/{HERE}/members/anders@ferry.example")
    assert gone.status_code == 200
    answer = developer.call("POST", address, {"body": "Said"}, headers)
    assert answer.status_code == 404
    assert "Said" not in answer.text


def test_a_token_for_reading_only_reads(workspace: Workspace) -> None:
    with workspace.app.app_context():
        change_token(workspace, "ingrid", scope="read")
    browser = workspace.browser("ingrid")
    for rule, method, need in rules().values():
        if rule.rule.startswith("/api/") and need.kind != "public":
            address = path(workspace, rule, "ingrid", HERE)
            with browser.call(method, address) as answer:
                if method == "GET":
                    assert answer.status_code in (200, 422), address
                else:
                    assert answer.status_code in (403, 415, 422), address
                    assert answer.status_code != 403 or (answer.json or {})["code"] == "scope"
    assert_nothing_moved(workspace)


def test_a_cookie_is_no_token_and_a_token_is_no_cookie(workspace: Workspace) -> None:
    browser, ref = workspace.browser("ingrid"), workspace.known[HERE]["ref"]
    with_cookie = browser.call("GET", f"/api/v1/items/{ref}", headers={"Authorization": ""})
    assert with_cookie.status_code == 401
    bearer = {"Authorization": f"Bearer {token_secret('ingrid')}"}
    assert workspace.browser("").call("GET", f"/items/{ref}", headers=bearer).status_code == 303


def test_an_ended_token_is_none(workspace: Workspace) -> None:
    with workspace.app.app_context():
        change_token(workspace, "ingrid", ended_at=sa.func.now())
    assert workspace.browser("ingrid").get("/api/v1/me").status_code == 401


def change_token(workspace: Workspace, name: str, **values: Any) -> None:
    session = begin_write()
    session.execute(
        sa.update(ApiToken)
        .where(ApiToken.secret_hash == key_hash(token_secret(name)))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    session.commit()


def assert_nothing_moved(workspace: Workspace) -> None:
    with workspace.reading() as session:
        titles = session.scalars(sa.select(Item.title)).all()
    assert not {"Renamed", "New"} & set(titles)
