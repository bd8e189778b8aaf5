"""Reads what the settings of a product show: its columns with what stands in them, and its members."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.formatting import initials
from kanban.models import Column, Item, Member, Product, User
from kanban.policy import Role

_ORDER = (Role.OWNER, Role.DELEGATE, Role.LEAD, Role.DEVELOPER, Role.VIEWER)


@dataclass(frozen=True)
class MemberRow:
    """One member as the page shows them."""

    id: int
    name: str
    initials: str
    email: str
    role: str
    since: dt.datetime
    is_active: bool


def list_members(session: orm.Session, product: Product) -> list[MemberRow]:
    """The members: the owner, then by role and name."""
    rows = session.execute(
        sa.select(User.id, User.name, User.email, User.is_active, Member.role, Member.since)
        .join(Member, Member.user_id == User.id)
        .where(Member.product_id == product.id)
    ).all()
    members = [
        MemberRow(row.id, row.name, initials(row.name), row.email, row.role.value, row.since, row.is_active)
        for row in rows
    ]
    return sorted(members, key=lambda member: (_ORDER.index(Role(member.role)), member.name.casefold()))


def occupancies(session: orm.Session, product: Product, *, discarded: bool = False) -> Mapping[int, int]:
    """How many items stand in each column (by its id); with `discarded` those that were discarded there as well."""
    query = sa.select(Item.column_id, sa.func.count()).where(Item.product_id == product.id).group_by(Item.column_id)
    if not discarded:
        query = query.where(Item.rank.is_not(None))
    rows = session.execute(query).all()
    return {row[0]: row[1] for row in rows}


def standing_in(session: orm.Session, column: Column) -> int:
    """How many items stand in a column, discarded ones included: they would have nowhere to come back to."""
    return session.scalar(sa.select(sa.func.count()).where(Item.column_id == column.id)) or 0


def is_key_taken(session: orm.Session, key: str) -> bool:
    """Tell whether a product has this key."""
    return session.scalar(sa.select(sa.exists().where(Product.key == key.strip().upper()))) or False
