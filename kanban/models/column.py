"""A product's columns: how they are added, changed and removed; their stage, policy text and WIP limit."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from types import EllipsisType
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from kanban import clock
from kanban.errors import Invalid, Refused
from kanban.flow.stage import Stage as Stage
from kanban.models.base import Model, enum_type

if TYPE_CHECKING:
    from kanban.models.member import Member
    from kanban.models.product import Product
    from kanban.models.user import User

_DEFAULTS = (
    ("Backlog", Stage.BACKLOG, False),
    ("Ready", Stage.READY, False),
    ("In progress", Stage.DOING, False),
    ("Review", Stage.REVIEW, False),
    ("Acceptance", Stage.REVIEW, True),
    ("Done", Stage.DONE, False),
)
STAGE_ORDER = "Columns run in the order of their stages: backlog, ready, doing, review, done."


class WipMode(StrEnum):
    """How a column responds to a card above its limit."""

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
    """One column; `number` identifies it in the log. Columns of stage backlog are shown on the backlog page."""

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
            raise Invalid({"name": "A column’s name needs 1 to 60 characters."})
        return name

    @orm.validates("wip_limit")
    def _check_limit(self, _key: str, value: int | None) -> int | None:
        if value is not None and not 1 <= value <= 10_000:
            raise Invalid({"wip_limit": "A limit is a whole number from 1 to 10,000, or empty."})
        return value

    @orm.validates("policy")
    def _check_policy(self, _key: str, value: str) -> str:
        if len(value) > 500:
            raise Invalid({"policy": "A policy can have at most 500 characters."})
        return value.strip()

    @property
    def is_limited(self) -> bool:
        """Whether it has a limit that is not switched off."""
        return self.wip_limit is not None and self.wip_mode is not WipMode.OFF

    def is_full(self, count: int) -> bool:
        """Whether `count` cards use up the limit, so that no further one fits."""
        return self.is_limited and count >= (self.wip_limit or 0)

    def admit(
        self, arriving: int, *, occupancy: int, reason: str | None = None, named: str = "this one"
    ) -> Breach | None:
        """Check the limit for `arriving` items that join the `occupancy` already here.

        Returns None within the limit, and a Breach if the limit only warns or a reason was given; otherwise raises
        Refused. `named` is what the request for a reason calls the item if a single one arrives.
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
                f"{full} Say why {named if arriving == 1 else 'these'} should come in anyway.", "reason_required"
            )
        return Breach(self.number, limit, count, why, sentence)

    def mark_used(self) -> None:
        """Note that an item has been here; written only the first time, or else each move would update the column."""
        if not self.was_used:
            self.was_used = True

    @classmethod
    def add_defaults(cls, product: "Product", *, by: "User") -> None:
        """Give a new product the columns that most teams start with."""
        for name, stage, accepts in _DEFAULTS:
            cls._append(product, name, stage, accepts=accepts, by=by)

    @classmethod
    def add(
        cls, product: "Product", name: str, stage: Stage, *, by: "Member", behind: "Column | None" = None
    ) -> "Column":
        """Add a column to a product, right after `behind`, or by default after the last one of its stage."""
        if len(product.standing) >= 30:
            raise Refused("A product can have at most 30 columns.")
        if behind is not None and stage not in product.stages_behind(behind):
            raise Refused(STAGE_ORDER)
        _refuse_same_name(product, name, None)
        place = None if behind is None else product.standing.index(behind) + 1
        return cls._append(product, name, stage, accepts=False, by=by, place=place)

    def change(
        self,
        *,
        by: "Member",
        name: str | None = None,
        wip_limit: int | EllipsisType | None = ...,
        wip_mode: WipMode | None = None,
        policy: str | None = None,
        accepts: bool | None = None,
        stage: Stage | None = None,
    ) -> None:
        """Change the settings that are given; the stage only as long as no item has ever been in the column."""
        was, order = self._settings(), self.product.standing
        if name is not None:
            _refuse_same_name(self.product, name, self)
            self.name = name
        if not isinstance(wip_limit, EllipsisType):
            self.wip_limit = wip_limit
        self.wip_mode = wip_mode or self.wip_mode
        self.policy = self.policy if policy is None else policy
        if stage is not None and stage is not self.stage:
            self._change_stage(stage)
        if accepts is not None:
            if accepts and self.stage is not Stage.REVIEW:
                raise Refused("Only a column of stage review can be where the owner accepts.")
            self.accepts = accepts
        now = self._settings()
        changed = {field: [was[field], now[field]] for field in now if was[field] != now[field]}
        if changed:
            self.product.record("column_changed", by=by, column=self.number, changes=changed)
        if self.product.standing != order:
            self.product.record("columns_ordered", by=by, order=[each.number for each in self.product.standing])

    def remove(self, *, occupancy: int, by: "Member") -> None:
        """Remove an empty column (`occupancy`: items standing in it, discarded ones included)."""
        if occupancy:
            held = "one item. Move it first." if occupancy == 1 else f"{occupancy} items. Move them first."
            raise Refused(f"{self.name} still holds {held}")
        self._refuse_last_of_stage()
        self.removed_at = clock.now()
        self.accepts = False
        self.product.record("column_removed", by=by, column=self.number)

    @classmethod
    def _append(
        cls,
        product: "Product",
        name: str,
        stage: Stage,
        *,
        accepts: bool,
        by: "Member | User",
        place: int | None = None,
    ) -> "Column":
        number, product.next_column = product.next_column, product.next_column + 1
        column = cls(number=number, name=name, stage=stage, position=0, policy="", accepts=accepts)
        column.wip_mode, column.was_used, column.wip_limit, column.removed_at = WipMode.WARN, False, None, None
        order = product.standing
        if place is None:
            place = sum(other.stage.position <= stage.position for other in order)
        order.insert(place, column)
        product.columns.append(column)
        for position, each in enumerate(order):
            each.position = position
        product.record(
            "column_added", by=by, column=number, name=column.name, stage=stage.value, position=place, accepts=accepts
        )
        return column

    def _change_stage(self, stage: Stage) -> None:
        if self.was_used:
            raise Refused("A column that has been used can’t change its stage. Add another column instead.")
        self._refuse_last_of_stage()
        self.stage = stage
        self.accepts = self.accepts and stage is Stage.REVIEW
        for position, each in enumerate(sorted(self.product.standing, key=lambda c: (c.stage.position, c.position))):
            each.position = position

    def _refuse_last_of_stage(self) -> None:
        others = [other for other in self.product.standing if other is not self]
        needed = self.stage in (Stage.BACKLOG, Stage.DOING, Stage.DONE)
        if needed and all(other.stage is not self.stage for other in others):
            raise Refused(f"A product needs at least one column of stage {self.stage.value}.")

    def _settings(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "wip_limit": self.wip_limit,
            "wip_mode": self.wip_mode.value,
            "policy": self.policy,
            "accepts": self.accepts,
            "stage": self.stage.value,
        }


def _refuse_same_name(product: "Product", name: str, column: Column | None) -> None:
    wanted = " ".join(name.split()).casefold()
    if any(other is not column and other.name.casefold() == wanted for other in product.standing):
        raise Invalid({"name": "Another column has this name."})
