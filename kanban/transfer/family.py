"""Keys and parents of a file's rows: each row can be recognised again, and parts are one level below their whole."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from kanban.models import MADE_UP_KEY
from kanban.transfer.remarks import Remarks, shown


@dataclass(frozen=True)
class Member:
    """A row as its relations see it: its keys (the preferred one first), its title, and the parent it names."""

    row: int
    keys: list[str]
    title: str
    parent: str


def settle_keys(members: Sequence[Member], key_column: str | None, remarks: Remarks) -> list[str]:
    """One key per row: its own, or one made from its title and how often that title has occurred so far."""
    titles: Counter[str] = Counter()
    first_row: dict[str, int] = {}
    keys = []
    for member in members:
        titles[member.title] += 1
        key = member.keys[0] if member.keys else _made_key(member.title, titles[member.title])
        if key in first_row:
            remarks.problem(member.row, key_column, f"“{shown(key)}” is already in row {first_row[key]}.")
        first_row.setdefault(key, member.row)
        keys.append(key)
    if key_column is None:
        remarks.note("No column holds a key; if this file is imported again, rows are recognised by their titles.")
    return keys


def _made_key(title: str, occurrence: int) -> str:
    digest = hashlib.sha256(title.encode()).hexdigest()[:16]
    return f"{MADE_UP_KEY}{digest}:{occurrence}"


def settle_parents(
    members: Sequence[Member], keys: Sequence[str], parent_column: str | None, remarks: Remarks
) -> list[str | None]:
    """The key of each row's whole; a parent that is itself a part passes its parts on to its own whole.

    A parent that isn't in the file is kept as it is written: it may have come with an earlier file.
    """
    by_name = {name: key for member, key in zip(members, keys, strict=True) for name in reversed(member.keys)}
    if not any(member.keys for member in members):
        by_name = {str(number): key for number, key in enumerate(keys, start=1)}
    named = {key: _parent_of(member, by_name, remarks) for member, key in zip(members, keys, strict=True)}
    tops = _climb_all(named)
    wholes: list[str | None] = []
    for member, key in zip(members, keys, strict=True):
        top, depth = tops[key]
        if top is None:
            remarks.problem(member.row, parent_column, f"“{shown(member.parent)}” leads back to this row.")
        elif depth > 1:
            remarks.note("Parts of a part: these go directly below the topmost parent.", member.row)
        wholes.append(top if top != key else None)
    return wholes


def _parent_of(member: Member, by_name: dict[str, str], remarks: Remarks) -> str | None:
    if not member.parent:
        return None
    found = by_name.get(member.parent)
    if found is None:
        remarks.note("The parent isn’t in this file; these stand alone unless it was imported before.", member.row)
    return found or member.parent.lstrip("#")


def _climb_all(named: dict[str, str | None]) -> dict[str, tuple[str | None, int]]:
    """Each row's topmost parent and how many steps away it is; None if the way leads round in a circle.

    No row is climbed twice, so that a long chain takes no longer than as many single rows. A parent that isn't in the
    file counts only for the row that names it, not for rows below: it may not have been imported at all.
    """
    tops: dict[str, tuple[str | None, int]] = {}
    for key in named:
        way = {key: None}
        last = key
        while last not in tops:
            parent = named[last]
            if parent is None or parent not in named:
                tops[last] = (last, 0)
            elif parent in way:
                tops[last] = (None, 0)
            else:
                way[parent] = None
                last = parent
        top, depth = tops[last]
        for below in list(way)[-2::-1]:
            depth += top is not None
            tops[below] = (top, depth)
    outside = {key: parent for key, parent in named.items() if parent is not None and parent not in named}
    return tops | {key: (parent, 1) for key, parent in outside.items()}
