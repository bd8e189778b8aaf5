"""Finds the members of the product whom a list names as assignees, by address, then by name; it writes nothing."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import policy
from kanban.models import Member, Product, User
from kanban.policy import Action
from kanban.transfer.remarks import shown
from kanban.transfer.staging import StagedItem

MOST = 20
"""The most people that one item can have."""

_NAMED_IN_NOTE = 10


@dataclass(frozen=True)
class ActiveMember:
    """A member with access; `may_hold` says whether their role lets them hold items."""

    id: int
    name: str
    email: str
    may_hold: bool


class Miss(StrEnum):
    """Why somebody who is named won't hold an item here."""

    STRANGER = "stranger"
    READER = "reader"
    SEVERAL = "several"


_TOLD = {
    Miss.STRANGER: "Not members of this product: {names}. Nobody is assigned in their place; make them members first "
    "if they should keep these items.",
    Miss.READER: "Leads and viewers can’t hold items: {names}. Nobody is assigned in their place.",
    Miss.SEVERAL: "More than one member has this name: {names}. It isn’t clear who is meant, so nobody is assigned; "
    "an e-mail address would settle it.",
}


@dataclass(frozen=True)
class Holding:
    """Who will hold the new items, by row number, and notes about those who won't."""

    by_row: Mapping[int, tuple[ActiveMember, ...]]
    notes: tuple[str, ...]


def find_holders(session: orm.Session, product: Product, staged: Sequence[StagedItem]) -> Holding:
    """The members whom the rows name and who may hold items; one query, or none if the rows name nobody."""
    named = [row for row in staged if row.people]
    return hold(named, _read_team(session, product)) if named else Holding({}, ())


def hold(named: Iterable[StagedItem], team: Iterable[ActiveMember]) -> Holding:
    """The same as `find_holders`, for a team that has been read already."""
    readers, by_row, crowded = _Team(team), dict[int, tuple[ActiveMember, ...]](), 0
    missed: dict[Miss, Counter[str]] = defaultdict(Counter)
    written: dict[str, str] = {}
    for row in named:
        mates: dict[int, ActiveMember] = {}
        absent: dict[str, Miss] = {}
        for words, found in (each for cell in row.people for each in readers.read(cell)):
            if isinstance(found, ActiveMember):
                mates[found.id] = found
            else:
                absent[_folded(words)] = found
                written.setdefault(_folded(words), words)
        for words, why in absent.items():
            missed[why][words] += 1
        crowded += len(mates) > MOST
        if mates:
            by_row[row.row] = tuple(list(mates.values())[:MOST])
    notes = [_TOLD[why].format(names=_listed(missed[why], written)) for why in Miss if missed[why]]
    if crowded:
        notes.append(f"At most {MOST} people can hold one item: only the first {MOST} do.")
    return Holding(by_row, tuple(notes))


def _read_team(session: orm.Session, product: Product) -> list[ActiveMember]:
    rows = session.execute(
        sa.select(User.id, User.name, User.email, Member.role)
        .join(Member, Member.user_id == User.id)
        .where(Member.product_id == product.id, User.is_active)
        .order_by(User.id)
    )
    return [ActiveMember(row.id, row.name, row.email, policy.allows(row.role, Action.ASSIGN)) for row in rows]


class _Team:
    """Finds out who is meant by a cell; each different cell is read once."""

    def __init__(self, team: Iterable[ActiveMember]) -> None:
        self._by_address: dict[str, list[ActiveMember]] = {}
        self._by_name: dict[str, list[ActiveMember]] = defaultdict(list)
        self._by_last_name: dict[str, list[ActiveMember]] = defaultdict(list)
        for mate in team:
            self._by_address[mate.email.casefold()] = [mate]
            self._by_name[_folded(mate.name)].append(mate)
            for name in _last_names_first(_folded(mate.name)):
                self._by_last_name[name].append(mate)
        self._cells: dict[str, list[tuple[str, ActiveMember | Miss]]] = {}

    def read(self, cell: str) -> list[tuple[str, ActiveMember | Miss]]:
        """Everybody whom a cell names, in its own words, each with the member or the reason why there is none."""
        if cell not in self._cells:
            whole = self._match(cell, cell)  # "Silva, Ana" may be one name
            parts = self._apart(cell) if whole is Miss.STRANGER else ()
            self._cells[cell] = [(shown(_tidy(words)), found) for words, found in parts] or [
                (shown(_tidy(cell)), whole)
            ]
        return self._cells[cell]

    def _apart(self, cell: str) -> Iterator[tuple[str, ActiveMember | Miss]]:
        for name, address in _parts(cell):
            found = self._match(name, address)
            if found is Miss.STRANGER and name == address and "," in name:
                for part in filter(str.strip, name.split(",")):
                    yield part, self._match(part, part)
            else:
                yield name or address, found

    def _match(self, name: str, address: str) -> ActiveMember | Miss:
        folded = _folded(name)
        found = (
            self._by_address.get(address.strip().casefold())
            or self._by_name.get(folded)
            or self._by_last_name.get(re.sub(" ?, ?", ", ", folded), [])
        )
        if not found:
            return Miss.STRANGER
        if len(found) > 1:
            return Miss.SEVERAL
        return found[0] if found[0].may_hold else Miss.READER


def _parts(cell: str) -> Iterator[tuple[str, str]]:
    """Name and address of each person in a cell such as "Ana Silva <ana@example.org>; Bo".

    A comma before an address belongs to the name. Otherwise it stays undecided here: "Silva, Ana" is one person, "Ana,
    Bo" are two.
    """
    for piece in cell.split(">"):
        before, bracket, address = piece.rpartition("<")
        if bracket and "@" in address:
            *others, name = re.split(r"[;|\n]", before)
            yield from _plain("\n".join(others))
            yield name.strip(" ,\t\r"), address
        else:
            yield from _plain(piece)


def _plain(text: str) -> Iterator[tuple[str, str]]:
    for part in re.split(r"[;|\n]", text):
        if part.strip(" ,\t\r"):
            yield part, part


def _last_names_first(name: str) -> Iterator[str]:
    """Ways to write a name with last names first: "silva, ana maria" and "maria silva, ana" for "ana maria silva"."""
    words = name.split()
    for count in range(1, len(words)):
        yield f"{' '.join(words[count:])}, {' '.join(words[:count])}"


def _tidy(words: str) -> str:
    return " ".join(words.split())


_AS_TYPED = str.maketrans(dict.fromkeys("‘’ʼ`´＇", "'") | dict.fromkeys("‐‑‒–—−", "-"))


def _folded(name: str) -> str:
    """The name without its case, and with plain apostrophes, dashes and spaces for typographic ones."""
    return _tidy(unicodedata.normalize("NFC", name)).translate(_AS_TYPED).casefold()


def _listed(rows: Counter[str], written: Mapping[str, str]) -> str:
    """The names with most rows first, such as "Ana Silva (12 rows), Bo (one row) and 3 more"."""
    told = [f"{written[name]} ({'one row' if count == 1 else f'{count} rows'})" for name, count in rows.most_common()]
    more = f" and {len(told) - _NAMED_IN_NOTE} more" if len(told) > _NAMED_IN_NOTE else ""
    return ", ".join(told[:_NAMED_IN_NOTE]) + more
