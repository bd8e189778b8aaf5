"""What the forecast said on a day, and what a product's forecast remembers; written only by the daily chores.

Both are outside the log: a day's row is written once, later only marked with its outcome, and never recalculated. They
are deleted with their product.
"""

import datetime as dt
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kanban.flow.draws import DRIFT, VERSION
from kanban.models.base import Model, enum_type


class Ending(StrEnum):
    """The outcome: everything was done, or the promise was withdrawn and nobody is waiting for it any more."""

    FINISHED = "finished"
    WITHDRAWN = "withdrawn"


class ForecastSnapshot(Model):
    """What was forecast on one day (in the product's time zone) for the product's next items, or for one promise.

    `items` is the number of finishes, or for a promised item in the queue its position; None if it was in progress.
    `shares` is how many of the three dates were given; among those, None means beyond five years. `target_on` is the
    day that was promised then. `ended_on` and `ending` are the only values filled in later, and only once.
    """

    __tablename__ = "forecast_snapshot"

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("product.id", ondelete="CASCADE"))
    commitment_id: Mapped[int | None] = mapped_column(sa.ForeignKey("commitment.id", ondelete="CASCADE"))
    made_on: Mapped[dt.date]
    items: Mapped[int | None]
    standing: Mapped[str]
    shares: Mapped[int]
    p50_on: Mapped[dt.date | None]
    p85_on: Mapped[dt.date | None]
    p95_on: Mapped[dt.date | None]
    window_first: Mapped[dt.date]
    window_until: Mapped[dt.date]
    version: Mapped[int]
    seed: Mapped[int] = mapped_column(sa.BigInteger)
    drift: Mapped[float]
    target_on: Mapped[dt.date | None]
    ended_on: Mapped[dt.date | None]
    ending: Mapped[Ending | None] = mapped_column(enum_type(Ending))

    __table_args__ = (
        sa.CheckConstraint("shares IN (0, 2, 3)", name="shares"),
        sa.CheckConstraint("(ended_on IS NULL) = (ending IS NULL)", name="ended"),
        sa.Index(
            "uq_forecast_snapshot_product",
            "product_id",
            "made_on",
            unique=True,
            sqlite_where=sa.text("commitment_id IS NULL"),
            postgresql_where=sa.text("commitment_id IS NULL"),
        ),
        sa.Index("uq_forecast_snapshot_commitment", "commitment_id", "made_on", unique=True),
        sa.Index("ix_forecast_snapshot_product_id_made_on", "product_id", "made_on"),
    )


class ForecastMemory(Model):
    """What a product's forecast has learnt from its own past, and how often its dates held.

    `learnt_on` is the day of the last backtest: `drift` was learnt from `drift_n` outcomes, `tried` has its record as
    {share: [held, of how many]}. `kept` is the same for the dates that were actually shown, as of `counted_on`.
    """

    __tablename__ = "forecast_memory"

    product_id: Mapped[int] = mapped_column(sa.ForeignKey("product.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(default=VERSION)
    learnt_on: Mapped[dt.date | None]
    drift: Mapped[float] = mapped_column(default=DRIFT)
    drift_n: Mapped[int] = mapped_column(default=0)
    tried: Mapped[dict[str, Any]] = mapped_column(default=dict)
    counted_on: Mapped[dt.date | None]
    kept: Mapped[dict[str, Any]] = mapped_column(default=dict)

    __table_args__ = (sa.CheckConstraint("drift >= 0", name="drift"),)
