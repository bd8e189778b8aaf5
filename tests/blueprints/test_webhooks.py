"""Webhooks in the settings: who may, what is refused, the secret that is shown once, and trying it out."""

import dataclasses
import html
import re
from collections.abc import Iterator

import pytest
from werkzeug.test import TestResponse

from kanban import clock
from kanban.addresses import Reach
from kanban.models import Hears
from kanban.models.webhook import MOST, PATIENCE
from kanban.reads import webhooks as reads
from tests.api.conftest import Programs
from tests.builders import Browser, World, sound
from tests.webhooks.conftest import courier
from tests.webhooks.hooks import add_hook, change_hook, hook_of, messages_of, secret_of
from tests.webhooks.receiver import Receiver, answer

HOOKS = "/products/FE/settings/webhooks"
WORDS = {"name": "Chat", "address": "https://hooks.example/T0/very-secret", "hears": ["items", "questions"]}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver().running() as receiver:
        yield receiver


def say_where_to(world: World, reach: Reach) -> None:
    """Set KANBAN_WEBHOOKS."""
    world.app.config["KANBAN"] = dataclasses.replace(world.app.config["KANBAN"], webhooks=reach)


def flashed(olga: Browser, response: TestResponse) -> str:
    """The page that a redirect leads to, as people read it."""
    return html.unescape(olga.get(response.headers["Location"]).text)


def test_the_owner_adds_one_and_reads_its_secret_once(both: World) -> None:
    olga = both.browser("olga")
    added = olga.post(HOOKS, WORDS)
    secret = secret_of(both)
    assert added.status_code == 201
    assert secret in added.text
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", secret)
    hook = hook_of(both)
    assert (hook.name, hook.address, hook.hears) == ("Chat", WORDS["address"], ["items", "questions"])
    assert both.kinds() == ["webhook_added"]
    for path in (HOOKS, f"{HOOKS}/1", f"{HOOKS}/1/remove", "/products/FE/settings"):
        page = olga.get(path)
        assert page.status_code == 200
        assert secret not in page.text
    assert sound(both)


def test_a_form_that_comes_twice_adds_one(world: World) -> None:
    olga = world.browser("olga")
    command = {"command": "0" * 32, "next": HOOKS}
    assert olga.post(HOOKS, WORDS | command).status_code == 201
    again = olga.post(HOOKS, WORDS | command)
    assert (again.status_code, again.headers["Location"]) == (303, HOOKS)
    assert secret_of(world) not in olga.get(HOOKS).text
    assert hook_of(world).number == 1


@pytest.mark.parametrize("name", ["dora", "lea", "dev", "vic"])
def test_nobody_but_the_owner_sees_them(world: World, name: str) -> None:
    add_hook(world, "https://hooks.example/T0/very-secret")
    browser = world.browser(name)
    for path in (HOOKS, f"{HOOKS}/1"):
        assert browser.get(path).status_code == 403
    assert browser.post(HOOKS, WORDS).status_code == 403
    assert "webhooks" not in browser.get("/products/FE/settings").text


def test_neither_address_nor_secret_leaves_through_log_export_or_backup(world: World, receiver: Receiver) -> None:
    add_hook(world, f"{receiver.url}/very-secret")
    change_hook(
        world, 1, "edit", name="Chat", address=f"{receiver.url}/most-secret", hears=["rest"], reach=Reach.PRIVATE
    )
    courier(world).drain()
    olga = Programs(world)("olga")
    secret = secret_of(world)
    said = (
        olga.get("/products/FE/events").text
        + olga.get("/products/FE/export.json").text
        + receiver.taken[0].body.decode()
    )
    for word in ("very-secret", "most-secret", secret, secret.removeprefix("whsec_"), hook_of(world).nonce):
        assert word not in said
    with world.reading() as session:
        database = world.app.config["KANBAN"].database_url.removeprefix("sqlite:///")
        session.connection().exec_driver_sql("PRAGMA wal_checkpoint(FULL)")
        with open(database, "rb") as file:
            assert secret.removeprefix("whsec_").encode() not in file.read()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"address": "http://hooks.example/"}, "An address begins with https://."),
        ({"address": "https://127.0.0.1/"}, "private network"),
        ({"address": "https://[::ffff:10.0.0.1]/"}, "private network"),
        ({"address": ""}, "Give a whole address"),
        ({"name": " "}, "Give it a name of 1 to 100 characters."),
        ({"hears": []}, "Choose at least one thing it should hear about"),
        ({"hears": ["gossip"]}, "Choose at least one thing it should hear about"),
    ],
)
def test_what_can_not_be_used_is_said_beside_its_field_and_the_rest_stays(
    world: World, words: dict[str, object], sentence: str
) -> None:
    olga = world.browser("olga")
    refused = olga.post(HOOKS, WORDS | words)
    assert refused.status_code == 422
    assert sentence in html.unescape(refused.text)
    assert "very-secret" in refused.text or "address" in words
    add_hook(world, "https://hooks.example/")
    assert sentence in html.unescape(olga.post(f"{HOOKS}/1", WORDS | words).text)


def test_one_that_leads_where_it_may_no_longer_can_still_be_renamed(world: World) -> None:
    add_hook(world, "http://10.0.0.1/")
    renamed = WORDS | {"name": "Old", "address": "http://10.0.0.1/"}
    assert world.browser("olga").post(f"{HOOKS}/1", renamed).status_code == 303
    assert hook_of(world).name == "Old"
    assert world.browser("olga").post(f"{HOOKS}/1", renamed | {"address": "http://10.0.0.2/"}).status_code == 422


def test_the_operator_may_allow_private_addresses_or_none_at_all(world: World, receiver: Receiver) -> None:
    olga = world.browser("olga")
    say_where_to(world, Reach.PRIVATE)
    assert olga.post(HOOKS, WORDS | {"address": receiver.url}).status_code == 201
    say_where_to(world, Reach.OFF)
    assert olga.post(HOOKS, WORDS).status_code == 409
    page = olga.get(f"{HOOKS}/1").text
    assert "switched webhooks off" in page
    assert "Send a test" not in page
    assert "It was not accepted. Whoever runs" in flashed(olga, olga.post(f"{HOOKS}/1/test"))
    assert receiver.taken == []


def test_a_product_has_so_many_at_most(world: World) -> None:
    for number in range(MOST):
        add_hook(world, "https://hooks.example/", name=str(number))
    assert world.browser("olga").post(HOOKS, WORDS).status_code == 409


def test_a_test_is_sent_at_once_and_its_outcome_is_said(both: World, receiver: Receiver) -> None:
    say_where_to(both, Reach.PRIVATE)
    olga = both.browser("olga")
    add_hook(both, receiver.url)
    before = both.version()
    assert "It was accepted with the answer 200." in flashed(olga, olga.post(f"{HOOKS}/1/test"))
    receiver.next = [answer(410, "Not any more")]
    page = flashed(olga, olga.post(f"{HOOKS}/1/test"))
    assert "It was not accepted. It answered with 410." in page
    assert "Not any more" in page
    (first, second) = receiver.taken
    assert first.is_genuine(secret_of(both))
    assert first.told["type"] == "webhook.test"
    assert first.told["data"] == {"product": "FE", "webhook": "Chat"}
    assert first.id != second.id
    assert hook_of(both).is_on
    assert both.version() == before


def test_a_message_is_sent_again_as_the_one_it_was(both: World, receiver: Receiver) -> None:
    say_where_to(both, Reach.PRIVATE)
    olga = both.browser("olga")
    add_hook(both, receiver.url)
    both.item("One")
    courier(both).drain()
    (message,) = messages_of(both)
    receiver.next = [answer(500)]
    olga.post(f"{HOOKS}/1/messages/{message.id}/again")
    assert messages_of(both)[0].status == 500
    olga.post(f"{HOOKS}/1/messages/{message.id}/again")
    (message,) = messages_of(both)
    assert (message.tries, message.status) == (3, 200)
    assert len({(each.id, each.body) for each in receiver.taken}) == 1
    assert olga.post(f"{HOOKS}/1/messages/{message.id + 1}/again").status_code == 404
    assert courier(both).drain() == 0


def test_a_failing_one_says_so_and_its_message_can_be_left_out(world: World, receiver: Receiver) -> None:
    add_hook(world, receiver.url)
    world.item("One")
    stuck = world.version()
    receiver.next = [answer(500, "<b>No such channel</b>")]
    courier(world).drain()
    olga = world.browser("olga")
    assert "Failing" in olga.get(HOOKS).text
    page = olga.get(f"{HOOKS}/1").text
    assert "The next try is at" in page
    assert "&lt;b&gt;No such channel&lt;/b&gt;" in page
    assert f'name="version" value="{stuck}"' in page
    assert olga.post(f"{HOOKS}/1/skip", {"version": str(stuck)}).status_code == 303
    assert "Skip this message" not in olga.get(f"{HOOKS}/1").text
    assert olga.post(f"{HOOKS}/1/skip", {"version": str(stuck)}).status_code == 409


def test_tests_do_not_push_away_the_message_that_can_be_left_out(world: World, receiver: Receiver) -> None:
    add_hook(world, receiver.url)
    world.item("One")
    stuck = world.version()
    receiver.next = [answer(500)] * (reads.KEPT + 2)
    courier(world).drain()
    for _ in range(reads.KEPT + 1):
        courier(world).send_now(hook_of(world).id, hook_of(world).product_id, None)
    page = world.browser("olga").get(f"{HOOKS}/1").text
    assert f'name="version" value="{stuck}"' in page and "It answered with 500." in page


def test_one_that_was_switched_off_for_failing_gets_another_address(world: World, receiver: Receiver) -> None:
    add_hook(world, "http://127.0.0.1:9/")
    world.item("One")
    missed, begun, olga = world.version(), clock.now(), world.browser("olga")
    with clock.at(begun) as now:
        courier(world).drain()
        now.move_to(begun + PATIENCE)
        courier(world).drain()
    say_where_to(world, Reach.PRIVATE)
    assert "It has accepted nothing since" in olga.get(f"{HOOKS}/1").text
    changed = olga.post(f"{HOOKS}/1", {"name": "Chat", "address": receiver.url, "hears": list(Hears)})
    assert "It has accepted nothing since" in flashed(olga, changed)
    olga.post(f"{HOOKS}/1/switch", {"on": "1"})
    courier(world).drain()
    assert receiver.versions[0] == missed


def test_a_form_that_leaves_alone_what_it_hears_does_not_set_it_back(world: World) -> None:
    add_hook(world, str(WORDS["address"]), hears=["items", "questions"])
    olga = world.browser("olga")
    drawn = {"was_name": "Chat", "was_address": WORDS["address"], "was_hears": "items questions"}
    assert 'name="was_hears" value="items questions"' in olga.get(f"{HOOKS}/1").text
    assert olga.post(f"{HOOKS}/1", {**WORDS, **drawn, "hears": ["updates"]}).status_code == 303
    assert olga.post(f"{HOOKS}/1", {**WORDS, **drawn, "name": "Room"}).status_code == 303
    assert (hook_of(world).name, hook_of(world).hears) == ("Room", ["updates"])
    both_changed = olga.post(f"{HOOKS}/1", {**WORDS, **drawn, "hears": ["rest"]})
    assert both_changed.status_code == 422 and "Somebody has changed this in the meantime" in both_changed.text
    assert 'name="was_hears" value="updates"' in both_changed.text
    assert hook_of(world).hears == ["updates"]


def test_it_is_changed_switched_and_removed(both: World) -> None:
    olga = both.browser("olga")
    olga.post(HOOKS, WORDS)
    changed = {"name": "Bot", "address": "https://other.example/x", "hears": ["updates"]}
    assert olga.post(f"{HOOKS}/1", changed).status_code == 303
    hook = hook_of(both)
    assert (hook.name, hook.host, hook.hears) == ("Bot", "other.example", ["updates"])
    before = both.version()
    assert olga.post(f"{HOOKS}/1", changed).status_code == 303
    assert both.version() == before
    olga.post(f"{HOOKS}/1/switch")
    assert not hook_of(both).is_on
    olga.post(f"{HOOKS}/1/switch", {"on": "1"})
    assert hook_of(both).is_on
    secret = secret_of(both)
    renewed = olga.post(f"{HOOKS}/1/secret")
    assert secret_of(both) != secret
    assert secret_of(both) in renewed.text
    assert secret_of(both) not in olga.get(f"{HOOKS}/1").text
    assert olga.post(f"{HOOKS}/1/remove").status_code == 303
    assert olga.get(f"{HOOKS}/1").status_code == 404
    olga.post(HOOKS, WORDS)
    assert hook_of(both, 2).name == "Chat"
    assert sound(both)


def test_two_forms_that_are_open_at_once_do_not_overwrite_each_other(world: World) -> None:
    add_hook(world, "https://hooks.example/")
    olga = world.browser("olga")
    drawn = {"was_name": "Chat", "was_address": "https://hooks.example/", "hears": ["items"]}
    olga.post(f"{HOOKS}/1", drawn | {"name": "Bot", "address": "https://hooks.example/"})
    olga.post(f"{HOOKS}/1", drawn | {"name": "Chat", "address": "https://other.example/"})
    assert (hook_of(world).name, hook_of(world).address) == ("Bot", "https://other.example/")
    clash = olga.post(f"{HOOKS}/1", drawn | {"name": "Robot", "address": "https://other.example/"})
    assert clash.status_code == 422
    assert "Somebody has changed it in the meantime" in clash.text


def test_an_archived_product_shows_them_and_changes_none(world: World) -> None:
    add_hook(world, "https://hooks.example/")
    olga = world.browser("olga")
    olga.post("/products/FE/settings/archive")
    assert "Make a new secret" not in olga.get(f"{HOOKS}/1").text
    for path in (HOOKS, f"{HOOKS}/1", f"{HOOKS}/1/test", f"{HOOKS}/1/switch", f"{HOOKS}/1/secret"):
        assert olga.post(path, WORDS).status_code == 409
