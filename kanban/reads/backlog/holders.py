"""Who holds an item when several people change that at once: what one of them ticked, and what the others did in the
meantime."""

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Event, Item, Member


def with_others(session: orm.Session, item: Item, ticked: set[int], *, since: int, by: Member) -> set[int]:
    """The people ticked in a form drawn at version `since`, plus those whom others have added since, minus those whom
    others have taken off; one's own later changes are already in the ticks."""
    told = session.scalars(
        sa.select(Event.data)
        .where(Event.item_id == item.id, Event.version > since, Event.kind == "assigned")
        .where(sa.or_(Event.actor_id.is_(None), Event.actor_id != by.user_id))
        .order_by(Event.version, Event.seq)
    )
    wanted = set(ticked)
    for data in told:
        people, was = set(data["people"]), set(data["was"])
        wanted = (wanted | (people - was)) - (was - people)
    return wanted
