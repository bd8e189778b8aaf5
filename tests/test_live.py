"""Open screens hear of each commit once, in order, without gaps, and only as long as they have access."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from kanban import live
from kanban.background.watcher import Watcher
from kanban.errors import Busy
from kanban.extensions import db
from kanban.identity import Credential
from kanban.live import Broker, Change, Listener
from kanban.models import Member, SignIn, User
from tests.builders import Browser, World

ANN = Credential(1, 1, None)


def _change(since: int, version: int, *items: int, kinds: tuple[str, ...] = ("moved",)) -> Change:
    return Change(7, "FE", since, version, set(items), set(kinds))


def _told(listener: Listener) -> list[tuple[int, int, set[int]]]:
    return [(change.since, change.version, change.items) for change in listener.take(0)]


class TestListener:
    def test_a_change_is_told_once_with_what_it_touched(self) -> None:
        listener = Listener(ANN, {7: 41})
        listener.tell(_change(41, 42, 3))
        assert _told(listener) == [(41, 42, {3})]
        assert _told(listener) == []

    def test_changes_that_wait_are_merged(self) -> None:
        listener = Listener(ANN, {7: 41})
        for version in (42, 43, 44):
            listener.tell(_change(version - 1, version, version))
        assert _told(listener) == [(41, 44, {42, 43, 44})]

    def test_what_was_seen_already_is_not_told_again(self) -> None:
        listener = Listener(ANN, {7: 44})
        listener.tell(_change(42, 43, 1))
        assert _told(listener) == []

    def test_a_missing_change_shows_as_a_from_version_that_is_not_the_clients(self) -> None:
        listener = Listener(ANN, {7: 41})
        listener.tell(_change(42, 43, 1))
        assert _told(listener) == [(42, 43, {1})]

    @pytest.mark.parametrize("versions", [(42, 44, 45), (42, 43, 45), (45, 42, 43)])
    def test_a_gap_among_merged_changes_shows_as_well(self, versions: tuple[int, ...]) -> None:
        listener = Listener(ANN, {7: 41})
        for version in versions:
            listener.tell(_change(version - 1, version))
        ((since, version, _items),) = _told(listener)
        assert since > 41
        assert version == 45

    def test_changes_out_of_order_leave_no_gap_when_all_arrive(self) -> None:
        listener = Listener(ANN, {7: 41})
        for version in (43, 42):
            listener.tell(_change(version - 1, version, version))
        assert _told(listener) == [(41, 43, {42, 43})]

    def test_a_slow_reader_keeps_nobody_waiting_and_grows_without_bound_nowhere(self) -> None:
        listener = Listener(ANN, {7: 0})
        for version in range(1, 2001):
            listener.tell(_change(version - 1, version, version))
        (change,) = listener.take(0)
        assert (change.since, change.version) == (0, 2000)
        assert len(change.items) <= live.TOO_FAR
        assert live.RESET in change.kinds

    def test_taking_waits_for_the_next_change(self) -> None:
        listener = Listener(ANN, {7: 41})
        threading.Timer(0.05, listener.tell, [_change(41, 42, 3)]).start()
        assert [change.version for change in listener.take(5)] == [42]

    def test_the_merged_change_leaves_the_announcement_alone(self) -> None:
        first = _change(41, 42, 1)
        for listener in (Listener(ANN, {7: 41}), Listener(ANN, {7: 41})):
            listener.tell(first)
            listener.tell(_change(42, 43, 2))
        assert first.items == {1}


class TestBroker:
    def test_only_those_who_watch_the_product_are_told(self) -> None:
        broker = Broker()
        here, elsewhere = broker.open(ANN, {7: 41}), broker.open(ANN, {8: 1})
        broker.tell(_change(41, 42, 3))
        assert _told(here) == [(41, 42, {3})]
        assert _told(elsewhere) == []

    def test_there_are_never_more_streams_than_the_server_bears(self) -> None:
        broker = Broker(limit=2)
        broker.open(ANN, {7: 1})
        second = broker.open(Credential(2, 2, None), {7: 1})
        with pytest.raises(Busy):
            broker.open(Credential(3, 3, None), {7: 1})
        broker.forget(second)
        broker.open(Credential(3, 3, None), {7: 1})

    def test_one_person_cannot_take_all_streams(self) -> None:
        broker = Broker(limit=4)
        for _ in range(2):
            broker.open(ANN, {7: 1})
        with pytest.raises(Busy):
            broker.open(ANN, {7: 1})
        broker.open(Credential(2, 2, None), {7: 1})

    def test_stopping_ends_every_stream_at_once(self) -> None:
        broker = Broker()
        listener = broker.open(ANN, {7: 41})
        threading.Timer(0.05, broker.end_all).start()
        assert listener.take(30) == []
        assert listener.has_ended
        assert not listener.is_denied

    def test_a_stream_that_comes_back_while_the_server_stops_ends_too(self) -> None:
        broker = Broker()
        broker.open(ANN, {7: 41})
        broker.end_all()
        assert broker.open(ANN, {7: 41}).has_ended


@pytest.fixture
def world(app: Flask) -> World:
    return World(app)


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "broker", Broker())
    monkeypatch.setattr(live, "MERGE_S", 0.01)
    monkeypatch.setattr(live, "PING_S", 0.3)
    monkeypatch.setattr(live, "init_app", lambda _app: None)


@pytest.fixture(autouse=True)
def _announced(monkeypatch: pytest.MonkeyPatch, _quiet: None) -> None:
    monkeypatch.setattr("kanban.transactions._subscribers", [live.broker.announce])


class Stream:
    """An open stream, read message by message."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines

    def next(self) -> dict[str, Any]:
        """The next event other than a ping: its id, name and data."""
        while True:
            text = next(self._lines).decode()
            fields = dict(line.split(": ", 1) for line in text.strip().split("\n"))
            if fields.get("event") != "ping":
                return {"event": "message", **fields, "data": json.loads(fields["data"])}

    def raw(self) -> str:
        return next(self._lines).decode()


@contextmanager
def _opened(browser: Browser, query: str = "products=FE", last: str | None = None) -> Iterator[Stream]:
    headers = {"Last-Event-ID": last} if last else {}
    response = browser.client.get(f"/live?{query}", headers=headers)
    assert response.status_code == 200
    assert response.mimetype == "text/event-stream"
    try:
        yield Stream(iter(response.response))  # type: ignore[arg-type]
    finally:
        response.close()


def test_a_stream_begins_with_the_versions_that_it_follows(world: World) -> None:
    with _opened(world.browser("vic")) as stream:
        hello = stream.next()
    assert hello["event"] == "hello"
    assert hello["id"] == f"FE:{world.version()}"
    assert hello["data"] == {"versions": {"FE": world.version()}}


def test_a_change_reaches_the_others_with_its_items(world: World) -> None:
    with _opened(world.browser("vic")) as stream:
        before = stream.next()["data"]["versions"]["FE"]
        ref = world.item("Refunds")
        message = stream.next()
    assert message["data"] == {"product": "FE", "from": before, "to": before + 1, "items": [ref], "kinds": ["created"]}
    assert message["id"] == f"FE:{before + 1}"


def test_what_was_rolled_back_is_never_told(world: World) -> None:
    with _opened(world.browser("vic")) as stream:
        stream.next()
        with pytest.raises(ZeroDivisionError), world.changing() as (session, product, member):
            product.configure(by=member, name="Other")
            session.flush()
            raise ZeroDivisionError
        world.item("Refunds")
        assert stream.next()["data"]["kinds"] == ["created"]


def test_nothing_happening_is_said_too(world: World) -> None:
    with _opened(world.browser("vic")) as stream:
        stream.next()
        assert stream.raw().startswith("event: ping\n")


def test_coming_back_tells_what_was_missed(world: World) -> None:
    seen = world.version()
    refs = [world.item("Refunds"), world.item("Timetable")]
    with _opened(world.browser("vic"), last=f"FE:{seen}") as stream:
        stream.next()
        assert stream.next()["data"] == {
            "product": "FE", "from": seen, "to": seen + 2, "items": refs, "kinds": ["created"],
        }  # fmt: skip


@pytest.mark.parametrize("last", ["FE:999999", "FE:0"])
def test_coming_back_from_elsewhere_or_too_late_says_reset(
    world: World, last: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "TOO_FAR", 2)
    for title in ("a", "b", "c"):
        world.item(title)
    with _opened(world.browser("vic"), last=last) as stream:
        stream.next()
        message = stream.next()["data"]
    assert message["kinds"] == ["reset"]
    assert message["to"] == world.version()


@pytest.mark.parametrize("last", ["", "nonsense", "FE:", "FE:-1", "FE:²", "FE:99999999999999999999", "XX:4"])
def test_an_odd_place_to_resume_from_is_like_none(world: World, last: str) -> None:
    with _opened(world.browser("vic"), last=last) as stream:
        assert stream.next()["data"] == {"versions": {"FE": world.version()}}
        world.item("Refunds")
        assert stream.next()["data"]["kinds"] == ["created"]


def test_who_is_no_member_gets_no_stream(world: World) -> None:
    assert world.browser("sam").get("/live?products=FE").status_code == 404
    assert world.browser("vic").get("/live?products=XX").status_code == 404
    assert world.browser().get("/live?products=FE").status_code == 303
    assert world.browser("vic").get("/live").status_code == 422


def test_a_closed_stream_is_forgotten_even_when_it_was_never_read(world: World) -> None:
    world.browser("vic").client.get("/live?products=FE").close()
    assert live.broker.listeners() == []


def test_an_idle_stream_holds_no_database_session(world: World) -> None:
    with _opened(world.browser("vic")) as stream:
        stream.next()
        with world.app.app_context():
            assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def _end_sign_in(session: Any, world: World) -> None:
    session.execute(sa.update(SignIn).where(SignIn.user_id == world.ids["vic"]).values(ended_at=sa.func.now()))


def _deactivate(session: Any, world: World) -> None:
    session.execute(sa.update(User).where(User.id == world.ids["vic"]).values(is_active=False))


def _let_go(session: Any, world: World) -> None:
    session.execute(sa.delete(Member).where(Member.user_id == world.ids["vic"]))


@pytest.mark.parametrize("end", [_end_sign_in, _deactivate, _let_go])
def test_an_open_stream_ends_with_the_access(world: World, end: Any) -> None:
    with world.app.app_context():
        watcher = Watcher(db.engine, live.broker)
    with _opened(world.browser("vic")) as stream, _opened(world.browser("dev")) as other:
        stream.next()
        other.next()
        watcher.check_access()
        with world.writing() as session:
            end(session, world)
        watcher.check_access()
        assert stream.next()["event"] == "ended"
        world.item("Refunds")
        assert other.next()["data"]["kinds"] == ["created"]


def test_what_another_process_wrote_is_seen(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kanban.transactions._subscribers", [])
    monkeypatch.setattr("kanban.background.watcher.LOOK_S", 0.05)
    with world.app.app_context():
        watcher = Watcher(db.engine, live.broker)
    watcher.start()
    try:
        with _opened(world.browser("vic")) as stream:
            before = stream.next()["data"]["versions"]["FE"]
            for title in ("Refunds", "Timetable"):
                ref = world.item(title)
                before += 1
                message = stream.next()["data"]
                assert (message["from"], message["to"], message["items"]) == (before - 1, before, [ref])
    finally:
        watcher.stop()
        watcher.join(10)
    assert not watcher.is_alive()


def test_an_error_that_is_not_the_databases_does_not_end_the_watcher(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kanban.transactions._subscribers", [])
    monkeypatch.setattr("kanban.background.watcher.LOOK_S", 0.05)
    monkeypatch.setattr("kanban.background.watcher.PAUSE_S", 0.05)
    with world.app.app_context():
        watcher = Watcher(db.engine, live.broker)
    look, troubles = watcher.look, [KeyError("thrown once")]

    def look_badly_once() -> None:
        if troubles:
            raise troubles.pop()
        look()

    monkeypatch.setattr(watcher, "look", look_badly_once)
    with _opened(world.browser("vic")) as stream:
        stream.next()
        watcher.start()
        try:
            ref = world.item("Refunds")
            assert stream.next()["data"]["items"] == [ref]
        finally:
            watcher.stop()
            watcher.join(10)
    assert not troubles
