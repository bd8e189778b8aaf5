"""Decisions and stakeholders' questions over the API."""

import sqlalchemy as sa

from kanban.mail.links import Purpose
from kanban.models import Delivery
from tests.api.conftest import Program, Programs
from tests.builders import World, sound
from tests.reporting import add_stakeholders, begin, link_of, publish


def test_decisions_are_written_superseded_and_found(olga: Program, program: Programs, world: World) -> None:
    ref = world.item("Refunds")
    made = olga.post("/products/FE/decisions", {"body": "Up to 100 euro", "who": "Finance", "item": ref})
    assert made.status_code == 201, made.json
    assert (made.json["number"], made.json["item"], made.json["changed"]) == (1, ref, True)
    newer = olga.post("/products/FE/decisions", {"body": "Up to 250 euro", "supersedes": 1, "decided_on": "2026-01-05"})
    assert (newer.json["supersedes"], newer.json["by"]) == (1, "olga@example.org")
    seen = program("vic").get("/products/FE/decisions").json["data"]
    assert [(each["number"], each["superseded_by"]) for each in seen] == [(2, None), (1, 2)]
    assert [each["number"] for each in olga.get("/products/FE/decisions", q="finance").json["data"]] == [1]
    page = olga.get("/products/FE/decisions", limit=1).json
    assert [each["number"] for each in olga.get("/products/FE/decisions", after=page["next"]).json["data"]] == [1]
    assert sound(world)


def test_a_decision_names_its_question_as_the_questions_do(olga: Program, world: World) -> None:
    with world.changing() as (_session, product, _member):
        product.next_question = 40
    question = world.ask(world.item("Refunds"), "Up to how much?")
    olga.post(f"/questions/{question}/answers", {"body": "Up to 100 euro", "becomes": "decision"})
    [told] = olga.get("/products/FE/decisions").json["data"]
    assert olga.get(f"/questions/{told['question']}").json["body"] == told["context"] == "Up to how much?"


def test_what_can_not_be_decided(olga: Program, program: Programs) -> None:
    olga.post("/products/FE/decisions", {"body": "One"})
    olga.post("/products/FE/decisions", {"body": "Two", "supersedes": 1})
    assert olga.post("/products/FE/decisions", {"body": "Three", "supersedes": 1}).status_code == 409
    for body, field in (
        ({"body": "x", "supersedes": 9}, "supersedes"),
        ({"body": "x", "item": "OTHER-1"}, "item"),
        ({"body": " "}, "body"),
        ({"body": "x", "decided_on": "2999-01-01"}, "decided_on"),
    ):
        answer = olga.post("/products/FE/decisions", body)
        assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, field)
    assert program("dev").post("/products/FE/decisions", {"body": "x"}).status_code == 403
    assert program("sam").get("/products/FE/decisions").status_code == 404


def test_what_stakeholders_asked_is_read_and_answered(olga: Program, program: Programs, world: World) -> None:
    add_stakeholders(world, "Sunniva")
    publish(world, begin(world), "Six weeks late")
    world.browser().post(link_of(world, "Sunniva", Purpose.ASK), {"body": "Why?"})
    [asked] = program("lea").get("/products/FE/update-questions").json["data"]
    assert (asked["stakeholder"], asked["body"], asked["answer"]) == ("Sunniva", "Why?", "")
    where = f"/products/FE/update-questions/{asked['number']}/answer"
    assert program("lea").post(where, {"body": "x"}).status_code == 403
    assert program("dev").get("/products/FE/update-questions").status_code == 403
    assert olga.post(where, {"body": "Because"}).json["answer"] == "Because"
    assert olga.post(where, {"body": "Again"}).status_code == 409
    assert olga.post("/products/FE/update-questions/99/answer", {"body": "x"}).status_code == 404
    with world.reading() as session:
        kinds = session.scalars(sa.select(Delivery.kind).where(Delivery.kind.startswith("stakeholder"))).all()
    assert sorted(kinds) == ["stakeholder_answered", "stakeholder_asked"]
    assert sound(world)
