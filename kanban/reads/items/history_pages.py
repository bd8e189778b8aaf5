"""What happened to one item, a page of the log at a time; and the moves from which its days in each column follow."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVarTuple

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Event, Item, Product
from kanban.reads.items.history import Line, tell
from kanban.reads.items.time_in_columns import ARRIVALS
from kanban.reads.people.people import Person

_Ts = TypeVarTuple("_Ts")
SHOWN = 30
"""How many entries of an item's log are shown at once; the log grows for as long as the item lives."""
#: How many edits behind a form may be and still be merged with what others have changed.
_EDITS = 200
_MARK = re.compile(r"(\d{1,9})\.(\d{1,6})")
_TICKS = ("criterion_met", "criterion_unmet")
_WORDS = ("criterion_added", "criterion_changed")

#: An event's position in the log: version and seq.
Mark = tuple[int, int]


@dataclass(frozen=True)
class HistoryPage:
    """Some entries as sentences, newest first; `before` is the mark to ask for older ones with, None if none are."""

    lines: tuple[Line, ...]
    before: str | None


def read_mark(text: str) -> Mark | None:
    """Read a mark from an address; None for anything else."""
    found = _MARK.fullmatch(text)
    return (int(found[1]), int(found[2])) if found else None


def load_history_page(session: orm.Session, product: Product, item: Item, *, before: Mark | None) -> HistoryPage:
    """The newest entries, or the newest of those before a mark; at most four queries.

    The product's columns must be loaded.
    """
    return _past(session, product, item, session.scalars(_newest(sa.select(Event), item, before)).all())


def edits_since(session: orm.Session, item: Item, revision: int) -> Sequence[Event]:
    """All edits after that revision of the item's text, newest first.

    One query; none if the revision is the current one. Empty, too, if some of the edits are missing or there are more
    than 200.
    """
    count = item.revision - revision
    if not 0 < count <= _EDITS:
        return []
    query = sa.select(Event).where(Event.item_id == item.id, Event.kind == "edited")
    found = session.scalars(query.order_by(Event.version.desc(), Event.seq.desc()).limit(count)).all()
    return found if len(found) == count else []


def load_newest(
    session: orm.Session, product: Product, item: Item, known: Mapping[int, Person] | None = None
) -> tuple[HistoryPage, list[Event]]:
    """The newest entries, and, from the same query, the item's arrivals in log order: when it came to which column."""
    newest = _newest(sa.select(Event.version, Event.seq), item, None)
    wanted = sa.or_(Event.kind.in_(ARRIVALS), sa.tuple_(Event.version, Event.seq).in_(newest))
    query = sa.select(Event).where(Event.item_id == item.id, wanted).order_by(Event.version, Event.seq)
    found = list(session.scalars(query))
    past = _past(session, product, item, found[: -SHOWN - 2 : -1], known)
    return past, [event for event in found if event.kind in ARRIVALS]


def _newest(query: sa.Select[*_Ts], item: Item, before: Mark | None) -> sa.Select[*_Ts]:
    """One page of entries and one more, newest first."""
    if before is not None:
        query = query.where(_stands_before(*before))
    return query.where(Event.item_id == item.id).order_by(Event.version.desc(), Event.seq.desc()).limit(SHOWN + 1)


def _stands_before(version: int, seq: int) -> sa.ColumnElement[bool]:
    return sa.or_(Event.version < version, sa.and_(Event.version == version, Event.seq < seq))


def _past(
    session: orm.Session,
    product: Product,
    item: Item,
    found: Sequence[Event],
    known: Mapping[int, Person] | None = None,
) -> HistoryPage:
    shown, has_more = list(found[:SHOWN][::-1]), len(found) > SHOWN
    words = _earlier_words(session, shown[0]) if has_more and any(event.kind in _TICKS for event in shown) else {}
    return HistoryPage(
        lines=tuple(tell(session, product, shown, criteria=words, known=known, came_in=item.import_key is not None)),
        before=f"{shown[0].version}.{shown[0].seq}" if has_more else None,
    )


def _earlier_words(session: orm.Session, first: Event) -> dict[int, str]:
    """The words that each criterion had before this event; a tick names its criterion only by number."""
    query = sa.select(Event.data).where(Event.item_id == first.item_id, Event.kind.in_(_WORDS))
    earlier = _stands_before(first.version, first.seq)
    rows = session.scalars(query.where(earlier).order_by(Event.version, Event.seq))
    return {data["criterion"]: data["text"] for data in rows}
