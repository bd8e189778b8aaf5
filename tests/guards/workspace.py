"""A furnished workspace for the guards: the demo's products with one of everything, whose ids are known by name.

It also has a second product, of which none of their people is a member, and every kind of person. It is made once and
then copied.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import orm
from werkzeug.test import TestResponse

from kanban import clock, keys
from kanban.extensions import db
from kanban.models import (
    ApiToken,
    Item,
    Member,
    Model,
    Notification,
    NotificationKind,
    Product,
    SignIn,
    User,
    Way,
)
from kanban.policy import Role
from kanban.reads import locked
from kanban.transactions import begin_write

HERE, THERE = "FERRY", "OTHER"

#: Who plays which part in the product HERE. Otto owns THERE, which otherwise has members of its own.
CAST = {
    "owner": "ingrid",
    "delegate": "nils",
    "lead": "berit",
    "developer": "anders",
    "bystander": "sara",
    "viewer": "vera",
    "admin": "adam",
    "stranger": "otto",
    "deactivated": "dagny",
    "signed out": "",
}
#: The beginnings of words that exist in one product only.
WORDS = (
    "What {}",
    "How {} stands",
    "Said in {}",
    "Asked in {}",
    "Reader of {}",
    "It holds in {}",
    "Kept in {}",
    "Wondered in {}",
    "Settled in {}",
    "Wished in {}",
)
SECRET = "s" * 32
KEY = "t" * 40


@dataclass(frozen=True)
class Workspace:
    """The application over its own copy of the workspace, and what is in it.

    `known[KEY]` names one of everything in a product, `people[name]` is an account's id.
    """

    app: Flask
    template: Path
    known: dict[str, dict[str, Any]]
    people: dict[str, int]

    def browser(self, name: str) -> "Browser":
        """A browser in which that person is signed in; nobody for an empty name."""
        return Browser(self.app, name)

    def role(self, name: str, key: str) -> Role | None:
        """The role of that person in that product, as the tables had it at first."""
        return self._roles.get((address(name), key))

    @cached_property
    def _roles(self) -> dict[tuple[str, str], Role]:
        with self.reading() as session:
            rows = session.execute(
                sa.select(User.email, Product.key, Member.role).select_from(Member).join(User).join(Product)
            )
            return {(email, key): role for email, key, role in rows}

    def restore(self) -> None:
        """Restore all tables to what they were."""
        source = sqlite3.connect(self.template)
        target = sqlite3.connect(self.app.config["KANBAN"].database_url.removeprefix("sqlite:///"))
        with source, target:
            source.backup(target)
        source.close()
        target.close()

    @contextmanager
    def reading(self) -> Iterator[orm.Session]:
        """A session that only reads."""
        with self.app.app_context():
            yield db.session()
            db.session.remove()

    @contextmanager
    def changing(self, key: str, by: str) -> Iterator[tuple[orm.Session, Product, Member]]:
        """One command on a product, as that person."""
        with self.app.app_context():
            with command(begin_write(), key, by) as (session, product, member):
                yield session, product, member
            db.session.commit()


class Browser:
    """Sends what a page or a program would send, with its tokens."""

    def __init__(self, app: Flask, name: str) -> None:
        self._name = name
        self._client: FlaskClient = app.test_client()
        self._token, cookie = _tokens(app, name)
        self._client.set_cookie(app.config["SESSION_COOKIE_NAME"], cookie)

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.call("GET", path, headers=headers)

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> TestResponse:
        """Send a form to pages, and to the API JSON or a text as it is."""
        if path.startswith("/api/"):
            if isinstance(body, str):
                headers = {"Content-Type": "text/csv", **(headers or {})}
            bearer = {"Authorization": f"Bearer {token_secret(self._name)}"} if self._name else {}
            brings_files = isinstance(body, dict) and "file" in body
            sent = {"data": body} if isinstance(body, str) or brings_files else {"json": body}
            return read(self._client.open(path, method=method, headers=bearer | (headers or {}), **sent))
        headers = {"X-CSRFToken": self._token} | (headers or {})
        return read(self._client.open(path, method=method, data=body, headers=headers))


@cache
def _tokens(app: Flask, name: str) -> tuple[str, str]:
    """The CSRF token of a form, and the cookie of the session that knows it and who is signed in."""
    held = {"csrf_token": "guard"} | ({"_user_id": _sign_in_secret(name)} if name else {})
    interface: Any = app.session_interface
    cookie = interface.get_signing_serializer(app).dumps(held)
    return URLSafeTimedSerializer(KEY, salt="wtf-csrf-token").dumps("guard"), cookie


def read(answer: TestResponse) -> TestResponse:
    """The same answer, with the file that it may send read to the end and closed."""
    if answer.headers.get("Content-Disposition", "").startswith("attachment"):
        assert answer.get_data() is not None
        answer.close()
    return answer


def address(name: str) -> str:
    """The account's address."""
    return f"{name}@ferry.example"


@contextmanager
def command(session: orm.Session, key: str, by: str) -> Iterator[tuple[orm.Session, Product, Member]]:
    """One command inside the current write transaction: the session, the locked product and the acting member."""
    product_id = session.scalars(sa.select(Product.id).where(Product.key == key)).one()
    user_id = session.scalars(sa.select(User.id).where(User.email == address(by))).one()
    product = locked.lock_product(session, product_id)
    member = locked.membership(session, product_id, user_id)
    assert product is not None
    assert member is not None
    yield session, product, member
    session.flush()


def give_keys(session: orm.Session, name: str, user_id: int) -> None:
    """Give a person a sign-in and a token of the widest scope they can have, spare ones to end, and a notification."""
    scope = "admin" if name == "adam" else "write"
    for spare in ("", "-spare"):
        session.add(SignIn(user_id=user_id, secret_hash=keys.fingerprint(_sign_in_secret(name + spare))))
        token = ApiToken(
            user_id=user_id, name="guard", scope=scope, secret_hash=keys.fingerprint(token_secret(name + spare))
        )
        session.add(token)
    session.add(
        Notification(
            user_id=user_id,
            product_id=session.scalars(sa.select(sa.func.min(Product.id))).one(),
            version=1,
            kind=NotificationKind.PROMISE,
            what="promise_changed",
            items=1,
            way=Way.DIGEST,
            at=clock.now(),
        )
    )


def _sign_in_secret(name: str) -> str:
    return f"sign-in-of-{name}-{'x' * 20}"


def token_secret(name: str) -> str:
    return f"kb_token-of-{name}-{'x' * 20}"


def find(session: orm.Session, product: Product, ref: str) -> Item:
    """An item with everything loaded that its verbs touch."""
    item = locked.item_in(
        session, product, int(ref.partition("-")[2]), ("assignees", "labels", "criteria", "blocks", "links", "part_of")
    )
    assert item is not None
    return item


def spare_of(session: orm.Session, kind: type[SignIn | ApiToken | Notification], user_id: int) -> int:
    """The id of a person's second sign-in or token."""
    return session.scalars(sa.select(sa.func.max(kind.id)).where(kind.user_id == user_id)).one()


def save(folder: Path, known: dict[str, dict[str, Any]], people: dict[str, int]) -> None:
    """Store what is known beside the file, for the next application on it."""
    (folder / "known.json").write_text(json.dumps([known, people]))


def load(folder: Path) -> tuple[dict[str, dict[str, Any]], dict[str, int]]:
    """What is known of the file in this folder."""
    known, people = json.loads((folder / "known.json").read_text())
    return known, people


def fingerprint(workspace: Workspace) -> dict[str, list[str]]:
    """Every row of every table, without the idle clocks, which reading may move once an hour."""
    idle = {("sign_in", "seen_at"), ("api_token", "used_at")}
    found = {}
    with workspace.reading() as session:
        for table in Model.metadata.sorted_tables:
            columns = [column for column in table.columns if (table.name, column.name) not in idle]
            found[table.name] = sorted(repr(tuple(row)) for row in session.execute(sa.select(*columns)))
    return found
