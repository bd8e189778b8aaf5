"""Everything people can do to a product, in any order a machine thinks up, compared with a pure model of the rules.

Each answer is the one that the rules give, each page shows what the model holds, and at the end all invariants hold.
"""

import io
import os
import random
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from werkzeug.test import TestResponse

from kanban.extensions import limiter
from kanban.keys import fingerprint
from kanban.models import ApiToken, Column, Question
from kanban.reads.invariants import broken_invariants
from tests.applications import make_app
from tests.builders import Browser, World
from tests.faults.chances import Chance, Number, One, Several
from tests.faults.mirror import QUEUE, STAGES, Entry, Pillar
from tests.faults.returning import Returning
from tests.faults.truth import told_by, told_by_tables

FULL = os.environ.get("KANBAN_FAULTS") == "full"
EXAMPLES, STEPS = (150, 80) if FULL else (4, 25)
WALKS, WALK = (60, 200) if FULL else (3, 60)

#: In the full run, pages are compared after each step, otherwise after every third one and at the end.
LOOKS_EVERY = 1 if FULL else 3

ROLES = {"olga": "owner", "dora": "delegate", "lea": "lead", "dev": "developer", "vic": "viewer", "deb": "developer"}
PEOPLE = (*ROLES, "sam")
COLUMNS = ("Backlog", "Ready", "In progress", "Review", "Acceptance", "Done")
LIST = [("A1", "Jetty", "Backlog"), ("A2", "Ramp", "In progress"), ("A3", "Buoy", "Done"), ("A4", "Rope", "Backlog")]

VERBS = ("answer", "answer", "ask-back", "reply", "accept", "return", "withdraw")

who = One(PEOPLE)
#: Mostly those who may do most, sometimes anybody.
doers = One(("olga", "olga", "dora", "dev", "dev", "deb", *PEOPLE))
movers = One(("olga", "dora", "dev", "deb"))
which = Number(0, 10_000)
ends = One(("top", "bottom"))
reasons = One(("", "", "It burns"))
ways = One(("top", "after", "before"))
titles = One(("Refunds", "Season card", "<b>Dogs</b>", "Ærø → Søby", "=1+1"))


Act = Callable[..., None]
ACTS: list[tuple[Act, dict[str, Chance]]] = []


def act(**chances: Chance) -> Callable[[Act], Act]:
    """Register a function as a rule of the state machine and as a step of the random walk."""

    def kept(step: Act) -> Act:
        ACTS.append((step, chances))
        strategies: dict[str, Any] = {name: chance.strategy() for name, chance in chances.items()}
        return rule(**strategies)(step)

    return kept


class Team(RuleBasedStateMachine):
    """People using the pages of the product FE, with the model beside it.

    The test sets `world` and `browsers`; each run begins with a fresh copy of the database.
    """

    world: ClassVar[World]
    browsers: ClassVar[dict[str, Browser]]
    restore: ClassVar[Callable[[], None]]

    @initialize()
    def begin(self) -> None:
        Team.restore()
        columns = [Pillar(n, name, _stage(name), name == "Acceptance") for n, name in enumerate(COLUMNS, start=1)]
        self.model = Returning(dict(ROLES), columns, self.world.version(), next_column=len(COLUMNS) + 1)
        self.commands: list[tuple[str, int]] = []
        for n in range(6):
            self.make("olga", f"Item {n}", n, "bottom", "")

    # Coming in

    @act(by=doers, title=titles, column=which, end=ends, reason=reasons)
    def make(self, by: str, title: str, column: int, end: str, reason: str) -> None:
        pillar = self.pillar(column)
        form = {"title": title, "column": self.column_id(pillar.number), "place": end, "limit_reason": reason}
        self.check(by, "/products/FE/items", form, "create", title, pillar.number, end, reason)

    @act(by=doers, end=ends)
    def make_many(self, by: str, end: str) -> None:
        form = {"titles": "One\n- Two\nThree", "place": end}
        self.check(by, "/products/FE/items/many", form, "create_many", ["One", "Two", "Three"], end)

    @act(by=doers, item=which)
    def make_parts(self, by: str, item: int) -> None:
        """Add one part and then two more, which go below the first where the item is still queued."""
        number = self.number(item)
        for titles in (["First"], ["Second", "Third"]):
            form = {"title": "\n- ".join(titles)}
            self.check(by, f"/items/FE-{number}/parts", form, "add_parts", number, titles)

    @act(by=doers, first=Number(0, 3), count=Number(1, 3))
    def import_list(self, by: str, first: int, count: int) -> None:
        rows = LIST[first : first + count]
        text = "\n".join(["Key,Title,Status", *(",".join(row) for row in rows)])
        headers = {"Authorization": f"Bearer {_token(by)}"}
        answer = self.browsers[by].client.post(
            "/api/v1/products/FE/import", data=text, content_type="text/csv", headers=headers
        )
        self.follow(by, answer, "bring_in", rows)

    # Moving

    @act(by=doers, item=which, column=which, way=One(("top", "bottom", "after", "before")), beside=which)
    def move(self, by: str, item: int, column: int, way: str, beside: int) -> None:
        self.carry(by, self.number(item), self.pillar(column), (way, self.number(beside)), beside)

    @act(drags=Several((movers, which, which, ways, which), 2, 5), undone=One((False, True)))
    def drag(self, drags: list[tuple[str, int, int, str, int]], undone: bool) -> None:
        """What people do most: drag several cards on the board between others, and perhaps undo the last move."""
        for by, item, column, way, beside in drags:
            order = self.model.order or [1]
            to = way, order[beside % len(order)]
            self.carry(by, order[item % len(order)], self.pillar(column), to, beside)
        if undone:
            self.undo(0, "olga", 1, "It burns")

    def carry(self, by: str, number: int, pillar: Pillar, to: tuple[str, int], dice: int) -> None:
        way, anchor = to[0], to[1] if to[0] in ("after", "before") else None
        reason, why = ("It burns" if dice % 2 else ""), ("They asked" if dice % 3 == 1 else "")
        form = {"column": self.column_id(pillar.number), "place": f"{way}:FE-{anchor}" if anchor else way}
        form |= {"limit_reason": reason, "passed_over_reason": why}
        wish = (way, anchor)
        self.check(by, f"/items/FE-{number}/move", form, "move", number, pillar.number, wish, reason, why)

    @act(by=doers, item=which, way=One(("up", "down")))
    def step(self, by: str, item: int, way: str) -> None:
        number = self.number(item)
        self.check(by, f"/items/FE-{number}/move", {"way": way}, "step_along", number, way)

    @act(by=doers, item=which, end=ends)
    def rank(self, by: str, item: int, end: str) -> None:
        number = self.number(item)
        self.check(by, f"/items/FE-{number}/move", {"place": end}, "move", number, None, (end, None))

    @act(by=doers, reason=reasons)
    def pull(self, by: str, reason: str) -> None:
        self.check(by, "/products/FE/pull", {"limit_reason": reason}, "pull", reason)

    @act(by=doers, liberty=which, kind=One(("passed_over", "limit_broken")), own=Number(0, 3))
    def explain(self, by: str, liberty: int, kind: str, own: int) -> None:
        taken = [entry for entry in self.model.log if entry.kind == kind] or [Entry(1, kind, self.number(0), by)]
        entry = taken[liberty % len(taken)]
        by = entry.by if own else by
        form, number = {"kind": kind, "reason": f"Because {own}"}, entry.item or 0
        address = f"/items/FE-{number}/reasons/{entry.version}"
        self.check(by, address, form, "explain", number, entry.version, kind, form["reason"])

    @act(by=movers, lower=which, reason=reasons, said=Several((One(("No crane", "No crew")),), 0, 2))
    def pull_past(self, by: str, lower: int, reason: str, said: list[str]) -> None:
        """Pull any item of the queue past others, and perhaps give the reason afterwards."""
        queue = [n for n in self.model.order if self.model.stage(self.model.cards[n]) in QUEUE]
        target = self.model.first("doing")
        if not queue or target is None:
            return
        number, form = queue[lower % len(queue)], {"column": self.column_id(target.number), "limit_reason": reason}
        path = f"/items/FE-{number}"
        self.check(by, f"{path}/move", form, "move", number, target.number, ("bottom", None), reason)
        version = self.model.version
        for words in said:
            form = {"kind": "passed_over", "reason": words}
            self.check(by, f"{path}/reasons/{version}", form, "explain", number, version, "passed_over", words)

    @act(by=One(("olga", "dora")), item=which, back=One(("", "restore", "undo", "both")))
    def put_away(self, by: str, item: int, back: str) -> None:
        """Discard an item, and perhaps bring it back by restoring, by undo, or by both."""
        number = self.number(item)
        self.discard(by, number - 1)
        if back in ("restore", "both"):
            self.check(by, f"/items/FE-{number}/restore", {}, "restore", number, "")
        if back in ("undo", "both"):
            self.undo(0, by, 1, "")

    @act(back=Number(0, 2), reason=reasons)
    def take_back(self, back: int, reason: str) -> None:
        """Undo one's own last command, as Ctrl+Z does."""
        self.undo(back, "olga", 1, reason)

    @act(back=Number(0, 6), other=doers, own=Number(0, 4), reason=reasons)
    def undo(self, back: int, other: str, own: int, reason: str) -> None:
        if self.commands:
            by, version = self.commands[-1 - back % len(self.commands)]
            address, form = f"/products/FE/undo/{version}", {"limit_reason": reason}
            self.check(by if own else other, address, form, "undo", version, reason)

    # The item

    @act(by=doers, item=which)
    def discard(self, by: str, item: int) -> None:
        number = self.number(item)
        self.check(by, f"/items/FE-{number}/discard", {"reason": "Nobody needs it"}, "discard", number)

    @act(by=doers, item=which, reason=reasons)
    def bring_back(self, by: str, item: int, reason: str) -> None:
        gone = [card.number for card in self.model.cards.values() if card.discarded]
        number = gone[item % len(gone)] if gone and item % 4 else self.number(item)
        self.check(by, f"/items/FE-{number}/restore", {"limit_reason": reason}, "restore", number, reason)

    @act(by=doers, item=which, way=One(("block", "unblock")))
    def block(self, by: str, item: int, way: str) -> None:
        number = self.number(item)
        self.check(by, f"/items/FE-{number}/{way}", {"reason": "Waiting"}, way, number)

    @act(by=doers, item=which, people=Several((who,), 0, 3))
    def assign(self, by: str, item: int, people: list[str]) -> None:
        number, form = self.number(item), {"people": [str(self.world.ids[name]) for name in people]}
        self.check(by, f"/items/FE-{number}/assign", form, "assign", number, set(people))

    @act(by=doers, item=which, title=titles, stale=One((0, 0, 0, 1)), labels=One((False, True)))
    def edit(self, by: str, item: int, title: str, stale: int, labels: bool) -> None:
        number = self.number(item)
        revision = self.model.cards[number].revision + stale
        form = {"title": title, "labels": "Two, one" if labels else "", "type": "bug", "size": "L"}
        words = {**form, "labels": ("one", "Two") if labels else ()}
        sent = {**form, "revision": str(revision)}
        self.check(by, f"/items/FE-{number}/edit", sent, "edit", number, revision, words)

    @act(by=doers, item=which, whole=which)
    def part_of(self, by: str, item: int, whole: int) -> None:
        number, other = self.number(item), self.number(whole) if whole % 5 else None
        form = {"whole": f"FE-{other}" if other else ""}
        self.check(by, f"/items/FE-{number}/part-of", form, "part_of", number, other)

    @act(by=doers, item=which, other=which, way=One(("needs", "needed_by")), away=One((False, True)))
    def need(self, by: str, item: int, other: int, way: str, away: bool) -> None:
        number, second = self.number(item), self.number(other)
        address = f"/items/FE-{number}/links"
        if away:
            self.check(by, f"{address}/{way}/FE-{second}/remove", {}, "unlink", number, second, way)
        else:
            self.check(by, address, {"way": way, "other": f"FE-{second}"}, "link", number, second, way)

    @act(by=doers, item=which, words=One(("It holds", "It stands")), number=Number(0, 2))
    def write_criterion(self, by: str, item: int, words: str, number: int) -> None:
        card, address = self.number(item), f"/items/FE-{self.number(item)}/criteria"
        if number:
            self.check(by, f"{address}/{number}", {"text": words}, "change_criterion", card, number, words)
        else:
            self.check(by, address, {"text": words}, "add_criterion", card, words)

    @act(by=doers, item=which, number=Number(1, 2), verb=One(("tick", "untick", "remove")))
    def check_criterion(self, by: str, item: int, number: int, verb: str) -> None:
        card, address = self.number(item), f"/items/FE-{self.number(item)}/criteria/{number}"
        if verb == "remove":
            self.check(by, f"{address}/remove", {}, "change_criterion", card, number, None)
        else:
            met = verb == "tick"
            self.check(by, f"{address}/tick", {"met": "1" if met else ""}, "tick", card, number, met=met)

    @act(by=doers, item=which, number=Number(0, 2))
    def hang_file(self, by: str, item: int, number: int) -> None:
        card, address = self.number(item), f"/items/FE-{self.number(item)}/attachments"
        if number:
            self.check(by, f"{address}/{number}/remove", {}, "detach", card, number)
        else:
            self.check(by, address, {"file": (io.BytesIO(b"Depth 3 m"), "chart.txt")}, "attach", card)

    # What people ask

    @act(by=doers, item=which, blocking=One((False, True)), to=who)
    def ask(self, by: str, item: int, blocking: bool, to: str) -> None:
        number = self.number(item)
        form = {"body": "Which?", "blocking": "1" if blocking else "", "addressee": str(self.world.ids[to])}
        self.check(by, f"/items/FE-{number}/questions", form, "ask", number, to, blocking=blocking)

    @act(
        by=doers,
        turn=One((False, True)),
        question=which,
        verb=One(VERBS),
        becomes=One(("", "criterion", "decision")),
    )
    def talk(self, by: str, turn: bool, question: int, verb: str, becomes: str) -> None:
        if not self.model.talks:
            return
        talk = self.model.talks[question % len(self.model.talks) + 1]
        if turn:
            by = talk.addressee if verb in ("answer", "ask-back") else talk.asker
        [question_id] = self.rows(sa.select(Question.id).where(Question.number == talk.number))
        form = {"body": "So it is", **({"becomes": becomes} if becomes else {})}
        self.check(by, f"/questions/{question_id}/{verb}", form, "talk", talk.number, verb, becomes)

    @act(by=movers, item=which, to=who, verbs=Several((One(VERBS),), 1, 4), into=which)
    def discuss(self, by: str, item: int, to: str, verbs: list[str], into: int) -> None:
        """A blocking question and what follows, each by the person whose turn it is; the item moves meanwhile."""
        self.ask(by, item, True, to)
        for verb in verbs:
            self.talk(by, True, len(self.model.talks) - 1, verb, "")
        self.carry("olga", self.number(item), self.pillar(into), ("bottom", 0), 1)

    # What owners set

    @act(
        by=doers,
        column=which,
        limit=One((None, 1, 2, 5)),
        mode=One(("off", "warn", "ask", "refuse")),
        name=One((None, None, "Name 1", "Name 2")),
        accepts=One((None, None, True, False)),
    )
    def set_column(
        self, by: str, column: int, limit: int | None, mode: str, name: str | None, accepts: bool | None
    ) -> None:
        pillar = self.pillar(column)
        accepts = pillar.accepts if accepts is None else accepts
        name = name or pillar.name
        form = {"name": name, "accepts": "1" if accepts else "", "wip_limit": str(limit or ""), "wip_mode": mode}
        now = {"name": name, "accepts": accepts, "limit": limit, "mode": mode}
        self.check(self.setter(by), self.column_url(pillar), form, "change_column", pillar.number, **now)

    @act(by=doers, stage=One(STAGES), n=Number(0, 3))
    def add_column(self, by: str, stage: str, n: int) -> None:
        form = {"name": f"New {n}", "stage": stage}
        self.check(self.setter(by), "/products/FE/settings/columns", form, "add_column", form["name"], stage)

    @act(by=doers, column=which, act=One(("up", "down", "remove", "remove")))
    def change_columns(self, by: str, column: int, act: str) -> None:
        pillar, by = self.pillar(column), self.setter(by)
        if act == "remove":
            self.check(by, f"{self.column_url(pillar)}/remove", {}, "remove_column", pillar.number)
        else:
            self.check(by, f"{self.column_url(pillar)}/move", {"way": act}, "move_column", pillar.number, act)

    @act(by=doers, name=who, role=One(("delegate", "lead", "developer", "viewer", "out", "owner")))
    def change_member(self, by: str, name: str, role: str) -> None:
        by, person, address = self.setter(by), self.world.ids[name], "/products/FE/settings"
        if role == "owner":
            self.check(by, f"{address}/hand-over", {"person": str(person)}, "hand_over", name)
        elif role == "out":
            self.check(by, f"{address}/members/{person}/remove", {}, "let_go", name)
        else:
            form = {"email": f"{name}@example.org", "role": role}
            self.check(by, f"{address}/members", form, "let_in", name, role)

    # What must hold

    @act(item=which, page=One(("insights", "settings", "updates")))
    def look(self, item: int, page: str) -> None:
        for address in (f"/products/FE/{page}", f"/items/FE-{self.number(item)}", "/questions"):
            answer = self.browsers[self.owner].get(address)
            assert answer.status_code == 200, answer.text

    @invariant()
    def the_pages_show_it(self) -> None:
        if hasattr(self, "model") and self.model.step % LOOKS_EVERY == 0:
            self.check_pages()

    def check_pages(self) -> None:
        browser, model = self.browsers[self.owner], self.model
        board = browser.get("/products/FE/board", hx=True).text
        columns = [column for column in model.columns if column.stage != "backlog"]
        shown = {number: refs for number, refs in map(_refs, re.split(r'(?=data-column=")', board)[1:])}
        assert shown == {self.column_id(c.number): [f"FE-{n}" for n in model.shown(c)] for c in columns}
        counts = [int(count) for count in re.findall(r'class="count[^"]*"[^>]*>\s*(\d+)', board)]
        assert counts == [len(model.inside(column.number)) for column in columns]
        backlog = re.findall(r'<li class="row[^>]* data-item="(FE-\d+)"', browser.get("/products/FE/backlog").text)
        assert backlog == [f"FE-{n}" for n in model.order if model.stage(model.cards[n]) in QUEUE]

    def teardown(self) -> None:
        if hasattr(self, "model"):
            self.check_pages()
            with self.world.reading() as session:
                assert broken_invariants(session) == []

    # Helping hands

    def check(self, by: str, path: str, form: dict[str, Any], verb: str, *values: Any, **named: Any) -> None:
        """Send the form, and let the model do the same: same answer, same effect."""
        self.follow(by, self.browsers[by].post(path, form, hx=True), verb, *values, **named)

    def follow(self, by: str, answer: TestResponse, verb: str, *values: Any, **named: Any) -> None:
        refused, after = self.model.attempt(verb, by, *values, **named)
        got, what = answer.status_code, f"{by} {verb} {values} {named}"
        assert got == refused or (refused is None and got in (200, 303)), f"{what}: {got}, not {refused}\n{answer.text}"
        if after.version != self.model.version:
            self.commands.append((by, after.version))
        self.model = after  # type: ignore[assignment]
        with self.world.reading() as session:
            assert told_by_tables(session) == told_by(after), what
            assert not FULL or broken_invariants(session) == [], what

    @property
    def owner(self) -> str:
        return next(name for name, role in self.model.roles.items() if role == "owner")

    def setter(self, by: str) -> str:
        """Who changes settings: mostly the owner, sometimes somebody who may not."""
        return by if by in ("dora", "lea", "vic", "sam") else self.owner

    def number(self, n: int) -> int:
        return n % len(self.model.cards) + 1

    def pillar(self, n: int) -> Pillar:
        return self.model.columns[n % len(self.model.columns)]

    def column_id(self, number: int) -> str:
        [column_id] = self.rows(sa.select(Column.id).where(Column.number == number))
        return str(column_id)

    def column_url(self, pillar: Pillar) -> str:
        return f"/products/FE/settings/columns/{self.column_id(pillar.number)}"

    def rows(self, query: sa.Select[Any]) -> list[Any]:
        with self.world.reading() as session:
            return list(session.scalars(query))


def _refs(part: str) -> tuple[str, list[str]]:
    column = re.match(r'data-column="(\d+)"', part)
    assert column is not None
    return column[1], re.findall(r'<article class="card[^>]* data-item="(FE-\d+)"', part)


def _stage(name: str) -> str:
    return {"In progress": "doing", "Acceptance": "review"}.get(name, name.lower())


def _token(name: str) -> str:
    return f"kb_token-of-{name}-{'x' * 20}"


def test_whatever_people_do_is_what_the_rules_say(sqlite_template: Path) -> None:
    """The state machine goes deep with a few kinds of acts per run; the random walk mixes all kinds."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(shutil.copy(sqlite_template, Path(folder) / "kanban.sqlite3"))
        for app in make_app(f"sqlite:///{path}", Path(folder)):
            limiter.enabled = False
            try:
                _prepare(app, path)
                run_state_machine_as_test(Team, settings=_settings())
                for seed in range(WALKS):
                    _walk(seed)
            finally:
                limiter.enabled = True


def _walk(seed: int) -> None:
    dice, team = random.Random(seed), Team()
    team.begin()
    for _ in range(WALK):
        step, chances = dice.choice(ACTS)
        step(team, **{name: chance.roll(dice) for name, chance in chances.items()})
        if team.model.step % LOOKS_EVERY == 0:
            team.check_pages()
    team.teardown()


def _prepare(app: Flask, path: Path) -> None:
    Team.world = World(app)
    Team.browsers = {name: Team.world.browser(name) for name in PEOPLE}
    with Team.world.writing() as session:
        for name in PEOPLE:
            secret = fingerprint(_token(name))
            session.add(ApiToken(user_id=Team.world.ids[name], name="faults", scope="write", secret_hash=secret))
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
