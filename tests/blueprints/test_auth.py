"""Signing in and out by password, and the first start."""

import datetime as dt
import re
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import orm

from kanban import clock, keys
from kanban.errors import Busy
from kanban.extensions import db, limiter
from kanban.models import LinkPurpose, SignIn, User
from kanban.reads.people import accounts
from tests.blueprints.signing_in import NOON, PASSWORD, is_in, link, set_password, sign_in, without_tokens
from tests.builders import World


@pytest.fixture(autouse=True)
def _fresh_limits(sqlite_app: Flask) -> Iterator[None]:
    limiter.reset()
    yield
    limiter.reset()


class TestPassword:
    def test_address_and_password_let_in(self, both: World) -> None:
        set_password(both)
        browser = both.browser()
        assert not is_in(browser)
        assert sign_in(browser, " Olga@Example.org ") == "/"
        assert is_in(browser)

    def test_whatever_is_wrong_gets_the_same_answer(self, world: World) -> None:
        set_password(world)
        set_password(world, "dev")
        with world.writing() as session:
            session.get_one(User, world.ids["dev"]).is_active = False
        browser, pages = world.browser(), []
        for email, password in [
            ("olga@example.org", "wrong password"),
            ("nobody@example.org", PASSWORD),
            ("vic@example.org", PASSWORD),
            ("dev@example.org", PASSWORD),
            ("not an address", PASSWORD),
            ("olga@example.org", ""),
        ]:
            answer = browser.post("/sign-in", {"email": email, "password": password})
            assert answer.status_code == 422
            page = without_tokens(answer).replace(email, "…")
            pages.append(re.sub(r'value="[^"]*"|autofocus="[^"]*"', "", page))
            assert not is_in(browser)
        assert len(set(pages)) == 1

    @pytest.mark.parametrize("is_weak", [False, True])
    def test_a_sign_in_under_way_with_the_former_password_is_refused(
        self, both: World, monkeypatch: pytest.MonkeyPatch, is_weak: bool
    ) -> None:
        set_password(both)
        if is_weak:
            monkeypatch.setattr(keys, "rehash", lambda _user, password: keys.hash_password(password))
        check, newer = keys.check_password, "quays and harbours"

        def check_slowly(user: User | None, password: str) -> bool:
            is_right = check(user, password)
            db.session.remove()
            set_password(both, password=newer)
            return is_right

        with monkeypatch.context() as patched:
            patched.setattr(keys, "check_password", check_slowly)
            late = both.browser()
            assert sign_in(late) == ""
        assert not is_in(late)
        assert sign_in(both.browser()) == ""
        assert sign_in(both.browser(), password=newer) == "/"

    def test_an_unknown_address_takes_as_long_as_a_wrong_password(self, world: World) -> None:
        set_password(world)
        with world.reading() as session:
            user = session.get_one(User, world.ids["olga"])
            took = []
            for person in (user, None):
                began = time.perf_counter()
                for _ in range(5):
                    assert not keys.check_password(person, "wrong password")
                took.append(time.perf_counter() - began)
        assert took[1] > took[0] / 3

    def test_a_weaker_hash_is_made_anew_at_the_next_sign_in(self, world: World) -> None:
        import argon2

        weak = argon2.PasswordHasher(memory_cost=8, time_cost=1, parallelism=1).hash(PASSWORD)
        with world.writing() as session:
            session.get_one(User, world.ids["olga"]).password_hash = weak
        assert sign_in(world.browser()) == "/"
        with world.reading() as session:
            assert "m=19456,t=2,p=1" in (session.get_one(User, world.ids["olga"]).password_hash or "")
        assert sign_in(world.browser()) == "/"

    @pytest.mark.parametrize(
        ("goal", "where"),
        [
            ("/products/FE/board", "/products/FE/board"),
            ("//evil.example.org", "/"),
            ("/\\evil.example.org", "/"),
            ("https://evil.example.org", "/"),
            ("javascript:alert(1)", "/"),
            ("/a\nb", "/"),
            ("", "/"),
        ],
    )
    def test_it_leads_on_only_inside(self, world: World, goal: str, where: str) -> None:
        set_password(world)
        assert sign_in(world.browser(), next=goal) == where

    def test_a_page_one_wanted_to_see_is_where_one_arrives(self, world: World) -> None:
        answer = world.browser().get("/products/FE/settings")
        assert answer.headers["Location"] == "/sign-in?next=/products/FE/settings"

    def test_the_cookie_is_new_at_each_sign_in_and_the_old_one_is_worthless(self, world: World) -> None:
        set_password(world)
        browser = world.browser("olga")
        old = browser.client.get_cookie("kanban")
        assert sign_in(browser) == "/"
        new = browser.client.get_cookie("kanban")
        assert old is not None
        assert new is not None
        assert old.value != new.value
        assert new.http_only
        assert new.same_site == "Lax"
        thief = world.browser()
        thief.client.set_cookie("kanban", old.value)
        assert not is_in(thief)

    def test_only_hashes_of_secrets_are_stored(self, world: World) -> None:
        set_password(world)
        browser = world.browser()
        sign_in(browser)
        with browser.client.session_transaction() as cookie:
            secret = cookie["_user_id"]
        with world.reading() as session:
            assert session.scalars(sa.select(SignIn.secret_hash)).all() == [keys.fingerprint(secret)]

    def test_guessing_is_slowed_down_but_locks_nobody_out_elsewhere(self, world: World) -> None:
        set_password(world)
        attacker = world.browser()
        for _ in range(10):
            attacker.post("/sign-in", {"email": "olga@example.org", "password": "guess"})
        refused = attacker.post("/sign-in", {"email": "olga@example.org", "password": PASSWORD})
        assert refused.status_code == 429
        assert int(refused.headers["Retry-After"]) > 0
        answer = world.browser().client.post(
            "/sign-in",
            data={"email": "olga@example.org", "password": PASSWORD, "csrf_token": attacker.token},
            environ_base={"REMOTE_ADDR": "192.0.2.7"},
        )
        assert answer.status_code == 403, "the token of another browser is none"
        olga = world.browser()
        answer = olga.client.post(
            "/sign-in",
            data={"email": "olga@example.org", "password": PASSWORD, "csrf_token": olga.token},
            environ_base={"REMOTE_ADDR": "192.0.2.7"},
        )
        assert answer.status_code == 303

    def test_who_is_in_is_led_on(self, world: World) -> None:
        assert world.browser("olga").get("/sign-in").headers["Location"] == "/"


class TestEnding:
    def test_a_sign_in_ends_after_seven_days_without_use(self, world: World) -> None:
        with clock.at(NOON) as now:
            browser = world.browser("olga")
            now.advance(days=6, hours=23)
            assert is_in(browser)
            now.advance(days=6, hours=23)
            assert is_in(browser), "using it moved the idle clock"
            now.advance(days=7, minutes=1)
            assert not is_in(browser)

    def test_a_sign_in_ends_after_thirty_days_in_any_case(self, world: World) -> None:
        with clock.at(NOON) as now:
            browser = world.browser("olga")
            for _ in range(29):
                now.advance(days=1)
                assert is_in(browser)
            now.advance(days=1, minutes=1)
            assert not is_in(browser)

    def test_reading_moves_the_idle_clock_at_most_hourly(self, world: World) -> None:
        def seen() -> set[dt.datetime]:
            with world.reading() as session:
                return set(session.scalars(sa.select(SignIn.seen_at)))

        with clock.at(NOON) as now:
            browser = world.browser("olga")
            now.advance(minutes=59)
            assert is_in(browser)
            assert seen() == {NOON}
            now.advance(minutes=2)
            assert is_in(browser)
            assert seen() == {clock.now()}

    @pytest.mark.parametrize("statement", ["BEGIN IMMEDIATE", "UPDATE sign_in", "UPDATE api_token"])
    def test_a_clock_that_can_not_be_moved_keeps_nobody_from_reading(
        self, world: World, statement: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A full disk, or a writer that does not let go: what only reads is answered all the same."""
        broken = False

        def fail(_connection: object, _cursor: object, sent: str, *_more: object) -> None:
            if broken and sent.startswith(statement):
                raise sa.exc.OperationalError(sent, {}, Exception("database or disk is full"))

        with world.writing() as session:
            secret = keys.make_api_token(session.get_one(User, world.ids["olga"]), "script", "read")
        with clock.at(NOON) as now:
            browser = world.browser("olga")
            now.advance(hours=2)
            with world.app.app_context():
                sa.event.listen(db.engine, "before_cursor_execute", fail)
            broken = True
            page = browser.get("/products/FE/backlog")
            told = browser.client.get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"})
            assert (page.status_code, told.status_code) == (200, 200)
            assert "Olga" in page.text
            assert told.json is not None
            broken = False
            assert is_in(browser)
            assert "idle clock" in caplog.text

    def test_who_waits_too_long_for_the_writers_reads_as_well(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def busy(**_: object) -> None:
            raise Busy

        with clock.at(NOON) as now:
            browser = world.browser("olga")
            now.advance(hours=2)
            for gate in ("access", "identity"):
                monkeypatch.setattr(f"kanban.{gate}.begin_write", busy)
            assert browser.get("/products/FE/backlog").status_code == 200
            assert browser.post("/products/FE/items", {"title": "New"}).status_code == 503

    def test_signing_out_ends_this_one_and_no_other(self, world: World) -> None:
        here, there = world.browser("olga"), world.browser("olga")
        kept = here.client.get_cookie("kanban")
        assert here.post("/sign-out").headers["Location"] == "/sign-in"
        assert not is_in(here)
        assert is_in(there)
        assert kept is not None
        here.client.set_cookie("kanban", kept.value)
        assert not is_in(here), "the old cookie opens nothing"

    def test_a_deactivated_person_is_out_at_once(self, world: World) -> None:
        browser = world.browser("dev")
        with world.writing() as session:
            session.get_one(User, world.ids["dev"]).is_active = False
        assert not is_in(browser)


class TestForms:
    def test_a_form_without_its_token_changes_nothing(self, world: World) -> None:
        set_password(world)
        browser = world.browser()
        fields = {"email": "olga@example.org", "password": PASSWORD}
        assert browser.client.post("/sign-in", data=fields).status_code == 403
        assert world.browser("olga").client.post("/sign-out").status_code == 403

    @pytest.mark.parametrize("origin", ["https://evil.example.org", "null", "http://127.0.0.1:9999"])
    def test_another_sites_form_changes_nothing(self, world: World, origin: str) -> None:
        set_password(world)
        browser = world.browser("olga")
        for path in ("/sign-out", "/sign-in"):
            fields = {"csrf_token": browser.token}
            assert browser.client.post(path, data=fields, headers={"Origin": origin}).status_code == 403
        assert is_in(browser)

    def test_a_browser_that_names_no_origin_is_judged_by_where_the_request_came_from(self, world: World) -> None:
        browser = world.browser("olga")
        fields = {"csrf_token": browser.token}
        cross = browser.client.post("/sign-out", data=fields, headers={"Sec-Fetch-Site": "cross-site"})
        assert cross.status_code == 403
        own = browser.client.post("/sign-out", data=fields, headers={"Sec-Fetch-Site": "same-origin"})
        assert own.status_code == 303

    def test_the_own_origin_is_welcome(self, world: World) -> None:
        browser = world.browser("olga")
        fields = {"csrf_token": browser.token}
        answer = browser.client.post("/sign-out", data=fields, headers={"Origin": "http://localhost"})
        assert answer.status_code == 303


class TestFirstStart:
    @pytest.fixture
    def empty(self, sqlite_app: Flask) -> World:
        world = World.__new__(World)
        world.app, world.ids = sqlite_app, {}
        return world

    SETUP = {"name": "Ann", "email": "ann@example.org", "password": PASSWORD, "time_zone": "Europe/Oslo"}

    def test_whoever_comes_first_is_told_to_look_at_the_console(self, empty: World) -> None:
        browser = empty.browser()
        assert browser.get("/").headers["Location"] == "/welcome"
        page = browser.get("/welcome").get_data(as_text=True)
        assert "one-time link" in page
        assert "<form" not in page

    def test_the_printed_link_makes_the_administrator_who_then_chooses_how_to_start(self, empty: World) -> None:
        path = link(empty, LinkPurpose.SETUP)
        browser = empty.browser()
        assert browser.get(path).status_code == 200
        assert browser.post(path, self.SETUP).status_code == 303
        assert browser.get("/").headers["Location"] == "/start"
        page = browser.get("/start").get_data(as_text=True)
        assert "Load the demo" in page
        assert 'href="/products/new"' in page
        with empty.reading() as session:
            (user,) = session.scalars(sa.select(User))
            assert (user.email, user.is_admin, user.time_zone) == ("ann@example.org", True, "Europe/Oslo")

    @pytest.mark.parametrize("wrong", [{"email": "nowhere"}, {"password": "short"}, {"name": ""}])
    def test_a_wrong_field_makes_nobody(self, empty: World, wrong: dict[str, str]) -> None:
        path = link(empty, LinkPurpose.SETUP)
        answer = empty.browser().post(path, {**self.SETUP, **wrong})
        assert answer.status_code == 422
        with empty.reading() as session:
            assert session.scalar(sa.select(sa.func.count()).select_from(User)) == 0

    def test_several_wrong_fields_are_told_at_once(self, empty: World) -> None:
        path = link(empty, LinkPurpose.SETUP)
        page = empty.browser().post(path, {"name": "", "email": "x", "password": "y"}).get_data(as_text=True)
        for sentence in ("A name needs", "e-mail address", "at least 10"):
            assert sentence in page

    def test_a_second_printed_link_makes_no_second_administrator(self, empty: World) -> None:
        first, second = link(empty, LinkPurpose.SETUP), link(empty, LinkPurpose.SETUP)
        assert empty.browser().post(first, self.SETUP).status_code == 303
        answer = empty.browser().post(second, {**self.SETUP, "email": "eve@example.org"})
        assert answer.status_code == 409
        with empty.reading() as session:
            assert session.scalars(sa.select(User.email)).all() == ["ann@example.org"]

    def test_two_printed_links_used_at_once_make_one_administrator(
        self, postgres_app: Flask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        empty = World.__new__(World)
        empty.app, empty.ids = postgres_app, {}
        both_asked, answers = threading.Barrier(2), []

        def is_anybody_here(session: orm.Session) -> bool:
            found = accounts.is_anybody_here(session)
            with suppress(threading.BrokenBarrierError):
                both_asked.wait(1)
            return found

        monkeypatch.setattr("kanban.blueprints.auth.is_anybody_here", is_anybody_here)
        wishes = [
            (link(empty, LinkPurpose.SETUP), {**self.SETUP, "email": f"{name}@example.org"}) for name in ("ann", "eve")
        ]

        def use(path: str, wish: dict[str, str]) -> None:
            answers.append(empty.browser().post(path, wish).status_code)

        threads = [threading.Thread(target=use, args=each) for each in wishes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answers) == [303, 409]
        with empty.reading() as session:
            assert session.scalar(sa.select(sa.func.count()).select_from(User)) == 1

    def test_an_unknown_time_zone_becomes_utc(self, empty: World) -> None:
        path = link(empty, LinkPurpose.SETUP)
        assert empty.browser().post(path, {**self.SETUP, "time_zone": "Mars/Olympus"}).status_code == 303
        with empty.reading() as session:
            assert session.scalars(sa.select(User.time_zone)).all() == ["UTC"]

    def test_later_the_welcome_page_leads_to_the_sign_in(self, world: World) -> None:
        assert world.browser().get("/welcome").headers["Location"] == "/sign-in"

    def test_only_an_administrator_of_an_empty_installation_is_offered_the_demo(self, world: World) -> None:
        assert "Load the demo" not in world.browser("sam").get("/start").get_data(as_text=True)
        assert world.browser("sam").post("/start/demo").status_code == 404
        with world.writing() as session:
            session.get_one(User, world.ids["sam"]).is_admin = True
        assert "Load the demo" not in world.browser("sam").get("/start").get_data(as_text=True)
        assert world.browser("sam").post("/start/demo").status_code == 409
