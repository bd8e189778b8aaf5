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
from kanban.reads.draft import judge_saved


def publish_report(session: orm.Session, lock: Callable[[], Product], owner: Member, report: story.Report) -> None:
    """Draft, edit and publish one update as three commands, judged by the facts of its day; most stakeholders have read
    the older ones."""
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
            "sections": _with_decisions(update.sections, report),
        },
        by=owner,
    )
    session.flush()
    update.product = product = lock()
    before = updates.last_published(session, product)
    update.publish(
        updates.recipients(session, product),
        before=before.health if before else None,
        by=owner,
        judged=judge_saved(session, product, update).judged,
    )
    session.flush()
    have_it_read(session, update, report.days_ago)


def _with_decisions(sections: list[dict[str, Any]], report: story.Report) -> list[dict[str, Any]]:
    """The facts that the draft gathered by itself, and the decisions that the owner asks for."""
    day = (clock.now() + dt.timedelta(days=5)).date().isoformat()
    asked = [
        {"ref": "", "text": text, "note": whom, "new_date": day, "options": options}
        for text, whom, options in report.decisions
    ]
    return [
        {"kind": part["kind"], "lines": [*(asked if part["kind"] == "decisions" else []), *part["lines"]]}
        for part in sections
    ]


def have_it_read(session: orm.Session, update: StatusUpdate, days_ago: int) -> None:
    """Its mails went out, and two of three people acknowledged theirs."""
    for place, delivery in enumerate(update.deliveries):
        delivery.state = DeliveryState.SENT
        delivery.sent_at = clock.now() + dt.timedelta(seconds=20)
        if (place + days_ago) % 3:
            read_at = clock.now() + dt.timedelta(hours=2 + place * 3)
            session.add(Response(delivery_id=delivery.id, kind=ResponseKind.ACKNOWLEDGED, body="", at=read_at))
