"""The problem register: what is in a product's way, who owns it, what is done next and by when, how it ended."""

import datetime as dt
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from kanban import clock
from kanban.errors import Invalid, Refused, Stale
from kanban.models.base import Model
from kanban.models.member import Member
from kanban.policy import Action

if TYPE_CHECKING:
    from kanban.models.product import Product

#: The fields that can be edited, with the most characters each may have.
LIMITS = {"text": 500, "owner": 120, "next_step": 500}


class Problem(Model):
    """One problem; `number` identifies it in its product.

    `owner` and `next_step` are free text, empty until somebody takes it on; `ending` says how it ended, None while it
    is open.
    """

    __tablename__ = "problem"

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("product.id", ondelete="CASCADE"))
    number: Mapped[int]
    text: Mapped[str]
    owner: Mapped[str] = mapped_column(default="")
    next_step: Mapped[str] = mapped_column(default="")
    due_on: Mapped[dt.date | None]
    revision: Mapped[int] = mapped_column(default=1)
    opened_at: Mapped[dt.datetime]
    closed_at: Mapped[dt.datetime | None]
    ending: Mapped[str | None]

    product: Mapped["Product"] = orm.relationship(lazy="raise_on_sql")

    __table_args__ = (
        sa.UniqueConstraint("product_id", "number"),
        sa.CheckConstraint("(closed_at IS NULL) = (ending IS NULL)", name="ending"),
    )

    @classmethod
    def raise_in(
        cls,
        product: "Product",
        text: str,
        *,
        by: Member,
        owner: str = "",
        next_step: str = "",
        due_on: dt.date | None = None,
    ) -> "Problem":
        """Put a problem into the register; owner, next step and day may follow later."""
        by.must(Action.KEEP_PROBLEMS)
        words: dict[str, Any] = _tidy({"text": text, "owner": owner, "next_step": next_step})
        problem = cls(product=product, product_id=product.id, due_on=due_on, revision=1, opened_at=clock.now(), **words)
        problem.closed_at = problem.ending = None
        problem.number, product.next_problem = product.next_problem, product.next_problem + 1
        day = due_on.isoformat() if due_on else None
        product.record("problem_raised", by=by, problem=problem.number, due_on=day, **words)
        return problem

    def edit(self, changes: dict[str, Any], *, revision: int | None = None, by: Member) -> None:
        """Change text, owner, next_step or due_on (only those given); Stale if `revision` is outdated."""
        by.must(Action.KEEP_PROBLEMS)
        self._must_be_open()
        if revision is not None and revision != self.revision:
            raise Stale({"revision": self.revision, **{name: getattr(self, name) for name in LIMITS}})
        wanted: dict[str, Any] = _tidy({name: changes[name] for name in LIMITS if name in changes})
        if "due_on" in changes:
            wanted["due_on"] = changes["due_on"]
        told = {}
        for name, value in wanted.items():
            was = getattr(self, name)
            if value != was:
                told[name] = [_plain(was), _plain(value)]
                setattr(self, name, value)
        if told:
            self.revision += 1
            self.product.record("problem_changed", by=by, problem=self.number, changes=told)

    def close(self, ending: str, *, by: Member) -> None:
        """Close it; how it ended stays readable."""
        by.must(Action.KEEP_PROBLEMS)
        self._must_be_open()
        words = " ".join(ending.replace("\x00", "").split())
        if not words:
            raise Invalid({"ending": "Write in a sentence how it ended."})
        if len(words) > 500:
            raise Invalid({"ending": "At most 500 characters fit here."})
        self.closed_at, self.ending = clock.now(), words
        self.revision += 1
        self.product.record("problem_closed", by=by, problem=self.number, ending=words)

    def _must_be_open(self) -> None:
        if self.closed_at is not None:
            raise Refused("This problem has ended. Add a new one to the register.")


def _tidy(fields: dict[str, str]) -> dict[str, str]:
    tidy = {name: " ".join(str(value).replace("\x00", "").split()) for name, value in fields.items()}
    for name, value in tidy.items():
        if len(value) > LIMITS[name]:
            raise Invalid({name: f"At most {LIMITS[name]} characters fit here."})
    if tidy.get("text", "?") == "":
        raise Invalid({"text": "Say in a sentence what the problem is."})
    return tidy


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value
