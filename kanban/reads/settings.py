"""What the settings of a product show: its columns with how many items they hold, and its members."""

import datetime as dt
import itertools
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from string import ascii_uppercase
from zoneinfo import available_timezones

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.formatting import initials
from kanban.models import Column, Item, Member, Product, Stage, User
from kanban.policy import Role
from kanban.reads.people.accounts import never_came

_NEEDED = (Stage.BACKLOG, Stage.DOING, Stage.DONE)
_ORDER = (Role.OWNER, Role.DELEGATE, Role.LEAD, Role.DEVELOPER, Role.VIEWER)


@dataclass(frozen=True)
class MemberRow:
    """One member as the page shows them; `is_awaited` if invited for this product alone and never signed in."""

    id: int
    name: str
    initials: str
    email: str
    role: str
    since: dt.datetime
    is_active: bool
    is_awaited: bool


def list_members(session: orm.Session, product: Product) -> list[MemberRow]:
    """The members: the owner first, then by role and name."""
    other = orm.aliased(Member)
    elsewhere = sa.exists().where(other.user_id == User.id, other.product_id != product.id)
    is_awaited = sa.and_(never_came(), ~elsewhere).label("is_awaited")
    rows = session.execute(
        sa.select(User.id, User.name, User.email, User.is_active, Member.role, Member.since, is_awaited)
        .join(Member, Member.user_id == User.id)
        .where(Member.product_id == product.id)
    ).all()
    members = [
        MemberRow(
            row.id, row.name, initials(row.name), row.email, row.role.value, row.since, row.is_active, row.is_awaited
        )
        for row in rows
    ]
    return sorted(members, key=lambda member: (_ORDER.index(Role(member.role)), member.name.casefold()))


def occupancies(session: orm.Session, product: Product, *, discarded: bool = False) -> Mapping[int, int]:
    """How many items are in each column, by its id; with `discarded`, including those that were discarded there."""
    query = sa.select(Item.column_id, sa.func.count()).where(Item.product_id == product.id).group_by(Item.column_id)
    if not discarded:
        query = query.where(Item.rank.is_not(None))
    rows = session.execute(query).all()
    return {row[0]: row[1] for row in rows}


def standing_in(session: orm.Session, column: Column) -> int:
    """How many items are in a column, including discarded ones, which could otherwise no longer be restored."""
    return session.scalar(sa.select(sa.func.count()).where(Item.column_id == column.id)) or 0


def is_key_taken(session: orm.Session, key: str) -> bool:
    """Whether a product has this key."""
    return session.scalar(sa.select(sa.exists().where(Product.key == key.strip().upper()))) or False


def free_key(session: orm.Session, name: str) -> str:
    """An unused key made from a product's name; "" if the name has no letters from A to Z."""
    taken = set(session.scalars(sa.select(Product.key)))
    return next((key for key in _keys(name) if key not in taken), "")


def _keys(name: str) -> Iterator[str]:
    """Candidates: the start of a single word, or the initials of several; then the same with further letters added."""
    plain = unicodedata.normalize("NFKD", name.translate(_LETTERS)).upper()
    bare = "".join(character for character in plain if not unicodedata.combining(character))
    words = re.findall("[A-Z]+", bare)
    if not words:
        return
    letters = words[0] if len(words) == 1 else "".join(word[0] for word in words)
    letters = letters if len(letters) > 1 else 2 * letters
    yield letters[:5]
    yield from (letters[:length] for length in range(6, min(len(letters), 8) + 1))
    for more in (1, 2):
        for tail in itertools.product(ascii_uppercase, repeat=more):
            yield letters[:5] + "".join(tail)


#: Letters that are not just another letter with an accent.
_LETTERS = str.maketrans({"ø": "o", "Ø": "O", "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "ł": "l", "Ł": "L", "đ": "d"})


@dataclass(frozen=True)
class ColumnRow:
    """One column as its line in the settings shows it; it may go up and down only within its stage."""

    id: int
    name: str
    stage: str
    wip_limit: int | None
    wip_mode: str
    policy: str
    accepts: bool
    count: int
    was_used: bool
    may_go_up: bool
    may_go_down: bool
    may_go_away: bool


def list_columns(session: orm.Session, product: Product) -> list[ColumnRow]:
    """The columns in their order; two queries."""
    counts = occupancies(session, product)
    occupied = occupancies(session, product, discarded=True)
    standing = product.standing
    stages = [column.stage for column in standing]
    return [
        ColumnRow(
            id=column.id,
            name=column.name,
            stage=column.stage.value,
            wip_limit=column.wip_limit,
            wip_mode=column.wip_mode.value,
            policy=column.policy,
            accepts=column.accepts,
            count=counts.get(column.id, 0),
            was_used=column.was_used,
            may_go_up=place > 0 and stages[place - 1] is column.stage,
            may_go_down=place + 1 < len(stages) and stages[place + 1] is column.stage,
            may_go_away=not occupied.get(column.id) and (column.stage not in _NEEDED or stages.count(column.stage) > 1),
        )
        for place, column in enumerate(standing)
    ]


def time_zones() -> list[tuple[str, str]]:
    """The time zones a person may choose from, as (name, readable name)."""
    names = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in names)]
