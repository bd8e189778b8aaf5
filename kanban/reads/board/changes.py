"""What an open board needs to follow a change: each touched item with the card above it, and each column's head."""

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.direct.prepared import Prepared
from kanban.models import Event, Item, Link, LinkKind, Member, Product, Stage, constant
from kanban.reads.among import among
from kanban.reads.board.board import Found, Head, Progress, found_of, load_heads
from kanban.reads.board.cards import DONE_SHOWN, Card, conditions, load_cards
from kanban.reads.board.filters import ALL, Filter

MOST_CHANGES = 500
"""The most changed items that are reported one by one; beyond that, the whole board is redrawn."""

_item = Item.__table__.c


@dataclass(frozen=True)
class Changed:
    """Where one item stands now: its card and the reference of the card above it.

    `card` is None when it is no longer on the board. `own` if nobody but the reader changed it.
    """

    ref: str
    card: Card | None
    after: str | None
    own: bool = False


@dataclass(frozen=True)
class Changes:
    """What a screen at an older version must redraw: the touched items, and the head of every column.

    `too_many`: so many items were touched that the whole board should be redrawn instead.
    """

    key: str
    version: int
    items: tuple[Changed, ...]
    heads: tuple[Head, ...]
    progress: Progress
    found: Found
    too_many: bool = False


def load_changes(
    session: orm.Session,
    product: Product,
    member: Member,
    *,
    since: int | None = None,
    numbers: Iterable[int] = (),
    only: Filter = ALL,
) -> Changes:
    """Where the items with these numbers, and those that the log names after version `since`, stand now.

    Items that leave the board come first, then the others from the top of each column down. An item that does not pass
    the filter counts as leaving.
    """
    others = _touched_since(session, product, member, since) if since is not None else {}
    touched = {*numbers, *others}
    too_many = len(touched) > MOST_CHANGES
    cards = load_cards(session, product, touched, only) if touched and not too_many else []
    above = _above(session, product, cards, only)
    by_ref = {card.ref: card for card in cards}
    items = [
        Changed(ref, by_ref.get(ref), above.get(ref), own=not others.get(number, False))
        for number, ref in ((number, f"{product.key}-{number}") for number in touched)
        if not too_many
    ]
    place = {ref: index for index, ref in enumerate(above)}
    heads, progress = load_heads(session, product, member, only)
    return Changes(
        key=product.key,
        version=product.version,
        items=tuple(sorted(items, key=lambda changed: place.get(changed.ref, -1))),
        heads=heads,
        progress=progress,
        found=found_of(heads),
        too_many=too_many,
    )


_since = (Event.product_id == sa.bindparam("product"), Event.version > sa.bindparam("since"))
_by_others = sa.case((Event.actor_id == sa.bindparam("reader"), 0), else_=1).label("by_others")
_was_done, _is_done = (Event.data[stage].as_string() == Stage.DONE for stage in ("from_stage", "to_stage"))
_ends_or_comes_back = sa.or_(
    Event.kind.in_(("discarded", "restored")),
    sa.and_(Event.kind == "moved", _was_done != _is_done),
)
_touches = sa.union_all(
    sa.select(Item.number, _by_others).join(Event, Event.item_id == Item.id).where(*_since),
    sa.select(Item.number, _by_others)
    .join(Link, Link.item_id == Item.id)
    .join(Event, Event.item_id == Link.other_id)
    .where(Link.kind == constant(LinkKind.NEEDS), *_since, _ends_or_comes_back),
).subquery()
_TOUCHED = (
    sa.select(_touches.c.number, sa.func.sum(_touches.c.by_others)).group_by(_touches.c.number).limit(MOST_CHANGES + 1)
)


def _touched_since(session: orm.Session, product: Product, member: Member, since: int) -> dict[int, bool]:
    """The numbers of the items whose card may have changed since a version, each with whether somebody else acted.

    That includes items that need one which was finished, reopened, discarded or restored.
    """
    values = {"product": product.id, "since": since, "reader": member.user_id}
    return {number: bool(by_others) for number, by_others in session.execute(_TOUCHED, values)}


_other = sa.alias(Item.__table__)
_NEWEST = Prepared(
    sa.select(_item.column_id, _item.number)
    .where(_item.rank.is_not(None), among(_item.column_id, "columns"))
    .order_by(_item.finished_at.desc(), _item.id.desc())
    .limit(DONE_SHOWN)
)


def _above(session: orm.Session, product: Product, cards: list[Card], only: Filter) -> dict[str, str | None]:
    """For each of these cards (and all others shown in done), the reference of the card above it, or None at the top.

    Ordered from the top of each column down, so that a client that places cards in this order finds each neighbour
    already in place.
    """
    where = conditions(session, product, only) if cards else []
    connection = session.connection()
    standing = [int(card.ref.rpartition("-")[2]) for card in cards if card.stage is not Stage.DONE]
    order: dict[str, str | None] = {}
    if standing:
        named = {"product": product.id, "numbers": standing}
        rows = connection.execute(_next_above(where), named).all() if where else _NEXT_ABOVE.tuples(connection, named)
        order = {f"{product.key}-{number}": f"{product.key}-{above}" if above else None for number, above in rows}
    if len(standing) < len(cards):
        ids = [column.id for column in product.standing if column.stage is Stage.DONE]
        last: dict[int, str] = {}
        for column_id, number in _NEWEST.tuples(connection, {"columns": ids}, where):
            ref = f"{product.key}-{number}"
            order[ref] = last.get(column_id)
            last[column_id] = ref
    return order


def _next_above(where: list[sa.ColumnElement[bool]]) -> sa.Select[int, int | None]:
    """For each of the named items, the nearest item above it in its column that passes the filter, in rank order."""
    moved = _other.c
    above = (
        sa.select(_item.number)
        .where(_item.column_id == moved.column_id, _item.rank < moved.rank, *where)
        .order_by(_item.rank.desc())
        .limit(1)
        .correlate(_other)
        .scalar_subquery()
    )
    named = among(moved.number, "numbers")
    found = sa.select(moved.number, above).where(moved.product_id == sa.bindparam("product"), named)
    return found.order_by(moved.rank + 0)  # a sum: else SQLite walks all items in rank order


_NEXT_ABOVE = Prepared(_next_above([]))
