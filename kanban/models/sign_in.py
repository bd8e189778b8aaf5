"""Sign-ins, stored as rows so that they can be ended; the single-use links that lead to one; and API tokens."""

import datetime as dt
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from kanban import clock
from kanban.models.base import Model, enum_type
from kanban.models.user import User

IDLE = dt.timedelta(days=7)
ABSOLUTE = dt.timedelta(days=30)
_SLIDE = dt.timedelta(hours=1)


class SignIn(Model):
    """One browser in which a person is signed in; the cookie holds a secret, this row its hash."""

    __tablename__ = "sign_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id", ondelete="CASCADE"), index=True)
    secret_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    seen_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    ended_at: Mapped[dt.datetime | None]

    user: Mapped[User] = orm.relationship(lazy="raise_on_sql")

    def is_open(self) -> bool:
        """Whether it is still valid: not ended, not idle for 7 days, not older than 30."""
        now = clock.now()
        return self.ended_at is None and now - self.seen_at < IDLE and now - self.created_at < ABSOLUTE

    def needs_slide(self) -> bool:
        """Whether `seen_at` should be set to now; at most hourly, so that not every page view writes."""
        return clock.now() - self.seen_at > _SLIDE


class LinkPurpose(StrEnum):
    """What a single-use link is for."""

    SETUP = "setup"
    SIGN_IN = "sign_in"
    INVITATION = "invitation"
    PASSWORD = "password"  # noqa: S105


_LIFE = {
    LinkPurpose.SETUP: dt.timedelta(days=1),
    LinkPurpose.SIGN_IN: dt.timedelta(minutes=15),
    LinkPurpose.INVITATION: dt.timedelta(days=7),
    LinkPurpose.PASSWORD: dt.timedelta(hours=1),
}


class SignInLink(Model):
    """A link that signs a person in once; only the hash of its secret is stored."""

    __tablename__ = "sign_in_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[LinkPurpose] = mapped_column(enum_type(LinkPurpose))
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id", ondelete="CASCADE"), index=True)
    secret_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]

    user: Mapped[User | None] = orm.relationship(lazy="raise_on_sql")

    @classmethod
    def for_purpose(
        cls, purpose: LinkPurpose, *, secret_hash: str, user: User | None, life: dt.timedelta | None = None
    ) -> "SignInLink":
        """Create a link; a setup link belongs to nobody yet, the others to one person."""
        expires_at = clock.now() + (life or _LIFE[purpose])
        return cls(purpose=purpose, secret_hash=secret_hash, user=user, expires_at=expires_at)

    def is_usable(self) -> bool:
        """Whether it is neither used nor expired."""
        return self.used_at is None and clock.now() < self.expires_at

    def use(self) -> None:
        """Mark it as used."""
        self.used_at = clock.now()


class ApiToken(Model):
    """A person's key for programs, which act as that person and can never do more than they may."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    scope: Mapped[str]
    secret_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    used_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]

    user: Mapped[User] = orm.relationship(lazy="raise_on_sql")

    __table_args__ = (sa.CheckConstraint("scope IN ('read', 'write', 'admin')", name="scope"),)

    def covers(self, scope: str) -> bool:
        """Whether a call that needs this scope is allowed: admin includes write, write includes read."""
        order = ("read", "write", "admin")
        return order.index(self.scope) >= order.index(scope)
