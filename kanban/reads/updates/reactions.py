"""What the recipients of an update did with it, one by one and counted."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Delivery, Response, ResponseKind, StatusUpdate
from kanban.reads.updates.copies import Recipient


@dataclass(frozen=True)
class Reactions:
    """Kinds of responses by delivery id, and how many people did what; `counts` leaves out zeros."""

    by_delivery: dict[int, frozenset[str]]
    counts: list[tuple[str, int]]


_ORDER = ("refused", "waiting", "cancelled", "kept", "sent", "acknowledged", "asked", "decided", "unsubscribed")


def reactions_to(session: orm.Session, update: StatusUpdate, people: Sequence[Recipient]) -> Reactions:
    """What the recipients did, in one query; mails are counted by state, people once for each thing they did."""
    rows = session.execute(
        sa.select(Response.delivery_id, Response.kind)
        .join(Delivery, Delivery.id == Response.delivery_id)
        .where(Delivery.update_id == update.id)
        .distinct()
    )
    found: dict[int, set[str]] = {}
    for delivery_id, kind in rows:
        found.setdefault(delivery_id, set()).add(ResponseKind(kind).value)
    counts = Counter(person.state for person in people)
    counts.update(kind for kinds in found.values() for kind in kinds)
    return Reactions(
        by_delivery={delivery_id: frozenset(kinds) for delivery_id, kinds in found.items()},
        counts=[(name, counts[name]) for name in _ORDER if counts[name]],
    )
