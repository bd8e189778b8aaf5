"""The status updates of the demo workspace: drafted from the facts of their day, edited, published, read by people."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from sqlalchemy import orm

from kanban import clock
from kanban.demo import story
from kanban.models import DeliveryState, Member, Product, Response, ResponseKind, StatusUpdate
from kanban.reads import updates
from kanban.reads.beginning import read_beginning


def publish_report(session: orm.Session, lock: Callable[[], Product], owner: Member, report: story.Report) -> None:
    """Draft, edit and publish one update as three commands; most stakeholders have read the older ones."""
    product = lock()
    begun = read_beginning(session, product)
    update = StatusUpdate.draft(product, by=owner, **begun.keywords)
    session.add(update)
    session.flush()
    update.product = lock()
    update.edit(
        {
            "headline": report.headline,
            "summary": report.summary,
            "health": report.health,
            "health_reason": report.reason,
            "sections": _with_problems(update.sections, report),
        },
        by=owner,
    )
    session.flush()
    product = lock()
    before = updates.last_published(session, product)
    update.publish(updates.recipients(session, product), before=before.health if before else None, by=owner)
    session.flush()
    _have_it_read(session, update, report)


def _with_problems(sections: list[dict[str, Any]], report: story.Report) -> list[dict[str, Any]]:
    """The facts that the draft gathered by itself, and the problems that only people know of."""
    said = [{"ref": "", "text": text} for text in report.problems]
    day = (clock.now() + dt.timedelta(days=5)).date().isoformat()
    asked = [
        {"ref": "", "text": text, "note": whom, "new_date": day, "options": options}
        for text, whom, options in report.decisions
    ]
    more = {"problems": said, "decisions": asked}
    return [
        {"kind": section["kind"], "lines": [*more.get(section["kind"], []), *section["lines"]]} for section in sections
    ]


def _have_it_read(session: orm.Session, update: StatusUpdate, report: story.Report) -> None:
    for place, delivery in enumerate(update.deliveries):
        delivery.state = DeliveryState.SENT
        delivery.sent_at = clock.now() + dt.timedelta(seconds=20)
        if (place + report.days_ago) % 3:
            read_at = clock.now() + dt.timedelta(hours=2 + place * 3)
            session.add(Response(delivery_id=delivery.id, kind=ResponseKind.ACKNOWLEDGED, body="", at=read_at))
