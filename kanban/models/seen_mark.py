"""How much of a product a person has seen; not part of the log, since looking changes nothing for others.

A change is new if it came after the end of the last visit. It stays new throughout a visit, over reloads and from page
to page; the next visit starts where this one ended.
"""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kanban.models.base import Model

VISIT_ENDS_AFTER = dt.timedelta(minutes=30)


class SeenMark(Model):
    """What one person has seen of one product.

    `seen_version` was on their screen at `seen_at`, when the visit before this one ended; `looked_version` was at
    `looked_at`, when they last looked.
    """

    __tablename__ = "seen_mark"

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("product.id", ondelete="CASCADE"), primary_key=True)
    seen_version: Mapped[int]
    seen_at: Mapped[dt.datetime]
    looked_version: Mapped[int]
    looked_at: Mapped[dt.datetime]

    @classmethod
    def first(cls, user_id: int, product_id: int, version: int, *, at: dt.datetime) -> "SeenMark":
        """The first look: nothing before it counts as new."""
        mark = cls(user_id=user_id, product_id=product_id)
        mark.clear(version, at=at)
        return mark

    def base(self, *, at: dt.datetime) -> tuple[int, dt.datetime]:
        """The version and the instant after which a change is new to whoever looks now."""
        is_new_visit = at - self.looked_at > VISIT_ENDS_AFTER
        return (self.looked_version, self.looked_at) if is_new_visit else (self.seen_version, self.seen_at)

    def look(self, version: int, *, at: dt.datetime) -> None:
        """Note that this version has been on the screen for a while."""
        self.seen_version, self.seen_at = self.base(at=at)
        self.looked_version, self.looked_at = max(version, self.looked_version), at

    def clear(self, version: int, *, at: dt.datetime) -> None:
        """Note that everything up to this version is known."""
        self.seen_version = self.looked_version = version
        self.seen_at = self.looked_at = at
