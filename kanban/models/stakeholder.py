"""Stakeholders: people with an address and no account, who get a product's status updates."""

import datetime as dt
import unicodedata
from enum import StrEnum
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from kanban import clock
from kanban.errors import Invalid
from kanban.models.base import Model, enum_type
from kanban.models.user import read_email

if TYPE_CHECKING:
    from kanban.models.member import Member
    from kanban.models.product import Product

REASON_AT_MOST = 300
FORMER = "A former stakeholder"


class Level(StrEnum):
    """How much of each update a stakeholder gets.

    Full: all of it. Brief: what is late or to be decided. Mine: what is about promises made to them. None: no mail.
    """

    FULL = "full"
    BRIEF = "brief"
    MINE = "mine"
    NONE = "none"


class Stakeholder(Model):
    """One person on the list of one product. Raising `link_serial` invalidates all personal links ever mailed to them.

    `reason` tells the person in their first mail why they are on the list. If the address is corrected, at
    `readdressed_at`, the next mail is again treated as the first. Of an erased person only the id is left, by which
    promises and the log refer to them.
    """

    __tablename__ = "stakeholder"

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("product.id", ondelete="CASCADE"))
    name: Mapped[str]
    email: Mapped[str]
    organisation: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="", server_default="")
    level: Mapped[Level] = mapped_column(enum_type(Level), default=Level.FULL)
    link_serial: Mapped[int] = mapped_column(default=1)
    added_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    added_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    readdressed_at: Mapped[dt.datetime | None]
    removed_at: Mapped[dt.datetime | None]
    erased_at: Mapped[dt.datetime | None]

    __table_args__ = (sa.UniqueConstraint("product_id", "email"),)

    @orm.validates("email")
    def _tidy_email(self, _key: str, value: str) -> str:
        return read_address(value)

    @orm.validates("name")
    def _tidy_name(self, _key: str, value: str) -> str:
        name = _line(value)
        if not name or len(name) > 200:
            raise Invalid({"name": "A name needs 1 to 200 characters."})
        return name

    @orm.validates("organisation")
    def _tidy_organisation(self, _key: str, value: str) -> str:
        if len(value) > 200:
            raise Invalid({"organisation": "An organisation can have at most 200 characters."})
        return _line(value)

    @orm.validates("reason")
    def _tidy_reason(self, _key: str, value: str) -> str:
        if len(value) > REASON_AT_MOST:
            raise Invalid({"reason": f"A reason can have at most {REASON_AT_MOST} characters."})
        return _line(value)

    @property
    def reached_since(self) -> dt.datetime:
        """Since when this address has received the mails to the list."""
        return max(self.added_at, self.readdressed_at or self.added_at)

    @property
    def gets_updates(self) -> bool:
        """Whether this person is sent updates at all."""
        return self.removed_at is None and self.level is not Level.NONE

    @property
    def is_nobody(self) -> bool:
        """Whether the address can't be anybody's, as in the demo workspace: `.example` domains are never registered."""
        return self.email.endswith(".example")

    def come(self, name: str, organisation: str, level: Level, *, reason: str = "", by_id: int | None = None) -> None:
        """Put the person on the list, or back on it after a removal; their old links stay invalid."""
        self.name, self.organisation, self.level, self.reason = name, organisation, level, reason
        self.added_by_id, self.added_at = by_id, clock.now()
        self.removed_at = None

    def merge(self, *, organisation: str, reason: str) -> bool:
        """Fill empty fields from another entry with the same address; the others stay. False if nothing changed."""
        gains = {"organisation": organisation, "reason": reason}
        news = {name: value for name, value in gains.items() if value and not getattr(self, name)}
        for name, value in news.items():
            setattr(self, name, value)
        return bool(news)

    def change(
        self,
        product: "Product",
        *,
        by: "Member",
        name: str | None = None,
        email: str | None = None,
        organisation: str | None = None,
        level: Level | None = None,
        reason: str | None = None,
    ) -> None:
        """Change the fields that are given; values that are the same as before change nothing.

        A new address invalidates every link sent to the old one, which may be somebody else's.
        """
        before, address = self._values, self.email
        self.name = self.name if name is None else name
        self.email = self.email if email is None else email
        self.organisation = self.organisation if organisation is None else organisation
        self.level = self.level if level is None else level
        self.reason = self.reason if reason is None else reason
        if self._values != before:
            product.record("stakeholder_changed", by=by, stakeholder=self.id, level=self.level.value)
        if self.email != address:
            self.readdressed_at = clock.now()
            self.replace_links(product, by=by)

    @property
    def _values(self) -> tuple[str, str, str, Level, str]:
        return self.name, self.email, self.organisation, self.level, self.reason

    def replace_links(self, product: "Product", *, by: "Member") -> None:
        """Invalidate every link this person ever got, on behalf of the owner's side, and record it in the log."""
        self.renew_links()
        product.record("stakeholder_links_renewed", by=by, stakeholder=self.id)

    def renew_links(self) -> None:
        """Invalidate every link this person ever got; the next mail brings new ones."""
        self.link_serial += 1

    def unsubscribe(self) -> None:
        """Stop sending this person anything, at their own wish."""
        self.level = Level.NONE

    def remove(self, product: "Product", *, by: "Member") -> None:
        """Take the person off the list and invalidate every link they ever got."""
        self._leave()
        product.record("stakeholder_removed", by=by, stakeholder=self.id)

    def _leave(self) -> None:
        self.removed_at = clock.now()
        self.renew_links()

    def erase(self) -> None:
        """Delete name, address, organisation and reason for good; the same address may be added again later."""
        if self.removed_at is None:
            self._leave()
        self.name, self.organisation, self.reason = FORMER, "", ""
        self.email = f"erased-{self.id}@erased.invalid"
        self.level, self.erased_at = Level.NONE, clock.now()


def read_address(value: str) -> str:
    """An address in the one form in which it is stored: lower case, with an international domain in its own script.

    Addresses that differ only in case or by `xn--` become the same. Raises Invalid if it is not an address.
    """
    local, at, domain = unicodedata.normalize("NFC", read_email(value)).rpartition("@")
    try:
        domain = domain.encode("idna").decode("idna") if domain != "localhost" else domain
    except UnicodeError:
        raise Invalid({"email": "That does not look like an e-mail address."}) from None
    return read_email(f"{local}{at}{domain}")


def _line(value: str) -> str:
    return " ".join("".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in value).split())
