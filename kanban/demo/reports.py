"""The status updates of the demo workspace: drafted from the facts of their day, edited, published, and read."""

import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import orm

from kanban import clock
from kanban.demo.workspace import Workspace
from kanban.models import DeliveryState, Response, ResponseKind, StatusUpdate
from kanban.reads.updates import updates
from kanban.reads.updates.beginning import read_beginning
from kanban.reads.updates.draft import judge_saved


@dataclass(frozen=True)
class Report:
    """A status update; its delays come from the promises that moved."""

    days_ago: int
    health: str
    headline: str
    summary: str
    reason: str = ""
    decisions: tuple[tuple[str, str, str], ...] = ()  # (what, of whom, the options)


UPDATES = (
    Report(
        84,
        "on_track",
        "Open returns and group prices are on the way",
        "The new search is out, and people are using it.",
    ),
    Report(
        70,
        "on_track",
        "Tickets work without a connection at the gate",
        "Two ferries have it. The third follows when its scanners arrive.",
    ),
    Report(
        56,
        "at_risk",
        "Wallet payment is waiting for the bank’s certificate",
        "Everything else is on time.",
        "One promise depends on somebody else’s calendar.",
    ),
    Report(
        42,
        "at_risk",
        "Refunds now go out automatically; the wallet is three weeks away",
        "Finance can now close the month without spreadsheets.",
        "The forecast only knows the pace of the last few weeks. Two of us move to the invoices once the wallet is out,"
        " and they are not due for another six weeks.",
    ),
    Report(
        28,
        "off_track",
        "Wallet payment is live, three weeks later than we said",
        "One ticket in five is already bought that way.",
        "At this pace we can’t keep the date for the invoices. A new one follows when the harbour has named theirs.",
        (("Which companies come first when the register is connected?", "Kari Strand, Customer service", ""),),
    ),
    Report(
        14,
        "off_track",
        "Company invoices depend on the harbour’s register",
        "Season cards and refunds are on time.",
        "We can’t keep the date for the invoices at any likely pace.",
        (
            (
                "Can the first companies pay on account until the register is ready?",
                "Sunniva Berg, Finance",
                "Yes, up to 5,000 euros a month | Yes, without a limit | No, by card until the register is ready",
            ),
        ),
    ),
)


def tell(ferry: Workspace) -> None:
    """Schedule each update for its day."""
    for report in UPDATES:
        ferry.ago(partial(_publish, ferry, report), days=report.days_ago, hours=2)


def _publish(ferry: Workspace, report: Report) -> None:
    """Draft, edit and publish one update in three commands, judged by the facts of its day, and have it read."""
    session, owner, product = ferry.session, ferry.owner(), ferry.lock()
    begun = read_beginning(session, product)
    update = StatusUpdate.draft(product, by=owner, **begun.keywords)
    session.add(update)
    session.flush()
    update.product = ferry.lock()
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
    update.product = product = ferry.lock()
    before = updates.last_published(session, product)
    update.publish(
        updates.recipients(session, product),
        before=before.health if before else None,
        by=owner,
        judged=judge_saved(session, product, update).judged,
    )
    session.flush()
    have_it_read(session, update, report.days_ago)


def _with_decisions(sections: list[dict[str, Any]], report: Report) -> list[dict[str, Any]]:
    """The sections that the draft filled in from the facts, with the decisions that the owner asks for."""
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
    """Mark the update's mails as sent, and as acknowledged by two of three people."""
    for place, delivery in enumerate(update.deliveries):
        delivery.state = DeliveryState.SENT
        delivery.sent_at = clock.now() + dt.timedelta(seconds=20)
        if (place + days_ago) % 3:
            read_at = clock.now() + dt.timedelta(hours=2 + place * 3)
            session.add(Response(delivery_id=delivery.id, kind=ResponseKind.ACKNOWLEDGED, body="", at=read_at))
