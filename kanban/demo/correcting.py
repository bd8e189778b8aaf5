"""A correction in the demo workspace: a mistake in an update, corrected for the same readers a day later."""

from functools import partial

import sqlalchemy as sa

from kanban.demo.reports import have_it_read
from kanban.demo.workspace import Workspace
from kanban.models import StatusUpdate
from kanban.reads.updates import updates
from kanban.reads.updates.beginning import beginning_of_correction
from kanban.reads.updates.draft import judge_saved

_DAYS_AGO = 27
_WRONG = "One ticket in five is already bought that way."
_RIGHT = (
    "One ticket in eight is already bought that way. Yesterday we said one in five, but that"
    " included our own test tickets."
)


def tell(ferry: Workspace) -> None:
    """Schedule the publication of the correction, and that it is read."""
    ferry.ago(partial(_correct, ferry), days=_DAYS_AGO, hours=2)


def _correct(ferry: Workspace) -> None:
    """Run the owner's three commands: begin the correction, change the sentence, publish."""
    session, owner, product = ferry.session, ferry.owner(), ferry.lock()
    wrong = session.scalars(
        sa.select(StatusUpdate).where(StatusUpdate.product_id == product.id, StatusUpdate.summary == _WRONG)
    ).one()
    begun = beginning_of_correction(wrong)
    update = StatusUpdate.draft(product, by=owner, **begun.keywords)
    session.add(update)
    session.flush()
    update.product = ferry.lock()
    update.edit({"summary": _RIGHT}, by=owner)
    session.flush()
    update.product = product = ferry.lock()
    before = updates.last_published(session, product)
    update.publish(
        updates.recipients(session, product, update),
        before=before.health if before else None,
        by=owner,
        corrects_number=wrong.number,
        judged=judge_saved(session, product, update).judged,
    )
    session.flush()
    have_it_read(session, update, _DAYS_AGO)
