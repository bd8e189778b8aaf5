"""Numbers for a monitor: what they say, who reads them, and that a stranger can't blow them up."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from kanban import clock, live
from kanban.app import create_app
from kanban.extensions import db
from kanban.models import Delivery, User
from tests.builders import World

TOKEN = "a token of a monitor"


@pytest.fixture
def measured(world: World) -> Iterator[Flask]:
    app = create_app(replace(world.app.config["KANBAN"], metrics_token=TOKEN))
    yield app
    with app.app_context():
        db.engine.dispose()


def numbers(client: FlaskClient) -> dict[tuple[str, ...], float]:
    """Each number under its name and the values of its labels."""
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.text)
    return {(sample.name, *sample.labels.values()): sample.value for each in families for sample in each.samples}


def test_answers_are_counted_by_blueprint_method_and_status(measured: Flask) -> None:
    client = measured.test_client()
    client.get("/healthz")
    client.get("/healthz")
    client.get("/portfolio")
    client.get("/no/such/page")
    told = numbers(client)
    assert told["kanban_answers_total", "health", "GET", "200"] == 2
    assert told["kanban_answers_total", "portfolio", "GET", "303"] == 1
    assert told["kanban_answers_total", "none", "GET", "404"] == 1
    assert told["kanban_answer_seconds_count", "health"] == 2
    assert told["process_resident_memory_bytes",] > 1_000_000
    assert numbers(client)["kanban_answers_total", "metrics", "GET", "200"] == 1


def test_the_outbox_and_the_open_screens_are_told_as_they_are_now(measured: Flask, world: World) -> None:
    client = measured.test_client()
    assert numbers(client)["kanban_mails", "waiting"] == 0
    assert numbers(client)["kanban_oldest_mail_seconds",] == 0
    with world.writing() as session:
        since = clock.now() - dt.timedelta(minutes=20)
        dev = session.get_one(User, world.ids["dev"])
        session.add(Delivery(kind="invitation", user=dev, context={}, created_at=since, due_at=since))
    told = numbers(client)
    assert told["kanban_mails", "waiting"] == 1
    assert 1200 <= told["kanban_oldest_mail_seconds",] < 1300
    assert told["kanban_open_streams",] == len(live.broker.listeners())


@pytest.mark.parametrize(
    "given", [None, "Bearer", "Bearer a token of somebody", f"Basic {TOKEN}", f"Bearer {TOKEN} 2", "Bearer é"]
)
def test_without_the_token_there_is_no_such_page(measured: Flask, given: str | None) -> None:
    headers = {"Authorization": given} if given else {}
    client = measured.test_client()
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 404
    assert "kanban_answers" not in answer.text


def test_without_a_token_in_the_settings_nothing_is_counted(world: World) -> None:
    assert world.app.test_client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
    assert "metrics" not in world.app.extensions


def test_what_a_stranger_makes_up_is_no_new_series(measured: Flask) -> None:
    client = measured.test_client()
    for number in range(20):
        client.open(f"/{number}", method=f"MADE{number}")
        client.get(f"/products/P{number}/board")
        client.get("/healthz", headers={"Host": f"h{number}.example.org"})
    assert len([key for key in numbers(client) if key[0] == "kanban_answers_total"]) < 6
