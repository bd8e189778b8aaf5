"""The server is killed with -9 while people move cards.

Nothing acknowledged is lost, what was not acknowledged can be sent again and has one effect, the log gives the tables,
and the server is up again soon.
"""

import http.client
import os
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa

from kanban.models import Command, Event, Item
from tests.faults.ferry import Answer, Ferry, Person, ferry, new_key, places, together, until

FULL = os.environ.get("KANBAN_FAULTS") == "full"
KILLS = 100 if FULL else 4
CLIENTS = 8
MOVES_BETWEEN = 12

#: How soon the server is up again; beside other tests, the start itself takes a while.
UP_WITHIN_S = 5 if FULL else 20


@dataclass
class Wanted:
    """One command: how it was sent, what it asked for, and the answer, if one came."""

    by_program: bool
    ref: str
    column: int
    place: str
    key: str = field(default_factory=new_key)
    answer: Answer | None = None


@pytest.fixture
def busy(ready_url: str, tmp_path: Path) -> Iterator[Ferry]:
    with ferry(ready_url, tmp_path, developers=2, items=40, limits={"In progress": 10}) as running:
        yield running


def test_nothing_acknowledged_is_lost_when_the_server_is_killed(busy: Ferry) -> None:
    before, rounds, slowest = busy.version(), list[list[Wanted]](), 0.0
    for n in range(KILLS):
        commands = move_until_killed(busy, n)
        busy.server.forked = n > 0 and not FULL  # the time until it is up again is only asserted for a new interpreter
        rounds.append(commands)
        began = time.monotonic()
        busy.server.start(within_s=UP_WITHIN_S)
        slowest = max(slowest, time.monotonic() - began)
        send_again(busy, [command for command in commands if command.answer is None])
        assert_kept(busy, commands)
    assert busy.broken() == []
    assert busy.bugs() == []
    commands = [command for each in rounds for command in each]
    assert busy.read(sa.select(sa.func.count(Command.version))) == [(busy.version() - before,)]
    assert sum(command.answer is not None and bool(command.answer.version) for command in commands) > KILLS
    print(f"{KILLS} kills, {len(commands)} commands, up again in {slowest:.1f} s at most")


def move_until_killed(busy: Ferry, seed: int) -> list[Wanted]:
    """Let the clients move cards, and kill the server meanwhile."""
    commands, acknowledged = list[Wanted](), list[str]()
    gone = threading.Event()

    def work(n: int) -> None:
        dice = random.Random(f"{seed} {n}")
        with busy.program("olga") if n % 2 else busy.page("olga") as person:
            while not gone.is_set():
                names = ("Ready", "In progress", "Review")
                column = busy.columns[dice.choice(names)]
                command = Wanted(bool(n % 2), dice.choice(busy.refs), column, places(dice, busy.refs))
                commands.append(command)
                command.answer = try_to_move(person, command)
                if command.answer is None:
                    return
                acknowledged.append(command.key)

    def kill() -> None:
        until(lambda: len(acknowledged) >= MOVES_BETWEEN + seed % 7, within_s=60, what="moves before the kill")
        busy.server.kill()
        gone.set()

    together(CLIENTS + 1, lambda n: kill() if n == CLIENTS else work(n))
    return commands


def try_to_move(person: Person, command: Wanted) -> Answer | None:
    try:
        return person.move(command.ref, command.column, command.place, command.key)
    except (OSError, http.client.HTTPException, ValueError):
        return None


def send_again(busy: Ferry, commands: list[Wanted]) -> None:
    """Send again what was never answered, as a browser or a program does."""
    for command in commands:
        with busy.program("olga") if command.by_program else busy.page("olga") as person:
            command.answer = person.move(command.ref, command.column, command.place, command.key)


def assert_kept(busy: Ferry, commands: list[Wanted]) -> None:
    kept = {key: version for key, version in busy.read(sa.select(Command.id, Command.version))}
    moved = set(
        busy.read(
            sa.select(Event.version, Item.number).join(Item, Item.id == Event.item_id).where(Event.kind == "moved")
        )
    )
    for command in commands:
        assert command.answer is not None
        assert command.answer.status in (200, 409), command.answer
        if command.answer.status == 409:
            assert command.key not in kept, command
            continue
        assert kept[command.key] == command.answer.version, command
        if command.answer.version is not None:
            assert (command.answer.version, int(command.ref.partition("-")[2])) in moved, command
