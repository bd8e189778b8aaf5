"""What webhooks are told, in which order, and what becomes of it when their receiver misbehaves."""

import datetime as dt
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from kanban import clock
from kanban.addresses import Reach
from kanban.background import courier as couriers
from kanban.background.courier import LEASE, Courier
from kanban.background.worker import Worker
from kanban.errors import Refused
from kanban.mail.office import PostOffice
from kanban.models import Hears, Notification, StopReason, User, Webhook
from kanban.models.webhook import PATIENCE
from kanban.policy import Role
from kanban.reads import locked, webhooks
from kanban.reads.logged import replay
from kanban.webhooks import message
from kanban.webhooks.client import Client
from tests import forking
from tests.api.conftest import Programs
from tests.builders import World, sound
from tests.counting import counting
from tests.webhooks.conftest import courier
from tests.webhooks.hooks import add_hook, change_hook, hook_of, messages_of, secret_of, worker_environment
from tests.webhooks.receiver import Receiver, answer, wait_for


def test_what_happens_is_told_once_in_order_and_signed(both: World, receiver: Receiver) -> None:
    both.item("Before it listened")
    add_hook(both, receiver.url)
    ref = both.item("One", "Ready")
    both.move(ref, "In progress", by="dev")
    sender = courier(both)
    assert (sender.drain(), sender.drain()) == (2, 0)
    assert receiver.versions == [both.version() - 1, both.version()]
    assert all(each.is_genuine(secret_of(both)) for each in receiver.taken)
    assert len({each.id for each in receiver.taken}) == 2
    told = receiver.taken[1].told
    assert (told["type"], told["data"]["product"], told["data"]["left_out"]) == ("product.changed", "FE", 0)
    assert [event["kind"] for event in told["data"]["events"]][0] == "moved"
    assert told["timestamp"] == told["data"]["events"][0]["at"]
    assert receiver.taken[1].headers["content-type"] == "application/json"
    assert [(each.version, each.status, each.trouble) for each in messages_of(both)] == [
        (version, 200, None) for version in receiver.versions
    ]
    assert sound(both)


def test_it_says_what_the_log_of_the_api_says(world: World, receiver: Receiver) -> None:
    add_hook(world, receiver.url)
    after = world.version()
    ref = world.item("One", "Ready", criteria=("It holds",))
    world.ask(ref, "Which?", blocking=True)
    with world.changing() as (session, product, owner):
        locked.with_members(session, product).let_in(session.get_one(User, world.ids["sam"]), Role.VIEWER, by=owner)
    courier(world).drain()
    told = [event for each in receiver.taken for event in each.told["data"]["events"]]
    assert told == Programs(world)("olga").get("/products/FE/events", after=after).json["data"]


def test_what_it_no_longer_hears_of_when_it_is_to_be_told_does_not_hold_up_the_next(
    world: World, receiver: Receiver
) -> None:
    number = add_hook(world, receiver.url, hears=[Hears.ITEMS, Hears.QUESTIONS])
    ref = world.item("One")
    sender = courier(world)
    taken = sender._take()
    changed = {"name": "Chat", "address": receiver.url, "hears": [Hears.QUESTIONS], "reach": Reach.PRIVATE}
    change_hook(world, number, "edit", **changed)
    world.ask(ref, "Which?")
    assert taken is not None
    sender._deliver(taken)
    assert sender.drain() == 1
    assert receiver.versions == [world.version()]


def test_one_command_is_one_message_however_much_it_wrote(
    world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message, "MOST_EVENTS", 20)
    add_hook(world, receiver.url)
    Programs(world)("olga").post("/products/FE/items", [{"title": f"Item {number}"} for number in range(50)])
    assert courier(world).drain() == 1
    (taken,) = receiver.taken
    assert [event["seq"] for event in taken.told["data"]["events"]] == list(range(1, 21))
    assert taken.told["data"]["left_out"] == 30


def test_a_message_stays_small_however_long_the_texts_are(
    world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message, "MOST_BYTES", 10_000)
    add_hook(world, receiver.url)
    items = [{"title": f"Item {number}", "description": "x" * 4000} for number in range(4)]
    Programs(world)("olga").post("/products/FE/items", items)
    courier(world).drain()
    (taken,) = receiver.taken
    assert (len(taken.told["data"]["events"]), taken.told["data"]["left_out"]) == (2, 2)


@pytest.mark.parametrize(
    ("hears", "kinds"),
    [
        ([Hears.ITEMS], ["created", "edited"]),
        ([Hears.QUESTIONS], ["asked"]),
        ([Hears.REST], ["product_changed"]),
        ([Hears.PROMISES, Hears.UPDATES, Hears.REQUESTS], []),
        ([Hears.QUESTIONS, Hears.REST], ["product_changed", "asked"]),
    ],
)
def test_it_hears_only_of_what_was_chosen(
    both: World, receiver: Receiver, hears: list[Hears], kinds: list[str]
) -> None:
    add_hook(both, receiver.url, hears=hears)
    with both.changing() as (_session, product, owner):
        product.configure(by=owner, goal="Elsewhere")
    ref = both.item("One")
    both.change(ref, "edit", {"title": "Two"}, revision=1)
    both.ask(ref, "Which?")
    courier(both).drain()
    assert [event["kind"] for each in receiver.taken for event in each.told["data"]["events"]] == kinds
    assert hook_of(both).told == both.version()


def test_each_kind_that_is_told_apart_is_one_of_the_log() -> None:
    kinds = {kind for kinds in webhooks.KINDS.values() for kind in kinds}
    assert kinds <= set(replay._STEPS)  # noqa: SLF001
    assert set(webhooks.KINDS) == set(Hears) - {Hears.ITEMS, Hears.REST}


def test_a_webhook_that_hears_nothing_new_is_moved_on_and_asked_about_no_more(world: World, receiver: Receiver) -> None:
    add_hook(world, receiver.url, hears=[Hears.UPDATES])
    world.item("One")
    sender = courier(world)
    assert sender.drain() == 0
    with counting() as asked:
        sender.drain()
    assert len([each for each in asked if each.startswith("SELECT")]) == 1
    assert not any(each.startswith(("UPDATE", "INSERT")) for each in asked)


def test_what_a_message_asks_of_the_database_stays_the_same(world: World, receiver: Receiver) -> None:
    add_hook(world, receiver.url)
    world.item("One")
    sender = courier(world)
    with counting() as few:
        sender.drain()
    Programs(world)("olga").post("/products/FE/items", [{"title": f"Item {number}"} for number in range(100)])
    with counting() as many:
        sender.drain()
    assert len(many) == len(few) <= 26, many


@pytest.mark.parametrize("status", [301, 400, 404, 429, 500, 503])
def test_what_is_not_taken_is_sent_again_after_growing_pauses_and_the_next_ones_wait(
    world: World, receiver: Receiver, status: int
) -> None:
    add_hook(world, receiver.url)
    world.item("One")
    world.item("Two")
    receiver.next = [answer(status, "Not now", Location="/elsewhere")] * 3
    sender, tries = courier(world), []
    with clock.at(clock.now()) as now:
        for _ in range(3):
            assert sender.drain() == 1
            tries.append(hook_of(world).due_at - now.now())
            now.advance(hook_of(world).due_at - now.now() - dt.timedelta(seconds=1))
            assert sender.drain() == 0
            now.advance(seconds=1)
        assert sender.drain() == 2
    assert tries == sorted(set(tries))
    assert receiver.versions == [receiver.versions[0]] * 4 + [receiver.versions[0] + 1]
    assert len({each.id for each in receiver.taken}) == 2
    first, second = messages_of(world)
    assert (first.tries, first.status, first.trouble) == (4, 200, None)
    assert second.tries == 1
    assert hook_of(world).failing_since is None


@pytest.mark.parametrize(
    ("asked", "pause"),
    [
        ("3600", dt.timedelta(hours=1)),
        ("Mon, 30 Nov 2026 10:00:00 GMT", dt.timedelta(hours=22)),
        ("999999999999", dt.timedelta(days=1)),
        ("Sun, 29 Nov 2026 09:00:00 GMT", dt.timedelta(seconds=6)),
        ("soon", dt.timedelta(seconds=6)),
        ("-5", dt.timedelta(seconds=6)),
    ],
)
def test_a_receiver_that_asks_to_be_left_alone_is_for_a_day_at_most(
    world: World, receiver: Receiver, asked: str, pause: dt.timedelta
) -> None:
    receiver.next = [answer(429, "Slowly", **{"Retry-After": asked})]
    begun = dt.datetime(2026, 11, 29, 12, tzinfo=dt.UTC)
    with clock.at(begun):
        add_hook(world, receiver.url)
        world.item("One")
        courier(world).drain()
        assert hook_of(world).due_at - begun <= pause
        assert hook_of(world).due_at - begun > pause - dt.timedelta(seconds=2)


def test_what_came_back_is_kept_in_its_first_words(world: World, receiver: Receiver) -> None:
    add_hook(world, receiver.url)
    world.item("One")
    receiver.next = [answer(500, "No\nsuch <b>channel</b>" + "x" * 500)]
    courier(world).drain()
    (kept,) = messages_of(world)
    assert kept.answer.startswith("No such <b>channel</b>xxx")
    assert len(kept.answer) == 200
    assert kept.trouble == "It answered with 500."


def test_410_switches_it_off_at_once_and_tells_the_owner(both: World, receiver: Receiver) -> None:
    add_hook(both, receiver.url)
    both.item("One")
    both.item("Two")
    receiver.next = [answer(410)]
    assert courier(both).drain() == 1
    hook = hook_of(both)
    assert (hook.is_on, hook.stopped) == (False, StopReason.GONE)
    assert both.kinds() == ["webhook_stopped"]
    both.tell_members()
    with both.reading() as session:
        (told,) = session.execute(sa.select(Notification.id, Notification.user_id)).all()
    assert told.user_id == both.ids["olga"]
    assert both.mails() == [("notification", "olga@example.org")]
    olga = both.browser("olga")
    page = olga.get("/inbox").text
    assert "A webhook is switched off" in page
    assert "Chat" in page
    with clock.at(clock.now() + dt.timedelta(minutes=5)):
        Worker(both.app, PostOffice.from_config(both.app.config["KANBAN"])).drain()
    assert "A webhook is switched off: its receiver failed for a week, or is gone" in olga.get("/mail/mine").text
    assert olga.post(f"/inbox/{told.id}/open").headers["Location"] == "/products/FE/settings/webhooks"
    assert sound(both)


def test_a_week_in_vain_switches_it_off_and_nothing_is_lost(world: World, receiver: Receiver) -> None:
    add_hook(world, receiver.url)
    world.item("One")
    begun = clock.now()
    receiver.next = [answer(500)] * 100
    sender, count = courier(world), 0
    with clock.at(begun) as now:
        while hook_of(world).is_on:
            assert sender.drain() == 1
            count += 1
            now.move_to(hook_of(world).due_at)
        assert PATIENCE <= hook_of(world).due_at - begun < PATIENCE + dt.timedelta(hours=20)
        assert hook_of(world).stopped is StopReason.FAILING
        assert 20 < count < 40
        world.item("Two")
        assert sender.drain() == 0
        receiver.next.clear()
        change_hook(world, 1, "switch_on", reach=Reach.PRIVATE)
        assert sender.drain() == 4
    told = [event["kind"] for each in receiver.taken[count:] for event in each.told["data"]["events"]]
    assert told == ["created", "webhook_stopped", "created", "webhook_switched_on"]
    assert sound(world)


def test_one_that_the_owner_switched_off_hears_of_what_comes_after(world: World, receiver: Receiver) -> None:
    add_hook(world, receiver.url)
    change_hook(world, 1, "switch_off")
    world.item("While it was off")
    change_hook(world, 1, "switch_on", reach=Reach.PRIVATE)
    world.item("One")
    assert courier(world).drain() == 1
    assert receiver.versions == [world.version()]


def test_the_message_that_holds_up_the_others_can_be_left_out(world: World, receiver: Receiver) -> None:
    add_hook(world, receiver.url)
    world.item("One")
    stuck = world.version()
    world.item("Two")
    receiver.next = [answer(500)]
    sender = courier(world)
    sender.drain()
    change_hook(world, 1, "skip", version=stuck)
    assert sender.drain() == 2
    assert receiver.versions == [stuck, stuck + 1, stuck + 2]


def test_only_the_message_that_holds_up_the_others_can_be_left_out(world: World, receiver: Receiver) -> None:
    add_hook(world, receiver.url)
    world.item("One")
    stuck = world.version()
    receiver.next = [answer(500)]
    sender = courier(world)
    sender.drain()
    for other in (stuck - 1, stuck + 1, stuck + 1000):
        with pytest.raises(Refused):
            change_hook(world, 1, "skip", version=other)
    assert hook_of(world).told == stuck - 1


def test_what_it_does_not_hear_of_any_more_does_not_count_as_failing(world: World, receiver: Receiver) -> None:
    add_hook(world, receiver.url)
    world.item("One")
    receiver.next = [answer(500)]
    sender, begun = courier(world), clock.now()
    with clock.at(begun) as now:
        sender.drain()
        assert sender.drain() == 0
        change_hook(world, 1, "edit", name="Chat", address=receiver.url, hears=[Hears.QUESTIONS], reach=Reach.PRIVATE)
        assert sender.drain() == 0
        assert (hook_of(world).tries, hook_of(world).failing_since) == (0, None)
        now.move_to(begun + PATIENCE + dt.timedelta(days=1))
        world.ask(world.item("Two"), "Which?")
        receiver.next = [answer(500)]
        assert sender.drain() == 1
    assert hook_of(world).is_on, "it failed once in eight days"


def test_another_address_is_tried_at_once_with_what_is_waiting(world: World, receiver: Receiver) -> None:
    add_hook(world, "http://127.0.0.1:9/")
    world.item("One")
    sender = courier(world)
    sender.drain()
    assert hook_of(world).failing_since is not None
    change_hook(world, 1, "edit", name="Chat", address=receiver.url, hears=list(Hears), reach=Reach.PRIVATE)
    assert sender.drain() == 2
    assert hook_of(world).failing_since is None


def test_a_new_secret_signs_what_is_sent_from_then_on(world: World, receiver: Receiver) -> None:
    add_hook(world, receiver.url)
    before = secret_of(world)
    change_hook(world, 1, "renew_secret")
    world.item("One")
    courier(world).drain()
    assert [each.is_genuine(before) for each in receiver.taken] == [False, False]
    assert [each.is_genuine(secret_of(world)) for each in receiver.taken] == [True, True]


def test_a_receiver_that_does_not_answer_holds_up_only_itself(both: World, receiver: Receiver) -> None:
    release = threading.Event()
    with Receiver().running() as stuck:
        stuck.next = [wait_for(release)]
        add_hook(both, stuck.url, name="Stuck")
        add_hook(both, receiver.url, name="Quick")
        both.item("One")
        running = courier(both).start()
        try:
            _until(lambda: both.version() in receiver.versions and len(stuck.taken) == 1)
        finally:
            release.set()
            running.stop()


def test_nothing_is_held_while_a_receiver_is_waited_for(both: World, receiver: Receiver) -> None:
    """Somebody changes the product, and its webhook, in the middle of the request."""

    def behave(handler: object) -> None:
        both.item("Meanwhile")
        change_hook(both, 1, "edit", name="Renamed", address=receiver.url, hears=list(Hears), reach=Reach.PRIVATE)
        answer(200)(handler)  # type: ignore[arg-type]

    add_hook(both, receiver.url)
    both.item("One")
    receiver.next = [behave]
    assert courier(both).drain() == 3
    assert receiver.versions == sorted(set(receiver.versions))


def test_one_that_is_removed_while_it_is_called_leaves_nothing_behind(both: World, receiver: Receiver) -> None:
    def behave(handler: object) -> None:
        with both.changing() as (session, product, owner):
            hook = session.scalars(sa.select(Webhook)).one()
            sa.orm.attributes.set_committed_value(hook, "product", product)
            hook.remove(by=owner)
            session.delete(hook)
        answer(200)(handler)  # type: ignore[arg-type]

    add_hook(both, receiver.url)
    both.item("One")
    receiver.next = [behave]
    assert courier(both).drain() == 1
    assert messages_of(both) == []
    assert sound(both)


def test_two_couriers_send_each_message_once(both: World, receiver: Receiver) -> None:
    add_hook(both, receiver.url)
    for number in range(5):
        both.item(f"Item {number}")
    running = [courier(both).start() for _ in range(2)]
    try:
        _until(lambda: hook_of(both).told == both.version())
    finally:
        for each in running:
            each.stop()
    assert receiver.versions == [both.version() - 4 + number for number in range(5)]


def test_one_killed_between_sending_and_recording_sends_the_same_once_more(
    both: World, receiver: Receiver, tmp_path: Path
) -> None:
    add_hook(both, receiver.url)
    both.item("One")
    killed = threading.Event()

    def behave(_handler: object) -> None:
        process.kill()
        killed.set()

    receiver.next = [behave]
    log = tmp_path / "worker.log"
    process = forking.fork("worker", env=worker_environment(both, str(tmp_path)), out=log, err=log)
    assert killed.wait(30), log.read_text()
    process.wait(20)
    sender = courier(both)
    assert sender.drain() == 0
    with clock.at(clock.now() + LEASE + dt.timedelta(seconds=1)):
        assert sender.drain() == 1
    first, second = receiver.taken
    assert (first.id, first.body) == (second.id, second.body)
    assert [each.tries for each in messages_of(both)] == [1]


def test_a_message_that_can_not_be_written_waits_and_says_so(
    world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_hook(world, receiver.url)
    world.item("One")
    with monkeypatch.context() as broken:
        broken.setattr(couriers, "tell_version", lambda *_which: 1 / 0)
        assert courier(world).drain() == 1
    assert "could not be written" in (messages_of(world)[0].trouble or "")
    with clock.at(clock.now() + dt.timedelta(minutes=1)):
        assert courier(world).drain() == 1
    assert receiver.versions == [world.version()]


def test_only_the_last_messages_are_remembered(
    world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "KEPT", 3)
    add_hook(world, receiver.url)
    for number in range(5):
        world.item(f"Item {number}")
    courier(world).drain()
    assert [each.version for each in messages_of(world)] == receiver.versions[-3:]


def test_where_the_operator_wants_none_nothing_is_sent(world: World, receiver: Receiver) -> None:
    add_hook(world, receiver.url)
    world.item("One")
    Courier(world.app, Client(Reach.OFF)).run()
    assert receiver.taken == []


def test_after_a_restored_backup_the_same_version_is_another_message(world: World, receiver: Receiver) -> None:
    """Receivers drop what they have seen, by its id."""
    add_hook(world, receiver.url)
    file = world.app.config["KANBAN"].database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(file)) as here, closing(sqlite3.connect(":memory:")) as backup:
        here.backup(backup)
        world.item("One")
        courier(world).drain()
        backup.backup(here)
    world.item("Another")
    courier(world).drain()
    first, second = receiver.taken
    assert first.told["data"]["version"] == second.told["data"]["version"]
    assert first.id != second.id


def _until(done: object, within_s: float = 20.0) -> None:
    end = time.monotonic() + within_s
    while not done():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.01)
