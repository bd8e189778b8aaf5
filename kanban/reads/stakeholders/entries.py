"""People to be added to a list of stakeholders, from pasted lines or a CSV file: read, checked, merged by address.

Nothing is dropped silently: whatever can't be read is reported with its line and a sentence.
"""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from kanban.errors import Invalid, Refused
from kanban.models import Level
from kanban.models.stakeholder import REASON_AT_MOST, read_address
from kanban.transfer.cells import guard, unguard
from kanban.transfer.reading import Table, read_table

ENTRIES_AT_MOST = 5_000
BYTES_AT_MOST = 2_000_000
COLUMNS = ("name", "email", "organisation", "level", "reason")
_ENTRY = re.compile(r"^\s*(?P<name>[^<>]*?)\s*<(?P<email>[^<>]+)>\s*[,;]?\s*(?P<organisation>[^<>]*)$")
_HEADERS = {
    "name": ("name", "full name", "person", "contact", "display name"),
    "email": ("email", "e-mail", "mail", "address", "e-mail address", "email address", "e-mail 1 - value"),
    "organisation": ("organisation", "organization", "company", "firm", "department", "organization name"),
    "level": ("level", "gets"),
    "reason": ("reason", "why"),
}
_FIRST, _LAST = ("first name", "given name"), ("last name", "surname", "family name")
_LEVELS = {
    "full": Level.FULL,
    "everything": Level.FULL,
    "all": Level.FULL,
    "brief": Level.BRIEF,
    "in brief": Level.BRIEF,
    "mine": Level.MINE,
    "what concerns them": Level.MINE,
    "what concerns me": Level.MINE,
    "only what concerns me": Level.MINE,
    "none": Level.NONE,
    "nothing": Level.NONE,
}


@dataclass(frozen=True)
class Entry:
    """A person to be added; `line` is where the entry was found."""

    name: str
    email: str
    organisation: str = ""
    level: Level = Level.FULL
    reason: str = ""
    line: int = 0


@dataclass(frozen=True)
class Trouble:
    """A line that can't be read, and why."""

    line: int
    text: str
    sentence: str


@dataclass(frozen=True)
class Entries:
    """What was read; `notes` says what had to be guessed about a file."""

    people: list[Entry]
    troubles: list[Trouble]
    notes: tuple[str, ...] = ()


def merge_entries(entries: Iterable[Entry]) -> dict[str, Entry]:
    """One entry per address, in order; what the first one leaves empty is taken from later ones."""
    merged: dict[str, Entry] = {}
    for entry in entries:
        email = read_address(entry.email)
        first = merged.get(email)
        merged[email] = (
            replace(entry, email=email)
            if first is None
            else replace(
                first,
                organisation=first.organisation or entry.organisation,
                reason=first.reason or entry.reason,
            )
        )
    return merged


def read_lines(text: str, *, reason: str = "") -> Entries:
    """One person a line: `Name <a@b>, Organisation`, or a bare address."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if not lines:
        raise Invalid({"people": "Write one person per line."})
    if len(lines) > ENTRIES_AT_MOST:
        raise Invalid({"people": f"At most {ENTRIES_AT_MOST:,} people at a time; these are {len(lines):,}."})
    read = Entries([], [])
    for number, line in lines:
        match = _ENTRY.match(line)
        name, email, organisation = match.group("name", "email", "organisation") if match else ("", line, "")
        _take(read, Entry(_unquoted(name), email, organisation, reason=reason, line=number), line)
    return read


def _unquoted(name: str) -> str:
    """A name without the quotation marks that mail programs put around it."""
    inside = re.fullmatch(r'"((?:[^"\\]|\\.)*)"', name)
    return re.sub(r"\\(.)", r"\1", inside[1]).strip() if inside else name


def read_file(source: bytes | str) -> Entries:
    """A CSV file whose header names at least the address; Refused with a sentence where it is no such file."""
    if len(source) > BYTES_AT_MOST:
        raise Refused("The file is larger than 2 MB. Split it.")
    table = read_table(source)
    if len(table.rows) > ENTRIES_AT_MOST:
        raise Refused(f"At most {ENTRIES_AT_MOST:,} people at a time; these are {len(table.rows):,}.")
    places = _places(table)
    if "email" not in places:
        raise Refused("No column holds addresses. Name one of them “email” in the first row.")
    read = Entries([], [], table.notes)
    for row in table.rows:
        cells = {name: unguard(row.cells[place]) for name, place in places.items()}
        name = cells.get("name") or " ".join(filter(None, (cells.get("first"), cells.get("last"))))
        level = cells.get("level", "").casefold()
        shown = ", ".join(filter(None, row.cells))
        if level and level not in _LEVELS:
            read.troubles.append(_trouble(row.number, shown, "The level is full, brief, mine or none."))
            continue
        entry = Entry(
            name,
            cells["email"],
            cells.get("organisation", ""),
            _LEVELS.get(level, Level.FULL),
            cells.get("reason", ""),
            row.number,
        )
        _take(read, entry, shown)
    return read


def as_csv(entries: Iterable[Entry]) -> str:
    """The same people as a file that `read_file` reads again."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for entry in entries:
        values = (entry.name, entry.email, entry.organisation, entry.level.value, entry.reason)
        writer.writerow([guard(value) for value in values])
    return out.getvalue()


def _places(table: Table) -> dict[str, int]:
    names = {**_HEADERS, "first": _FIRST, "last": _LAST}
    places: dict[str, int] = {}
    for place, header in enumerate(table.header):
        word = " ".join(header.casefold().split())
        for name, words in names.items():
            if word in words:
                places.setdefault(name, place)
    return places


def _take(read: Entries, entry: Entry, line: str) -> None:
    """Tidy an entry and keep it, or say why it can't be kept."""
    try:
        email = read_address(entry.email)
    except Invalid:
        read.troubles.append(_trouble(entry.line, line, _no_address(entry.email)))
        return
    name = " ".join(entry.name.split()) or email.partition("@")[0]
    organisation, reason = " ".join(entry.organisation.split()), " ".join(entry.reason.split())
    if len(name) > 200:
        read.troubles.append(_trouble(entry.line, line, "A name has at most 200 characters."))
    elif len(organisation) > 200:
        read.troubles.append(_trouble(entry.line, line, "An organisation has at most 200 characters."))
    elif len(reason) > REASON_AT_MOST:
        read.troubles.append(_trouble(entry.line, line, f"A reason has at most {REASON_AT_MOST} characters."))
    else:
        read.people.append(replace(entry, name=name, email=email, organisation=organisation, reason=reason))


def _no_address(email: str) -> str:
    if not email.strip():
        return "It has no address."
    if "@" not in email:
        return "It holds no address with an @. Write Name <address@example.org>, Organisation."
    if email.count("@") > 1:
        return "It holds more than one address. Write one person per line."
    return "The address can't be one. Write Name <address@example.org>, Organisation."


def _trouble(line: int, text: str, sentence: str) -> Trouble:
    return Trouble(line, text if len(text) <= 120 else f"{text[:119]}…", sentence)
