"""The cards of a whole board, read once for all who look at the same version of a product on the same day.

Most people who open a board find it unchanged since somebody else looked at it, and reading the cards again took half
of the page's time.
"""

import datetime as dt
from typing import NamedTuple
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.models import Block, Item, Product, User
from kanban.reads.among import among
from kanban.reads.board.cards import Card, load_cards

KEPT = 8
"""How many boards are cached for each database; a long one takes two megabytes."""


class _Board(NamedTuple):
    """A cached board: the state it was read at, and the names of people in it.

    The names are compared on each use, since a person can change their name without a new version of the product.
    """

    state: tuple[int, str, dt.date]
    names: dict[int, str]
    cards: tuple[Card, ...]


#: By engine and product id, the most recently used last.
_kept: WeakKeyDictionary[sa.Engine, dict[int, _Board]] = WeakKeyDictionary()


def read_cards(session: orm.Session, product: Product) -> tuple[Card, ...]:
    """The cards of the board in its order, as `cards.load_cards` returns them.

    One query if they are cached, otherwise one more than `load_cards` takes. Inside a change they are read afresh and
    not cached, since its version is lost if it is rolled back.
    """
    if session.info.get("writing"):
        return tuple(load_cards(session, product))
    state = (product.version, product.time_zone, clock.today(product.zone))
    boards = _kept.setdefault(session.get_bind().engine, {})
    known = boards.get(product.id)
    if known is None or known.state != state or known.names != _names(session, list(known.names)):
        known = _read(session, product, state)
    boards.pop(product.id, None)
    boards[product.id] = known
    for oldest in list(boards)[: max(len(boards) - KEPT, 0)]:
        boards.pop(oldest, None)
    return known.cards


def _read(session: orm.Session, product: Product, state: tuple[int, str, dt.date]) -> _Board:
    """Read a board, names first: if somebody changes their name meanwhile, the next reader notices and reads again."""
    waited_for = {row.id: row.name for row in session.connection().execute(_WAITED_FOR, {"product": product.id})}
    cards = tuple(load_cards(session, product))
    return _Board(state, waited_for | {person.id: person.name for card in cards for person in card.people}, cards)


def _names(session: orm.Session, ids: list[int]) -> dict[int, str]:
    if not ids:
        return {}
    rows = session.connection().execute(_NAMES, {"ids": ids})
    return {row.id: row.name for row in rows}


_user, _block, _item = User.__table__.c, Block.__table__.c, Item.__table__.c
_NAMES = sa.select(_user.id, _user.name).where(among(_user.id, "ids"))
_WAITED_FOR = (
    sa.select(_user.id, _user.name)
    .join(Block.__table__, _block.waiting_for_id == _user.id)
    .join(Item.__table__, _item.id == _block.item_id)
    .where(_item.product_id == sa.bindparam("product"), _block.until.is_(None))
)
