"""The n-th statement of a command fails, for every n, before or after it ran, and the commit as well: nothing is half
done, no success is answered without a commit, the lock is free, and the same command sent again has one effect."""

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from kanban import extensions
from kanban.extensions import begin_write, db
from kanban.models import Command, Delivery, Event, Model, Product, Stakeholder, StatusUpdate
from kanban.reads import updates
from kanban.reads.invariants import broken_invariants
from tests.builders import Browser, World

FULL = os.environ.get("KANBAN_FAULTS") == "full"

#: In full every statement fails before it runs and after it ran; with small numbers one or the other, in turn.
WAYS = ("before", "after") if FULL else ("in turn",)

Form = dict[str, Any]


@dataclass(frozen=True)
class Verb:
    """One command: who sends it, where to, and what makes its object; `make` answers address and form."""

    by: str
    kind: str
    make: Callable[[World], tuple[str, Form]]


def _column(world: World, name: str) -> str:
    with world.reading() as session:
        product = session.scalars(sa.select(Product).options(sa.orm.selectinload(Product.columns))).one()
        return str(next(column.id for column in product.standing if column.name == name))


def _move(world: World) -> tuple[str, Form]:
    ref = world.item("Refunds", "Ready")
    return f"/items/{ref}/move", {"column": _column(world, "In progress"), "place": "top"}


def _pull(world: World) -> tuple[str, Form]:
    world.item("Next", "Ready")
    return "/products/FE/pull", {}


def _ask(world: World) -> tuple[str, Form]:
    ref = world.item("Unclear", "In progress")
    return f"/items/{ref}/questions", {"body": "Which ferry?", "blocking": "1"}


def _answer(world: World) -> tuple[str, Form]:
    question_id = world.ask(world.item("Unclear", "In progress"), "Which ferry?", blocking=True)
    return f"/questions/{question_id}/answer", {"body": "The blue one", "becomes": "criterion"}


def _edit(world: World) -> tuple[str, Form]:
    return f"/items/{world.item('Old words')}/edit", {"title": "New words", "labels": "one, two", "revision": "1"}


def _discard(world: World) -> tuple[str, Form]:
    return f"/items/{world.item('Not wanted')}/discard", {"reason": "Nobody needs it"}


def _publish(world: World) -> tuple[str, Form]:
    with world.changing() as (session, product, owner):
        people = session.scalars(sa.select(Stakeholder)).all()
        if not people:
            session.add_all(
                Stakeholder(product_id=product.id, name=f"Reader {n}", email=f"reader{n}@example.org") for n in range(3)
            )
        update = StatusUpdate.draft(product, by=owner, **updates.read_beginning(session, product).keywords)
        update.headline = "It goes on"
        session.add(update)
        session.flush()
        return f"/products/FE/updates/{update.number}/publish", {"revision": str(update.revision)}


VERBS = {
    "move": Verb("dev", "moved", _move),
    "pull": Verb("dev", "moved", _pull),
    "create": Verb("dev", "created", lambda _world: ("/products/FE/items", {"title": "New"})),
    "ask": Verb("dev", "asked", _ask),
    "answer": Verb("olga", "answered", _answer),
    "edit": Verb("dev", "edited", _edit),
    "discard": Verb("olga", "discarded", _discard),
    "publish": Verb("olga", "update_published", _publish),
}


@pytest.fixture
def world(app: Flask, monkeypatch: pytest.MonkeyPatch) -> World:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr(extensions, "WAIT_S", 2.0)
    return World(app)


@pytest.mark.parametrize("name", VERBS)
def test_a_statement_that_fails_leaves_nothing_half_done(world: World, name: str) -> None:
    verb = VERBS[name]
    browser = world.browser(verb.by)
    for way in WAYS:
        n = 1
        while fails_and_heals(world, browser, verb, Fault(("after", "before")[n % 2] if way == "in turn" else way, n)):
            n += 1
        assert n > 8, "too few statements: nothing was tested"
    fails_and_heals(world, browser, verb, Fault("commit", 1))
    with world.reading() as session:
        assert broken_invariants(session) == []


@dataclass(eq=False)
class Fault:
    """What fails: the n-th statement before it runs, after it ran, or the commit."""

    when: str
    n: int
    seen: int = 0
    fired: bool = False

    def __call__(self, *_what: object) -> None:
        self.seen += 1
        if self.seen == self.n:
            self.fired = True
            raise sa.exc.OperationalError("the fault", {}, Exception("disk I/O error"))


def fails_and_heals(world: World, browser: Browser, verb: Verb, fault: Fault) -> bool:
    """Send the command with the fault, look, send it again without; tell whether the fault was met at all."""
    address, form = verb.make(world)
    form = {**form, "command": uuid.uuid4().hex}
    before = footprint(world, verb)
    with failing(world, fault):
        answer = browser.post(address, form, hx=True)
    where = f"{fault.when} statement {fault.n}"
    assert answer.status_code in (200, 303, 500, 503), f"{where}: {answer.status_code} {answer.text}"
    after = footprint(world, verb)
    assert after in (before, done(before)), f"{where}: half done, {before} became {after}"
    if answer.status_code < 400:
        assert after == done(before), f"{where}: a success without a commit"
    assert_nothing_is_held(world)
    again = browser.post(address, form, hx=True)
    assert again.status_code < 400, f"after {where}: {again.text}"
    assert footprint(world, verb) == done(before), f"after {where}: not exactly one effect"
    return fault.fired


Footprint = tuple[int, int, int]


def footprint(world: World, verb: Verb) -> Footprint:
    """The product's version, how often this happened, and how many commands are kept."""
    mails = _count(Delivery, Delivery.kind == "update")
    published = _count(Event, Event.kind == "update_published")
    with world.reading() as session:
        version, count, kept, sent, updates_out = session.execute(
            sa.select(Product.version, _count(Event, Event.kind == verb.kind), _count(Command), mails, published)
        ).one()
    assert sent == 3 * updates_out, "a mail was lost or doubled"
    return version, count, kept


def _count(model: type[Model], *which: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
    return sa.select(sa.func.count()).select_from(model).where(*which).scalar_subquery()


def done(before: Footprint) -> Footprint:
    version, count, kept = before
    return version + 1, count + 1, kept + 1


@contextmanager
def failing(world: World, fault: Fault) -> Iterator[None]:
    name = {"before": "before_cursor_execute", "after": "after_cursor_execute", "commit": "commit"}[fault.when]
    with world.app.app_context():
        engine = db.engine
    sa.event.listen(engine, name, fault)
    try:
        yield
    finally:
        sa.event.remove(engine, name, fault)


def assert_nothing_is_held(world: World) -> None:
    """The next writer comes in at once, and no connection was lost."""
    with world.app.app_context():
        begin_write().rollback()
        db.session.remove()
        assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
