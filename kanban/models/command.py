"""Commands already carried out, so that a repeated one returns the result of the first and changes nothing."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kanban import clock
from kanban.models.base import Model


class Command(Model):
    """The result of one command of one person; no version if it changed nothing. Refusals are not stored."""

    __tablename__ = "command"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[str]
    product_id: Mapped[int | None] = mapped_column(sa.ForeignKey("product.id"))
    version: Mapped[int | None]
    status: Mapped[int]
    result: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)
    at: Mapped[dt.datetime] = mapped_column(default=clock.now)

    __table_args__ = (sa.Index("ix_command_at", "at"),)
