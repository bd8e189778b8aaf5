"""Every refusal of the API is a problem document; who may what is the policy's, and a token never more than its scope."""

from typing import Any

import pytest
import sqlalchemy as sa

from kanban import clock
from kanban.extensions import limiter
from kanban.models import ApiToken, User
from tests.api.conftest import Program, Programs
from tests.builders import World


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json"), answer.text
    body: dict[str, Any] = answer.json
    assert (body["status"], body["code"], body["type"]) == (status, code, "about:blank")
    assert body["title"]
    assert body["detail"].endswith((".", ")"))
    return body


class TestTokens:
    def test_without_a_token_nothing_is_told(self, world: World) -> None:
        answer = world.app.test_client().get("/api/v1/products/FE")
        problem(answer, 401, "not_signed_in")
        assert answer.headers["WWW-Authenticate"] == "Bearer"

    @pytest.mark.parametrize("header", ["Bearer wrong", "Bearer ", "Basic b2xnYQ==", "kb_x", "Bearer \xfc"])
    def test_a_token_that_is_none_does_not_count(self, world: World, header: str) -> None:
        answer = world.app.test_client().get("/api/v1/me", headers={"Authorization": header})
        problem(answer, 401, "not_signed_in")

    def test_a_browsers_sign_in_does_not_count(self, world: World) -> None:
        assert world.browser("olga").get("/api/v1/me").status_code == 401

    def test_a_token_that_was_ended_or_whose_person_left_does_not_count(self, olga: Program, world: World) -> None:
        with world.writing() as session:
            session.execute(sa.update(ApiToken).values(ended_at=clock.now()))
        assert olga.get("/me").status_code == 401
        with world.writing() as session:
            session.execute(sa.update(ApiToken).values(ended_at=None))
            session.get_one(User, world.ids["olga"]).is_active = False
        assert olga.get("/me").status_code == 401

    def test_a_reading_token_reads_and_changes_nothing(self, program: Programs, world: World) -> None:
        reader = program("olga", "read")
        assert reader.get("/products/FE/board").status_code == 200
        problem(reader.post("/products/FE/items", {"title": "x"}), 403, "scope")
        problem(reader.post("/products/FE/pull"), 403, "scope")
        problem(reader.delete("/products/FE/members/dev@example.org"), 403, "scope")
        assert world.order() == []


class TestRoles:
    CALLS: dict[str, tuple[str, str, Any]] = {
        "see": ("GET", "/products/FE/board", None),
        "comment": ("POST", "/items/FE-1/comments", {"body": "x"}),
        "make": ("POST", "/products/FE/items", {"title": "x"}),
        "move on": ("POST", "/items/FE-1/move", {"column": "Review"}),
        "rank": ("POST", "/items/FE-2/move", {"place": "top"}),
        "discard": ("POST", "/items/FE-2/discard", {"reason": "x"}),
        "write criteria": ("POST", "/items/FE-1/criteria", {"text": "x"}),
        "draft": ("POST", "/products/FE/updates", None),
        "see stakeholders": ("GET", "/products/FE/stakeholders", None),
        "configure": ("POST", "/products/FE/columns", {"name": "x", "stage": "doing"}),
    }
    MAY = {
        "olga": set(CALLS),
        "dora": set(CALLS) - {"configure"},
        "lea": {"see", "comment", "see stakeholders"},
        "dev": {"see", "comment", "make", "move on"},
        "vic": {"see"},
    }

    @pytest.mark.parametrize("name", [*MAY, "sam"])
    def test_each_role_may_what_the_policy_says(self, world: World, program: Programs, name: str) -> None:
        world.item("One", "In progress")
        world.item("Two")
        got = {what: program(name).call(*call).status_code for what, call in self.CALLS.items()}
        refused = 404 if name == "sam" else 403
        may = self.MAY.get(name, set())
        assert {what: status < 300 for what, status in got.items()} == {what: what in may for what in self.CALLS}
        assert {status for status in got.values() if status >= 300} <= {refused}

    def test_what_one_may_not_see_answers_like_what_is_not_there(self, program: Programs, world: World) -> None:
        world.item("One")
        sam = program("sam")
        for foreign, nowhere in (("/products/FE", "/products/ZZ"), ("/items/FE-1", "/items/ZZ-1")):
            assert sam.get(foreign).json == sam.get(nowhere).json

    def test_a_refusal_says_why(self, dev: Program, world: World) -> None:
        world.item("One")
        told = problem(dev.post("/items/FE-1/discard", {"reason": "x"}), 403, "not_allowed")
        assert "product owner" in told["detail"]


class TestShapes:
    @pytest.mark.parametrize(
        ("path", "status", "code"),
        [
            ("/nothing", 404, "not_found"),
            ("/products/FE/wishes", 404, "not_found"),
            ("/products/FE/", 404, "not_found"),
            ("/items/FE-99", 404, "not_found"),
            ("/items/nothing", 404, "not_found"),
            ("/items/FE-99999999999999999999", 404, "not_found"),
            ("/questions/99999999999999999999", 404, "not_found"),
            ("/updates/0", 404, "not_found"),
            ("/products/%00", 404, "not_found"),
            ("/products/%F0%9F%9A%A2", 404, "not_found"),
        ],
    )
    def test_what_is_not_there(self, olga: Program, path: str, status: int, code: str) -> None:
        problem(olga.get(path), status, code)

    def test_what_cannot_be_done_there_says_what_can(self, olga: Program) -> None:
        answer = olga.delete("/me")
        problem(answer, 405, "method_not_allowed")
        assert "GET" in answer.headers["Allow"]

    @pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", "application/xml", "x"])
    def test_what_is_not_sent_as_json(self, olga: Program, kind: str) -> None:
        answer = olga.client.post(
            "/api/v1/products/FE/items",
            data="title=x",
            content_type=kind,
            headers={"Authorization": f"Bearer {olga.secret}"},
        )
        problem(answer, 415, "unsupported_media_type")

    @pytest.mark.parametrize(
        "sent",
        [
            b"",
            b"{",
            b"nonsense",
            b"\xff\xfe\x00",
            b'{"title": "\\ud800"}',
            b'{"title": "a\\u0000b"}',
            b'{"title": "a\x00b"}',
            b'{"title": NaN}',
            b'{"title": ' + b"9" * 5000 + b"}",
            b"[" * 100_000,
            b'{"a":' * 50_000,
            b'"title"',
            b"null",
            b'{"title": "x", "title2": "y"}',
            b'{"title": {"$ne": ""}}',
            b'[{"title": "x"}, 3]',
        ],
        ids=lambda sent: repr(sent[:20]),
    )
    def test_what_is_no_item_is_a_field_problem(self, olga: Program, world: World, sent: bytes) -> None:
        answer = olga.client.post(
            "/api/v1/products/FE/items",
            data=sent,
            content_type="application/json",
            headers={"Authorization": f"Bearer {olga.secret}"},
        )
        told = problem(answer, 422, "invalid")
        assert told["errors"]
        assert world.order() == []

    @pytest.mark.parametrize(
        ("path", "field"),
        [
            ("/products?limit=0", "limit"),
            ("/products?limit=501", "limit"),
            ("/products?limit=x", "limit"),
            ("/products/FE/events?after=-1", "after"),
            ("/search", "q"),
            ("/search?q=", "q"),
            ("/search?q=a%00b", "q"),
            ("/products/FE/backlog?after=FE-99", "after"),
        ],
    )
    def test_a_query_that_cannot_be_used_is_named(self, olga: Program, path: str, field: str) -> None:
        told = problem(olga.get(path), 422, "invalid")
        assert told["errors"][0]["field"] == field

    def test_a_number_beyond_all_bounds_is_a_field_problem(self, olga: Program) -> None:
        told = problem(olga.post("/undo", {"product": "FE", "version": 10**30}), 422, "invalid")
        assert told["errors"][0]["field"] == "version"

    def test_a_bug_tells_nothing_of_itself(self, olga: Program, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(*_: Any, **__: Any) -> None:
            raise ZeroDivisionError("secret detail")

        world.app.testing = False
        world.app.config["PROPAGATE_EXCEPTIONS"] = False
        monkeypatch.setattr("kanban.blueprints.api.products.products_of", broken)
        told = problem(olga.get("/products"), 500, "bug")
        assert "secret detail" not in str(told)


class TestRate:
    @pytest.fixture
    def limited(self, world: World) -> Any:
        from dataclasses import replace

        world.app.config["KANBAN"] = replace(world.app.config["KANBAN"], api_rate="3/minute")
        limiter.reset()
        yield world
        limiter.reset()

    def test_calls_are_limited_where_that_is_set(self, limited: World, olga: Program, dev: Program) -> None:
        statuses = [olga.get("/me").status_code for _ in range(4)]
        assert statuses == [200, 200, 200, 429]
        answer = olga.get("/products")
        problem(answer, 429, "too_many_requests")
        assert 0 < int(answer.headers["Retry-After"]) <= 61
        assert dev.get("/me").status_code == 200

    def test_one_token_is_one_caller_however_it_is_spelled(self, limited: World, olga: Program) -> None:
        spellings = [
            f"Bearer {olga.secret}",
            f"bearer {olga.secret}",
            f"Bearer  {olga.secret} ",
            f"BEARER {olga.secret}",
        ]
        client = limited.app.test_client()
        statuses = [client.get("/api/v1/me", headers={"Authorization": each}).status_code for each in spellings]
        assert statuses == [200, 200, 200, 429]

    def test_who_brings_a_token_that_does_not_count_is_known_by_the_address(self, limited: World, dev: Program) -> None:
        client = limited.app.test_client()
        tries = [client.get("/api/v1/me", headers={"Authorization": f"Bearer kb_{number}"}) for number in range(4)]
        assert [answer.status_code for answer in tries] == [401, 401, 401, 429]
        assert client.get("/api/v1/me").status_code == 429
        assert dev.get("/me").status_code == 200

    def test_and_nowhere_else(self, olga: Program) -> None:
        assert {olga.get("/me").status_code for _ in range(30)} == {200}
