"""Who holds several items at once, and who will after a change."""

from collections import Counter
from collections.abc import Collection, Iterable

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.errors import Refused
from kanban.models import Item, Product, User, assignment
from kanban.reads import locked
from kanban.reads.items.bulk import numbers_in


def count_held(session: orm.Session, product: Product, refs: Collection[str]) -> Counter[int]:
    """How many of these items each person holds, by user id; one query."""
    query = (
        sa.select(assignment.c.user_id, sa.func.count())
        .join(Item, Item.id == assignment.c.item_id)
        .where(Item.product_id == product.id, Item.number.in_(numbers_in(product, refs)), Item.rank.is_not(None))
        .group_by(assignment.c.user_id)
    )
    return Counter({user_id: count for user_id, count in session.execute(query)})


def regroup(
    session: orm.Session, product: Product, items: Iterable[Item], *, on: set[int], off: set[int]
) -> list[tuple[Item, list[User]]]:
    """Who will hold each item after the people `on` are added and the people `off` are taken off (both user ids).

    Whoever is in both is added. Refused if somebody to be added is no longer a member; one query.
    """
    come = locked.members_named(session, product, list(on))
    if len(come) != len(on):
        raise Refused("One of these people is no longer in this product. Look again.")
    found = []
    for item in items:
        stay = [user for user in item.assignees if user.id not in off | on]
        found.append((item, [*stay, *come]))
    return found
