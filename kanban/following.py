"""What nobody presses a button for: requests follow what their items come to, and newcomers who do not confirm go."""

import contextlib
import datetime as dt

from flask import Flask

from kanban import clock
from kanban.attachments import Store
from kanban.config import Config
from kanban.errors import Refused
from kanban.extensions import begin_write, db
from kanban.reads import locked, newcomers, requests

#: So long a finished or discarded item can be taken back before those who asked for it hear of it.
SETTLED_AFTER = dt.timedelta(minutes=1)


def follow_items(app: Flask) -> int:
    """Tell those who asked for something that its item was done, taken up again or discarded; answers of how many
    requests. One query while there is nothing to tell: a move of an item does not know who asked for it."""
    with app.app_context():
        left = requests.left_behind(db.session(), clock.now() - SETTLED_AFTER)
        for product_id, number in left:
            session = begin_write()
            product = locked.lock_product(session, product_id)
            request = requests.request_in(session, product, number) if product is not None else None
            if request is not None:
                with contextlib.suppress(Refused):  # somebody decided meanwhile
                    request.follow()
            if product is not None and product.recorded:
                db.session.commit()
            else:
                db.session.rollback()
        return len(left)


def forget_newcomers(app: Flask) -> None:
    """Forget those who asked through a form and did not confirm their address in time."""
    with app.app_context():
        if newcomers.are_late(db.session()):
            config: Config = app.config["KANBAN"]
            keys = newcomers.forget_late(begin_write())
            db.session.commit()
            Store(config.attachments_dir).drop(keys)
