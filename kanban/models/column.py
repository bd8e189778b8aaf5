"""A product's columns: their stage, their policy text and their WIP limit."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from kanban.errors import Invalid, Refused
from kanban.flow.stage import Stage as Stage
from kanban.models.base import Model, enum_type

if TYPE_CHECKING:
    from kanban.models.product import Product


class WipMode(StrEnum):
    """How a column answers a card above its limit."""

    OFF = "off"
    WARN = "warn"
    ASK = "ask"
    REFUSE = "refuse"


@dataclass(frozen=True)
class Breach:
    """A limit that a move broke, with the reason given (None where none was asked for)."""

    column: int
    limit: int
    count: int
    reason: str | None
    sentence: str


class Column(Model):
    """One column; `number` names it in the log. Those of stage backlog stand on the backlog page."""

    __tablename__ = "column"

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("product.id"), index=True)
    number: Mapped[int]
    name: Mapped[str]
    stage: Mapped[Stage] = mapped_column(enum_type(Stage))
    position: Mapped[int]
    wip_limit: Mapped[int | None]
    wip_mode: Mapped[WipMode] = mapped_column(enum_type(WipMode), default=WipMode.WARN)
    policy: Mapped[str] = mapped_column(default="")
    accepts: Mapped[bool] = mapped_column(default=False)
    was_used: Mapped[bool] = mapped_column(default=False)
    removed_at: Mapped[dt.datetime | None]

    product: Mapped["Product"] = orm.relationship(back_populates="columns", lazy="raise_on_sql")

    __table_args__ = (
        sa.UniqueConstraint("product_id", "number"),
        sa.CheckConstraint("wip_limit IS NULL OR wip_limit > 0", name="wip_limit"),
        sa.CheckConstraint("NOT accepts OR stage = 'review'", name="accepts"),
    )

    @orm.validates("name")
    def _tidy_name(self, _key: str, value: str) -> str:
        name = " ".join(value.split())
        if not name or len(name) > 60:
            raise Invalid({"name": "A column's name has 1 to 60 characters."})
        return name

    @orm.validates("wip_limit")
    def _check_limit(self, _key: str, value: int | None) -> int | None:
        if value is not None and not 1 <= value <= 10_000:
            raise Invalid({"wip_limit": "A limit is a whole number from 1 to 10,000, or empty."})
        return value

    @orm.validates("policy")
    def _check_policy(self, _key: str, value: str) -> str:
        if len(value) > 500:
            raise Invalid({"policy": "A policy has at most 500 characters."})
        return value.strip()

    @property
    def is_limited(self) -> bool:
        """Tell whether there is a limit that answers at all."""
        return self.wip_limit is not None and self.wip_mode is not WipMode.OFF

    def is_full(self, count: int) -> bool:
        """Tell whether no further card fits under the limit."""
        return self.is_limited and count >= (self.wip_limit or 0)

    def admit(self, arriving: int, *, occupancy: int, reason: str | None = None) -> Breach | None:
        """Judge the state after `arriving` items join the `occupancy` already here.

        Returns None under the limit, a Breach where the limit only warns or a reason was given; refuses otherwise.
        """
        count = occupancy + arriving
        if not self.is_limited or self.wip_limit is None or count <= self.wip_limit or arriving == 0:
            return None
        limit = self.wip_limit
        sentence = f"{self.name} holds {count} of {limit}: over its limit."
        full = f"{self.name} is full: {occupancy} of {limit}."
        if occupancy < limit:
            full = f"{self.name} is full before all {arriving} are in: it holds {occupancy} of {limit}."
        if self.wip_mode is WipMode.REFUSE:
            raise Refused(f"{full} Finish or move something first.", "wip_limit")
        why = " ".join((reason or "").split())[:500] or None
        if self.wip_mode is WipMode.ASK and why is None:
            raise Refused(
                f"{full} Say why {'this one' if arriving == 1 else 'these'} may still come in.", "reason_required"
            )
        return Breach(self.number, limit, count, why, sentence)
