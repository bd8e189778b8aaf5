"""Mails that notify members of what others did: what they say, and which of them a person's own settings hold back."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import orm

from kanban.mail.office import PostOffice
from kanban.models import Delivery, NotificationKind, User, Way
from kanban.reads.inbox import inbox, recipients
from kanban.reads.inbox.inbox import Line

KINDS = ("notification", "digest")
#: The most places in one mail, about a screenful; on a busy day the rest is left to the inbox.
PLACES_AT_MOST = 12
_KIND_OF = {
    "question_asked": NotificationKind.QUESTION,
    "question_answered": NotificationKind.QUESTION,
    "question_returned": NotificationKind.QUESTION,
    "stakeholder_asked": NotificationKind.STAKEHOLDER,
    "stakeholder_decided": NotificationKind.STAKEHOLDER,
    "request_heard": NotificationKind.STAKEHOLDER,
}


def context_of(session: orm.Session, delivery: Delivery, office: PostOffice) -> dict[str, Any]:
    """What the templates of KINDS need beyond what every mail has.

    `lines` are all lines with their addresses; `places` group them by address, at most PLACES_AT_MOST; `more` is how
    many lines are left to the inbox.
    """
    lines = [(line, f"{office.base_url}{line.path}") for line in _lines(session, delivery)]
    together: dict[str, list[Line]] = {}
    for line, address in lines:
        together.setdefault(address, []).append(line)
    shown = list(together.items())[:PLACES_AT_MOST]
    return {
        "lines": lines,
        "places": shown,
        "more": len(lines) - sum(len(those) for _address, those in shown),
        "inbox_url": f"{office.base_url}/inbox",
        "settings_url": f"{office.base_url}/me#notifications",
    }


def objection(session: orm.Session, delivery: Delivery, user: User) -> str:
    """Why a mail must not go out, or "": the person chose otherwise, has read it meanwhile, or may no longer see it."""
    kind = _KIND_OF.get(delivery.kind)
    if kind is not None:
        chosen = recipients.way_for(recipients.ways_of(session, [user.id]), user.id, kind)
        return "" if chosen is Way.AT_ONCE else "They chose to hear about it another way."
    if delivery.kind in KINDS and not _lines(session, delivery):
        return "There is nothing new in it now."
    return ""


def _lines(session: orm.Session, delivery: Delivery) -> list[Line]:
    assert delivery.user_id is not None
    context = delivery.context
    if delivery.kind == "digest":
        since, until = (dt.datetime.fromisoformat(context[name]) for name in ("since", "until"))
        lines = inbox.gathered(session, delivery.user_id, since=since, until=until)
    else:
        lines = inbox.find_lines(session, delivery.user_id, context["notifications"])
    chosen = recipients.ways_of(session, [delivery.user_id])
    return [line for line in lines if _is_wanted(chosen, delivery.user_id, line)]


def _is_wanted(chosen: Mapping[tuple[int, NotificationKind], Way], user_id: int, line: Line) -> bool:
    """Whether the person still wants notifications of this kind; they may have switched it off in the meantime."""
    return recipients.way_for(chosen, user_id, NotificationKind(line.kind)) is not Way.OFF
