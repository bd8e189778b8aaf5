"""Ids of a product that is not yours, in paths and inside bodies: refused, nothing changed there, no word leaked."""

from typing import Any

import pytest
import sqlalchemy as sa

from kanban.models import Product
from tests.api.conftest import Program, Programs
from tests.builders import World, sound

LEAK = "Only Sam may see this"


@pytest.fixture
def foreign(world: World, program: Programs) -> dict[str, Any]:
    """One of everything in the product HR of Sam, where Olga is nobody; and FE-1 and FE-2 of her own."""
    sam, olga = program("sam"), program("olga")
    product = sam.post("/products", {"key": "HR", "name": LEAK}).json
    sam.post("/products/HR/members", {"email": "deb@example.org", "role": "developer"})
    sam.post("/products/HR/items", [{"title": LEAK, "column": "In progress"}, {"title": LEAK}])
    sam.post("/items/HR-1/criteria", {"text": LEAK})
    sam.post("/items/HR-1/comments", {"body": LEAK})
    question = program("deb").post("/items/HR-1/questions", {"body": LEAK}).json["id"]
    sam.post("/products/HR/stakeholders", {"name": LEAK, "email": "leak@hr.example"})
    update = sam.post("/products/HR/updates").json["id"]
    sam.patch(f"/updates/{update}", {"headline": LEAK})
    sam.post(f"/updates/{update}/publish")
    moved = sam.post("/items/HR-1/move", {"column": "Review"}).json["version"]
    olga.post("/products/FE/items", [{"title": "Mine"}, {"title": "Mine too"}])
    column = next(each["id"] for each in product["columns"] if each["name"] == "In progress")
    return {"column": column, "question": question, "update": update, "moved": moved}


PATHS: list[tuple[str, str, Any]] = [
    ("GET", "/products/HR", None),
    ("GET", "/products/HR/board", None),
    ("GET", "/products/HR/backlog", None),
    ("GET", "/products/HR/events", None),
    ("GET", "/products/HR/flow", None),
    ("GET", "/products/HR/stream", None),
    ("GET", "/products/HR/stakeholders", None),
    ("GET", "/products/HR/export.csv", None),
    ("GET", "/products/HR/export.json", None),
    ("POST", "/products/HR/items", {"title": "x"}),
    ("POST", "/products/HR/pull", None),
    ("POST", "/products/HR/columns", {"name": "x", "stage": "doing"}),
    ("POST", "/products/HR/members", {"email": "olga@example.org", "role": "delegate"}),
    ("DELETE", "/products/HR/members/sam@example.org", None),
    ("POST", "/products/HR/stakeholders", {"name": "x", "email": "x@y.de"}),
    ("POST", "/products/HR/updates", None),
    ("PATCH", "/products/HR/columns/{column}", {"name": "x"}),
    ("DELETE", "/products/HR/columns/{column}", None),
    ("PATCH", "/products/FE/columns/{column}", {"name": "x"}),
    ("DELETE", "/products/FE/columns/{column}", None),
    ("GET", "/items/HR-1", None),
    ("PATCH", "/items/HR-1", {"revision": 1, "title": "x"}),
    ("POST", "/items/HR-1/move", {"place": "top"}),
    ("POST", "/items/HR-1/discard", {"reason": "x"}),
    ("POST", "/items/HR-1/restore", None),
    ("POST", "/items/HR-1/block", {"reason": "x"}),
    ("POST", "/items/HR-1/unblock", None),
    ("POST", "/items/HR-1/criteria", {"text": "x"}),
    ("PATCH", "/items/HR-1/criteria/1", {"met": True}),
    ("PUT", "/items/HR-1/assignees", []),
    ("GET", "/items/HR-1/comments", None),
    ("POST", "/items/HR-1/comments", {"body": "x"}),
    ("POST", "/items/HR-1/questions", {"body": "x"}),
    ("GET", "/questions/{question}", None),
    ("POST", "/questions/{question}/answers", {"body": "x"}),
    ("POST", "/questions/{question}/accept", None),
    ("POST", "/questions/{question}/return", {"body": "x"}),
    ("POST", "/questions/{question}/withdraw", None),
    ("GET", "/updates/{update}", None),
    ("PATCH", "/updates/{update}", {"headline": "x"}),
    ("POST", "/updates/{update}/publish", None),
    ("POST", "/undo", {"product": "HR", "version": 5}),
]

BODIES: list[tuple[str, str, Any, int]] = [
    ("POST", "/items/FE-1/move", {"column": "{column}"}, 422),
    ("POST", "/products/FE/items", {"title": "x", "column": "{column}"}, 422),
    ("POST", "/products/FE/items", [{"title": "x"}, {"title": "x", "column": "{column}"}], 422),
    ("PATCH", "/items/FE-1", {"revision": 1, "part_of": "HR-1"}, 422),
    ("PUT", "/items/FE-1/assignees", ["sam@example.org"], 422),
    ("POST", "/items/FE-1/questions", {"body": "x", "addressee": "sam@example.org"}, 422),
    ("POST", "/products/FE/updates", {"corrects": "{update}"}, 422),
    ("POST", "/undo", {"product": "FE", "version": "{moved}"}, 409),
    ("PATCH", "/items/FE-1/criteria/1", {"met": True}, 404),
]


def filled(value: Any, known: dict[str, Any]) -> Any:
    """The same with ids in the place of their names."""
    match value:
        case dict():
            return {name: filled(each, known) for name, each in value.items()}
        case list():
            return [filled(each, known) for each in value]
        case str() if value.startswith("{"):
            return known[value.strip("{}")]
        case _:
            return value


def versions(world: World) -> dict[str, int]:
    with world.reading() as session:
        return {key: version for key, version in session.execute(sa.select(Product.key, Product.version))}


def test_nothing_foreign_is_found_by_its_address(world: World, olga: Program, foreign: dict[str, Any]) -> None:
    before = versions(world)
    for method, path, body in PATHS:
        answer = olga.call(method, path.format(**foreign), body)
        assert answer.status_code == 404, (method, path, answer.text)
        assert LEAK not in answer.text
    assert versions(world) == before


@pytest.mark.parametrize(("method", "path", "body", "status"), BODIES)
def test_nothing_foreign_is_taken_from_a_body(
    world: World, olga: Program, foreign: dict[str, Any], method: str, path: str, body: Any, status: int
) -> None:
    before = versions(world)
    answer = olga.call(method, path, filled(body, foreign))
    assert (answer.status_code, LEAK in answer.text) == (status, False), answer.text
    assert versions(world) == before
    assert sound(world)


def test_lists_over_all_products_hold_only_your_own(world: World, olga: Program, foreign: dict[str, Any]) -> None:
    for path in (
        "/products",
        "/questions",
        "/search?q=Only",
        "/search?q=HR-1",
        "/questions?waiting_on=sam@example.org",
    ):
        answer = olga.client.get(f"/api/v1{path}", headers={"Authorization": f"Bearer {olga.secret}"})
        assert (answer.status_code, LEAK in answer.text) == (200, False)


def test_a_neighbour_of_another_product_is_none(world: World, olga: Program, foreign: dict[str, Any]) -> None:
    before = versions(world)["HR"]
    answer = olga.post("/items/FE-1/move", {"place": {"after": "HR-1"}}, order=1)
    assert answer.json["order"] == ["FE-2", "FE-1"]
    assert versions(world)["HR"] == before
