"""Makes notifications from the log, following it: a cursor for each product says how far they have been made."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.models import Event, Notification, NotificationCursor, NotificationKind, Product, Way
from kanban.reads.inbox.recipients import KINDS, Notified, recipients_of, way_for, ways_of
from kanban.reads.inbox.settled import settle

#: Events older than this are no news to anybody.
KEPT = dt.timedelta(days=14)
_AT_ONCE_VERSIONS = 500
_URGENCY = {kind: place for place, kind in enumerate(NotificationKind)}


def products_behind(session: orm.Session) -> list[int]:
    """The ids of the products whose log goes beyond their cursor."""
    query = sa.select(Product.id).outerjoin(NotificationCursor, NotificationCursor.product_id == Product.id)
    behind = Product.version > sa.func.coalesce(NotificationCursor.version, 0)
    return list(session.scalars(query.where(behind).order_by(Product.id)))


def make_notifications(session: orm.Session, product_id: int) -> tuple[list[Notification], bool]:
    """Make the notifications for the next versions, under the write lock; also returns whether more versions follow."""
    version = session.scalars(sa.select(Product.version).where(Product.id == product_id).with_for_update()).one()
    cursor = session.get(NotificationCursor, product_id, populate_existing=True)
    if cursor is None:
        old = sa.select(sa.func.max(Event.version)).where(Event.product_id == product_id)
        begin = session.scalar(old.where(Event.at < clock.now() - KEPT)) or 0
        session.add(cursor := NotificationCursor(product_id=product_id, version=begin))
    upto = min(version, cursor.version + _AT_ONCE_VERSIONS)
    events = session.scalars(
        sa.select(Event)
        .where(Event.product_id == product_id, Event.version > cursor.version, Event.version <= upto)
        .where(Event.kind.in_(KINDS), Event.at >= clock.now() - KEPT)
        .order_by(Event.version, Event.seq)
    )
    made = _grouped(session, product_id, list(recipients_of(session, product_id, list(events))))
    session.add_all(made)
    session.flush()
    settle(session, product_id, after=cursor.version, upto=upto)
    cursor.version = upto
    return made, upto < version


def _grouped(session: orm.Session, product_id: int, heard: list[Notified]) -> list[Notification]:
    """One notification for each person and version, of the most urgent kind that the person has not turned off."""
    chosen = ways_of(session, (each.user_id for each in heard))
    groups: dict[tuple[int, int], list[Notified]] = {}
    for each in heard:
        if way_for(chosen, each.user_id, each.kind) is not Way.OFF:
            groups.setdefault((each.event.version, each.user_id), []).append(each)
    made = []
    for (version, user_id), group in groups.items():
        first = min(group, key=lambda each: (_URGENCY[each.kind], each.event.seq))
        same = {each.event.item_id for each in group if each.kind is first.kind}
        made.append(
            Notification(
                user_id=user_id,
                product_id=product_id,
                version=version,
                kind=first.kind,
                what=first.event.kind,
                item_id=first.event.item_id,
                actor_id=first.event.actor_id,
                items=len(same),
                way=way_for(chosen, user_id, first.kind),
                at=first.event.at,
                made_at=clock.now(),
            )
        )
    return made
