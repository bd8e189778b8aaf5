"""Many people move cards at once over HTTP, against limits that refuse; many pull at the same moment.

Some commands are sent twice, and some answers are never read. Afterwards all invariants hold.
"""

import os
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa

from kanban.models import Column, Command, Event, Item, User, assignment
from tests.faults.ferry import Answer, Ferry, Person, ferry, new_key, places, together

FULL = os.environ.get("KANBAN_FAULTS") == "full"
CLIENTS, MOVES = (200, 10_000) if FULL else (16, 256)
PULLS = 200 if FULL else 50

LIMITS = {"In progress": 3, "Review": 5}
OWNER = 1
COLUMNS = ("Backlog", "Ready", "In progress", "Review", "Acceptance")


@dataclass
class Sent:
    """One command with all the answers it got; one that was cut off got none the first time."""

    ref: str
    key: str
    answers: list[Answer] = field(default_factory=list)
    was_cut: bool = False


@pytest.fixture
def busy(ready_url: str, tmp_path: Path) -> Iterator[Ferry]:
    with ferry(ready_url, tmp_path, developers=CLIENTS // 2, items=60, limits=LIMITS) as running:
        yield running


@pytest.mark.parametrize("over", ["pages", "api"])
def test_many_movers_break_nothing(busy: Ferry, over: str) -> None:
    before = busy.version()
    sent: list[list[Sent]] = [[] for _ in range(CLIENTS)]

    def work(n: int) -> None:
        dice = random.Random(n)
        with who(busy, over, n) as person:
            sent[n].extend(move(busy, person, dice) for _ in range(MOVES // CLIENTS))

    together(CLIENTS, work)
    with who(busy, over, OWNER) as person:
        sent[OWNER] += [put(person, busy.refs[0], busy.columns["Backlog"], "top") for _ in range(2)]
    commands = [command for each in sent for command in each]
    statuses = Counter(answer.status for command in commands for answer in command.answers)
    assert busy.bugs() == []
    assert statuses.keys() <= {200, 403, 409}, statuses
    assert busy.broken() == []
    assert_each_command_counts_once(busy, commands)
    taken = busy.version() - before
    assert busy.read(sa.select(sa.func.count(Command.version))) == [(taken,)]
    assert busy.read(sa.select(sa.func.count()).select_from(Command)) > [(taken,)], "one of them changed nothing"
    assert taken > MOVES / 5, "hardly anything moved: nothing was tested"
    assert any(answer.status == 409 for command in commands for answer in command.answers), "no limit ever refused"
    assert_limits_hold(busy)
    print(f"{len(commands)} moves by {CLIENTS} over {over}: {dict(statuses)}, {taken} versions")


def test_nobody_pulls_what_another_pulled(ready_url: str, tmp_path: Path) -> None:
    """Fifty people pull at once, with thirty-five cards ready and room for thirty."""
    with ferry(ready_url, tmp_path, developers=PULLS // 2, items=70, limits={"In progress": 30}) as busy:
        answers: list[Answer] = []

        def pull(n: int) -> None:
            with busy.page(f"dev{n % (PULLS // 2)}") as person:
                answers.append(person.pull(new_key()))

        together(PULLS, pull)
        pulled = [answer.ref for answer in answers if answer.status == 200]
        assert sorted(answer.status for answer in answers) == [200] * 30 + [409] * (PULLS - 30)
        assert len(set(pulled)) == 30
        assert busy.bugs() == []
        assert busy.broken() == []
        rows = busy.read(
            sa.select(Item.number, sa.func.count())
            .join(Column, Column.id == Item.column_id)
            .join(assignment, assignment.c.item_id == Item.id)
            .where(Column.name == "In progress")
            .group_by(Item.number)
        )
        assert {f"FE-{number}": count for number, count in rows} == dict.fromkeys(pulled, 1)


def who(busy: Ferry, over: str, n: int) -> Person:
    """Every second mover is the owner, whose places count everywhere; the others are developers."""
    name = "olga" if n % 2 else f"dev{n // 2}"
    return busy.page(name) if over == "pages" else busy.program(name)


def move(busy: Ferry, person: Person, dice: random.Random) -> Sent:
    """Make one move; a tenth are sent twice, a twentieth are cut off before the answer and then sent again."""
    ref, chance = dice.choice(busy.refs), dice.random()
    column, place = busy.columns[dice.choice(COLUMNS)], places(dice, busy.refs)
    return put(person, ref, column, place, times=2 if chance < 0.10 else 1, cut=chance < 0.05)


def put(person: Person, ref: str, column: int, place: str, *, times: int = 1, cut: bool = False) -> Sent:
    """Send one command and read its answer `times` times; if `cut`, send it once before without reading the answer."""
    command = Sent(ref, new_key(), was_cut=cut)
    if cut:
        person.move(ref, column, place, command.key, cut=True)
    for _ in range(times):
        answer = person.move(ref, column, place, command.key)
        assert answer is not None
        command.answers.append(answer)
    return command


def assert_each_command_counts_once(busy: Ferry, commands: list[Sent]) -> None:
    """Assert that each acknowledged command is stored with its version, and that no version has two commands.

    The version is None if there was nothing to change; a repeated command gets the same answer.
    """
    kept = {key: version for key, version in busy.read(sa.select(Command.id, Command.version))}
    taken = [version for version in kept.values() if version is not None]
    assert len(set(taken)) == len(taken)
    moved = set(busy.read(sa.select(Event.version, Item.number).join(Item, Item.id == Event.item_id)))
    for command in commands:
        versions = {answer.version for answer in command.answers if answer.status == 200}
        assert len(versions) <= 1, command
        for version in versions:
            assert kept[command.key] == version, command
            assert version is None or (version, int(command.ref.partition("-")[2])) in moved, command
        if not versions:
            assert command.key not in kept or command.was_cut, command


def assert_limits_hold(busy: Ferry) -> None:
    rows = busy.read(
        sa.select(Column.name, sa.func.count()).join(Item, Item.column_id == Column.id).group_by(Column.name)
    )
    standing = {name: count for name, count in rows}
    assert all(standing.get(name, 0) <= limit for name, limit in LIMITS.items()), standing
    assert sum(standing.values()) == len(busy.refs)
    assert busy.read(sa.select(sa.func.count()).where(Event.kind == "limit_broken")) == [(0,)]
    assert busy.read(sa.select(sa.func.count()).select_from(User)) == [(CLIENTS // 2 + 1,)]
