"""Requests follow their items, and newcomers who never confirmed their address are forgotten."""

import contextlib
import datetime as dt

from flask import Flask

from kanban import clock
from kanban.attachments import Store
from kanban.background.due_loop import errors_logged
from kanban.config import Config
from kanban.errors import Refused
from kanban.extensions import db
from kanban.reads import locked
from kanban.reads.people import newcomers
from kanban.reads.requests import requests
from kanban.transactions import begin_write

#: How long a finished or discarded item can be taken back before those who asked for it are told.
SETTLED_AFTER = dt.timedelta(minutes=1)


def follow_items(app: Flask) -> int:
    """Tell those who asked for something that its item was finished, reopened or discarded.

    Returns for how many requests. Costs one query while there is nothing to tell. A move can't do this itself, since it
    does not know who asked for its item.
    """
    with app.app_context():
        left = requests.left_behind(db.session(), clock.now() - SETTLED_AFTER)
        for product_id, number in left:
            with errors_logged(f"request {number} of product {product_id}"):  # it must not keep the others back
                _follow(product_id, number)
        return len(left)


def _follow(product_id: int, number: int) -> None:
    session = begin_write()
    product = locked.lock_product(session, product_id)
    request = requests.request_in(session, product, number) if product is not None else None
    if request is not None:
        with contextlib.suppress(Refused):  # somebody decided meanwhile
            request.follow()
    if product is not None and product.recorded:
        session.commit()
    else:
        session.rollback()


def forget_newcomers(app: Flask) -> None:
    """Forget those who asked through a form and did not confirm their address in time."""
    with app.app_context():
        if newcomers.are_late(db.session()):
            config: Config = app.config["KANBAN"]
            keys = newcomers.forget_late(begin_write())
            db.session.commit()
            Store(config.attachments_dir).drop(keys)
