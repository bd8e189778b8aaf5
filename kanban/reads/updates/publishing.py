"""What publishing a draft needs, now or later, and what speaks against one that was scheduled."""

from typing import Any

from sqlalchemy import orm

from kanban.models import Product, StatusUpdate
from kanban.reads.updates import updates
from kanban.reads.updates.honesty import Judgement
from kanban.status.known import changed_since_scheduled, known_of


def read_publishing(
    session: orm.Session, product: Product, update: StatusUpdate, judgement: Judgement
) -> dict[str, Any]:
    """The arguments of `StatusUpdate.publish`, except for who publishes."""
    before = updates.last_published(session, product)
    return {
        "people": updates.recipients(session, product, update),
        "before": before.health if before else None,
        "corrects_number": updates.number_of(session, update.corrects_id),
        "judged": judgement.judged,
    }


def read_known(session: orm.Session, product: Product, update: StatusUpdate, judgement: Judgement) -> dict[str, Any]:
    """What is known about a draft when it is scheduled; judge it in plain English, so that it can be compared later."""
    return known_of(judgement.suggestion, judgement.findings, _last(session, product, update), judgement.case)


def read_changed_since_scheduled(
    session: orm.Session, product: Product, update: StatusUpdate, judgement: Judgement
) -> list[str]:
    """What speaks against a scheduled draft by now, in sentences; this, too, must be judged in plain English."""
    assert update.known is not None
    last = _last(session, product, update)
    claim, reason = update.health.value, update.health_reason
    given = (judgement.suggestion, judgement.findings, last, judgement.case)
    return changed_since_scheduled(update.known, *given, claim=claim, reason=reason)


def _last(session: orm.Session, product: Product, update: StatusUpdate) -> int | None:
    """The number of the update after which this one's facts begin; None for a notice, which has its own facts."""
    last = updates.last_published(session, product) if update.audience is None else None
    return last.number if last is not None else None
