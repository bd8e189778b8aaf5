"""Single-use links: signing in by one, the forgotten password, and what is mailed."""

import datetime as dt
import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from kanban import clock
from kanban.extensions import limiter
from kanban.models import Delivery, DeliveryState, LinkPurpose, SignInLink, User
from tests.blueprints.signing_in import NOON, PASSWORD, deliveries, is_in, link, sign_in
from tests.builders import World


@pytest.fixture(autouse=True)
def _fresh_limits(sqlite_app: Flask) -> Iterator[None]:
    limiter.reset()
    yield
    limiter.reset()


class TestLinks:
    def test_looking_at_a_link_spends_nothing_and_its_button_signs_in_once(self, both: World) -> None:
        path = link(both, LinkPurpose.SIGN_IN, "olga")
        for _ in range(3):
            page = both.browser().get(path)
            assert page.status_code == 200
            assert page.headers["Referrer-Policy"] == "no-referrer"
        browser = both.browser()
        assert browser.post(path).headers["Location"] == "/"
        assert is_in(browser)
        again = both.browser()
        assert again.post(path).status_code == 404
        assert again.get(path).status_code == 404
        assert not is_in(again)

    @pytest.mark.parametrize(
        ("purpose", "minutes"),
        [(LinkPurpose.SIGN_IN, 15), (LinkPurpose.PASSWORD, 60), (LinkPurpose.INVITATION, 10_080)],
    )
    def test_a_link_lives_as_long_as_its_purpose_says(self, world: World, purpose: LinkPurpose, minutes: int) -> None:
        with clock.at(NOON) as now:
            path = link(world, purpose, "olga")
            now.advance(minutes=minutes - 1)
            assert world.browser().get(path).status_code == 200
            now.advance(minutes=2)
            assert world.browser().get(path).status_code == 404
            assert world.browser().post(path, {"password": PASSWORD, "name": "O"}).status_code == 404

    def test_the_link_of_a_deactivated_person_is_dead(self, world: World) -> None:
        path = link(world, LinkPurpose.SIGN_IN, "olga")
        with world.writing() as session:
            session.get_one(User, world.ids["olga"]).is_active = False
        assert world.browser().post(path).status_code == 404

    def test_an_invitation_sets_name_time_zone_and_password(self, world: World) -> None:
        path = link(world, LinkPurpose.INVITATION, "dev")
        browser = world.browser()
        fields = {"name": "Devin  Doe", "password": PASSWORD, "time_zone": "Europe/Oslo"}
        assert browser.post(path, fields).status_code == 303
        assert is_in(browser)
        with world.reading() as session:
            dev = session.get_one(User, world.ids["dev"])
            assert (dev.name, dev.time_zone) == ("Devin Doe", "Europe/Oslo")
        assert sign_in(world.browser(), "dev@example.org") == "/"

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [({"name": "Dev", "password": "short"}, "at least 10"), ({"name": " ", "password": PASSWORD}, "A name needs")],
    )
    def test_a_wrong_field_is_told_beside_it_and_spends_nothing(
        self, world: World, fields: dict[str, str], sentence: str
    ) -> None:
        path = link(world, LinkPurpose.INVITATION, "dev")
        browser = world.browser()
        answer = browser.post(path, fields)
        assert answer.status_code == 422
        assert sentence in answer.get_data(as_text=True)
        assert not is_in(browser)
        assert browser.post(path, {"name": "Dev", "password": PASSWORD}).status_code == 303

    def test_a_new_password_ends_every_sign_in_before(self, world: World) -> None:
        elsewhere = world.browser("olga")
        browser = world.browser()
        assert browser.post(link(world, LinkPurpose.PASSWORD, "olga"), {"password": PASSWORD}).status_code == 303
        assert is_in(browser)
        assert not is_in(elsewhere)
        assert sign_in(world.browser()) == "/"

    @pytest.mark.parametrize("secret", ["x", "a" * 500, "%00", "..", "é"])
    def test_an_invented_link_is_none(self, world: World, secret: str) -> None:
        assert world.browser().get(f"/sign-in/link/{secret}").status_code == 404

    def test_two_who_press_the_button_at_once_are_one_who_gets_in(self, both: World) -> None:
        import threading

        path = link(both, LinkPurpose.SIGN_IN, "olga")
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
        assert deliveries(world, "olga") == [kind]
        shown = [
            re.sub(r'content="[^"]+"|CSRFToken": "[^"]+', "", each.get_data(as_text=True)) for each in (known, unknown)
        ]
        assert shown[0].replace("olga@", "nobody@") == shown[1]

    def test_asking_twice_mails_once(self, world: World) -> None:
        for _ in range(3):
            world.browser().post("/sign-in/mail", {"email": "olga@example.org"})
        assert deliveries(world, "olga") == ["sign_in"]

    def test_nobody_deactivated_is_mailed(self, world: World) -> None:
        with world.writing() as session:
            session.get_one(User, world.ids["dev"]).is_active = False
        world.browser().post("/sign-in/mail", {"email": "dev@example.org"})
        assert deliveries(world, "dev") == []

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
        assert deliveries(world, "olga") == ["sign_in"] * 5
        ask(dt.timedelta(minutes=11), "198.51.100.1")
        assert deliveries(world, "olga") == ["sign_in"] * 6

    def test_one_address_asks_for_so_many_accounts_at_most(self, world: World) -> None:
        paths = ["/sign-in/mail", "/forgotten-password"] * 11
        answers = [world.browser().post(path, {"email": f"a{n}@b.example"}).status_code for n, path in enumerate(paths)]
        assert answers == [200] * 20 + [429] * 2
        elsewhere = world.browser()
        elsewhere.client.environ_base["REMOTE_ADDR"] = "192.0.2.7"
        assert elsewhere.post("/sign-in/mail", {"email": "olga@example.org"}).status_code == 200
        assert deliveries(world, "olga") == ["sign_in"]

    def test_asking_is_limited(self, world: World) -> None:
        answers = [world.browser().post("/forgotten-password", {"email": "a@b.example"}).status_code for _ in range(6)]
        assert answers == [200] * 5 + [429]
