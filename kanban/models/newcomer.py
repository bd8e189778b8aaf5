"""Newcomers: people who asked through a product's public form and have not confirmed their address yet.

Until they do, nothing they asked for counts or is logged. The files that come with requests are here too.
"""

import datetime as dt
from dataclasses import asdict

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from kanban import clock
from kanban.attachments import StoredFile
from kanban.errors import Invalid
from kanban.models.base import Model
from kanban.models.request import Request
from kanban.models.request_words import read_request
from kanban.models.stakeholder import read_address

WAITS_FOR = dt.timedelta(days=3)
MOST_FILES = 3


class Newcomer(Model):
    """What one person wrote into the form, until they confirm their address or it is deleted.

    `supports_id` is the request to which they said "me too" instead of writing one of their own.
    """

    __tablename__ = "newcomer"

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("product.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    email: Mapped[str] = mapped_column(index=True)
    title: Mapped[str] = mapped_column(default="")
    body: Mapped[str] = mapped_column(default="")
    supports_id: Mapped[int | None] = mapped_column(sa.ForeignKey("request.id", ondelete="CASCADE"))
    at: Mapped[dt.datetime] = mapped_column(default=clock.now, index=True)

    supports: Mapped[Request | None] = orm.relationship(lazy="raise_on_sql")

    @orm.validates("email")
    def _tidy_email(self, _key: str, value: str) -> str:
        return read_address(value)

    @property
    def is_late(self) -> bool:
        """Whether it has expired unconfirmed."""
        return clock.now() - self.at > WAITS_FOR

    @classmethod
    def come(
        cls, product_id: int, *, name: str, email: str, title: str, body: str, supports: Request | None
    ) -> "Newcomer":
        """Create the row for what a person asks for; Invalid with a sentence for every unusable field."""
        errors: dict[str, str] = {}
        words, address = ("", ""), ""
        try:
            words = read_request(title, body) if supports is None else words
        except Invalid as trouble:
            errors |= trouble.errors
        line = " ".join("".join(character if character.isprintable() else " " for character in name).split())
        if not line or len(line) > 200:
            errors["name"] = "A name needs 1 to 200 characters."
        try:
            address = read_address(email)
        except Invalid as trouble:
            errors |= trouble.errors
        if errors:
            raise Invalid(errors)
        return cls(
            product_id=product_id,
            name=line,
            email=address,
            title=words[0],
            body=words[1],
            supports=supports,
            supports_id=supports.id if supports is not None else None,
            at=clock.now(),
        )


class RequestFile(Model):
    """A file that came with a request, or waits until a newcomer confirms; `key` names it in the data directory."""

    __tablename__ = "request_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int | None] = mapped_column(sa.ForeignKey("request.id", ondelete="CASCADE"), index=True)
    newcomer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("newcomer.id", ondelete="CASCADE"), index=True)
    number: Mapped[int]
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    content_type: Mapped[str]
    size: Mapped[int] = mapped_column(sa.BigInteger)
    sha256: Mapped[str]
    at: Mapped[dt.datetime]

    __table_args__ = (sa.CheckConstraint("(request_id IS NULL) <> (newcomer_id IS NULL)", name="of"),)

    @classmethod
    def of(cls, file: StoredFile, number: int) -> "RequestFile":
        """The row for a file that was written already; the caller sets what it belongs to."""
        return cls(
            number=number,
            **asdict(file),
            at=clock.now(),
        )
