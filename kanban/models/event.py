"""The append-only log of a product: what happened, who did it, when it was recorded and when it took effect."""

import datetime as dt
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from kanban.models.base import Model

if TYPE_CHECKING:
    from kanban.models.item import Item


#: The condition of a partial index; a query has to contain the same condition to use it.
LIBERTIES = "kind IN ('passed_over', 'limit_broken', 'reason_given')"


class Event(Model):
    """One entry of the log, keyed by (product, version, seq); one command is one version. Rows are never edited.

    `data` holds old and new values; items and columns are referred to by number, people by id. `effective_at` differs
    from `at` for imports.
    """

    __tablename__ = "event"

    product_id: Mapped[int] = mapped_column(sa.ForeignKey("product.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int | None] = mapped_column(sa.ForeignKey("item.id"))
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    kind: Mapped[str]
    data: Mapped[dict[str, Any]]
    at: Mapped[dt.datetime]
    effective_at: Mapped[dt.datetime]

    item: Mapped["Item | None"] = orm.relationship(lazy="raise_on_sql")

    __table_args__ = (
        sa.Index("ix_event_item_id_version", "item_id", "version"),
        sa.Index(
            "ix_event_liberty",
            "product_id",
            "version",
            "seq",
            sqlite_where=sa.text(LIBERTIES),
            postgresql_where=sa.text(LIBERTIES),
        ),
    )
