"""A preview of the backlog ordered by score; nothing changes unless the owner applies it."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.flow.stage import QUEUE
from kanban.models import Column, Item, Product, milestone_item
from kanban.models.score import score, sorted_places
from kanban.reads.promises.outlook import turns_between
from kanban.status.outlook import Queued, Turn

MOST_SORTED = 500
"""The most scored items that one command sorts, since an undo takes them back one by one."""


def score_of(value: int | None, effort: int | None) -> float | None:
    """Value for effort, rounded to one decimal; None unless both are given."""
    found = score(value, effort)
    return None if found is None else round(found, 1)


@dataclass(frozen=True)
class Scored:
    """An item in the list by score: its place there (from 1), and by how many places it would climb."""

    number: int
    ref: str
    title: str
    score: float
    place: int
    climb: int


@dataclass(frozen=True)
class Preview:
    """The chosen items with a score, in their present order and by score, and the promises whose health would change.

    `unscored` counts chosen items without a score; they keep their places, as does everything not chosen. `left_out`
    counts scored ones beyond MOST_SORTED. `seen` is a digest of the present and the wanted order, which shows whether a
    preview is out of date.
    """

    now: tuple[Scored, ...]
    then: tuple[Scored, ...]
    unscored: int
    left_out: int
    turns: tuple[Turn, ...]
    seen: str

    @property
    def moved(self) -> int:
        """How many items would be in another place."""
        return sum(each.climb != 0 for each in self.then)


def load_preview(
    session: orm.Session, product: Product, *, numbers: Collection[int] | None = None, top: int | None = None
) -> Preview:
    """The preview for the items `numbers`, for the first `top` of the backlog, or for all of it. Six queries."""
    rows = session.execute(
        sa.select(Item.id, Item.number, Item.title, Item.value, Item.effort, milestone_item.c.milestone_id)
        .join(Column, Column.id == Item.column_id)
        .outerjoin(milestone_item, milestone_item.c.item_id == Item.id)
        .where(Item.product_id == product.id, Item.rank.is_not(None), Column.stage.in_(QUEUE))
        .order_by(Item.rank)
    ).all()
    chosen = [at for at, row in enumerate(rows[:top]) if numbers is None or row.number in numbers]
    scored = [at for at in chosen if score(rows[at].value, rows[at].effort) is not None]
    sorting = set(scored[:MOST_SORTED])
    scores = [score(row.value, row.effort) if at in sorting else None for at, row in enumerate(rows)]
    places = sorted_places(scores)

    def line(place: int, at: int, climb: int) -> Scored:
        row = rows[at]
        points = score_of(row.value, row.effort) or 0.0
        return Scored(row.number, f"{product.key}-{row.number}", row.title, points, place + 1, climb)

    climbs = {at: at - place for place, at in enumerate(places)}
    queue = [Queued(row.id, row.milestone_id) for row in rows]
    return Preview(
        now=tuple(line(at, at, climbs[at]) for at in sorted(sorting)),
        then=tuple(line(place, at, climbs[at]) for place, at in enumerate(places) if at in sorting),
        unscored=len(chosen) - len(scored),
        left_out=len(scored) - len(sorting),
        turns=tuple(turns_between(session, product, queue, [queue[at] for at in places])),
        seen=_seen([row.number for row in rows], places, sorting),
    )


def _seen(numbers: list[int], places: list[int], sorting: Collection[int]) -> str:
    told = f"{numbers} {[numbers[at] for at in places]} {sorted(numbers[at] for at in sorting)}"
    return hashlib.sha256(told.encode()).hexdigest()[:16]
