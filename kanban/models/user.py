"""A person who signs in, with their own language, time zone and theme; what they may do is in `member`."""

import datetime as dt
import unicodedata

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from kanban import clock
from kanban.errors import Invalid, Refused
from kanban.models.base import Model


class User(Model):
    """An account. E-mail addresses are kept in lower case and are unique.

    `link_serial` is part of those links in mails that work without signing in; raising it makes earlier ones invalid.
    """

    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str | None]
    is_admin: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)
    language: Mapped[str] = mapped_column(default="en")
    time_zone: Mapped[str] = mapped_column(default="UTC")
    theme: Mapped[str] = mapped_column(default="system")
    link_serial: Mapped[int] = mapped_column(default=1, server_default=sa.text("1"))
    created_at: Mapped[dt.datetime] = mapped_column(default=clock.now)

    @orm.validates("email")
    def _tidy_email(self, _key: str, value: str) -> str:
        address = read_email(value)
        if self.email and address != self.email:
            self.end_links()
        return address

    @orm.validates("name")
    def _tidy_name(self, _key: str, value: str) -> str:
        return read_name(value)

    def end_links(self) -> None:
        """Invalidate every link mailed so far that needs no sign-in."""
        self.link_serial = (self.link_serial or 1) + 1

    def deactivate(self, *, by: "User") -> None:
        """End this person's access; what they wrote stays."""
        if by.id == self.id:
            raise Refused("You can’t deactivate yourself.")
        self.is_active = False

    def activate(self) -> None:
        """Give access back."""
        self.is_active = True


def read_name(value: str) -> str:
    """Return a person's name with single spaces, or raise Invalid."""
    name = " ".join(value.split())
    if not name or len(name) > 200 or any(ord(character) < 32 for character in name):
        raise Invalid({"name": "A name needs 1 to 200 characters."})
    return name


def read_email(value: str) -> str:
    """Return an address in lower case, or raise Invalid.

    The check is deliberately looser than the RFC, but strict about what breaks mail headers.
    """
    address = value.strip().lower()
    local, _, domain = address.rpartition("@")
    broken = any(c.isspace() or ord(c) < 33 or c in '<>,;"()\\' for c in address)
    if not local or ("." not in domain and domain != "localhost") or broken or len(address) > 254 or "@" in local:
        raise Invalid({"email": "That does not look like an e-mail address."})
    if not domain.isascii() and _as_sent(domain) != unicodedata.normalize("NFC", domain):
        raise Invalid(
            {"email": "Mail to that domain would go to another one. Write it in the form that begins with xn--."}
        )
    return address


def _as_sent(domain: str) -> str:
    """The domain that mail would go to: Python's codec follows the older IDNA rules, which turn ß to ss, final ς to σ.

    Empty if the domain can't be encoded.
    """
    try:
        return domain.encode("idna").decode("idna")
    except UnicodeError:
        return ""
