"""Open items whose titles say the same, or nearly the same, as a title that is being written."""

from dataclasses import dataclass
from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Column, Item, Product
from kanban.reads.search.search import words_of
from kanban.reads.search.spelling import is_near

LEAST_TYPED, MOST_SHOWN = 8, 3
_MOST_TITLES = 5_000
_SAYING_NOTHING = {"a", "an", "the"}


@dataclass(frozen=True)
class Alike:
    """An open item with the same or nearly the same title, and the name of its column."""

    ref: str
    title: str
    column: str


def items_alike(session: orm.Session, product: Product, title: str) -> list[Alike]:
    """At most three open items, the closest first; none for a title of fewer than eight characters.

    Titles are nearly the same if one has all the words of the other, in any order and up to a slip in some of them,
    and at most one more for three of those. One query, which reads all open titles.
    """
    wanted = _words(title)
    if len(title.strip()) < LEAST_TYPED or not wanted:
        return []
    rows = session.execute(
        sa.select(Item.number, Item.title, Column.name)
        .join(Column, Column.id == Item.column_id)
        .where(Item.product_id == product.id, Item.discarded_at.is_(None), Item.finished_at.is_(None))
        .order_by(Item.number.desc())
        .limit(_MOST_TITLES)
    )
    judged = [(_difference(wanted, _kept_words(row.title)), row) for row in rows]
    close = [(difference, row) for difference, row in judged if difference is not None]
    close.sort(key=lambda each: each[0])
    return [Alike(f"{product.key}-{row.number}", row.title, row.name) for _difference, row in close[:MOST_SHOWN]]


@lru_cache(maxsize=10_000)
def _kept_words(title: str) -> frozenset[str]:
    """The words of an item’s title, kept for the next letter that is typed: thirteen megabytes for usual titles.

    What is typed is never kept, since it may be far longer than a title can be.
    """
    return _words(title)


def _words(title: str) -> frozenset[str]:
    return frozenset(words_of(title)) - _SAYING_NOTHING


def _difference(one: frozenset[str], other: frozenset[str]) -> int | None:
    """In how many words two titles differ; None if that is too many for nearly the same."""
    shorter, longer = sorted((one, other), key=len)
    more, slipped = len(longer) - len(shorter), shorter - longer
    if more > len(shorter) // 3 or len(slipped) > max(1, len(shorter) // 2):
        return None
    left = longer - shorter
    if not all(any(is_near(word, each) for each in left) for word in slipped):
        return None
    return more + len(slipped)
