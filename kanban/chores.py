"""What a day asks of every product once, in its own time zone: keep what the forecast says, mark what became of it.

Several workers may do it at once: each row is a day's own (unique), so the second one writes nothing. Only today is
ever written; a day on which nothing ran stays empty.
"""

import logging

from flask import Flask

from kanban.extensions import begin_write, db
from kanban.reads import snapshots

EVERY_S = 300.0
log = logging.getLogger(__name__)


def products_due(app: Flask) -> list[int]:
    """The products with something left to do today; one query."""
    with app.app_context():
        return snapshots.products_due(db.session())


def do_chores(app: Flask, product_id: int) -> None:
    """The steps of one product: each reads and reckons without a lock, then writes its few rows in one transaction."""
    with app.app_context():
        for step in snapshots.STEPS:
            product = snapshots.product_with_columns(db.session(), product_id)
            if product is None:
                return
            statements = step(db.session(), product)
            db.session.rollback()
            if statements:
                session = begin_write()
                for statement in statements:
                    session.execute(statement)
                db.session.commit()
        log.info("the forecast of product %s is kept", product_id)
