"""The public roadmap: the items and milestones that the owner ticked, under public titles, for anyone with its link.

Only the titles are stored; whether a line is shown under now, next or later follows from stages and order. The link is
derived from `serial`, so that a new link invalidates the old one.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from kanban import clock
from kanban.errors import Invalid, Refused
from kanban.models.base import Model
from kanban.models.member import Member
from kanban.policy import Action

if TYPE_CHECKING:
    from kanban.models.product import Product

TITLE_AT_MOST = 120
LINES_AT_MOST = 100
DAYS = (30, 90, 365)


class Roadmap(Model):
    """The link of a product's roadmap: open until the end of `expires_on` in the product's zone, or closed."""

    __tablename__ = "roadmap"

    product_id: Mapped[int] = mapped_column(sa.ForeignKey("product.id", ondelete="CASCADE"), primary_key=True)
    serial: Mapped[int]
    is_open: Mapped[bool]
    expires_on: Mapped[dt.date]

    product: Mapped["Product"] = orm.relationship(lazy="raise_on_sql")

    @classmethod
    def of(cls, product: "Product") -> "Roadmap":
        """A roadmap that has never been open."""
        today = clock.today(product.zone)
        return cls(product=product, product_id=product.id, serial=0, is_open=False, expires_on=today)

    def is_good_on(self, today: dt.date) -> bool:
        """Whether its newest link works on this day in the product's time zone."""
        return self.is_open and today <= self.expires_on

    def open(self, days: int, *, by: Member) -> None:
        """Make a new link that works for this many days; the previous one, if any, stops working."""
        by.must(Action.CONFIGURE)
        if days not in DAYS:
            raise Invalid({"days": "Choose how long the link is good for."})
        self.serial, self.is_open = self.serial + 1, True
        self.expires_on = clock.today(self.product.zone) + dt.timedelta(days=days)
        self.product.record("roadmap_opened", by=by, serial=self.serial, expires_on=self.expires_on.isoformat())

    def close(self, *, by: Member) -> None:
        """End the link at once."""
        by.must(Action.CONFIGURE)
        if self.is_open:
            self.is_open = False
            self.product.record("roadmap_closed", by=by, serial=self.serial)


class RoadmapLine(Model):
    """One ticked item or milestone, with the title that the public reads."""

    __tablename__ = "roadmap_line"

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("product.id", ondelete="CASCADE"), index=True)
    item_id: Mapped[int | None] = mapped_column(sa.ForeignKey("item.id", ondelete="CASCADE"), unique=True)
    milestone_id: Mapped[int | None] = mapped_column(sa.ForeignKey("milestone.id", ondelete="CASCADE"), unique=True)
    title: Mapped[str]

    __table_args__ = (sa.CheckConstraint("(item_id IS NULL) <> (milestone_id IS NULL)", name="subject"),)


Subject = tuple[str, int]
"""What a line is about: `item` or `milestone`, and its number."""


def tick(
    product: "Product",
    lines: Mapping[Subject, RoadmapLine],
    wanted: Mapping[Subject, str | None],
    ids: Mapping[Subject, int],
    *,
    by: Member,
) -> tuple[list[RoadmapLine], list[RoadmapLine]]:
    """Show each subject that has a title in `wanted` and hide each that has None there; the others stay as they are.

    `ids` are the row ids of the subjects that exist. Returns the new lines and those to be deleted.
    """
    by.must(Action.CONFIGURE)
    titles = {subject: _tidy(title) for subject, title in wanted.items() if title is not None and subject in ids}
    if len(titles) + sum(1 for subject in lines if subject not in wanted) > LINES_AT_MOST:
        raise Refused(f"A roadmap can have at most {LINES_AT_MOST} lines. Untick some first.")
    gone = [lines[subject] for subject, title in wanted.items() if title is None and subject in lines]
    for (kind, number), title in wanted.items():
        if title is None and (kind, number) in lines:
            product.record("roadmap_hidden", by=by, subject=f"{kind}:{number}")
    return _shown(product, lines, titles, ids, by=by), gone


def _shown(
    product: "Product",
    lines: Mapping[Subject, RoadmapLine],
    titles: Mapping[Subject, str],
    ids: Mapping[Subject, int],
    *,
    by: Member,
) -> list[RoadmapLine]:
    new = []
    for subject, title in titles.items():
        line = lines.get(subject)
        if line is not None and line.title == title:
            continue
        if line is None:
            line = RoadmapLine(product_id=product.id, **{f"{subject[0]}_id": ids[subject]})
            new.append(line)
        line.title = title
        product.record("roadmap_shown", by=by, subject=f"{subject[0]}:{subject[1]}", title=title)
    return new


def subject_of(words: str) -> Subject | None:
    """`item:12` → ("item", 12), or None if it names nothing."""
    kind, _, number = words.partition(":")
    valid = kind in ("item", "milestone") and number.isascii() and number.isdecimal() and len(number) < 10
    return (kind, int(number)) if valid else None


def subjects(words: Sequence[str]) -> list[Subject]:
    """The subjects named in these words; the other words are dropped."""
    return [subject for each in words if (subject := subject_of(each)) is not None]


def _tidy(title: str) -> str:
    tidy = " ".join(title.replace("\x00", "").split())
    if not tidy or len(tidy) > TITLE_AT_MOST:
        raise Invalid({"title": f"What is ticked needs a public title of 1 to {TITLE_AT_MOST} characters."})
    return tidy
