"""People to be added to a list of stakeholders, read from pasted lines or a CSV file, checked, and merged by address.

Nothing is dropped silently: whatever can't be read is reported with its line and a sentence. `split_line` and
`numbered` also serve other lists of people.
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
_BRACKETED = re.compile(r"([^<>]*)<([^<>]+)>([^<>]*)")
_BARE = re.compile(r"(?:([^<>@]*)[,;])?([^<>@,;]+@[^<>@,;]+)(?:[,;]([^<>@]*))?")
_SHAPE = "Name <address@example.org>, Organisation"
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
    """A person to be added; `line` is the number of the line it was read from."""

    name: str
    email: str
    organisation: str = ""
    level: Level = Level.FULL
    reason: str = ""
    line: int = 0


@dataclass(frozen=True)
class LineError:
    """A line that can't be read, and why."""

    line: int
    text: str
    sentence: str

    @classmethod
    def at(cls, line: int, text: str, sentence: str) -> "LineError":
        """The same, with no more of the line than is needed to find it."""
        return cls(line, text if len(text) <= 120 else f"{text[:119]}…", sentence)


@dataclass(frozen=True)
class Entries:
    """What was read; `notes` says what had to be guessed about a file."""

    people: list[Entry]
    troubles: list[LineError]
    notes: tuple[str, ...] = ()


def merge_entries(entries: Iterable[Entry]) -> dict[str, Entry]:
    """One entry per address, in order; fields that the first entry leaves empty are filled from later ones."""
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
    """Read one person per line: `Name <a@b>, Organisation`, the same without the brackets, or a bare address."""
    read = Entries([], [])
    for number, line in numbered(text, most=ENTRIES_AT_MOST):
        name, email, organisation = split_line(line)
        _take(read, Entry(name, email, organisation, reason=reason, line=number), line)
    return read


def numbered(text: str, *, most: int) -> list[tuple[int, str]]:
    """The lines that are not blank, each with its number; Invalid if there are none or more than `most`.

    A line with several people, as mail programs write them, is split and counts once for each.
    """
    lines = [(number, one) for number, line in enumerate(text.splitlines(), start=1) for one in _each_of(line)]
    if not lines:
        raise Invalid({"people": "Write one person per line."})
    if len(lines) > most:
        raise Invalid({"people": f"At most {most:,} people at a time; these are {len(lines):,}."})
    return lines


def _each_of(line: str) -> list[str]:
    """The people on a line; it is split at semicolons, or else at commas, but only if every part has an address."""
    for mark in ";,":
        people = [one for part in line.split(mark) if (one := part.strip())]
        if len(people) > 1 and all("@" in one for one in people):
            return people
    return [line.strip()] if line.strip() else []


def split_line(line: str) -> tuple[str, str, str]:
    """Name, address and whatever follows, each as it was written.

    Reads `Name <a@b>, rest`, `Name, a@b, rest`, and `Name a@b`; only the address is required. Any other line is
    returned as the address.
    """
    line = line.replace("\t", ",")  # cells copied from a spreadsheet
    match = _BRACKETED.fullmatch(line) or _BARE.fullmatch(line)
    name, email, rest = (part.strip(" ,;") for part in match.groups("")) if match else ("", line, "")
    before, _space, last = email.rpartition(" ")
    if before and not name and "@" in last and "@" not in before:
        name, email = before.rstrip(), last
    return _unquoted(name), email, rest


def _unquoted(name: str) -> str:
    """A name without the quotation marks that mail programs put around it."""
    inside = re.fullmatch(r'"((?:[^"\\]|\\.)*)"', name)
    return re.sub(r"\\(.)", r"\1", inside[1]).strip() if inside else name


def read_file(source: bytes | str) -> Entries:
    """Read a CSV file whose header names at least the address; Refused, with a sentence, if it is no such file."""
    if len(source) > BYTES_AT_MOST:
        raise Refused("The file is larger than 2 MB. Split it.")
    table = read_table(source)
    if len(table.rows) > ENTRIES_AT_MOST:
        raise Refused(f"At most {ENTRIES_AT_MOST:,} people at a time; these are {len(table.rows):,}.")
    places = _places(table)
    if "email" not in places:
        raise Refused("No column holds addresses. Call one of them “email” in the first row.")
    read = Entries([], [], table.notes)
    for row in table.rows:
        cells = {name: unguard(row.cells[place]) for name, place in places.items()}
        name = cells.get("name") or " ".join(filter(None, (cells.get("first"), cells.get("last"))))
        level = cells.get("level", "").casefold()
        shown = ", ".join(filter(None, row.cells))
        if level and level not in _LEVELS:
            read.troubles.append(LineError.at(row.number, shown, "The level must be full, brief, mine or none."))
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
    """These people as a CSV file that `read_file` can read again."""
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
    """Tidy an entry and keep it, or report why it can't be kept."""
    try:
        email = read_address(entry.email)
    except Invalid:
        read.troubles.append(LineError.at(entry.line, line, no_address(entry.email, shape=_SHAPE)))
        return
    name = " ".join(entry.name.split()) or email.partition("@")[0]
    organisation, reason = " ".join(entry.organisation.split()), " ".join(entry.reason.split())
    if len(name) > 200:
        read.troubles.append(LineError.at(entry.line, line, "A name can have at most 200 characters."))
    elif len(organisation) > 200:
        read.troubles.append(LineError.at(entry.line, line, "An organisation can have at most 200 characters."))
    elif len(reason) > REASON_AT_MOST:
        read.troubles.append(LineError.at(entry.line, line, f"A reason can have at most {REASON_AT_MOST} characters."))
    else:
        read.people.append(replace(entry, name=name, email=email, organisation=organisation, reason=reason))


def no_address(email: str, *, shape: str) -> str:
    """A sentence that says why this can't be an address; `shape` is how a line should be written."""
    if not email.strip():
        return "It has no address."
    if "@" not in email:
        return f"It holds no address with an @. Write {shape}."
    if email.count("@") > 1:
        return "It holds more than one address. Write one person per line."
    return f"That can’t be an address. Write {shape}."
