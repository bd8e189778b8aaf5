"""A person's own settings: nobody reads or ends what belongs to somebody else."""

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy import orm

from kanban import access, identity, keys, transactions
from kanban.extensions import db
from kanban.models import ApiToken, SignIn, User
from tests.blueprints.signing_in import PASSWORD, set_password
from tests.builders import World

PROFILE = {"name": "Olga Olsen", "language": "en", "time_zone": "Europe/Oslo", "theme": "dark"}


def _user(world: World, name: str = "olga") -> User:
    with world.reading() as session:
        return session.get_one(User, world.ids[name])


def test_name_time_zone_and_theme_are_ones_own(both: World) -> None:
    browser = both.browser("olga")
    assert browser.post("/me", PROFILE).headers["Location"] == "/me"
    user = _user(both)
    assert (user.name, user.time_zone, user.theme) == ("Olga Olsen", "Europe/Oslo", "dark")
    page = browser.get("/me").get_data(as_text=True)
    assert 'data-theme="dark"' in page
    assert "Saved." in page


def test_keys_of_a_single_character_are_off_in_the_browser_that_says_so(world: World) -> None:
    browser, other = world.browser("olga"), world.browser("olga")
    for letters, is_off in (("off", True), ("on", False)):
        browser.post("/me", {**PROFILE, "letters": letters})
        assert [" data-letterless" in one.get("/me").text for one in (browser, other)] == [is_off, False]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": " "}, "A name needs 1 to 200 characters"),
        ({"time_zone": "Mars/Olympus"}, "That time zone is not known"),
        ({"time_zone": ""}, "That time zone is not known"),
        ({"language": "tlh"}, "Choose a language"),
        ({"theme": "neon"}, "Choose a theme"),
    ],
)
def test_a_wrong_field_is_told_beside_it_and_nothing_changes(
    world: World, wrong: dict[str, str], sentence: str
) -> None:
    answer = world.browser("olga").post("/me", {**PROFILE, **wrong})
    assert answer.status_code == 422
    assert sentence in answer.get_data(as_text=True)
    user = _user(world)
    assert (user.name, user.time_zone, user.theme) == ("Olga", "UTC", "system")


def test_who_is_not_signed_in_has_no_settings(world: World) -> None:
    assert world.browser().get("/me").headers["Location"] == "/sign-in?next=/me"
    assert world.browser().post("/me", PROFILE).status_code == 401, "what was written is shown, to be copied"


def test_a_first_password_needs_no_old_one_and_a_second_does(world: World) -> None:
    browser = world.browser("olga")
    assert browser.post("/me/password", {"password": PASSWORD}).status_code == 303
    wrong = browser.post("/me/password", {"old": "guess", "password": "quays and harbours"})
    assert wrong.status_code == 422
    assert "not your current password" in wrong.get_data(as_text=True)
    assert browser.post("/me/password", {"old": PASSWORD, "password": "short"}).status_code == 422
    assert browser.post("/me/password", {"old": PASSWORD, "password": "quays and harbours"}).status_code == 303
    with world.reading() as session:
        assert keys.check_password(session.get_one(User, world.ids["olga"]), "quays and harbours")


LATE: list[tuple[str, dict[str, str]]] = [
    ("/me/password", {"old": PASSWORD, "password": "quays and harbours"}),
    ("/me/tokens", {"name": "Build server", "scope": "write"}),
    ("/me/sign-ins/end", {}),
]


def _meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[], None]) -> None:
    """Have this happen once, between what a request read and the write transaction that it begins."""
    begin, waiting = transactions.begin_write, [act]

    def begin_late() -> orm.Session:
        if waiting:
            db.session.remove()
            waiting.pop()()
        return begin()

    monkeypatch.setattr(access, "begin_write", begin_late)


@pytest.mark.parametrize(("path", "form"), LATE)
def test_a_sign_in_that_ended_meanwhile_changes_nothing_of_the_account(
    both: World, monkeypatch: pytest.MonkeyPatch, path: str, form: dict[str, str]
) -> None:
    set_password(both)
    thief, olga = both.browser("olga"), []

    def recover() -> None:
        with both.writing() as session, both.app.test_request_context():
            identity.end_sign_ins(session.get_one(User, both.ids["olga"]))
        olga.append(both.browser("olga"))

    _meanwhile(monkeypatch, recover)
    answer = thief.post(path, form)
    assert answer.status_code == 401 or (answer.location or "").startswith("/sign-in")
    with both.reading() as session:
        assert keys.check_password(session.get_one(User, both.ids["olga"]), PASSWORD)
        assert session.scalars(sa.select(ApiToken)).all() == []
    assert olga[0].get("/me").status_code == 200


def test_a_password_that_changed_meanwhile_is_not_overwritten(both: World, monkeypatch: pytest.MonkeyPatch) -> None:
    set_password(both)
    browser = both.browser("olga")
    _meanwhile(monkeypatch, lambda: set_password(both, password="moles and beacons"))
    answer = browser.post("/me/password", {"old": PASSWORD, "password": "quays and harbours"})
    assert (answer.status_code, "not your current password" in answer.text) == (422, True)
    with both.reading() as session:
        assert keys.check_password(session.get_one(User, both.ids["olga"]), "moles and beacons")


def test_a_new_password_ends_the_other_sign_ins(world: World) -> None:
    here, there = world.browser("olga"), world.browser("olga")
    assert here.post("/me/password", {"password": PASSWORD}).status_code == 303
    assert here.get("/me").status_code == 200
    assert there.get("/me").status_code == 303


def test_one_signs_out_everywhere_else(world: World) -> None:
    here, there, dev = world.browser("olga"), world.browser("olga"), world.browser("dev")
    assert here.post("/me/sign-ins/end").status_code == 303
    assert here.get("/me").status_code == 200
    assert there.get("/me").status_code == 303
    assert dev.get("/me").status_code == 200


def test_one_sign_in_can_be_ended_and_only_ones_own(world: World) -> None:
    here, there, dev = world.browser("olga"), world.browser("olga"), world.browser("dev")
    with world.reading() as session:
        first, second, devs = session.scalars(sa.select(SignIn.id).order_by(SignIn.id))
    page = here.get("/me").get_data(as_text=True)
    assert f"/me/sign-ins/{second}/end" in page
    assert f"/me/sign-ins/{first}/end" not in page, "this browser's own ends by signing out"
    assert f"/me/sign-ins/{devs}/end" not in page
    assert here.post(f"/me/sign-ins/{devs}/end").status_code == 404
    assert dev.get("/me").status_code == 200
    assert here.post(f"/me/sign-ins/{second}/end").status_code == 303
    assert there.get("/me").status_code == 303


def test_a_token_is_shown_once_and_stored_as_a_hash(world: World) -> None:
    browser = world.browser("dev")
    answer = browser.post("/me/tokens", {"name": "Build server", "scope": "write"})
    assert answer.status_code == 201
    match = re.search(r"kb_[\w-]{40,}", answer.get_data(as_text=True))
    assert match is not None
    assert f'data-copy="{match[0]}"' in answer.get_data(as_text=True)
    page = browser.get("/me").get_data(as_text=True)
    assert match[0] not in page
    assert "Build server" in page
    with world.reading() as session:
        (token,) = session.scalars(sa.select(ApiToken))
        assert (token.user_id, token.scope) == (world.ids["dev"], "write")
        assert token.secret_hash == keys.fingerprint(match[0])


@pytest.mark.parametrize("fields", [{"name": ""}, {"name": "x" * 101}, {"name": "x", "scope": "admin"}])
def test_a_wrong_token_is_none(world: World, fields: dict[str, str]) -> None:
    assert world.browser("dev").post("/me/tokens", {"scope": "read", **fields}).status_code == 422


def test_a_token_can_be_ended_and_only_ones_own(world: World) -> None:
    dev, olga = world.browser("dev"), world.browser("olga")
    dev.post("/me/tokens", {"name": "Build server", "scope": "read"})
    with world.reading() as session:
        token_id = session.scalars(sa.select(ApiToken.id)).one()
    assert olga.post(f"/me/tokens/{token_id}/end").status_code == 404
    assert dev.post(f"/me/tokens/{token_id}/end").status_code == 303
    assert "Build server" not in dev.get("/me").get_data(as_text=True)
