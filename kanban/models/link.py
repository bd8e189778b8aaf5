"""Links between two items of one product: what an item needs, and what it was split from."""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from kanban.errors import Refused
from kanban.models.base import Model, enum_type
from kanban.models.member import Member

if TYPE_CHECKING:
    from kanban.models.item import Item

MOST = 100
_NAMED = 5

#: Which items each item of a product needs, all by item number, as a loader read it under the lock.
Needs = Mapping[int, Collection[int]]


class LinkKind(StrEnum):
    """What the first item is to the other; from the other side it reads "needed by" or "split into"."""

    NEEDS = "needs"
    SPLIT_FROM = "split_from"


class Link(Model):
    """One link from an item to another one of the same product; a pair is linked at most once in each kind."""

    __tablename__ = "link"

    item_id: Mapped[int] = mapped_column(sa.ForeignKey("item.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[LinkKind] = mapped_column(enum_type(LinkKind), primary_key=True)
    other_id: Mapped[int] = mapped_column(sa.ForeignKey("item.id", ondelete="CASCADE"), primary_key=True, index=True)

    item: Mapped["Item"] = orm.relationship(foreign_keys=[item_id], back_populates="links", lazy="raise_on_sql")
    other: Mapped["Item"] = orm.relationship(foreign_keys=[other_id], lazy="raise_on_sql")

    __table_args__ = (
        sa.CheckConstraint("item_id <> other_id", name="itself"),
        sa.Index(
            "uq_link_split_from",
            "item_id",
            unique=True,
            sqlite_where=sa.text("kind = 'split_from'"),
            postgresql_where=sa.text("kind = 'split_from'"),
        ),
    )


# Verbs of an item


def link(item: "Item", kind: LinkKind, other: "Item", *, needs: Needs, by: Member) -> None:
    """Record that it needs another item, or was split from it; `needs`: which items need which in the product."""
    item.refuse_discarded()
    _check(item, kind, other, needs)
    item.links.append(Link(kind=kind, other=other))
    item.record("linked", by=by, link=kind.value, other=other.number)


def unlink(item: "Item", kind: LinkKind, other: "Item", *, by: Member) -> None:
    """Remove such a link."""
    item.refuse_discarded()
    found = next((each for each in item.links if each.kind is kind and each.other is other), None)
    if found is None:
        raise Refused("That link is gone. Somebody has removed it.")
    item.links.remove(found)
    item.record("unlinked", by=by, link=kind.value, other=other.number)


def _check(item: "Item", kind: LinkKind, other: "Item", needs: Needs) -> None:
    """Raise Refused for a link to itself, to another product or to a discarded item, a duplicate or a circle of needs.

    An item can also have only so many links, and be split from only one other.
    """
    if other is item:
        raise Refused("An item can’t be linked to itself.")
    if other.product_id != item.product_id:
        raise Refused("Linked items must belong to the same product.")
    other.refuse_discarded()
    if len(item.links) >= MOST:
        raise Refused(f"An item can have at most {MOST} links.")
    same = [link for link in item.links if link.kind is kind]
    if kind is LinkKind.SPLIT_FROM and same:
        raise Refused(f"{item.ref} was already split from {same[0].other.ref}.")
    if any(link.other is other for link in same):
        raise Refused(f"{item.ref} already needs {other.ref}.")
    way = chain(needs, other.number, item.number) if kind is LinkKind.NEEDS else []
    if way:
        raise Refused(_circle_sentence([f"{item.product.key}-{number}" for number in way]))


def chain(needs: Needs, start: int, goal: int) -> list[int]:
    """The shortest path of needs from one number to another, both included; empty if there is none.

    Terminates even if the needs contain a circle.
    """
    came_from: dict[int, int | None] = {start: None}
    front = [start]
    while front and goal not in came_from:
        steps = [(number, need) for number in front for need in sorted(needs.get(number, ()))]
        front = []
        for number, need in steps:
            if need not in came_from:
                came_from[need] = number
                front.append(need)
    way: list[int] = []
    step = goal if goal in came_from else None
    while step is not None:
        way.append(step)
        step = came_from[step]
    return way[::-1]


def a_circle(needs: Needs) -> list[int]:
    """The items of one circle of needs in order, with the first repeated at the end; empty if there is none."""
    sound: set[int] = set()
    for start in sorted(needs.keys() - sound):
        way: list[tuple[int, list[int]]] = [(start, sorted(needs.get(start, ())))]
        on_way = {start}
        while way:
            number, rest = way[-1]
            if not rest:
                sound.add(number)
                on_way.discard(number)
                way.pop()
                continue
            need = rest.pop()
            if need in on_way:
                numbers = [each for each, _ in way]
                return [*numbers[numbers.index(need) :], need]
            if need not in sound:
                way.append((need, sorted(needs.get(need, ()))))
                on_way.add(need)
    return []


def _circle_sentence(way: Sequence[str]) -> str:
    named = ", which needs ".join(way[1 : _NAMED + 1])
    rest = f", and so on to {way[-1]}" if len(way) > _NAMED + 1 else ""
    return f"{way[0]} already needs {named}{rest}, so this would be a circle."


def unfinished_sentence(refs: Sequence[str]) -> str:
    """The warning for people who start an item while at least one item that it needs is unfinished."""
    return f"It needs {_listed(refs)}, which {'is' if len(refs) == 1 else 'are'} not finished."


def open_parts_sentence(refs: Sequence[str]) -> str:
    """The warning for people who call an item done while at least one of its parts is unfinished."""
    return f"Its part {refs[0]} is not finished." if len(refs) == 1 else f"Its parts {_listed(refs)} are not finished."


def _listed(refs: Sequence[str]) -> str:
    if len(refs) > _NAMED:
        return f"{', '.join(refs[:_NAMED])} and {len(refs) - _NAMED} more"
    return " and ".join(", ".join(part) for part in (refs[:-1], refs[-1:]) if part)
