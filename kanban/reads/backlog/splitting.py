"""What an item can hand over when it is split, and where the new items go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.flow.stage import QUEUE
from kanban.models import Column, Item, Link, LinkKind, Member, Place, Product, Stage, constant
from kanban.reads import locked
from kanban.reads.board.place import TOP, TargetPosition, read_block
from kanban.reads.items.item import CriterionLine, load_criteria
from kanban.reads.items.links import LinkLine, load_links
from kanban.reads.promises.item_promises import ItemPromises, promises_of


@dataclass(frozen=True)
class SplitPage:
    """What the split form shows: what can be handed over, and what stays with the item in any case.

    `column` is where the new items come in: right after the item if `is_behind`, else at the top.
    """

    ref: str
    title: str
    column: str
    is_behind: bool
    criteria: tuple[CriterionLine, ...]
    needs: tuple[LinkLine, ...]
    needed_by: tuple[LinkLine, ...]
    labels: tuple[str, ...]
    promises: ItemPromises


def load_split(session: orm.Session, product: Product, item: Item, member: Member) -> SplitPage:
    """The form for one reader. The item's labels must be loaded."""
    links = load_links(session, product, item)
    column, is_behind = _column(product, item)
    return SplitPage(
        ref=f"{product.key}-{item.number}",
        title=item.title,
        column=column.name,
        is_behind=is_behind,
        criteria=load_criteria(session, item),
        needs=tuple(link for link in links.needs if not link.is_discarded),
        needed_by=tuple(link for link in links.needed_by if not link.is_discarded),
        labels=tuple(label.name for label in item.labels),
        promises=promises_of(session, product, item, member),
    )


def _column(product: Product, item: Item) -> tuple[Column, bool]:
    """Where new items come in: right after the item while it is queued; else at the top of the backlog."""
    if item.column.stage in QUEUE:
        return item.column, True
    backlog = product.first_column(Stage.BACKLOG)
    assert backlog is not None, "every product has a backlog"
    return backlog, False


def read_split_places(session: orm.Session, product: Product, item: Item, count: int) -> Sequence[Place]:
    """Places for `count` new items, read under the product's lock."""
    column, is_behind = _column(product, item)
    return read_block(session, product, column, TargetPosition(after=item.number) if is_behind else TOP, count)


def needing(session: orm.Session, product: Product, item: Item, numbers: Sequence[int]) -> Mapping[int, Item]:
    """Those of the items with these `numbers` that need this one, by number, with their links loaded."""
    found = session.scalars(
        sa.select(Item.number)
        .join(Link, Link.item_id == Item.id)
        .where(Link.kind == constant(LinkKind.NEEDS), Link.other_id == item.id, Item.number.in_(numbers))
    ).all()
    items = (locked.item_in(session, product, number, ("links",)) for number in found)
    return {each.number: each for each in items if each is not None}
