"""Open screens on a real server: all hear the same, and catch up after a cut or a restart.

They hear nothing more once their person is no member.
"""

import os
import random
import re
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from kanban.extensions import db
from kanban.models import Product, User
from kanban.policy import Role
from kanban.reads import locked
from kanban.transactions import begin_write
from tests.faults.ferry import KEY, Ferry, Listener, ferry, new_key, places, until

FULL = os.environ.get("KANBAN_FAULTS") == "full"
MOVES = 200 if FULL else 30
LISTENERS = 40 if FULL else 4


@pytest.fixture
def busy(ready_url: str, tmp_path: Path) -> Iterator[Ferry]:
    with ferry(ready_url, tmp_path, developers=2, items=20) as running:
        yield running


def test_all_screens_reach_the_same_version_without_a_gap(busy: Ferry) -> None:
    listeners = [listen(busy, "olga" if n % 2 else "dev0") for n in range(LISTENERS)]
    began = busy.version()
    move_some(busy, MOVES)
    for listener in listeners:
        until(lambda each=listener: seen(each) == busy.version(), within_s=5, what="the newest version")  # type: ignore[misc]
        assert_without_gap(listener, began, busy.version())
        listener.close()


def test_a_screen_that_was_cut_off_hears_what_it_missed(busy: Ferry) -> None:
    listener = listen(busy, "dev0")
    move_some(busy, 3)
    until(lambda: seen(listener) == busy.version(), within_s=5, what="the newest version")
    listener.close()
    until(lambda: listener.has_ended, within_s=5, what="the end")
    left_at = seen(listener)
    touched = move_some(busy, 10)
    again = listen(busy, "dev0", last=listener.last_id)
    until(lambda: seen(again) == busy.version(), within_s=5, what="what was missed")
    assert_without_gap(again, left_at, busy.version())
    assert {ref for change in again.changes() for ref in change["items"]} >= touched
    again.close()


def test_a_screen_finds_its_way_back_after_a_restart(busy: Ferry) -> None:
    listener = listen(busy, "dev0")
    move_some(busy, 2)
    until(lambda: seen(listener) == busy.version(), within_s=5, what="the newest version")
    busy.server.kill()
    until(lambda: listener.has_ended, within_s=5, what="the end of a killed server's stream")
    busy.server.start()
    move_some(busy, 2)
    again = listen(busy, "dev0", last=listener.last_id)
    until(lambda: seen(again) == busy.version(), within_s=5, what="what was missed")
    assert_without_gap(again, seen(listener), busy.version())
    again.close()


def test_a_version_too_far_back_is_told_as_a_reset(busy: Ferry) -> None:
    again = listen(busy, "dev0", last=f"{KEY}:999999")
    until(lambda: bool(again.changes()), within_s=5, what="the reset")
    [change] = again.changes()
    assert change["kinds"] == ["reset"]
    assert change["to"] == busy.version()
    again.close()


def test_the_stream_of_a_removed_member_ends(busy: Ferry) -> None:
    listener, other = listen(busy, "dev0"), listen(busy, "olga")
    began = time.monotonic()
    let_go(busy, "dev0")
    until(lambda: listener.has_ended, within_s=5, what="the end of a removed member's stream")
    assert time.monotonic() - began < 5
    heard = len(listener.told)
    move_some(busy, 2)
    until(lambda: seen(other) == busy.version(), within_s=5, what="the newest version")
    assert len(listener.told) == heard
    assert listen(busy, "dev0").status == 404
    other.close()


def test_what_another_process_wrote_reaches_the_screens(busy: Ferry) -> None:
    """This process writes directly to the database, as an import on the command line does."""
    listener = listen(busy, "olga")
    let_go(busy, "dev1")
    until(lambda: seen(listener) == busy.version(), within_s=5, what="another process's change")
    listener.close()


def test_a_stop_ends_open_streams_at_once_however_often_it_is_told(busy: Ferry) -> None:
    """Terminals and service managers signal each process of the group, and the first one signals the others again."""
    listeners = [listen(busy, "olga" if n % 2 else "dev0") for n in range(40)]
    move_some(busy, 3)  # what the streams send now keeps them from noticing the stop at the same instant
    began = time.monotonic()
    assert busy.server.process is not None
    for _ in range(50):  # so that some signals arrive while another is being handled
        with suppress(ProcessLookupError):
            os.killpg(busy.server.process.pid, signal.SIGTERM)
        threading.Event().wait(0.001)
    busy.server.stop()
    assert time.monotonic() - began < 8
    for listener in listeners:
        until(lambda each=listener: each.has_ended, within_s=5, what="the end")  # type: ignore[misc]


def listen(busy: Ferry, name: str, *, last: str = "") -> Listener:
    headers = {**busy.page(name).headers, "Accept": "text/event-stream"}
    if last:
        headers["Last-Event-ID"] = last
    return Listener(busy.server.url, f"/live?products={KEY}", headers).open()


def seen(listener: Listener) -> int:
    """The version in the newest id."""
    found = re.search(rf"{KEY}:(\d+)", listener.last_id)
    return int(found[1]) if found else 0


def move_some(busy: Ferry, count: int) -> set[str]:
    """Make moves that certainly change something; returns the references that moved."""
    dice, moved = random.Random(count), set()
    names = ("Ready", "In progress", "Review", "Acceptance")
    with busy.page("olga") as person:
        for _ in range(count):
            ref = dice.choice(busy.refs)
            for name in dice.sample(names, 2):
                answer = person.move(ref, busy.columns[name], places(dice, busy.refs), new_key())
                assert answer is not None
                assert answer.status == 200, answer.body
                if answer.version is not None:
                    moved.add(ref)
    return moved


def assert_without_gap(listener: Listener, began: int, end: int) -> None:
    """Assert that each message begins where the one before it ended."""
    at = began
    for change in listener.changes():
        assert change["from"] == at, listener.told
        at = change["to"]
    assert at == end


def let_go(busy: Ferry, name: str) -> None:
    """Let the owner end a membership, in this process: the server learns it from the database."""
    with busy.app.app_context():
        session = begin_write()
        product = locked.lock_product(session, session.scalars(sa.select(Product.id)).one())
        assert product is not None
        owner = next(member for member in locked.with_members(session, product).members if member.role is Role.OWNER)
        person = session.scalars(sa.select(User).where(User.email == f"{name}@example.org")).one()
        product.let_go(person, by=owner)
        session.commit()
        db.session.remove()
