"""A correction in the demo workspace: what an update said wrongly, said rightly to the same people a day later."""

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.demo.reports import have_it_read
from kanban.models import Member, Product, StatusUpdate
from kanban.reads import updates
from kanban.reads.beginning import beginning_of_correction
from kanban.reads.draft import judge_saved

DAYS_AGO = 27
_WRONG = "One ticket in five is bought that way already."
_RIGHT = (
    "One ticket in eight is bought that way already. Yesterday we wrote one in five: that counted the tickets of our"
    " own tests."
)


@dataclass
class Correcting:
    """The owner's three commands: begin the correction, change the sentence, publish."""

    session: orm.Session
    lock: Callable[[], Product]
    owner: Callable[[], Member]

    def correct(self) -> None:
        """Publish the correction; its readers have read it."""
        owner, product = self.owner(), self.lock()
        wrong = self.session.scalars(
            sa.select(StatusUpdate).where(StatusUpdate.product_id == product.id, StatusUpdate.summary == _WRONG)
        ).one()
        begun = beginning_of_correction(wrong)
        update = StatusUpdate.draft(product, by=owner, **begun.keywords)
        self.session.add(update)
        self.session.flush()
        update.product = self.lock()
        update.edit({"summary": _RIGHT}, by=owner)
        self.session.flush()
        update.product = product = self.lock()
        before = updates.last_published(self.session, product)
        update.publish(
            updates.recipients(self.session, product, update),
            before=before.health if before else None,
            by=owner,
            corrects_number=wrong.number,
            judged=judge_saved(self.session, product, update).judged,
        )
        self.session.flush()
        have_it_read(self.session, update, DAYS_AGO)
