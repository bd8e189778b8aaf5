"""Notifies a product's owner that stakeholders have read an update: one notification per update, with a count."""

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.models import Member, Notification, NotificationKind, StatusUpdate, User, Way, constant
from kanban.policy import Role
from kanban.reads.inbox.recipients import way_for, ways_of

WHAT = "acknowledged"
#: Puts these stand-in versions below those for days (`worsened.version_of`), so that they never collide.
_BELOW_DAYS = 1_000_000


def note(session: orm.Session, update: StatusUpdate) -> Notification | None:
    """Count one more reader in the owner's notification about this update; None if the owner has turned these off.

    While the notification is unread it counts up. Once read, it becomes unread again and counts from 1, so it counts
    those who have read the update since the owner last looked.
    """
    session.execute(sa.select(StatusUpdate.id).where(StatusUpdate.id == update.id).with_for_update())
    owner_id = session.scalar(
        sa.select(User.id)
        .join(Member, Member.user_id == User.id)
        .where(Member.product_id == update.product_id, Member.role == constant(Role.OWNER), User.is_active)
    )
    if owner_id is None:
        return None
    way = way_for(ways_of(session, [owner_id]), owner_id, NotificationKind.ACKNOWLEDGED)
    if way is Way.OFF:
        return None
    before = session.scalar(
        sa.select(Notification).where(
            Notification.user_id == owner_id,
            Notification.product_id == update.product_id,
            Notification.version == version_of(update.id),
        )
    )
    if before is not None:
        before.items = before.items + 1 if before.read_at is None else 1
        before.read_at, before.way, before.at, before.made_at = None, way, clock.now(), clock.now()
        return before
    made = Notification(
        user_id=owner_id,
        product_id=update.product_id,
        version=version_of(update.id),
        kind=NotificationKind.ACKNOWLEDGED,
        what=WHAT,
        item_id=None,
        actor_id=None,
        items=1,
        way=way,
        at=clock.now(),
        made_at=clock.now(),
    )
    session.add(made)
    return made


def version_of(update_id: int) -> int:
    """What stands in for a version in these notifications, which belong to no change of the product."""
    return -(_BELOW_DAYS + update_id)


def update_of(version: int) -> int:
    """The id of the update behind such a stand-in."""
    return -version - _BELOW_DAYS
