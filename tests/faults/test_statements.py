"""The n-th statement of a command fails, before or after it ran, or the commit does.

Nothing is half done, no success is answered without a commit, the lock is free, and the same command sent again has one
effect. Every command of board, backlog and item has its case; the routes are read from the application, so that a new
one asks for its own.
"""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from kanban import transactions
from kanban.extensions import db
from kanban.models import Command, Delivery, Event, Model, Product
from kanban.reads.invariants import broken_invariants
from kanban.transactions import begin_write
from tests.builders import Browser, World
from tests.conftest import KINDS
from tests.faults.verbs import BLUEPRINTS, CORE, KEEPS_NOTHING, VERBS, Form, Verb

FULL = os.environ.get("KANBAN_FAULTS") == "full"

#: The tables whose rows a failed command must leave as they were: all but sign-ins and tokens, whose idle clock may
#: move.
TABLES = [table for table in Model.metadata.sorted_tables if table.name not in ("sign_in", "api_token")]


@pytest.fixture
def world(app: Flask, monkeypatch: pytest.MonkeyPatch) -> World:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr(transactions, "WAIT_S", 2.0)
    return World(app)


def test_every_command_has_its_case(sqlite_app: Flask) -> None:
    """A new command of board, backlog or item needs a case, or has to be listed as one that stores nothing."""
    commands = {
        rule.endpoint
        for rule in sqlite_app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and rule.endpoint.partition(".")[0] in BLUEPRINTS
    }
    cases = {name.partition(" ")[0] for name in VERBS}
    assert commands - KEEPS_NOTHING - cases == set(), "without a case"
    assert (cases | KEEPS_NOTHING) - commands == set(), "no such command"


@pytest.mark.parametrize("name", sorted(CORE))
def test_a_statement_that_fails_leaves_nothing_half_done(world: World, name: str) -> None:
    hold(world, name)


@pytest.mark.parametrize("lent_url", KINDS if FULL else KINDS[:1], indirect=True)
@pytest.mark.parametrize("name", sorted(VERBS.keys() - CORE))
def test_nor_does_it_in_what_is_done_less_often(world: World, name: str) -> None:
    hold(world, name)


def hold(world: World, name: str) -> None:
    """Let statements of this command fail, one after the other."""
    verb, browser = VERBS[name], world.browser(VERBS[name].by)
    for _ in range(2):  # the first time also makes labels, and draws cards that are then cached
        trial = Fault("count", 0)
        fails_and_heals(world, browser, verb, trial)
    assert trial.seen > 5, "too few statements: nothing was tested"
    for fault in faults(trial.seen, is_core=name in CORE):
        met = fails_and_heals(world, browser, verb, fault)
        assert met or fault.n > trial.seen - 4, f"{fault.when} statement {fault.n} was never met"
    with world.reading() as session:
        assert broken_invariants(session) == []


def faults(count: int, *, is_core: bool) -> list["Fault"]:
    """The faults to try: in the full run every statement, before and after it runs.

    Otherwise the first, the last and the middle one, or every third one of a core command, alternately before and
    after.
    """
    if FULL:
        chosen = [Fault(way, n) for n in range(1, count + 1) for way in ("before", "after")]
    else:
        between = range(4, count, 3) if is_core else [count // 2]
        chosen = [Fault(("after", "before")[n % 2], n) for n in sorted({1, count, *between})]
    return [*chosen, Fault("commit", 1)]


@dataclass(eq=False)
class Fault:
    """What fails: the n-th statement, before or after it ran, or the commit; `count` only counts statements."""

    when: str
    n: int
    seen: int = 0
    fired: bool = field(default=False)

    def __call__(self, *_what: object) -> None:
        self.seen += 1
        if self.seen == self.n:
            self.fired = True
            raise sa.exc.OperationalError("the fault", {}, Exception("disk I/O error"))


def fails_and_heals(world: World, browser: Browser, verb: Verb, fault: Fault) -> bool:
    """Send the command with the fault, check, and send it again without; returns whether the fault was met at all."""
    address, form = verb.make(world)
    command = uuid.uuid4().hex
    before, rows = footprint(world, verb), everything(world)
    with failing(world, fault):
        answer = browser.post(address, sent(form, command), hx=True)
    where = f"{fault.when} statement {fault.n}"
    assert answer.status_code in (200, 303, 500, 503), f"{where}: {answer.status_code} {answer.text}"
    after = footprint(world, verb)
    assert after in (before, done(before, verb)), f"{where}: half done, {before} became {after}"
    assert after == done(before, verb) or everything(world) == rows, f"{where}: something stayed of what failed"
    if answer.status_code < 400:
        assert after == done(before, verb), f"{where}: a success without a commit"
    assert_nothing_is_held(world)
    again = browser.post(address, sent(form, command), hx=True)
    assert again.status_code < 400, f"after {where}: {again.text}"
    assert footprint(world, verb) == done(before, verb), f"after {where}: not exactly one effect"
    return fault.fired


def sent(form: Form, command: str) -> Form:
    """The form as it is sent this time; files are opened anew each time."""
    return {**{name: value() if callable(value) else value for name, value in form.items()}, "command": command}


Footprint = tuple[int, int, int]


def footprint(world: World, verb: Verb) -> Footprint:
    """The product's version, how often the command has happened, and how many commands are stored."""
    mails = _count(Delivery, Delivery.kind == "update")
    published = _count(Event, Event.kind == "update_published")
    with world.reading() as session:
        version, count, kept, mailed, updates_out = session.execute(
            sa.select(Product.version, _count(Event, Event.kind == verb.kind), _count(Command), mails, published)
        ).one()
    assert mailed == 3 * updates_out, "a mail was lost or doubled"
    return version, count, kept


def everything(world: World) -> dict[str, list[Any]]:
    """All rows of all tables, sorted."""
    with world.reading() as session:
        return {table.name: sorted(map(repr, session.execute(sa.select(table)))) for table in TABLES}


def _count(model: type[Model], *which: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
    return sa.select(sa.func.count()).select_from(model).where(*which).scalar_subquery()


def done(before: Footprint, verb: Verb) -> Footprint:
    version, count, kept = before
    return (version, count, kept + 1) if verb.kind is None else (version + 1, count + 1, kept + 1)


@contextmanager
def failing(world: World, fault: Fault) -> Iterator[None]:
    names = {"before": "before_cursor_execute", "after": "after_cursor_execute", "commit": "commit"}
    name = names.get(fault.when, "before_cursor_execute")
    with world.app.app_context():
        engine = db.engine
    sa.event.listen(engine, name, fault)
    try:
        yield
    finally:
        sa.event.remove(engine, name, fault)


def assert_nothing_is_held(world: World) -> None:
    """Assert that the next writer gets the lock at once, and that no connection was lost."""
    with world.app.app_context():
        begin_write().rollback()
        db.session.remove()
        assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
