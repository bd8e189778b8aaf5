"""Products over the API: yours, a new one, columns and members."""

import pytest

from tests.api.conftest import Program, Programs, column
from tests.builders import World, sound


def test_me_is_the_tokens_person(olga: Program) -> None:
    answer = olga.get("/me").json
    assert (answer["email"], answer["name"], answer["admin"]) == ("olga@example.org", "Olga", False)
    assert answer["token"] == {"name": "test", "scope": "write"}


def test_only_your_own_products_are_listed(program: Programs) -> None:
    assert [product["key"] for product in program("vic").get("/products").json["data"]] == ["FE"]
    assert program("sam").get("/products").json == {"data": [], "next": None}


def test_a_list_comes_in_pages(olga: Program) -> None:
    for key in ("AA", "BB", "CC"):
        assert olga.post("/products", {"key": key, "name": key}).status_code == 201
    first = olga.get("/products", limit=2).json
    second = olga.get("/products", limit=2, after=first["next"]).json
    assert [product["key"] for page in (first, second) for product in page["data"]] == ["AA", "BB", "CC", "FE"]
    assert second["next"] is None


class TestOpening:
    def test_whoever_opens_a_product_owns_it(self, program: Programs, world: World) -> None:
        answer = program("sam").post("/products", {"key": "hr", "name": "Harbour", "goal": "Calm", "time_zone": "CET"})
        assert answer.status_code == 201
        product = answer.json
        assert (product["key"], product["goal"], product["role"], product["version"]) == ("HR", "Calm", "owner", 1)
        stages = [each["stage"] for each in product["columns"]]
        assert stages == ["backlog", "ready", "doing", "review", "review", "done"]
        assert program("sam").get("/products/HR").json["members"] == [
            {"email": "sam@example.org", "name": "Sam", "role": "owner"}
        ]
        assert sound(world)

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"key": "FE", "name": "Again"}, "key"),
            ({"key": "F1", "name": "Digits"}, "key"),
            ({"key": "OK"}, "name"),
            ({"key": "OK", "name": " "}, "name"),
            ({"key": "OK", "name": "Ok", "time_zone": "Mars/Olympus"}, "time_zone"),
            ({"key": "OK", "name": "Ok", "owner": "me"}, "owner"),
        ],
    )
    def test_a_field_that_cannot_be_used_is_named(self, olga: Program, body: dict[str, str], field: str) -> None:
        answer = olga.post("/products", body)
        assert answer.status_code == 422
        assert [problem["field"] for problem in answer.json["errors"]] == [field]

    def test_the_same_command_opens_one_product(self, olga: Program) -> None:
        first = olga.post("/products", {"key": "HR", "name": "Harbour"}, key="once")
        again = olga.post("/products", {"key": "HR", "name": "Harbour"}, key="once")
        assert (again.status_code, again.json) == (201, first.json)
        assert again.headers["Idempotent-Replay"] == "true"


def test_a_product_tells_its_columns_and_its_version(olga: Program, world: World) -> None:
    product = olga.get("/products/fe").json
    first = product["columns"][0]
    assert {name: first[name] for name in ("name", "stage", "position", "wip_limit", "wip_mode")} == {
        "name": "Backlog",
        "stage": "backlog",
        "position": 0,
        "wip_limit": None,
        "wip_mode": "warn",
    }
    assert product["version"] == world.version()


class TestColumns:
    def test_the_owner_sets_a_limit_and_takes_it_away(self, olga: Program) -> None:
        path = f"/products/FE/columns/{column(olga, 'In progress')}"
        limited = olga.patch(path, {"wip_limit": 3, "wip_mode": "refuse"}).json
        assert (limited["wip_limit"], limited["wip_mode"], limited["changed"]) == (3, "refuse", True)
        renamed = olga.patch(path, {"name": "Doing"}).json
        assert (renamed["name"], renamed["wip_limit"]) == ("Doing", 3)
        assert olga.patch(path, {"wip_limit": None}).json["wip_limit"] is None

    def test_the_same_settings_again_take_no_version(self, olga: Program) -> None:
        path = f"/products/FE/columns/{column(olga, 'In progress')}"
        first = olga.patch(path, {"wip_limit": 3}).json
        again = olga.patch(path, {"wip_limit": 3}).json
        assert (again["changed"], again["version"]) == (False, first["version"])

    def test_a_column_comes_and_goes(self, olga: Program, world: World) -> None:
        made = olga.post("/products/FE/columns", {"name": "Testing", "stage": "review", "wip_limit": 2})
        assert (made.status_code, made.json["wip_limit"]) == (201, 2)
        names = [each["name"] for each in olga.get("/products/FE").json["columns"]]
        assert names == ["Backlog", "Ready", "In progress", "Review", "Acceptance", "Testing", "Done"]
        gone = olga.delete(f"/products/FE/columns/{made.json['id']}")
        assert (gone.status_code, gone.json["changed"]) == (200, True)
        assert olga.delete(f"/products/FE/columns/{made.json['id']}").status_code == 404
        assert sound(world)

    def test_a_column_that_holds_items_stays(self, olga: Program) -> None:
        olga.post("/products/FE/items", {"title": "One", "column": "Ready"})
        answer = olga.delete(f"/products/FE/columns/{column(olga, 'Ready')}")
        assert (answer.status_code, answer.json["code"]) == (409, "refused")

    def test_a_column_of_another_product_is_none_here(self, olga: Program) -> None:
        other = olga.post("/products", {"key": "HR", "name": "Harbour"}).json["columns"][2]["id"]
        assert olga.patch(f"/products/FE/columns/{other}", {"name": "Mine"}).status_code == 404


def test_an_archived_product_keeps_its_columns_and_members(olga: Program, world: World) -> None:
    world.browser("olga").post("/products/FE/settings/archive")
    review = column(olga, "Review")
    before = world.version()
    for answer in (
        olga.post("/products/FE/columns", {"name": "Late", "stage": "doing"}),
        olga.patch(f"/products/FE/columns/{review}", {"wip_limit": 3}),
        olga.delete(f"/products/FE/columns/{review}"),
        olga.post("/products/FE/members", {"email": "sam@example.org", "role": "viewer"}),
        olga.delete("/products/FE/members/dev@example.org"),
    ):
        assert (answer.status_code, answer.json["code"]) == (409, "archived")
    assert world.version() == before
    assert olga.get("/products/FE").json["archived"] is True


class TestMembers:
    def test_somebody_is_let_in_and_let_go(self, olga: Program, program: Programs) -> None:
        sam = program("sam")
        assert sam.get("/products/FE").status_code == 404
        let_in = olga.post("/products/FE/members", {"email": "Sam@example.org", "role": "viewer"}).json
        assert (let_in["email"], let_in["role"], let_in["changed"]) == ("sam@example.org", "viewer", True)
        assert sam.get("/products/FE").json["role"] == "viewer"
        again = olga.post("/products/FE/members", {"email": "sam@example.org", "role": "viewer"}).json
        assert again["changed"] is False
        assert olga.delete("/products/FE/members/sam@example.org").status_code == 200
        assert sam.get("/products/FE").status_code == 404

    def test_owner_hands_the_product_over_to_a_member(self, olga: Program, program: Programs, world: World) -> None:
        assert olga.post("/products/FE/members", {"email": "dora@example.org", "role": "owner"}).status_code == 200
        assert program("dora").get("/products/FE").json["role"] == "owner"
        assert olga.get("/products/FE").json["role"] == "delegate"
        assert sound(world)

    def test_a_stranger_cannot_become_the_owner(self, olga: Program) -> None:
        answer = olga.post("/products/FE/members", {"email": "sam@example.org", "role": "owner"})
        assert (answer.status_code, answer.json["code"]) == (409, "refused")

    def test_the_owner_does_not_leave(self, olga: Program) -> None:
        assert olga.delete("/products/FE/members/olga@example.org").status_code == 409

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"email": "nobody@example.org", "role": "viewer"}, "email"),
            ({"email": "sam@example.org", "role": "king"}, "role"),
            ({"role": "viewer"}, "email"),
        ],
    )
    def test_who_or_what_is_unknown_is_named(self, olga: Program, body: dict[str, str], field: str) -> None:
        answer = olga.post("/products/FE/members", body)
        assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, field)
