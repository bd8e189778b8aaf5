"""Calls generated from the document: whatever is sent, no server error, and nothing that the document does not say."""

import datetime as dt
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from kanban import clock
from kanban.app import create_app
from kanban.config import Config
from tests.api.conftest import Programs
from tests.api.test_attachments import send
from tests.applications import make_app
from tests.builders import World, sound

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 6

#: Answers without an end.
ENDLESS = {"GET /api/v1/products/{key}/stream"}


@cache
def document() -> dict[str, Any]:
    config = Config(
        data_dir=Path("/nowhere"), database_url="sqlite:////nowhere/none", secret_key="t" * 40, testing=True
    )
    answer = create_app(config).test_client().get("/api/v1/openapi.json")
    found: Any = answer.json
    return dict(found)


def operations() -> list[str]:
    return sorted(f"{method.upper()} {path}" for path, calls in document()["paths"].items() for method in calls)


@pytest.fixture(scope="module")
def furnished(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for all generated calls, with something of everything; they may change it as they like."""
    import shutil

    folder = tmp_path_factory.mktemp("generated")
    path = shutil.copy(sqlite_template, folder / "kanban.sqlite3")
    for app in make_app(f"sqlite:///{path}", folder):
        yield furnish(World(app))


def furnish(world: World) -> World:
    for title, column in (("One", "Backlog"), ("Two", "Ready"), ("Three", "In progress"), ("Four", "Done")):
        world.item(title, column, criteria=("It holds",) if column != "Done" else ())
    world.browser("olga").post("/items/FE-2/labels", {"new": "law"})
    world.ask("FE-3", "Which?", blocking=True)
    world.change("FE-3", "comment", "Said")
    olga = Programs(world)("olga")
    olga.post("/products/FE/stakeholders", {"name": "Ada", "email": "ada@harbour.example"})
    olga.post("/products/FE/updates")
    olga.post("/products/FE/milestones", {"name": "Summer", "items": ["FE-2"]})
    due_on = (clock.now() + dt.timedelta(days=60)).date()
    due_on += dt.timedelta(days=(7 - due_on.weekday()) % 7)
    olga.post("/products/FE/commitments", {"subject": {"item": "FE-3"}, "due_on": due_on.isoformat()})
    send(olga, "FE-3", ("said.txt", b"Said"))
    olga.post("/products/FE/requests", {"title": "Wish", "stakeholder": "ada@harbour.example"})
    olga.post("/products/FE/webhooks", {"name": "Chat", "address": "https://hooks.example/"})
    world.tell_members()
    return world


KNOWN = {
    "key": "FE",
    "ref": "FE-3",
    "column_id": 3,
    "label_id": 1,
    "comment_id": 1,
    "criterion_id": 1,
    "question_id": 1,
    "attachment_id": 1,
    "update_id": 1,
    "commitment_id": 1,
    "stakeholder_id": 1,
    "request_id": 1,
    "notification_id": 1,
    "number": 1,
    "email": "vic@example.org",
    "kind": "needs",
    "other": "FE-2",
}


@pytest.mark.parametrize("operation", sorted(set(operations()) - ENDLESS))
def test_no_call_breaks_anything(furnished: World, operation: str) -> None:
    method, path = operation.split()
    secret = Programs(furnished)("olga").secret
    headers = {"Authorization": f"Bearer {secret}", "Accept-Encoding": "identity"}
    call = load(furnished.app)[path][method]

    @settings(
        max_examples=EXAMPLES,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    )
    @given(case=call.as_strategy(), is_real=st.booleans())
    def send(case: Any, is_real: bool) -> None:
        if is_real:
            case.path_parameters = {name: KNOWN[name] for name in case.path_parameters or {}}
        answer = case.call(headers=headers)
        case.validate_response(answer, checks=CHECKS)

    send()


def test_all_promises_hold_after_all_that(furnished: World) -> None:
    assert sound(furnished)


def load(app: Flask) -> Any:
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", ended(app))


def ended(app: Flask) -> Any:
    """The program with each answer read and closed, as a server does and the generator's client does not."""

    def call(environ: Any, start: Any) -> list[bytes]:
        answer = app(environ, start)
        try:
            return list(answer)
        finally:
            close = getattr(answer, "close", None)
            if close is not None:
                close()

    return call


def test_the_document_names_what_the_contract_has() -> None:
    paths = {path.removeprefix("/api/v1") for path in document()["paths"]}
    assert {
        *("/me", "/products", "/products/{key}", "/products/{key}/columns", "/products/{key}/columns/{column_id}"),
        *("/products/{key}/members", "/products/{key}/members/{email}", "/products/{key}/board"),
        *("/products/{key}/labels", "/products/{key}/labels/{label_id}"),
        *("/products/{key}/backlog", "/products/{key}/items", "/items/{ref}", "/items/{ref}/discard"),
        *("/items/{ref}/restore", "/items/{ref}/criteria", "/items/{ref}/criteria/{criterion_id}"),
        *("/items/{ref}/assignees", "/undo", "/items/{ref}/move", "/products/{key}/pull", "/items/{ref}/block"),
        *("/items/{ref}/unblock", "/items/{ref}/comments", "/items/{ref}/questions", "/questions"),
        *("/questions/{question_id}/answers", "/questions/{question_id}/accept", "/questions/{question_id}/return"),
        *("/questions/{question_id}/withdraw", "/products/{key}/stakeholders", "/products/{key}/updates"),
        *("/updates/{update_id}", "/updates/{update_id}/publish", "/products/{key}/flow", "/products/{key}/events"),
        "/products/{key}/forecast",
        *("/products/{key}/stream", "/search", "/products/{key}/export.csv", "/products/{key}/export.json"),
        *("/items/{ref}/attachments", "/items/{ref}/attachments/{attachment_id}"),
        *("/products/{key}/milestones", "/products/{key}/commitments", "/commitments/{commitment_id}/changes"),
        *("/products/{key}/import", "/items/{ref}/links", "/items/{ref}/links/{kind}/{other}"),
    } <= paths


def test_every_call_says_that_it_needs_a_token() -> None:
    for calls in document()["paths"].values():
        for call in calls.values():
            assert call["security"] == [{"token": []}]
            assert {"401", "403", "404", "409", "415", "422", "429"} <= set(call["responses"])
