"""A product with many people and items on a real server, and the people who work on it over HTTP.

They use the pages' forms as a browser does, or the API as a program does. Nothing here judges; the tests do.
"""

import http.client
import json
import os
import random
import re
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import sqlalchemy as sa
from flask import Flask
from itsdangerous import URLSafeTimedSerializer

from kanban.extensions import db
from kanban.keys import fingerprint
from kanban.models import ApiToken, Column, Item, Product, SignIn, User, WipMode
from kanban.policy import Role
from kanban.reads import locked
from kanban.reads.board.place import BOTTOM, read_place
from kanban.reads.invariants import broken_invariants
from kanban.transactions import begin_write
from tests.applications import make_app
from tests.server import Server

KEY = "FE"
SECRET = "t" * 40
COOKIE = "kanban"

#: In the full run, each server starts with a new interpreter.
FULL = os.environ.get("KANBAN_FAULTS") == "full"


@dataclass
class Ferry:
    """A server over a filled database; `app` is an application of this process on the same database, for looking."""

    server: Server
    app: Flask
    columns: dict[str, int]
    refs: list[str]

    def read(self, query: sa.Select[*tuple[Any, ...]]) -> list[Any]:
        """The rows of a query, read directly from the database."""
        with self.app.app_context():
            rows = list(db.session.execute(query).all())
            db.session.remove()
            return rows

    def broken(self) -> list[str]:
        """What the invariant checker finds."""
        with self.app.app_context():
            found = broken_invariants(db.session())
            db.session.remove()
            return found

    def version(self) -> int:
        """The product's version in the database."""
        return int(self.read(sa.select(Product.version))[0][0])

    def bugs(self) -> list[str]:
        """The server's log lines that report a bug."""
        return [line for line in self.server.log.splitlines() if '"level": "error"' in line or "Traceback" in line]

    def page(self, name: str) -> "Person":
        """A person with a browser."""
        return Person(self.server.url, {"Cookie": f"{COOKIE}={self._cookie(name)}"}, is_program=False)

    def program(self, name: str) -> "Person":
        """A person's program."""
        return Person(self.server.url, {"Authorization": f"Bearer {token_of(name)}"}, is_program=True)

    def _cookie(self, name: str) -> str:
        client = self.app.test_client()
        with client.session_transaction() as session:
            session["_user_id"], session["csrf_token"] = sign_in_of(name), "faults"
        cookie = client.get_cookie(COOKIE)
        assert cookie is not None
        return cookie.value


@contextmanager
def ferry(
    url: str, folder: Path, *, developers: int = 8, items: int = 40, limits: dict[str, int] | None = None
) -> Iterator[Ferry]:
    """A served product with an owner `olga`, developers `dev0`, `dev1` …, and limits that refuse.

    Its items are spread over backlog and ready. The database `url` must have tables and no rows.
    """
    for app in make_app(url, folder):
        columns, refs = _fill(app, developers, items, limits or {})
        settings = {"KANBAN_DATABASE_URL": url, "KANBAN_SECRET_KEY": SECRET, "KANBAN_THREADS": "120"}
        server = Server(folder, settings, forked=not FULL)
        server.start()
        try:
            yield Ferry(server, app, columns, refs)
        finally:
            server.kill()


def _fill(app: Flask, developers: int, items: int, limits: dict[str, int]) -> tuple[dict[str, int], list[str]]:
    with app.app_context():
        session = begin_write()
        olga = _person(session, "olga")
        session.add(Product.open(key=KEY, name="Ferry", owner=olga))
        session.flush()
        product_id = session.scalars(sa.select(Product.id)).one()

        def lock() -> Product:
            product = locked.lock_product(session, product_id)
            assert product is not None
            return product

        owner = locked.membership(session, product_id, olga.id)
        assert owner is not None
        for n in range(developers):
            person = _person(session, f"dev{n}")
            locked.with_members(session, lock()).let_in(person, Role.DEVELOPER, by=owner)
            session.flush()
        for name, limit in limits.items():
            product = lock()
            column = next(column for column in product.standing if column.name == name)
            column.change(by=owner, wip_limit=limit, wip_mode=WipMode.REFUSE)
            session.flush()
        refs = []
        for n in range(items):
            product = lock()
            column = product.standing[n % 2]
            item = Item.create(product, f"Item {n}", read_place(session, product, column, BOTTOM), by=owner)
            session.flush()
            refs.append(item.ref)
        columns = {name: column_id for name, column_id in session.execute(sa.select(Column.name, Column.id))}
        session.commit()
        return columns, refs


def _person(session: Any, name: str) -> User:
    user = User(email=f"{name}@example.org", name=name.title())
    session.add(user)
    session.flush()
    session.add(SignIn(user_id=user.id, secret_hash=fingerprint(sign_in_of(name))))
    session.add(ApiToken(user_id=user.id, name="faults", scope="write", secret_hash=fingerprint(token_of(name))))
    return user


def sign_in_of(name: str) -> str:
    return f"sign-in-of-{name}-{'x' * 20}"


def token_of(name: str) -> str:
    return f"kb_token-of-{name}-{'x' * 20}"


# Acting


@dataclass(frozen=True)
class Answer:
    """The answer to one command; `version` is the one it took, None if it changed nothing or was refused."""

    status: int
    version: int | None
    is_replay: bool
    body: str
    ref: str | None = None


@dataclass
class Person:
    """One connection to the server, kept open; not for use by several threads."""

    url: str
    headers: dict[str, str]
    is_program: bool
    timeout_s: float = 60
    connection: http.client.HTTPConnection | None = None

    def __enter__(self) -> "Person":
        return self

    def __exit__(self, *_error: object) -> None:
        self.hang_up()

    def move(self, ref: str, column: int, place: str, key: str, *, cut: bool = False) -> Answer | None:
        """Put a card into a column; returns None if the connection was cut off.

        `place` is top, bottom, after:REF or before:REF.
        """
        if self.is_program:
            kind, _, anchor = place.partition(":")
            body = {"column": column, "place": {kind: anchor} if anchor else kind}
            return self._command(f"/api/v1/items/{ref}/move", body, key, cut=cut)
        return self._command(f"/items/{ref}/move", {"column": column, "place": place}, key, cut=cut)

    def pull(self, key: str) -> Answer:
        """Pull the next item."""
        answer = self._command(f"/api/v1/products/{KEY}/pull" if self.is_program else f"/products/{KEY}/pull", {}, key)
        assert answer is not None
        return answer

    def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, str]:
        """Fetch a path; returns status and body."""
        response = self._send("GET", path, None, {**self.headers, **(headers or {})})
        return response.status, response.read().decode()

    def _command(self, path: str, body: dict[str, Any], key: str, *, cut: bool = False) -> Answer | None:
        if self.is_program:
            headers = {**self.headers, "Content-Type": "application/json", "Idempotency-Key": key}
            data = json.dumps(body)
        else:
            headers = {**self.headers, **_FORM}
            data = urlencode({**body, "command": key, "csrf_token": _form_token()})
        if cut:
            self._send_and_hang_up("POST", path, data, headers)
            return None
        response = self._send("POST", path, data, headers)
        text = response.read().decode()
        return self._read(response, text)

    def _read(self, response: http.client.HTTPResponse, text: str) -> Answer:
        if self.is_program:
            told = json.loads(text) if response.status == 200 else {}
            version = told["version"] if told.get("changed", bool(told)) else None
            ref = told.get("item", {}).get("ref")
            return Answer(response.status, version, response.headers.get("Idempotent-Replay") == "true", text, ref)
        replay = response.headers.get("X-Kanban-Replay")
        undo, changed = re.search(rf"/products/{KEY}/undo/(\d+)", text), re.search(rf'data-change="({KEY}-\d+)"', text)
        version = int(replay or 0) or (int(undo[1]) if undo else None)
        return Answer(response.status, version, replay is not None, text, changed[1] if undo and changed else None)

    def _send(self, method: str, path: str, data: str | None, headers: dict[str, str]) -> http.client.HTTPResponse:
        for again in (True, False):
            if self.connection is None:
                self.connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=self.timeout_s)
            fresh = self.connection.sock is None
            try:
                self.connection.request(method, path, data, headers)
                return self.connection.getresponse()
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                self.hang_up()
                if fresh or not again:  # a kept connection may have been closed between two requests; once is no error
                    raise
        raise AssertionError("not reached")

    def _send_and_hang_up(self, method: str, path: str, data: str, headers: dict[str, str]) -> None:
        """Send the whole request and never read the answer."""
        self.hang_up()
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=self.timeout_s)
        with suppress(OSError):
            connection.request(method, path, data, headers)
            connection.close()

    def hang_up(self) -> None:
        """Close the connection; the next request opens another one."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None


_FORM = {"Content-Type": "application/x-www-form-urlencoded", "HX-Request": "true"}


def _form_token() -> str:
    token = URLSafeTimedSerializer(SECRET, salt="wtf-csrf-token").dumps("faults")
    return token if isinstance(token, str) else token.decode()


def new_key() -> str:
    """A new command id."""
    return uuid.uuid4().hex


# Many at once


def together(count: int, act: Callable[[int], None]) -> None:
    """Let `count` threads call `act`, starting at the same moment; the first error of any of them is raised."""
    gate, errors = threading.Barrier(count), list[BaseException]()

    def run(n: int) -> None:
        try:
            gate.wait(30)
            act(n)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(n,), daemon=True) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
        assert not thread.is_alive(), "a client waited for ever"
    if errors:
        raise errors[0]


def places(dice: random.Random, refs: list[str]) -> str:
    """A place as people choose one: mostly the top or the bottom, sometimes beside another card."""
    kind = dice.choice(("top", "bottom", "after", "before"))
    return kind if kind in ("top", "bottom") else f"{kind}:{dice.choice(refs)}"


def until(true: Callable[[], bool], *, within_s: float, what: str) -> None:
    """Wait for a condition; fails with `what` if it takes too long."""
    end = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < end, f"{what}: not within {within_s} s"
        threading.Event().wait(0.02)


# Listening


@dataclass
class Listener:
    """One open stream, read by a thread: its messages in order, and whether it has ended."""

    url: str
    path: str
    headers: dict[str, str]
    told: list[dict[str, str]] = field(default_factory=list)
    status: int = 0
    has_ended: bool = False
    _socket: socket.socket | None = None

    def open(self) -> "Listener":
        """Connect and begin to listen; returns when the stream has said hello."""
        threading.Thread(target=self._listen, daemon=True).start()
        until(lambda: bool(self.told) or self.has_ended, within_s=20, what="the stream's hello")
        return self

    def close(self) -> None:
        """Cut the connection, as a closed browser does."""
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    @property
    def last_id(self) -> str:
        """The id of the newest message that had one."""
        return next((message["id"] for message in reversed(self.told) if "id" in message), "")

    def changes(self) -> list[dict[str, Any]]:
        """The data of the messages about changes."""
        return [json.loads(message["data"]) for message in self.told if message.get("event", "message") == "message"]

    def _listen(self) -> None:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=60)
        try:
            connection.request("GET", self.path, headers=self.headers)
            self._socket = connection.sock
            response = connection.getresponse()
            self.status = response.status
            message: dict[str, str] = {}
            while self.status == 200 and (line := response.readline().decode()):
                name, _, value = line.rstrip("\n").partition(": ")
                if name:
                    message[name] = value
                elif message:
                    self.told.append(message)
                    message = {}
        except (OSError, http.client.HTTPException, ValueError):
            pass
        finally:
            self.has_ended = True
            connection.close()
