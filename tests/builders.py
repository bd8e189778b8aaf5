"""Builders of test data: a product with people of every role and a stranger, made by the verbs that people use."""

import datetime as dt
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import orm
from werkzeug.test import TestResponse

from kanban import clock, keys
from kanban.background import notifying
from kanban.extensions import db
from kanban.models import Delivery, Event, Item, Member, Model, Product, Question, SignIn, User, WipMode
from kanban.policy import Role
from kanban.reads import locked
from kanban.reads.board.place import BOTTOM, TargetPosition, read_place
from kanban.reads.invariants import broken_invariants
from kanban.transactions import begin_write

ROLES = {"olga": Role.OWNER, "dora": Role.DELEGATE, "lea": Role.LEAD, "dev": Role.DEVELOPER, "vic": Role.VIEWER}
EVERYTHING = ("assignees", "labels", "criteria", "blocks")


class Browser:
    """One person's browser; `hx=True` sends what the page's script sends. Its forms carry the session's CSRF token."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self.client = client
        self.token = token

    def get(self, path: str, *, hx: bool = False) -> TestResponse:
        return self.client.get(path, headers={"HX-Request": "true"} if hx else {})

    def post(self, path: str, data: dict[str, Any] | None = None, *, hx: bool = False) -> TestResponse:
        fields = {"csrf_token": self.token, **(data or {})}
        return self.client.post(path, data=fields, headers={"HX-Request": "true"} if hx else {})


class World:
    """An installation with the product FE (owner Olga, delegate Dora, lead Lea, developers Dev and Deb, viewer Vic).

    Sam is a member of no product. The first World of a process is made by the verbs; the rows they wrote are then
    inserted into further empty databases with today's times, which takes a fifth of the time.
    """

    _rows: ClassVar[dict[sa.Table, list[dict[str, Any]]]] = {}

    def __init__(self, app: Flask) -> None:
        self.app = app
        with self.writing() as session:
            is_empty = session.scalar(sa.select(User.id).limit(1)) is None
            if is_empty and self._rows:
                self._write_rows(session)
            else:
                self._open(session)
            if is_empty and not self._rows:
                self._keep_rows(session)
            people = session.execute(sa.select(User.email, User.id))
            self.ids = {email.partition("@")[0]: user_id for email, user_id in people}

    def _open(self, session: orm.Session) -> None:
        users = {name: User(email=f"{name}@example.org", name=name.title()) for name in (*ROLES, "deb", "sam")}
        session.add_all(users.values())
        session.flush()
        session.add(self._product(users))
        session.flush()

    def _keep_rows(self, session: orm.Session) -> None:
        for table in Model.metadata.sorted_tables:
            if rows := [dict(row) for row in session.execute(sa.select(table)).mappings()]:
                self._rows[table] = rows

    def _write_rows(self, session: orm.Session) -> None:
        now = clock.now()
        for table, rows in self._rows.items():
            moved = [
                {name: now if isinstance(value, dt.datetime) else value for name, value in row.items()} for row in rows
            ]
            session.execute(sa.insert(table), moved)
        if session.get_bind().dialect.name == "postgresql":
            for table in (table for table in self._rows if "id" in table.c):  # the next row gets an id after these
                last = sa.select(sa.func.max(table.c.id)).scalar_subquery()
                session.execute(
                    sa.select(sa.func.setval(sa.func.pg_get_serial_sequence(f'"{table.name}"', "id"), last))
                )

    def _product(self, users: dict[str, User]) -> Product:
        product = Product.open(key="FE", name="Ferry", owner=users["olga"])
        owner = product.members[0]
        for name, role in (*ROLES.items(), ("deb", Role.DEVELOPER)):
            if role is not Role.OWNER:
                product.let_in(users[name], role, by=owner)
        return product

    @contextmanager
    def writing(self) -> Iterator[orm.Session]:
        """A write transaction that is committed at the end."""
        with self.app.app_context():
            session = begin_write()
            yield session
            session.commit()

    @contextmanager
    def changing(self, by: str = "olga") -> Iterator[tuple[orm.Session, Product, Member]]:
        """One command on the product: the session, the locked product and the member who acts."""
        with self.writing() as session:
            product_id = session.scalars(sa.select(Product.id).where(Product.key == "FE")).one()
            product = locked.lock_product(session, product_id)
            member = locked.membership(session, product_id, self.ids[by])
            assert product is not None and member is not None
            yield session, product, member

    def item(
        self, title: str, column: str = "Backlog", *, by: str = "olga", criteria: tuple[str, ...] = (), **fields: Any
    ) -> str:
        """Create an item at the bottom of a column; returns its reference."""
        with self.changing(by) as (session, product, member):
            place = read_place(session, product, _column(product, column), BOTTOM)
            item = Item.create(product, title, place, by=member, **fields)
            for text in criteria:
                item.add_criterion(text, by=member)
            session.flush()
            return item.ref

    def move(self, ref: str, column: str, *, by: str = "olga", wish: TargetPosition = BOTTOM) -> None:
        """Move an item into a column."""
        with self.changing(by) as (session, product, member):
            item = self._item(session, product, ref)
            item.move_to(read_place(session, product, _column(product, column), wish, item=item), by=member)

    def change(self, ref: str, verb: str, *values: Any, by: str = "olga", **named: Any) -> None:
        """Call one verb of an item."""
        with self.changing(by) as (session, product, member):
            getattr(self._item(session, product, ref), verb)(*values, by=member, **named)

    def ask(
        self, ref: str, body: str, *, by: str = "dev", to: str = "olga", blocking: bool = False, **named: Any
    ) -> int:
        """Ask a question on an item; returns the question's id."""
        with self.changing(by) as (session, product, member):
            item = self._item(session, product, ref)
            addressee = session.get_one(User, self.ids[to])
            question = Question.ask(item, body, by=member, addressee=addressee, blocking=blocking, **named)
            session.flush()
            return question.id

    def question(self, question_id: int, verb: str, *values: Any, by: str, **named: Any) -> None:
        """Call one verb of a question."""
        with self.changing(by) as (session, product, member):
            question = locked.question_in(session, product, question_id)
            assert question is not None
            getattr(question, verb)(*values, by=member, **named)

    def let_go(self, name: str) -> None:
        """End a person's membership."""
        with self.changing() as (session, product, member):
            locked.with_members(session, product)
            product.let_go(session.get_one(User, self.ids[name]), by=member)

    def browser(self, name: str | None = None) -> Browser:
        """A browser, signed in as that person."""
        client, secret, raw = self.app.test_client(), secrets.token_urlsafe(16), secrets.token_hex(20)
        if name is not None:
            with self.writing() as session:
                session.add(SignIn(user_id=self.ids[name], secret_hash=keys.fingerprint(secret)))
        with client.session_transaction() as cookie:
            cookie["csrf_token"] = raw
            if name is not None:
                cookie["_user_id"] = secret
        return Browser(client, URLSafeTimedSerializer(self.app.secret_key or "", salt="wtf-csrf-token").dumps(raw))

    # Looking

    @contextmanager
    def reading(self) -> Iterator[orm.Session]:
        """A session that only reads."""
        with self.app.app_context():
            yield db.session()
            db.session.remove()

    def order(self, *columns: str) -> list[str]:
        """The titles in these columns (default: all) in the order of the product."""
        with self.reading() as session:
            query = (
                sa.select(Item).where(Item.rank.is_not(None)).order_by(Item.rank).options(orm.joinedload(Item.column))
            )
            return [item.title for item in session.scalars(query) if not columns or item.column.name in columns]

    def kinds(self) -> list[str]:
        """The kinds of the last command's events."""
        with self.reading() as session:
            last = session.scalar(sa.select(sa.func.max(Event.version)))
            return list(session.scalars(sa.select(Event.kind).where(Event.version == last).order_by(Event.seq)))

    def tell_members(self) -> None:
        """Process every product's log to its end, as the worker does."""
        for product_id in notifying.products_behind(self.app):
            notifying.notify(self.app, product_id)

    def mails(self) -> list[tuple[str, str]]:
        """Kind and address of each mail to a person with an account, oldest first."""
        with self.reading() as session:
            query = sa.select(Delivery.kind, User.email).join(User, User.id == Delivery.user_id).order_by(Delivery.id)
            return [(kind, address) for kind, address in session.execute(query)]

    def version(self) -> int:
        """The product's version."""
        with self.reading() as session:
            return session.scalars(sa.select(Product.version)).one()

    def limit(self, column: str, count: int, mode: WipMode) -> None:
        """Give a column a WIP limit, as the owner does."""
        with self.changing() as (_session, product, member):
            _column(product, column).change(by=member, wip_limit=count, wip_mode=mode)

    def found(self, ref: str) -> Item:
        """An item with all its relations loaded."""
        with self.reading() as session:
            product = session.scalars(sa.select(Product).options(orm.selectinload(Product.columns))).one()
            item = self._item(session, product, ref)
            session.expunge_all()
            return item

    def _item(self, session: orm.Session, product: Product, ref: str) -> Item:
        item = locked.item_in(session, product, int(ref.partition("-")[2]), EVERYTHING)
        assert item is not None
        return item


def _column(product: Product, name: str) -> Any:
    return next(column for column in product.columns if column.name == name)


def sound(world: World) -> bool:
    """Assert that all invariants hold and that replaying the log gives the tables; a failure shows what is broken."""
    with world.reading() as session:
        assert broken_invariants(session) == []
    return True


def four_items(app: Flask) -> World:
    """A world with an item in ready, two in progress and one in done."""
    world = World(app)
    for column in ("Ready", "In progress", "In progress", "Done"):
        world.item(f"In {column}", column)
    return world
