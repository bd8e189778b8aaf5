"""What most commands begin with: the application over an up-to-date database, and a person or product that is named."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
import flask

from kanban import migrating
from kanban.app import create_app
from kanban.config import Config
from kanban.extensions import db
from kanban.models import Product, User
from kanban.reads import locked


@contextmanager
def opened(config: Config | None = None, *, may_begin: bool = False) -> Iterator[flask.Flask]:
    """An application over an up-to-date database, inside its context.

    Only commands that `may_begin` an installation make a new database; the others, given other settings than the server
    has, would tell of an empty one.
    """
    config = config or Config.from_environment()
    migrating.upgrade(config, may_begin=may_begin)
    app = create_app(config)
    with app.app_context():
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()


def person_named(email: str) -> User:
    """The active user with this address; raises ClickException if there is none."""
    user = locked.user_by_email(db.session(), email)
    if user is None or not user.is_active:
        raise click.ClickException(f"Nobody with the address {email} has access here.")
    return user


def product_named(key: str) -> Product:
    """The product with this key; raises ClickException if there is none."""
    product = locked.product_named(db.session(), key)
    if product is None:
        raise click.ClickException(f"There is no product {key}.")
    return product
