"""Everything people can do to a product, in whatever order a machine thinks up: no answer is a bug, and after each step
the log tells the tables and every promise holds."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from kanban.extensions import limiter
from kanban.models import Item, Member, Product, Question
from kanban.reads.invariants import broken_invariants
from tests.builders import Browser, World
from tests.conftest import make_app

FULL = os.environ.get("KANBAN_FAULTS") == "full"
EXAMPLES, STEPS = (100, 60) if FULL else (12, 40)

PEOPLE = ("olga", "dora", "lea", "dev", "deb", "vic")
ANSWERS = (200, 201, 303, 403, 404, 409, 422)

who = st.sampled_from(PEOPLE)
doers = st.sampled_from(("olga", "dora", "dev", "deb"))
which = st.integers(0, 10_000)
spots = st.sampled_from(("top", "bottom", "after", "before"))
texts = st.sampled_from(("Refunds", "Season card", "<b>Dogs</b>", "Ærø → Søby", "=1+1"))


class Team(RuleBasedStateMachine):
    """The people of the product FE at their pages. `world` is set by the test; each run begins with a fresh copy."""

    world: ClassVar[World]
    restore: ClassVar[Callable[[], None]]

    @initialize()
    def begin(self) -> None:
        Team.restore()
        self.browsers = {name: self.world.browser(name) for name in PEOPLE}
        self.moves: list[tuple[str, int]] = []
        for n in range(4):
            self.send("olga", "/products/FE/items", {"title": f"Item {n}"})

    # What people do

    @rule(by=doers, title=texts, column=which, place=st.sampled_from(("top", "bottom")))
    def create(self, by: str, title: str, column: int, place: str) -> None:
        self.send(by, "/products/FE/items", {"title": title, "column": self.column(column), "place": place})

    @rule(by=doers)
    def create_many(self, by: str) -> None:
        self.send(by, "/products/FE/items/many", {"titles": "One\nTwo\nThree", "place": "top"})

    @rule(by=doers, item=which, column=which, place=spots, beside=which)
    def move(self, by: str, item: int, column: int, place: str, beside: int) -> None:
        ref, to = self.item(item), self.column(column)
        where = place if place in ("top", "bottom") else f"{place}:{self.item(beside)}"
        form = {"column": to, "place": where, "limit_reason": "It burns" if beside % 2 else ""}
        if self.send(by, f"/items/{ref}/move", form) == 200:
            self.moves.append((by, self.world.version()))

    @rule(by=doers, item=which, way=st.sampled_from(("up", "down")))
    def step(self, by: str, item: int, way: str) -> None:
        self.send(by, f"/items/{self.item(item)}/move", {"way": way})

    @rule(by=doers)
    def pull(self, by: str) -> None:
        self.send(by, "/products/FE/pull", {"limit_reason": "It burns"})

    @rule(back=st.integers(0, 3))
    def undo(self, back: int) -> None:
        if self.moves:
            by, version = self.moves[-1 - back % len(self.moves)]
            self.send(by, f"/products/FE/undo/{version}", {})

    @rule(by=doers, item=which)
    def discard(self, by: str, item: int) -> None:
        self.send(by, f"/items/{self.item(item)}/discard", {"reason": "Nobody needs it"})

    @rule(by=doers, item=which)
    def restore_item(self, by: str, item: int) -> None:
        self.send(by, f"/items/{self.item(item)}/restore", {})

    @rule(by=doers, item=which, way=st.sampled_from(("block", "unblock")))
    def block(self, by: str, item: int, way: str) -> None:
        self.send(by, f"/items/{self.item(item)}/{way}", {"reason": "Waiting"})

    @rule(by=doers, item=which, people=st.lists(who, max_size=3))
    def assign(self, by: str, item: int, people: list[str]) -> None:
        self.send(by, f"/items/{self.item(item)}/assign", {"people": [str(self.world.ids[name]) for name in people]})

    @rule(by=doers, item=which, title=texts, revision=st.integers(1, 3))
    def edit(self, by: str, item: int, title: str, revision: int) -> None:
        form = {"title": title, "labels": "one, Two", "type": "bug", "size": "L", "revision": str(revision)}
        self.send(by, f"/items/{self.item(item)}/edit", form)

    @rule(by=doers, item=which, whole=which)
    def part_of(self, by: str, item: int, whole: int) -> None:
        self.send(by, f"/items/{self.item(item)}/part-of", {"whole": self.item(whole) if whole % 5 else ""})

    @rule(by=doers, item=which, other=which, way=st.sampled_from(("needs", "needed_by")), away=st.booleans())
    def need(self, by: str, item: int, other: int, way: str, away: bool) -> None:
        address = f"/items/{self.item(item)}/links"
        if away:
            self.send(by, f"{address}/{way}/{self.item(other)}/remove", {})
        else:
            self.send(by, address, {"way": way, "other": self.item(other)})

    @rule(by=doers, item=which, number=st.integers(1, 2), verb=st.sampled_from(("", "/remove", "/tick")))
    def criterion(self, by: str, item: int, number: int, verb: str) -> None:
        address = f"/items/{self.item(item)}/criteria"
        self.send(by, address, {"text": "It holds"})
        self.send(by, f"{address}/{number}{verb}", {"text": "It holds still", "met": "1"})

    # What people ask

    @rule(by=st.sampled_from(PEOPLE[:-1]), item=which, blocking=st.booleans(), to=who)
    def ask(self, by: str, item: int, blocking: bool, to: str) -> None:
        form = {"body": "Which?", "blocking": "1" if blocking else "", "addressee": str(self.world.ids[to])}
        self.send(by, f"/items/{self.item(item)}/questions", form)

    @rule(
        by=st.sampled_from(PEOPLE[:-1]),
        question=which,
        verb=st.sampled_from(("answer", "ask-back", "reply", "accept", "return", "withdraw")),
        becomes=st.sampled_from(("", "criterion", "decision")),
    )
    def talk(self, by: str, question: int, verb: str, becomes: str) -> None:
        ids = self.rows(sa.select(Question.id).order_by(Question.id))
        if ids:
            form = {"body": "So it is", **({"becomes": becomes} if becomes else {})}
            self.send(by, f"/questions/{ids[question % len(ids)]}/{verb}", form)

    # What owners set

    @rule(
        column=which, limit=st.sampled_from(("", "1", "2", "5")), mode=st.sampled_from(("off", "warn", "ask", "refuse"))
    )
    def limit(self, column: int, limit: str, mode: str) -> None:
        column_id = self.column(column)
        name = self.world_column(column_id)
        form = {"name": name[0], "accepts": "1" if name[1] else "", "wip_limit": limit, "wip_mode": mode}
        self.send(self.owner(), f"/products/FE/settings/columns/{column_id}", form)

    @rule(stage=st.sampled_from(("backlog", "ready", "doing", "review", "done")), n=st.integers(0, 5))
    def add_column(self, stage: str, n: int) -> None:
        self.send(self.owner(), "/products/FE/settings/columns", {"name": f"New {n}", "stage": stage})

    @rule(column=which, act=st.sampled_from(("up", "down", "remove")))
    def change_column(self, column: int, act: str) -> None:
        address = f"/products/FE/settings/columns/{self.column(column)}"
        self.send(self.owner(), f"{address}/remove" if act == "remove" else f"{address}/move", {"way": act})

    @rule(name=who, role=st.sampled_from(("delegate", "lead", "developer", "viewer", "out", "owner")))
    def change_member(self, name: str, role: str) -> None:
        owner, person = self.owner(), self.world.ids[name]
        if role == "owner":
            self.send(owner, "/products/FE/settings/hand-over", {"person": str(person)})
        elif role == "out":
            self.send(owner, f"/products/FE/settings/members/{person}/remove", {})
        else:
            self.send(owner, "/products/FE/settings/members", {"email": f"{name}@example.org", "role": role})

    @rule(away=st.booleans())
    def archive(self, away: bool) -> None:
        self.send(self.owner(), f"/products/FE/settings/{'archive' if away else 'bring-back'}", {})
        if away:
            self.send(self.owner(), "/products/FE/settings/bring-back", {})

    @rule(item=which, page=st.sampled_from(("backlog", "board", "insights", "settings", "updates")))
    def look(self, item: int, page: str) -> None:
        for address in (f"/products/FE/{page}", f"/items/{self.item(item)}", "/questions"):
            answer = self.browsers[self.owner()].get(address)
            assert answer.status_code == 200, answer.text

    # What must hold

    @invariant()
    def every_promise_holds(self) -> None:
        if hasattr(self, "browsers"):
            with self.world.reading() as session:
                assert broken_invariants(session) == []

    # Helping hands

    def send(self, by: str, path: str, form: dict[str, Any]) -> int:
        browser: Browser = self.browsers[by]
        answer = browser.post(path, form, hx=True)
        assert answer.status_code in ANSWERS, f"{by} {path} {form}: {answer.status_code} {answer.text}"
        return answer.status_code

    def rows(self, query: sa.Select[Any]) -> list[Any]:
        with self.world.reading() as session:
            return list(session.scalars(query))

    def item(self, n: int) -> str:
        numbers = self.rows(sa.select(Item.number).order_by(Item.number))
        return f"FE-{numbers[n % len(numbers)]}"

    def column(self, n: int) -> str:
        with self.world.reading() as session:
            product = session.scalars(sa.select(Product).options(sa.orm.selectinload(Product.columns))).one()
            return str(product.standing[n % len(product.standing)].id)

    def world_column(self, column_id: str) -> tuple[str, bool]:
        with self.world.reading() as session:
            product = session.scalars(sa.select(Product).options(sa.orm.selectinload(Product.columns))).one()
            return next((column.name, column.accepts) for column in product.columns if column.id == int(column_id))

    def owner(self) -> str:
        [owner] = self.rows(sa.select(Member.user_id).where(Member.role == "owner"))
        return next(name for name, user_id in self.world.ids.items() if user_id == owner)


def test_whatever_people_do_every_promise_holds(sqlite_template: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(shutil.copy(sqlite_template, Path(folder) / "kanban.sqlite3"))
        for app in make_app(f"sqlite:///{path}", Path(folder)):
            limiter.enabled = False
            try:
                _prepare(app, path)
                run_state_machine_as_test(Team, settings=_settings())
            finally:
                limiter.enabled = True


def _prepare(app: Flask, path: Path) -> None:
    Team.world = World(app)
    kept = path.with_suffix(".kept")
    _copy(path, kept)
    Team.restore = staticmethod(lambda: _copy(kept, path))


def _copy(source: Path, target: Path) -> None:
    with sqlite3.connect(source) as read, sqlite3.connect(target) as written:
        read.backup(written)
    read.close()
    written.close()


def _settings() -> settings:
    return settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        derandomize=not FULL,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
