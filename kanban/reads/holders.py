"""Who holds an item while several people say so at once: what one of them ticked, and what the others did meanwhile."""

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Event, Item, Member


def with_others(session: orm.Session, item: Item, ticked: set[int], *, since: int, by: Member) -> set[int]:
    """Those ticked in a form that was drawn at version `since`, with whom others put beside them after it and without
    whom others took off; one's own acts after it are all in the ticks."""
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
