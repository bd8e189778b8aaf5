"""Notifications: one row for each act and person, read or unread; and how each kind reaches a person.

The rows are made from the log after the fact (see notifying) and are not part of it. They hold only ids: the words are
joined when they are shown, and only as long as the person may see the product.
"""

import datetime as dt
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kanban import clock
from kanban.models.base import Model, enum_type


class NotificationKind(StrEnum):
    """What it is about, the most urgent first.

    An act that concerns a person in several ways is reported as the most urgent of them.
    """

    QUESTION = "question"
    DRAFT = "draft"
    MENTION = "mention"
    ASSIGNED = "assigned"
    BLOCK = "block"
    PROMISE = "promise"
    STAKEHOLDER = "stakeholder"
    WEBHOOK = "webhook"
    ACKNOWLEDGED = "acknowledged"
    COMMENT = "comment"


class Way(StrEnum):
    """How a kind of notification reaches a person; one that is off does not appear in the inbox either."""

    AT_ONCE = "at_once"
    DIGEST = "digest"
    OFF = "off"


#: By default, what waits for a person, mentions, stakeholders' acts and stopped webhooks come at once; the rest, daily.
DEFAULT_WAYS = dict.fromkeys(NotificationKind, Way.DIGEST) | {
    NotificationKind.QUESTION: Way.AT_ONCE,
    NotificationKind.DRAFT: Way.AT_ONCE,
    NotificationKind.MENTION: Way.AT_ONCE,
    NotificationKind.STAKEHOLDER: Way.AT_ONCE,
    NotificationKind.WEBHOOK: Way.AT_ONCE,
}


class Notification(Model):
    """One act of somebody else, reported to one person; `what` is the kind of its event, `items` how many it touched.

    What is not in the log has a negative version: promises that look worse than the day before
    (`reads/promises/worsened.py`), and stakeholders who have read an update (`reads/updates/acknowledged.py`).
    """

    __tablename__ = "notification"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id", ondelete="CASCADE"))
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("product.id", ondelete="CASCADE"))
    version: Mapped[int]
    kind: Mapped[NotificationKind] = mapped_column(enum_type(NotificationKind))
    what: Mapped[str]
    item_id: Mapped[int | None] = mapped_column(sa.ForeignKey("item.id", ondelete="CASCADE"))
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    items: Mapped[int]
    way: Mapped[Way] = mapped_column(enum_type(Way))
    at: Mapped[dt.datetime]
    made_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    read_at: Mapped[dt.datetime | None]

    __table_args__ = (
        sa.UniqueConstraint("user_id", "product_id", "version"),
        sa.Index("ix_notification_user_id_read_at", "user_id", "read_at"),
    )


class NotificationCursor(Model):
    """The version of a product's log up to which its members have been notified."""

    __tablename__ = "notification_cursor"

    product_id: Mapped[int] = mapped_column(sa.ForeignKey("product.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int]


class NotificationChoice(Model):
    """How a person chose to be reached by a kind of notification; without a row the default applies."""

    __tablename__ = "notification_choice"

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[NotificationKind] = mapped_column(enum_type(NotificationKind), primary_key=True)
    way: Mapped[Way] = mapped_column(enum_type(Way))


class Digest(Model):
    """One daily mail to one person, at most one per day in their time zone.

    It reports the notifications made from `since` to `until`.
    """

    __tablename__ = "digest"

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[dt.date] = mapped_column(primary_key=True)
    since: Mapped[dt.datetime]
    until: Mapped[dt.datetime]

    def context(self) -> dict[str, Any]:
        """The context of its delivery."""
        return {"since": self.since.isoformat(), "until": self.until.isoformat()}
