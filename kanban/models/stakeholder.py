"""Stakeholders: people with an address and no account, who get a product's status updates."""

import datetime as dt
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from kanban import clock
from kanban.errors import Invalid
from kanban.models.base import Model, enum_type
from kanban.models.user import read_email


class Level(StrEnum):
    """How much a stakeholder gets of each update."""

    FULL = "full"
    BRIEF = "brief"
    MINE = "mine"
    NONE = "none"


class Stakeholder(Model):
    """One person of one product. Raising `link_serial` ends all personal links that were ever mailed to them."""

    __tablename__ = "stakeholder"

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("product.id", ondelete="CASCADE"))
    name: Mapped[str]
    email: Mapped[str]
    organisation: Mapped[str] = mapped_column(default="")
    level: Mapped[Level] = mapped_column(enum_type(Level), default=Level.FULL)
    link_serial: Mapped[int] = mapped_column(default=1)
    added_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    added_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    removed_at: Mapped[dt.datetime | None]

    __table_args__ = (sa.UniqueConstraint("product_id", "email"),)

    @orm.validates("email")
    def _tidy_email(self, _key: str, value: str) -> str:
        return read_email(value)

    @orm.validates("name")
    def _tidy_name(self, _key: str, value: str) -> str:
        name = " ".join(value.split())
        if not name or len(name) > 200:
            raise Invalid({"name": "A name has 1 to 200 characters."})
        return name

    @orm.validates("organisation")
    def _tidy_organisation(self, _key: str, value: str) -> str:
        if len(value) > 200:
            raise Invalid({"organisation": "An organisation has at most 200 characters."})
        return " ".join(value.split())

    @property
    def gets_updates(self) -> bool:
        """Tell whether updates are sent to this person at all."""
        return self.removed_at is None and self.level is not Level.NONE

    def come(self, name: str, organisation: str, level: Level) -> None:
        """Put the person on the list, also again after a removal; links from before stay dead."""
        self.name, self.organisation, self.level = name, organisation, level
        self.removed_at = None

    def renew_links(self) -> None:
        """End every link this person ever got; the next mail brings new ones."""
        self.link_serial += 1

    def unsubscribe(self) -> None:
        """Send this person nothing any more, by their own wish."""
        self.level = Level.NONE

    def remove(self) -> None:
        """Take the person off the list; every link they ever got is dead."""
        self.removed_at = clock.now()
        self.renew_links()
