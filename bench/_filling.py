"""Fills a data directory with one product and any number of cards, while no server runs. Not a benchmark itself."""

import secrets
from collections.abc import Mapping
from pathlib import Path

import flask
from sqlalchemy import orm

from kanban import keys, migrating, ranking
from kanban.app import create_app
from kanban.config import Config
from kanban.extensions import db
from kanban.models import Column, Item, Label, Place, Product, SignIn, Stage, User
from kanban.policy import Role
from kanban.transactions import begin_write

KEY = "BENCH"
#: How many columns hold the cards, besides done; a column with up to 200 cards is sent in full.
COLUMNS = 7
_STAGES = (Stage.READY, Stage.DOING, Stage.REVIEW)
_TITLES = (
    "Timetable import from the harbour system",
    "Refund a whole booking with one click, also when parts of it were used already",
    "Show delays on the ticket",
    "Seat map for the night ferry",
)
_DESCRIPTION = "## Why\n\nPassengers call us about it **every week**.\n\n- one\n- two\n"


def fill(
    data: Path, *, cards: int, people: int, columns: int = COLUMNS, settings: Mapping[str, str] | None = None
) -> list[str]:
    """Create the tables, the product and its cards in `columns` columns (at least 4, besides done).

    The database is SQLite unless the settings name another one. Returns one cookie header for each of `people`
    delegates.
    """
    config = Config.from_environment({"KANBAN_DATA_DIR": str(data), **(settings or {})})
    migrating.upgrade(config)
    app = create_app(config)
    with app.app_context():
        session = begin_write()
        users = [User(email=f"p{number}@example.org", name=f"Person {number}") for number in range(people + 1)]
        session.add_all(users)
        session.flush()
        product = Product.open(key=KEY, name="Bench", owner=users[0])
        for user in users[1:]:
            product.let_in(user, Role.DELEGATE, by=product.members[0])
        session.add(product)
        session.flush()
        for number in range(columns - len(_columns(product))):
            Column.add(product, f"Step {number + 1}", Stage.DOING, by=product.members[0])
            session.flush()
        _fill_board(session, product, users, cards)
        secrets_of = [open_sign_in(session, user) for user in users[1:]]
        session.commit()
        db.session.remove()
        db.engine.dispose()
    return [cookie(app, secret) for secret in secrets_of]


def _fill_board(session: orm.Session, product: Product, users: list[User], cards: int) -> None:
    """Make cards in all columns from ready to review.

    Each has a description, an assignee, two labels, two criteria and three comments.
    """
    by = product.members[0]
    columns = _columns(product)
    labels = [Label(product_id=product.id, name=name) for name in ("harbour", "tickets", "app", "mobile", "law")]
    session.add_all(labels)
    for number, rank in enumerate(ranking.spread(cards)):
        place = Place(columns[number % len(columns)], rank, after=number or None)
        title = f"{_TITLES[number % len(_TITLES)]} {number + 1}"
        two = [labels[number % 5], labels[(number + 2) % 5]]
        item = Item.create(product, title, place, by=by, description=_DESCRIPTION, labels=two)
        session.flush()
        item.assign([users[number % len(users)]], by=by)
        for text in ("Works on a phone", "Old tickets stay valid"):
            item.add_criterion(text, by=by)
        for count in range(3):
            item.comment(f"Comment {count + 1}", by=by)


def _columns(product: Product) -> list[Column]:
    return [column for column in product.standing if column.stage in _STAGES]


def open_sign_in(session: orm.Session, user: User) -> str:
    secret = secrets.token_urlsafe(16)
    session.add(SignIn(user_id=user.id, secret_hash=keys.fingerprint(secret)))
    return secret


def cookie(app: flask.Flask, secret: str) -> str:
    """The cookie header that a browser with this sign-in sends."""
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = secret
        session["csrf_token"] = secrets.token_hex(20)
    kept = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert kept is not None
    return f"{kept.key}={kept.value}"
