"""Links between items and to the requests they come from, all needs of a product, and finding items to link to."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Column, Item, Link, LinkKind, Product, Request, Stage, constant
from kanban.reads import locked

OFFERED = 8


@dataclass(frozen=True)
class LinkLine:
    """The item at the other end of a link."""

    number: int
    ref: str
    title: str
    column: str
    is_done: bool
    is_discarded: bool


@dataclass(frozen=True)
class RequestLink:
    """A request that the item comes from."""

    number: int
    title: str


@dataclass(frozen=True)
class Links:
    """What an item needs and is needed by, what it was split from and into, and the requests it comes from.

    Each is sorted by number. Show the requests only to those who may see requests.
    """

    needs: tuple[LinkLine, ...] = ()
    needed_by: tuple[LinkLine, ...] = ()
    split_from: tuple[LinkLine, ...] = ()
    split_into: tuple[LinkLine, ...] = ()
    requests: tuple[RequestLink, ...] = ()

    @property
    def open_needs(self) -> int:
        """How many of its needs are neither done nor discarded."""
        return sum(not (line.is_done or line.is_discarded) for line in self.needs)


def load_links(session: orm.Session, product: Product, item: Item) -> Links:
    """An item's links in both directions, and the requests it comes from, in one query."""
    kind, stage = sa.type_coerce(Link.kind, sa.Text), sa.type_coerce(Column.stage, sa.Text)
    linked = (
        sa.select(kind, Link.item_id == item.id, Item.number.label("number"), Item.title, Column.name, stage, _GONE)
        .join(Item, Item.id == sa.case((Link.item_id == item.id, Link.other_id), else_=Link.item_id))
        .join(Column, Column.id == Item.column_id)
        .where(sa.or_(Link.item_id == item.id, Link.other_id == item.id))
    )
    none = sa.literal("")
    asked = sa.select(sa.literal(_ASKED), sa.true(), Request.number, Request.title, none, none, sa.false())
    rows = session.execute(linked.union_all(asked.where(Request.item_id == item.id)).order_by("number")).all()
    found: dict[tuple[LinkKind, bool], list[LinkLine]] = {}
    for way, is_own, number, title, column, at, gone in rows:
        if way != _ASKED:
            line = LinkLine(number, f"{product.key}-{number}", title, column, at == Stage.DONE, bool(gone))
            found.setdefault((LinkKind(way), bool(is_own)), []).append(line)
    requests = tuple(RequestLink(row[2], row[3]) for row in rows if row[0] == _ASKED)

    def side(kind: LinkKind, is_own: bool) -> tuple[LinkLine, ...]:
        return tuple(found.get((kind, is_own), ()))

    return Links(
        needs=side(LinkKind.NEEDS, is_own=True),
        needed_by=side(LinkKind.NEEDS, is_own=False),
        split_from=side(LinkKind.SPLIT_FROM, is_own=True),
        split_into=side(LinkKind.SPLIT_FROM, is_own=False),
        requests=requests,
    )


_ASKED = "request"
_GONE = Item.discarded_at.is_not(None)


def needs_in(session: orm.Session, product: Product) -> dict[int, list[int]]:
    """By number, the numbers of the items that each item needs, for the whole product.

    Used to check that needs form no cycle, so read it under the product's lock.
    """
    other = orm.aliased(Item)
    rows = session.execute(
        sa.select(Item.number, other.number)
        .join(Link, Link.item_id == Item.id)
        .join(other, other.id == Link.other_id)
        .where(Item.product_id == product.id, Link.kind == constant(LinkKind.NEEDS))
        .order_by(Item.number, other.number)
    )
    needs: dict[int, list[int]] = {}
    for number, need in rows:
        needs.setdefault(number, []).append(need)
    return needs


def find_linkable(session: orm.Session, product: Product, item: Item | None, words: str) -> list[tuple[str, str]]:
    """References and titles of up to eight items that the words can mean: a reference's start or part of a title.

    Unfinished items come first; neither the `item` itself nor discarded ones are offered.
    """
    words = words.strip()
    if not words:
        return []
    rows = session.execute(
        sa.select(Item.number, Item.title)
        .where(Item.product_id == product.id, Item.discarded_at.is_(None), fits(product, words))
        .where(Item.id != item.id if item is not None else sa.true())
        .order_by(Item.finished_at.is_not(None), Item.number)
        .limit(OFFERED)
    )
    return [(f"{product.key}-{found}", text) for found, text in rows]


def fits(product: Product, words: str) -> sa.ColumnElement[bool]:
    """Whether these words can mean an item: they are the start of its reference, or all occur in its title."""
    words, ref = words.strip(), f"{product.key}-"
    starts = words.upper().removeprefix(ref)
    number = sa.cast(Item.number, sa.Text).startswith(starts, autoescape=True) if starts.isdecimal() else sa.false()
    title = sa.and_(sa.true(), *(Item.title.icontains(word, autoescape=True) for word in words.split()[:10]))
    return sa.or_(number, title)


def resolve_item(
    session: orm.Session, product: Product, item: Item | None, words: str, load: tuple[str, ...] = ()
) -> Item | None:
    """The one item of the product that a reference, a number or part of a title means; None if not exactly one."""
    words = words.strip()
    key, number = locked.read_ref(f"{product.key}-{words}" if words.isdecimal() else words) or ("", 0)
    if key:
        return locked.item_in(session, product, number, load) if key == product.key else None
    found = find_linkable(session, product, item, words)
    if len(found) != 1:
        return None
    return locked.item_in(session, product, int(found[0][0].rpartition("-")[2]), load)
