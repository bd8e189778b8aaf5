"""Several items read for one command, with one query for all of them where a single item would take one each."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.errors import Invalid, Refused
from kanban.models import Block, Criterion, Item, Product, User, assignment
from kanban.reads.backlog.bulk_ranking import MOST_AT_ONCE, fresh_items


def items_by_id(session: orm.Session, product: Product, item_ids: Collection[int]) -> dict[int, Item]:
    """The items with these ids, freshly read, each with its product and column set; one query."""
    return {item.id: item for item in fresh_items(session, product, Item.id.in_(item_ids))}


def load_touched(session: orm.Session, items: Mapping[int, Item]) -> None:
    """Load what starting and finishing touch: people, criteria and blocks of these items (by id); one query each."""
    held: defaultdict[int, list[User]] = defaultdict(list)
    people = sa.select(assignment.c.item_id, User).join(User, User.id == assignment.c.user_id).order_by(User.name)
    for item_id, user in session.execute(people.where(assignment.c.item_id.in_(items))):
        held[item_id].append(user)
    criteria, blocks = defaultdict(list), defaultdict(list)
    wanted = sa.select(Criterion).where(Criterion.item_id.in_(items)).order_by(Criterion.number)
    for criterion in session.scalars(wanted.execution_options(populate_existing=True)):
        criteria[criterion.item_id].append(criterion)
    intervals = sa.select(Block).where(Block.item_id.in_(items)).order_by(Block.since)
    intervals = intervals.options(orm.joinedload(Block.question)).execution_options(populate_existing=True)
    for block in session.scalars(intervals):
        blocks[block.item_id].append(block)
    for item in items.values():
        orm.attributes.set_committed_value(item, "assignees", held[item.id])
        orm.attributes.set_committed_value(item, "criteria", criteria[item.id])
        orm.attributes.set_committed_value(item, "blocks", blocks[item.id])


def read_chosen(session: orm.Session, product: Product, refs: Collection[str], held: Any) -> list[Item]:
    """The items with these references in rank order, each with its labels or its people loaded, whichever `held` says.

    Refused if one of them is not in the order; two queries.
    """
    if not refs:
        raise Invalid({"items": "Choose one item or more."})
    if len(refs) > MOST_AT_ONCE:
        raise Refused(f"At most {MOST_AT_ONCE} items can be changed at once.")
    found = session.scalars(
        sa.select(Item)
        .where(Item.product_id == product.id, Item.number.in_(numbers_in(product, refs)), Item.rank.is_not(None))
        .order_by(Item.rank)
        .options(orm.selectinload(held))
        .execution_options(populate_existing=True)
    )
    items = list(found)
    for item in items:
        orm.attributes.set_committed_value(item, "product", product)
    here = {item.ref for item in items}
    if gone := [ref for ref in refs if ref not in here]:
        raise Refused(f"{gone[0][:40]} is no longer in the order. Nothing was changed; look again.", "not_there")
    return items


def numbers_in(product: Product, refs: Iterable[str]) -> list[int]:
    """The item numbers among these references, leaving out those of other products."""
    own = (ref.rpartition("-") for ref in refs)
    return [int(number) for key, _dash, number in own if key == product.key and number.isdecimal() and len(number) < 10]
