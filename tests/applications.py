"""The application for a test.

Making one takes longer than most tests, so a used application is given the next database and its settings. What it has
compiled by then need not be compiled again.
"""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from kanban.config import Config

SECRET_KEY = "t" * 40

_idle: list[Flask] = []


def make_app(url: str, folder: Path, *, own: bool = False) -> Iterator[Flask]:
    """The application on a database; its connections are closed at the end.

    An application that another test has finished with is used again, with new settings. Pass `own` in tests that add
    routes.
    """
    from kanban.app import create_app
    from kanban.extensions import db

    config = config_of(url, folder)
    app = _idle.pop() if _idle and not own else create_app(config)
    with app.app_context():
        turn_to(app, config)
    yield app
    with app.app_context():
        db.session.remove()
        if own or db.engine.dialect.name == "sqlite":
            db.engine.dispose()  # connections to PostgreSQL are kept for the next test with this database
    if not own:
        _idle.append(app)


def turn_to(app: Flask, config: Config) -> None:
    """Give an application other settings and another database, and reset its rate limits."""
    from kanban.app import settings_of
    from kanban.extensions import db, limiter

    kept: dict[str, Any] = app.extensions.setdefault("settings of tests", dict(app.config))
    app.config.clear()  # also removes what a test has set
    app.config.update({**kept, **settings_of(config)})
    engines: dict[str, sa.Engine] = app.extensions.setdefault("engines of tests", {})
    kind = sa.make_url(config.database_url).get_backend_name()
    known = engines.get(kind) or engines.setdefault(kind, _engine(app))
    if known.url != sa.make_url(config.database_url):
        known.dispose()
        known.url = sa.make_url(config.database_url)
    engine_by_key: Any = db.engines
    engine_by_key[None] = known.execution_options()  # another object, so that no cache of the program knows it
    limiter.reset()


def _engine(app: Flask) -> sa.Engine:
    """An engine that connects to whatever database the application's settings name at the time.

    It therefore still has each statement that it compiled for an earlier database.
    """
    from kanban.transactions import settle_engine

    engine = sa.create_engine(
        app.config["SQLALCHEMY_DATABASE_URI"], **app.config["SQLALCHEMY_ENGINE_OPTIONS"], query_cache_size=5_000
    )

    @sa.event.listens_for(engine, "do_connect")
    def _connect(dialect: sa.Dialect, _record: Any, given: list[Any], named: dict[str, Any]) -> None:
        given[:], wanted = dialect.create_connect_args(sa.make_url(app.config["SQLALCHEMY_DATABASE_URI"]))
        named |= wanted

    settle_engine(engine)
    return engine


def warmed(path: Path) -> Flask | None:
    """An application that has drawn the first pages of a copy of this database and has done its duties.

    None if the database has no users.
    """
    from kanban import keys
    from kanban.app import create_app
    from kanban.background.duties import Duties
    from kanban.extensions import db
    from kanban.models import Item, Product, SignIn, User
    from kanban.transactions import begin_write

    with tempfile.TemporaryDirectory() as name:
        copy = shutil.copy(path, name)
        app = create_app(Config(data_dir=Path(name), database_url=f"sqlite:///{copy}", secret_key=SECRET_KEY))
        with app.app_context():
            turn_to(app, app.config["KANBAN"])
            session = begin_write()
            owner = session.scalars(sa.select(User).order_by(User.id).limit(1)).first()
            if owner is None:
                return None
            session.add(SignIn(user_id=owner.id, secret_hash=keys.fingerprint("warm")))
            session.commit()
            product_keys = session.scalars(sa.select(Product.key)).all()
            query = sa.select(Product.key, Item.number).join(Item.product).where(Item.rank.is_not(None)).limit(1)
            items = ["/items/{}-{}".format(*item) for item in session.execute(query)]
            db.session.remove()
        client = app.test_client()
        with client.session_transaction() as cookie:
            cookie["_user_id"] = "warm"
        pages = [f"/products/{key}/{page}" for key in product_keys for page in ("board", "backlog")]
        for page in (*pages, *items, "/inbox", "/questions"):
            assert client.get(page).status_code == 200, page
        duties = Duties(app)
        while sum(duty() for duty in duties.each):  # all of them, as long as one has more to do
            pass
        with app.app_context():
            db.engine.dispose()
    return app


def config_of(url: str, folder: Path) -> Config:
    """Settings for tests."""
    return Config(data_dir=folder, database_url=url, secret_key=SECRET_KEY, testing=True)
