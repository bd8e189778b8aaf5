"""Signing in and out, single-use links, the forgotten password, and the first start."""

import datetime as dt
import re
import time
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from kanban import clock, keys
from kanban.errors import Busy
from kanban.extensions import db, limiter
from kanban.models import Delivery, DeliveryState, LinkPurpose, SignIn, SignInLink, User
from tests.builders import Browser, World

PASSWORD = "tides and timetables"
NOON = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _fresh_limits(sqlite_app: Flask) -> Iterator[None]:
    limiter.reset()
    yield
    limiter.reset()


def _set_password(world: World, name: str = "olga", password: str = PASSWORD) -> None:
    with world.writing() as session:
        session.get_one(User, world.ids[name]).password_hash = keys.hash_password(password)


def _link(world: World, purpose: LinkPurpose, name: str | None = None) -> str:
    """The path of a fresh single-use link."""
    with world.writing() as session, world.app.test_request_context():
        user = session.get_one(User, world.ids[name]) if name else None
        return keys.make_link(purpose, user).removeprefix("http://127.0.0.1:8000")


def _sign_in(browser: Browser, email: str = "olga@example.org", password: str = PASSWORD, **more: str) -> str:
    """Try it; answers where it leads, or "" when it was refused."""
    answer = browser.post("/sign-in", {"email": email, "password": password, **more})
    assert answer.status_code in (303, 422)
    return answer.headers.get("Location", "")


def _is_in(browser: Browser) -> bool:
    return browser.get("/me").status_code == 200


def _without_tokens(answer: TestResponse) -> str:
    """A page without what differs between any two of them."""
    return re.sub(r'content="[^"]+"|CSRFToken": "[^"]+', "", answer.get_data(as_text=True))


def _deliveries(world: World, name: str) -> list[str]:
    with world.reading() as session:
        query = sa.select(Delivery.kind).where(Delivery.user_id == world.ids[name]).order_by(Delivery.id)
        return list(session.scalars(query))


class TestPassword:
    def test_address_and_password_let_in(self, both: World) -> None:
        _set_password(both)
        browser = both.browser()
        assert not _is_in(browser)
        assert _sign_in(browser, " Olga@Example.org ") == "/"
        assert _is_in(browser)

    def test_whatever_is_wrong_gets_the_same_answer(self, world: World) -> None:
        _set_password(world)
        _set_password(world, "dev")
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
            page = _without_tokens(answer).replace(email, "…")
            pages.append(re.sub(r'value="[^"]*"|autofocus="[^"]*"', "", page))
            assert not _is_in(browser)
        assert len(set(pages)) == 1

    def test_an_unknown_address_takes_as_long_as_a_wrong_password(self, world: World) -> None:
        _set_password(world)
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
        assert _sign_in(world.browser()) == "/"
        with world.reading() as session:
            assert "m=19456,t=2,p=1" in (session.get_one(User, world.ids["olga"]).password_hash or "")
        assert _sign_in(world.browser()) == "/"

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
        _set_password(world)
        assert _sign_in(world.browser(), next=goal) == where

    def test_a_page_one_wanted_to_see_is_where_one_arrives(self, world: World) -> None:
        answer = world.browser().get("/products/FE/settings")
        assert answer.headers["Location"] == "/sign-in?next=/products/FE/settings"

    def test_the_cookie_is_new_at_each_sign_in_and_the_old_one_is_worthless(self, world: World) -> None:
        _set_password(world)
        browser = world.browser("olga")
        old = browser.client.get_cookie("kanban")
        assert _sign_in(browser) == "/"
        new = browser.client.get_cookie("kanban")
        assert old is not None
        assert new is not None
        assert old.value != new.value
        assert new.http_only
        assert new.same_site == "Lax"
        thief = world.browser()
        thief.client.set_cookie("kanban", old.value)
        assert not _is_in(thief)

    def test_only_hashes_of_secrets_are_stored(self, world: World) -> None:
        _set_password(world)
        browser = world.browser()
        _sign_in(browser)
        with browser.client.session_transaction() as cookie:
            secret = cookie["_user_id"]
        with world.reading() as session:
            assert session.scalars(sa.select(SignIn.secret_hash)).all() == [keys.fingerprint(secret)]

    def test_guessing_is_slowed_down_but_locks_nobody_out_elsewhere(self, world: World) -> None:
        _set_password(world)
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
            assert _is_in(browser)
            now.advance(days=6, hours=23)
            assert _is_in(browser), "using it moved the idle clock"
            now.advance(days=7, minutes=1)
            assert not _is_in(browser)

    def test_a_sign_in_ends_after_thirty_days_in_any_case(self, world: World) -> None:
        with clock.at(NOON) as now:
            browser = world.browser("olga")
            for _ in range(29):
                now.advance(days=1)
                assert _is_in(browser)
            now.advance(days=1, minutes=1)
            assert not _is_in(browser)

    def test_reading_moves_the_idle_clock_at_most_hourly(self, world: World) -> None:
        def seen() -> set[dt.datetime]:
            with world.reading() as session:
                return set(session.scalars(sa.select(SignIn.seen_at)))

        with clock.at(NOON) as now:
            browser = world.browser("olga")
            now.advance(minutes=59)
            assert _is_in(browser)
            assert seen() == {NOON}
            now.advance(minutes=2)
            assert _is_in(browser)
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
            assert _is_in(browser)
            assert "idle clock" in caplog.text

    def test_who_waits_too_long_for_the_writers_reads_as_well(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def busy(**_: object) -> None:
            raise Busy

        with clock.at(NOON) as now:
            browser = world.browser("olga")
            now.advance(hours=2)
            monkeypatch.setattr("kanban.access.begin_write", busy)
            assert browser.get("/products/FE/backlog").status_code == 200
            assert browser.post("/products/FE/items", {"title": "New"}).status_code == 503

    def test_signing_out_ends_this_one_and_no_other(self, world: World) -> None:
        here, there = world.browser("olga"), world.browser("olga")
        kept = here.client.get_cookie("kanban")
        assert here.post("/sign-out").headers["Location"] == "/sign-in"
        assert not _is_in(here)
        assert _is_in(there)
        assert kept is not None
        here.client.set_cookie("kanban", kept.value)
        assert not _is_in(here), "the old cookie opens nothing"

    def test_a_deactivated_person_is_out_at_once(self, world: World) -> None:
        browser = world.browser("dev")
        with world.writing() as session:
            session.get_one(User, world.ids["dev"]).is_active = False
        assert not _is_in(browser)


class TestForms:
    def test_a_form_without_its_token_changes_nothing(self, world: World) -> None:
        _set_password(world)
        browser = world.browser()
        fields = {"email": "olga@example.org", "password": PASSWORD}
        assert browser.client.post("/sign-in", data=fields).status_code == 403
        assert world.browser("olga").client.post("/sign-out").status_code == 403

    @pytest.mark.parametrize("origin", ["https://evil.example.org", "null", "http://127.0.0.1:9999"])
    def test_another_sites_form_changes_nothing(self, world: World, origin: str) -> None:
        _set_password(world)
        browser = world.browser("olga")
        for path in ("/sign-out", "/sign-in"):
            fields = {"csrf_token": browser.token}
            assert browser.client.post(path, data=fields, headers={"Origin": origin}).status_code == 403
        assert _is_in(browser)

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


class TestLinks:
    def test_looking_at_a_link_spends_nothing_and_its_button_signs_in_once(self, both: World) -> None:
        path = _link(both, LinkPurpose.SIGN_IN, "olga")
        for _ in range(3):
            page = both.browser().get(path)
            assert page.status_code == 200
            assert page.headers["Referrer-Policy"] == "no-referrer"
        browser = both.browser()
        assert browser.post(path).headers["Location"] == "/"
        assert _is_in(browser)
        again = both.browser()
        assert again.post(path).status_code == 404
        assert again.get(path).status_code == 404
        assert not _is_in(again)

    @pytest.mark.parametrize(
        ("purpose", "minutes"),
        [(LinkPurpose.SIGN_IN, 15), (LinkPurpose.PASSWORD, 60), (LinkPurpose.INVITATION, 10_080)],
    )
    def test_a_link_lives_as_long_as_its_purpose_says(self, world: World, purpose: LinkPurpose, minutes: int) -> None:
        with clock.at(NOON) as now:
            path = _link(world, purpose, "olga")
            now.advance(minutes=minutes - 1)
            assert world.browser().get(path).status_code == 200
            now.advance(minutes=2)
            assert world.browser().get(path).status_code == 404
            assert world.browser().post(path, {"password": PASSWORD, "name": "O"}).status_code == 404

    def test_the_link_of_a_deactivated_person_is_dead(self, world: World) -> None:
        path = _link(world, LinkPurpose.SIGN_IN, "olga")
        with world.writing() as session:
            session.get_one(User, world.ids["olga"]).is_active = False
        assert world.browser().post(path).status_code == 404

    def test_an_invitation_sets_name_time_zone_and_password(self, world: World) -> None:
        path = _link(world, LinkPurpose.INVITATION, "dev")
        browser = world.browser()
        fields = {"name": "Devin  Doe", "password": PASSWORD, "time_zone": "Europe/Oslo"}
        assert browser.post(path, fields).status_code == 303
        assert _is_in(browser)
        with world.reading() as session:
            dev = session.get_one(User, world.ids["dev"])
            assert (dev.name, dev.time_zone) == ("Devin Doe", "Europe/Oslo")
        assert _sign_in(world.browser(), "dev@example.org") == "/"

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [({"name": "Dev", "password": "short"}, "at least 10"), ({"name": " ", "password": PASSWORD}, "A name has")],
    )
    def test_a_wrong_field_is_told_beside_it_and_spends_nothing(
        self, world: World, fields: dict[str, str], sentence: str
    ) -> None:
        path = _link(world, LinkPurpose.INVITATION, "dev")
        browser = world.browser()
        answer = browser.post(path, fields)
        assert answer.status_code == 422
        assert sentence in answer.get_data(as_text=True)
        assert not _is_in(browser)
        assert browser.post(path, {"name": "Dev", "password": PASSWORD}).status_code == 303

    def test_a_new_password_ends_every_sign_in_before(self, world: World) -> None:
        elsewhere = world.browser("olga")
        browser = world.browser()
        assert browser.post(_link(world, LinkPurpose.PASSWORD, "olga"), {"password": PASSWORD}).status_code == 303
        assert _is_in(browser)
        assert not _is_in(elsewhere)
        assert _sign_in(world.browser()) == "/"

    @pytest.mark.parametrize("secret", ["x", "a" * 500, "%00", "..", "é"])
    def test_an_invented_link_is_none(self, world: World, secret: str) -> None:
        assert world.browser().get(f"/sign-in/link/{secret}").status_code == 404

    def test_two_who_press_the_button_at_once_are_one_who_gets_in(self, both: World) -> None:
        import threading

        path = _link(both, LinkPurpose.SIGN_IN, "olga")
        browsers = [both.browser() for _ in range(4)]
        answers: list[int] = []
        threads = [threading.Thread(target=lambda b=b: answers.append(b.post(path).status_code)) for b in browsers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answers) == [303, 404, 404, 404]


class TestMailed:
    @pytest.mark.parametrize(("path", "kind"), [("/sign-in/mail", "sign_in"), ("/forgotten-password", "password")])
    def test_a_link_goes_to_the_account_and_the_answer_tells_nothing(self, world: World, path: str, kind: str) -> None:
        known = world.browser().post(path, {"email": "olga@example.org"})
        unknown = world.browser().post(path, {"email": "nobody@example.org"})
        assert known.status_code == unknown.status_code == 200
        assert _deliveries(world, "olga") == [kind]
        shown = [
            re.sub(r'content="[^"]+"|CSRFToken": "[^"]+', "", each.get_data(as_text=True)) for each in (known, unknown)
        ]
        assert shown[0].replace("olga@", "nobody@") == shown[1]

    def test_asking_twice_mails_once(self, world: World) -> None:
        for _ in range(3):
            world.browser().post("/sign-in/mail", {"email": "olga@example.org"})
        assert _deliveries(world, "olga") == ["sign_in"]

    def test_nobody_deactivated_is_mailed(self, world: World) -> None:
        with world.writing() as session:
            session.get_one(User, world.ids["dev"]).is_active = False
        world.browser().post("/sign-in/mail", {"email": "dev@example.org"})
        assert _deliveries(world, "dev") == []

    def test_no_secret_lies_in_the_outbox(self, world: World) -> None:
        world.browser().post("/sign-in/mail", {"email": "olga@example.org"})
        with world.reading() as session:
            assert session.scalar(sa.select(sa.func.count()).select_from(SignInLink)) == 0
            assert session.scalars(sa.select(Delivery.context)).all() == [{}]

    def test_asking_from_everywhere_fills_nobodys_mailbox_nor_keeps_them_out(self, world: World) -> None:
        """Whoever has enough mails has a link among them that is good for minutes yet; after that comes the next."""

        def ask(since: dt.timedelta, address: str) -> None:
            with clock.at(NOON + since):
                browser = world.browser()
                browser.client.environ_base["REMOTE_ADDR"] = address
                answer = browser.post("/sign-in/mail", {"email": "olga@example.org"})
                assert answer.status_code == 200
            with world.writing() as session:
                session.execute(sa.update(Delivery).values(state=DeliveryState.SENT))

        for number in range(20):
            ask(dt.timedelta(seconds=number), f"192.0.2.{number}")
        assert _deliveries(world, "olga") == ["sign_in"] * 5
        ask(dt.timedelta(minutes=11), "198.51.100.1")
        assert _deliveries(world, "olga") == ["sign_in"] * 6

    def test_one_address_asks_for_so_many_accounts_at_most(self, world: World) -> None:
        paths = ["/sign-in/mail", "/forgotten-password"] * 11
        answers = [world.browser().post(path, {"email": f"a{n}@b.example"}).status_code for n, path in enumerate(paths)]
        assert answers == [200] * 20 + [429] * 2
        elsewhere = world.browser()
        elsewhere.client.environ_base["REMOTE_ADDR"] = "192.0.2.7"
        assert elsewhere.post("/sign-in/mail", {"email": "olga@example.org"}).status_code == 200
        assert _deliveries(world, "olga") == ["sign_in"]

    def test_asking_is_limited(self, world: World) -> None:
        answers = [world.browser().post("/forgotten-password", {"email": "a@b.example"}).status_code for _ in range(6)]
        assert answers == [200] * 5 + [429]


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
        path = _link(empty, LinkPurpose.SETUP)
        browser = empty.browser()
        assert browser.get(path).status_code == 200
        assert browser.post(path, self.SETUP).status_code == 303
        assert browser.get("/").headers["Location"] == "/start"
        page = browser.get("/start").get_data(as_text=True)
        assert "Fill with the demo" in page
        assert 'href="/products/new"' in page
        with empty.reading() as session:
            (user,) = session.scalars(sa.select(User))
            assert (user.email, user.is_admin, user.time_zone) == ("ann@example.org", True, "Europe/Oslo")

    @pytest.mark.parametrize("wrong", [{"email": "nowhere"}, {"password": "short"}, {"name": ""}])
    def test_a_wrong_field_makes_nobody(self, empty: World, wrong: dict[str, str]) -> None:
        path = _link(empty, LinkPurpose.SETUP)
        answer = empty.browser().post(path, {**self.SETUP, **wrong})
        assert answer.status_code == 422
        with empty.reading() as session:
            assert session.scalar(sa.select(sa.func.count()).select_from(User)) == 0

    def test_several_wrong_fields_are_told_at_once(self, empty: World) -> None:
        path = _link(empty, LinkPurpose.SETUP)
        page = empty.browser().post(path, {"name": "", "email": "x", "password": "y"}).get_data(as_text=True)
        for sentence in ("A name has", "e-mail address", "at least 10"):
            assert sentence in page

    def test_a_second_printed_link_makes_no_second_administrator(self, empty: World) -> None:
        first, second = _link(empty, LinkPurpose.SETUP), _link(empty, LinkPurpose.SETUP)
        assert empty.browser().post(first, self.SETUP).status_code == 303
        answer = empty.browser().post(second, {**self.SETUP, "email": "eve@example.org"})
        assert answer.status_code == 409
        with empty.reading() as session:
            assert session.scalars(sa.select(User.email)).all() == ["ann@example.org"]

    def test_an_unknown_time_zone_becomes_utc(self, empty: World) -> None:
        path = _link(empty, LinkPurpose.SETUP)
        assert empty.browser().post(path, {**self.SETUP, "time_zone": "Mars/Olympus"}).status_code == 303
        with empty.reading() as session:
            assert session.scalars(sa.select(User.time_zone)).all() == ["UTC"]

    def test_later_the_welcome_page_leads_to_the_sign_in(self, world: World) -> None:
        assert world.browser().get("/welcome").headers["Location"] == "/sign-in"

    def test_only_an_administrator_of_an_empty_installation_is_offered_the_demo(self, world: World) -> None:
        assert "Fill with the demo" not in world.browser("sam").get("/start").get_data(as_text=True)
        assert world.browser("sam").post("/start/demo").status_code == 404
        with world.writing() as session:
            session.get_one(User, world.ids["sam"]).is_admin = True
        assert "Fill with the demo" not in world.browser("sam").get("/start").get_data(as_text=True)
        assert world.browser("sam").post("/start/demo").status_code == 409
