"""The database goes away for real: a backend that is ended, a full disk, a file that another program holds.

Each time the request under way is refused plainly with nothing half done, and the very next one works.
"""

import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from kanban.extensions import db
from kanban.models import Column, Comment, Event, Item
from kanban.reads.invariants import broken_invariants
from tests.builders import Browser, World
from tests.counting import listening

PLAIN = "be reached just now. Nothing was changed; try again."
ACTS = ("move", "comment", "new item")


class Trial:
    """Somebody who does one thing again and again, each time a little differently."""

    def __init__(self, app: Flask, name: str) -> None:
        app.config["PROPAGATE_EXCEPTIONS"] = False
        self.world, self.name = World(app), name
        self.world.item("First")
        self.browser: Browser = self.world.browser("olga")
        with self.world.reading() as session:
            self.columns = session.scalars(sa.select(Column.id).order_by(Column.position).limit(3)).all()

    def act(self, n: int, command: str, *, words: str = "word") -> TestResponse:
        """Send the nth try, as the page's script does."""
        path, fields = {
            "move": ("/items/FE-1/move", {"column": str(self.columns[1 + n % 2]), "to": "top"}),
            "comment": ("/items/FE-1/comments", {"body": f"{words} {n}"}),
            "new item": ("/products/FE/items", {"title": f"No. {n}", "description": words}),
        }[self.name]
        return self.browser.post(path, {**fields, "command": command}, hx=True)

    def kept(self) -> tuple[int, ...]:
        """The product's version and the number of rows of each kind."""
        with self.world.reading() as session:
            rows = [session.scalar(sa.select(sa.func.count()).select_from(kind)) for kind in (Item, Comment, Event)]
        return (self.world.version(), *(count or 0 for count in rows))

    def must_be_sound(self) -> None:
        with self.world.reading() as session:
            assert broken_invariants(session) == []


@contextmanager
def ending_before(app: Flask, nth: int) -> Iterator[list[str]]:
    """Let the server end the connection just before the nth statement; yields the statements that were sent."""
    sent: list[str] = []
    other = sa.create_engine(app.config["SQLALCHEMY_DATABASE_URI"], poolclass=sa.NullPool)

    def end(connection: sa.Connection, _cursor: Any, text: str, *_more: Any) -> None:
        if connection.engine is other:
            return
        sent.append(text)
        if len(sent) == nth:
            driver: Any = connection.connection.driver_connection
            with other.connect() as ending:
                assert ending.scalar(sa.select(sa.func.pg_terminate_backend(driver.info.backend_pid, 5_000)))

    with listening(sa.Engine, "before_cursor_execute", end):
        yield sent


@pytest.mark.parametrize("name", ACTS)
def test_a_backend_that_is_ended_in_the_middle_leaves_nothing_half_done(postgres_app: Flask, name: str) -> None:
    trial, met, ended = Trial(postgres_app, name), list[str](), False
    for n, nth in enumerate((1, 2, 3, 4, *range(6, 40, 2))):
        before, command = trial.kept(), uuid.uuid4().hex
        with ending_before(postgres_app, nth) as sent:
            answer = trial.act(n, command)
        if ended := len(sent) < nth:
            assert answer.status_code < 300
            break
        met.append(sent[-1])
        assert answer.status_code == 503, sent[-1]
        assert PLAIN in answer.text
        assert trial.kept() == before or trial.kept()[0] == before[0] + 1, sent[-1]
        assert trial.act(n, command).status_code < 300, "the same command again, at once"
        assert trial.kept()[0] == before[0] + 1, "has one effect"
    assert ended
    assert any(text.startswith("UPDATE product") for text in met)
    trial.must_be_sound()


@contextmanager
def each_connection(app: Flask, pragma: str) -> Iterator[None]:
    """Open all connections of the program anew with this pragma in the block, and anew without it afterwards."""
    with app.app_context():
        engine = db.engine

    def say(connection: Any, _record: Any) -> None:
        connection.execute(f"PRAGMA {pragma}")

    engine.dispose()
    with listening(engine.pool, "connect", say):
        yield
    engine.dispose()


@pytest.mark.parametrize("name", ["comment", "new item"])
def test_a_full_disk_is_told_plainly_and_leaves_nothing(sqlite_app: Flask, name: str) -> None:
    trial, refused = Trial(sqlite_app, name), 0
    with trial.world.reading() as session:
        pages = session.connection().exec_driver_sql("PRAGMA page_count").scalar_one() + 4
    with each_connection(sqlite_app, f"max_page_count = {pages}"):
        for n in range(30):
            before = trial.kept()
            answer = trial.act(n, uuid.uuid4().hex, words="w" * 900)
            if answer.status_code >= 300:
                refused += 1
                assert (answer.status_code, trial.kept()) == (503, before)
                assert PLAIN in answer.text
    assert refused > 3
    assert trial.act(99, uuid.uuid4().hex).status_code < 300
    trial.must_be_sound()


@pytest.mark.parametrize("name", ACTS)
def test_a_file_that_another_program_holds_is_told_plainly(sqlite_app: Flask, name: str) -> None:
    trial, command = Trial(sqlite_app, name), uuid.uuid4().hex
    before = trial.kept()
    with each_connection(sqlite_app, "busy_timeout = 20"):
        with closing(
            sqlite3.connect(sqlite_app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///"))
        ) as holder:
            holder.execute("BEGIN IMMEDIATE")
            answer = trial.act(0, command)
            assert (answer.status_code, trial.kept()) == (503, before)
            assert PLAIN in answer.text
            assert trial.browser.get("/products/FE/backlog").status_code == 200, "reading goes on"
        assert trial.act(0, command).status_code < 300
        assert trial.kept()[0] == before[0] + 1
    trial.must_be_sound()
