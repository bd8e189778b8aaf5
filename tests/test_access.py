"""The gate: closed by default, authorised under the lock, and each command carried out once."""

import datetime as dt
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Blueprint, Flask, Response, request

from kanban import access, clock, guard, identity, keys
from kanban.app import create_app
from kanban.extensions import db
from kanban.models import ApiToken, Command, Member, Product, SignIn, User
from kanban.policy import Action
from kanban.transactions import begin_write
from tests.applications import make_app
from tests.builders import Browser, World

bp = Blueprint("trial", __name__)


@bp.post("/trial/products/<key>/rename")
@access.needs(Action.CONFIGURE)
def rename(key: str) -> Response:
    """A view like all others: gate, one verb, commit, answer."""
    product = access.change_product(key)
    product.configure(by=access.member(), name=request.form["name"])
    changed = access.commit(product, {"name": product.name})
    return Response(json.dumps({"changed": changed, "version": product.version, "name": product.name}))


@bp.get("/trial/products/<key>/forgetful")
@access.needs(Action.SEE)
def forgetful(key: str) -> str:
    """A view that never asks the gate."""
    return f"all about {key}"


@bp.post("/trial/products/<key>/uncommitted")
@access.needs(Action.CONFIGURE)
def uncommitted(key: str) -> str:
    """A view that says it has done what it never commits."""
    access.change_product(key).configure(by=access.member(), name="Harbour")
    return "Saved."


@bp.post("/api/trial/products/<key>/rename")
@access.needs(Action.CONFIGURE)
def rename_by_program(key: str) -> Response:
    return rename(key)


@bp.get("/api/trial/me")
@access.signed_in
def who() -> str:
    return identity.current_user().email


@bp.get("/api/trial/people")
@access.admin
def everyone() -> str:
    return "everyone"


@pytest.fixture
def world(ready_url: str, tmp_path: Path) -> Iterator[World]:
    for app in make_app(ready_url, tmp_path, own=True):
        app.register_blueprint(bp)
        yield World(app)


def _name(world: World) -> str:
    with world.reading() as session:
        return session.scalars(sa.select(Product.name)).one()


def _rename(browser: Browser, name: str, **more: str) -> Any:
    return browser.post("/trial/products/FE/rename", {"name": name, **more})


def _token(world: World, name: str, scope: str) -> dict[str, str]:
    with world.writing() as session:
        return {"Authorization": f"Bearer {keys.make_api_token(session.get_one(User, world.ids[name]), 'x', scope)}"}


class TestClosedByDefault:
    def test_a_route_without_a_declaration_stops_the_start(self, sqlite_app: Flask) -> None:
        app = create_app(sqlite_app.config["KANBAN"])
        app.add_url_rule("/bare", "bare", lambda: "for everybody")
        with pytest.raises(RuntimeError, match="bare"):
            guard.check_routes(app)
        with app.app_context():
            db.engine.dispose()

    def test_a_view_that_never_asks_the_gate_tells_nothing(self, world: World) -> None:
        world.app.config["PROPAGATE_EXCEPTIONS"] = False
        world.app.testing = False
        answer = world.browser("olga").get("/trial/products/FE/forgetful")
        assert answer.status_code == 500
        assert "all about" not in answer.get_data(as_text=True)

    def test_a_view_that_commits_nothing_of_what_it_began_does_not_say_that_it_is_done(self, world: World) -> None:
        world.app.config["PROPAGATE_EXCEPTIONS"] = False
        world.app.testing = False
        answer = world.browser("olga").post("/trial/products/FE/uncommitted")
        assert answer.status_code == 500
        assert "Saved." not in answer.get_data(as_text=True)
        assert _rename(world.browser("olga"), "Quay").status_code == 200, "the lock was given back"


class TestUnderTheLock:
    def test_each_answer_says_what_the_person_may_know(self, world: World) -> None:
        answers = {name: _rename(world.browser(name), "Harbour").status_code for name in ("sam", "vic", "dora", "olga")}
        assert answers == {"sam": 404, "vic": 403, "dora": 403, "olga": 200}

    def test_what_is_not_there_answers_like_what_is_not_ones_own(self, world: World) -> None:
        sam = world.browser("sam")
        foreign = sam.post("/trial/products/FE/rename", {"name": "x"})
        nowhere = sam.post("/trial/products/ZZ/rename", {"name": "x"})
        assert foreign.status_code == nowhere.status_code == 404

    @pytest.mark.parametrize("name", ["sam", "vic", "olga"])
    def test_a_refusal_takes_no_version(self, world: World, name: str) -> None:
        before = world.version()
        _rename(world.browser(name), "" if name == "olga" else "Harbour")
        assert world.version() == before

    def test_who_lost_the_role_while_waiting_for_the_lock_is_refused(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        browser = world.browser("olga")
        answers: list[int] = []
        at_the_lock = threading.Event()

        def wait_then_begin() -> Any:
            if threading.current_thread() is thread:
                at_the_lock.set()
            return begin_write()

        thread = threading.Thread(target=lambda: answers.append(_rename(browser, "Harbour").status_code))
        monkeypatch.setattr("kanban.access.begin_write", wait_then_begin)
        with world.writing() as session:
            product = session.scalars(sa.select(Product)).one()
            session.execute(sa.update(Product).where(Product.id == product.id).values(goal="held"))
            thread.start()
            at_the_lock.wait(10)
            session.execute(sa.update(Member).where(Member.user_id == world.ids["olga"]).values(role="viewer"))
        thread.join()
        assert answers == [403]
        assert _name(world) == "Ferry"

    @pytest.mark.parametrize("by", ["sign-in", "token"])
    def test_who_was_signed_out_while_waiting_for_the_lock_changes_nothing(
        self, world: World, monkeypatch: pytest.MonkeyPatch, by: str
    ) -> None:
        browser, headers, before = world.browser("olga"), _token(world, "olga", "write"), world.version()

        def begin_late() -> Any:
            db.session.remove()
            with world.writing() as session:
                for came in (SignIn, ApiToken):
                    session.execute(sa.update(came).values(ended_at=clock.now()))
            return begin_write()

        monkeypatch.setattr("kanban.access.begin_write", begin_late)
        if by == "token":
            fields = {"name": "Harbour"}
            answer = world.app.test_client().post("/api/trial/products/FE/rename", data=fields, headers=headers)
        else:
            answer = _rename(browser, "Harbour")
        assert answer.status_code == 401
        assert (_name(world), world.version()) == ("Ferry", before)

    def test_a_no_op_takes_no_version_and_says_so(self, world: World) -> None:
        before = world.version()
        answer = json.loads(_rename(world.browser("olga"), "Ferry").data)
        assert answer == {"changed": False, "version": before, "name": "Ferry"}
        assert world.version() == before


class TestCommands:
    def test_the_same_command_again_changes_nothing(self, world: World) -> None:
        browser = world.browser("olga")
        assert _rename(browser, "Harbour", command="c1").status_code == 200
        version = world.version()
        again = _rename(browser, "Harbour", command="c1")
        assert again.status_code == 303
        assert world.version() == version

    def test_a_fragment_asked_for_again_is_left_as_it_is(self, world: World) -> None:
        browser = world.browser("olga")
        fields = {"name": "Harbour", "command": "c1"}
        browser.post("/trial/products/FE/rename", fields, hx=True)
        again = browser.post("/trial/products/FE/rename", fields, hx=True)
        assert again.status_code == 200
        assert again.headers["X-Kanban-Replay"] == str(world.version())
        assert again.headers["HX-Reswap"] == "none"

    def test_what_had_nothing_to_do_is_remembered_without_a_version(self, world: World) -> None:
        browser, before = world.browser("olga"), world.version()
        fields = {"name": "Ferry", "command": "c1"}
        first = json.loads(browser.post("/trial/products/FE/rename", fields, hx=True).data)
        assert first == {"changed": False, "version": before, "name": "Ferry"}
        _rename(browser, "Harbour")
        again = browser.post("/trial/products/FE/rename", fields, hx=True)
        assert (again.status_code, again.headers["X-Kanban-Replay"]) == (200, "0")
        assert (_name(world), world.version()) == ("Harbour", before + 1)
        assert _rename(browser, "Quay", command="c1").status_code == 422
        with world.reading() as session:
            assert session.scalars(sa.select(Command.version)).all() == [None]

    def test_the_same_id_for_something_else_is_refused(self, world: World) -> None:
        browser = world.browser("olga")
        _rename(browser, "Harbour", command="c1")
        assert _rename(browser, "Quay", command="c1").status_code == 422
        assert _name(world) == "Harbour"

    def test_ids_belong_to_the_person_who_made_them(self, world: World) -> None:
        _rename(world.browser("olga"), "Harbour", command="c1")
        with world.writing() as session:
            session.execute(sa.update(Member).where(Member.user_id == world.ids["dora"]).values(role="delegate"))
        assert _rename(world.browser("dora"), "Quay", command="c1").status_code == 403
        assert _name(world) == "Harbour"

    def test_a_refused_command_may_be_tried_again(self, world: World) -> None:
        browser = world.browser("olga")
        assert _rename(browser, " ", command="c1").status_code == 422
        with world.reading() as session:
            assert session.scalars(sa.select(Command)).all() == []

    def test_a_repeated_command_of_somebody_who_may_no_longer_is_refused(self, world: World) -> None:
        browser = world.browser("olga")
        _rename(browser, "Harbour", command="c1")
        with world.writing() as session:
            session.execute(sa.update(Member).where(Member.user_id == world.ids["olga"]).values(role="viewer"))
        assert _rename(browser, "Harbour", command="c1").status_code == 403

    def test_commands_are_remembered_for_a_month(self, world: World) -> None:
        def remembered() -> int:
            with world.reading() as session:
                return session.scalar(sa.select(sa.func.count()).select_from(Command)) or 0

        noon = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
        with clock.at(noon) as now:
            for command in ("c1", "c2"):
                _rename(world.browser("olga"), "Harbour", command=command)
            for days, count in ((29, 2), (2, 0)):
                now.advance(days=days)
                with world.writing() as session, world.app.test_request_context():
                    identity.sign_in(session.get_one(User, world.ids["dev"]))
                assert remembered() == count

    def test_an_endless_id_is_refused(self, world: World) -> None:
        assert _rename(world.browser("olga"), "Harbour", command="c" * 101).status_code == 422

    def test_a_program_gets_the_first_answer_again(self, world: World) -> None:
        client, headers = world.app.test_client(), {**_token(world, "olga", "write"), "Idempotency-Key": "c1"}
        for replayed in (None, "true"):
            answer = client.post("/api/trial/products/FE/rename", data={"name": "Harbour"}, headers=headers)
            assert answer.status_code == 200
            assert answer.headers.get("Idempotent-Replay") == replayed
        assert answer.json == {"name": "Harbour"}

    def test_a_command_sent_many_times_at_once_has_one_effect(self, world: World) -> None:
        before = world.version()
        browsers = [world.browser("olga") for _ in range(6)]
        answers: list[int] = []
        threads = [
            threading.Thread(target=lambda b=b: answers.append(_rename(b, "Harbour", command="c1").status_code))
            for b in browsers
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answers) == [200, 303, 303, 303, 303, 303]
        assert world.version() == before + 1


class TestTokens:
    def test_a_token_acts_as_its_person(self, world: World) -> None:
        client = world.app.test_client()
        assert client.get("/api/trial/me", headers=_token(world, "dev", "read")).data == b"dev@example.org"

    @pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic b2xnYTpw"}])
    def test_without_a_token_a_program_is_nobody(self, world: World, header: dict[str, str]) -> None:
        answer = world.app.test_client().get("/api/trial/me", headers=header)
        assert answer.status_code == 401
        assert answer.mimetype == "application/problem+json"
        assert answer.json is not None
        assert answer.json["code"] == "not_signed_in"

    def test_a_browsers_cookie_opens_nothing_for_programs(self, world: World) -> None:
        assert world.browser("olga").get("/api/trial/me").status_code == 401

    def test_a_token_opens_no_page(self, world: World) -> None:
        answer = world.app.test_client().get("/me", headers=_token(world, "olga", "write"))
        assert answer.status_code == 303

    def test_a_token_does_no_more_than_its_scope(self, world: World) -> None:
        client = world.app.test_client()
        answer = client.post("/api/trial/products/FE/rename", data={"name": "x"}, headers=_token(world, "olga", "read"))
        assert answer.status_code == 403
        assert answer.json is not None
        assert answer.json["code"] == "scope"
        assert _name(world) == "Ferry"

    def test_only_an_administrators_token_of_that_scope_administers(self, world: World) -> None:
        client = world.app.test_client()
        assert client.get("/api/trial/people", headers=_token(world, "sam", "admin")).status_code == 404
        with world.writing() as session:
            session.get_one(User, world.ids["sam"]).is_admin = True
        assert client.get("/api/trial/people", headers=_token(world, "sam", "write")).status_code == 403
        assert client.get("/api/trial/people", headers=_token(world, "sam", "admin")).status_code == 200

    def test_an_ended_token_opens_nothing(self, world: World) -> None:
        headers = _token(world, "dev", "read")
        with world.writing() as session:
            session.execute(sa.update(ApiToken).values(ended_at=sa.func.now()))
        assert world.app.test_client().get("/api/trial/me", headers=headers).status_code == 401

    def test_using_a_token_is_noted_at_most_hourly(self, world: World) -> None:
        client, headers = world.app.test_client(), _token(world, "dev", "read")
        seen = set()
        for _ in range(2):
            client.get("/api/trial/me", headers=headers)
            with world.reading() as session:
                seen.add(session.scalars(sa.select(ApiToken.used_at)).one())
        assert len(seen) == 1
        assert None not in seen


class TestAnswers:
    @pytest.mark.parametrize(("name", "status"), [("vic", 403), ("sam", 404)])
    def test_a_refusal_has_three_forms(self, world: World, name: str, status: int) -> None:
        browser = world.browser(name)
        page = _rename(browser, "x")
        assert page.status_code == status
        assert "<html" in page.get_data(as_text=True)
        fragment = browser.post("/trial/products/FE/rename", {"name": "x"}, hx=True)
        assert fragment.status_code == status
        assert 'hx-target="#toasts"' in fragment.get_data(as_text=True)
        assert "<html" not in fragment.get_data(as_text=True)
        problem = world.app.test_client().post(
            "/api/trial/products/FE/rename", data={"name": "x"}, headers=_token(world, name, "write")
        )
        assert problem.status_code == status
        assert problem.mimetype == "application/problem+json"

    def test_a_refusal_leaves_all_ways_on_to_who_is_signed_in(self, world: World) -> None:
        """The product at hand stays in the rail, even after a rollback; pages for outsiders have no rail."""
        ref = world.item("Sail")
        world.change(ref, "discard", "No wind")
        dev, stranger = world.browser("dev"), world.browser()
        dev.get("/products/FE/board")
        refused = world.browser("olga").post(f"/items/{ref}/discard", {"reason": "Again"})
        answers = [(dev.get("/items/FE-99"), 404), (dev.get("/nowhere"), 404), (dev.get("/products/FE/import"), 403)]
        for answer, status in [*answers, (refused, 409)]:
            assert answer.status_code == status
            assert '<nav class="rail"' in answer.text
            assert "/products/FE/backlog" in answer.text
        for answer in (stranger.get("/nowhere"), dev.get("/answer/nothing")):
            assert answer.status_code == 404
            assert '<nav class="rail"' not in answer.text

    def test_a_bug_names_its_request_and_keeps_its_details(
        self, world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        world.app.config["PROPAGATE_EXCEPTIONS"] = False
        world.app.testing = False

        def break_down(*_arguments: object, **_fields: object) -> None:
            raise KeyError("secret detail")

        monkeypatch.setattr(Product, "configure", break_down)
        before = world.version()
        answer = _rename(world.browser("olga"), "Harbour")
        assert answer.status_code == 500
        page = answer.get_data(as_text=True)
        assert answer.headers["X-Request-Id"] in page
        assert "secret detail" not in page
        assert "secret detail" in caplog.text
        assert world.version() == before
