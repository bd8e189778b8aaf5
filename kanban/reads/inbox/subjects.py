"""What a notification without an item is about: the request, update, decision or webhook that its event names.

This is read when the inbox is opened, so that a title that was erased, or that the person may no longer see, is not
shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import policy
from kanban.models import Decision, Event, Request, StatusUpdate, Webhook
from kanban.policy import Action
from kanban.reads.updates import acknowledged

_OF_REQUESTS = ("request_asked", "request_judged")
_OF_UPDATES = ("stakeholder_asked", "update_handed_over", "update_held")
_NOUNS = dict.fromkeys(_OF_REQUESTS, "request") | dict.fromkeys(_OF_UPDATES, "update")
_NOUNS |= {"decided": "decision", "webhook_stopped": "webhook"}
_WORDS: dict[str, tuple[Any, Any]] = {
    "request": (Request, Request.title),
    "update": (StatusUpdate, StatusUpdate.headline),
    "decision": (Decision, sa.func.substr(Decision.body, 1, 200)),
    "webhook": (Webhook, Webhook.name),
}


@dataclass(frozen=True)
class About:
    """Its words, on one line, and the number of the request or update; both are 0 if it is about something else."""

    title: str = ""
    request: int = 0
    update: int = 0


NOTHING = About()


def read_subjects(session: orm.Session, rows: Sequence[Any]) -> dict[int, About]:
    """By notification id, for the rows that name something their reader may see; at most six queries."""
    asked = {
        (row.Notification.product_id, row.Notification.version, row.Notification.what): row.Notification.id
        for row in rows
        if row.Notification.item_id is None and _may_see(row)
    }
    found = _read_updates(session, rows)
    for noun, places in _places(session, asked).items():
        model, words = _WORDS[noun]
        query = sa.select(model.product_id, model.number, words)
        which = sa.tuple_(model.product_id, model.number).in_(list(places))
        for product_id, number, title in session.execute(query.where(which)):
            request, update = (number if noun == each else 0 for each in ("request", "update"))
            about = About(" ".join(title.split()), request, update)
            found.update(dict.fromkeys(places[product_id, number], about))
    return found


def _read_updates(session: orm.Session, rows: Sequence[Any]) -> dict[int, About]:
    """By notification id, the updates of which the owner is told that somebody read them."""
    asked = {
        acknowledged.update_of(row.Notification.version): row.Notification.id
        for row in rows
        if row.Notification.what == acknowledged.WHAT
    }
    if not asked:
        return {}
    query = sa.select(StatusUpdate.id, StatusUpdate.number, StatusUpdate.headline).where(StatusUpdate.id.in_(asked))
    return {
        asked[update_id]: About(" ".join(headline.split()), update=number)
        for update_id, number, headline in session.execute(query)
    }


def _may_see(row: Any) -> bool:
    what = row.Notification.what
    return what in _NOUNS and (what not in _OF_REQUESTS or policy.allows(row.role, Action.SEE_REQUESTS))


def _places(
    session: orm.Session, asked: dict[tuple[int, int, str], int]
) -> dict[str, dict[tuple[int, int], list[int]]]:
    """By noun and (product id, number): the ids of the notifications about it, as their events say."""
    found: dict[str, dict[tuple[int, int], list[int]]] = {}
    if not asked:
        return found
    columns = (Event.product_id, Event.version, Event.kind)
    events = session.execute(sa.select(*columns, Event.data).where(sa.tuple_(*columns).in_(list(asked))))
    for product_id, version, kind, data in events:
        places = found.setdefault(_NOUNS[kind], {})
        places.setdefault((product_id, data[_NOUNS[kind]]), []).append(asked[product_id, version, kind])
    return found
