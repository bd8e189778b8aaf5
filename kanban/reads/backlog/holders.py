"""Who holds an item when several people change that at once."""

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Event, Item, Member


def with_others(session: orm.Session, item: Item, ticked: set[int], *, since: int, by: Member) -> set[int]:
    """The people ticked in a form drawn at version `since`, adjusted by what others have done since then.

    People whom others added are added, people whom others took off are taken off. Later changes by the same person are
    already in the ticks.
    """
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
