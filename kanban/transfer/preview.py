"""What a person sees of a list before importing it: how columns are read, which items are new, and where they go."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import orm

from kanban.errors import Refused
from kanban.models import Product
from kanban.transfer.cells import unguard
from kanban.transfer.dates import DateOrder
from kanban.transfer.importing import Targets
from kanban.transfer.mapping import suggest_fields
from kanban.transfer.reading import Table, read_table
from kanban.transfer.rehearsal import Rehearsed, one_at_a_time, rehearse_table
from kanban.transfer.remarks import shown
from kanban.transfer.vocabulary import DATES, SEVERAL, Field

READINGS = (*Field, *(f"{each}:{order}" for each in DATES for order in DateOrder))
"""All that a column can be read as; a date may say whether the day or the month comes first."""

_SAMPLES = 3
_SAMPLES_EACH = 20
"""After every so many rows, columns that have enough samples are skipped from then on."""


@dataclass(frozen=True)
class ColumnShown:
    """A column of the file, or several columns of the same name.

    `place` is its index among the different names, `read_as` one of READINGS. `is_known` says whether its name suggests
    a field.
    """

    place: int
    name: str
    is_known: bool
    read_as: str
    samples: tuple[str, ...]


@dataclass(frozen=True)
class FreshItem:
    """An item that would be new; `column` is None for one that was removed in the other tool."""

    row: int
    title: str
    type: str
    column: str | None
    labels: tuple[str, ...]
    size: str
    people: tuple[str, ...]
    created_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True)
class Preview:
    """What is known of a list before anything is written.

    `overrides` say "COLUMN=FIELD", as an import takes them, for each column that is read differently than its name
    suggests. If the list can't be read with this mapping, `found` is None and `sentence` says why. `counts` has the
    number of new items by the name of their column, in the product's order, and under None those that were removed
    before; `held` has it by the name of who will hold them.
    """

    columns: list[ColumnShown]
    overrides: list[str]
    found: Rehearsed | None
    fresh: list[FreshItem]
    counts: dict[str | None, int]
    held: list[tuple[str, int]]
    sentence: str = ""


@one_at_a_time
def read_preview(session: orm.Session, product: Product, data: bytes, chosen: Mapping[int, str]) -> Preview:
    """Read a list for a product that is loaded with its columns; refuses what is no list.

    `chosen` says what the nth different column name is to be read as, where somebody chose.
    """
    table = read_table(data)
    names = _names(table)
    fields = suggest_fields(table)
    suggested = [fields[_folded(name)] for name in names]
    said = {index: reading for index, reading in chosen.items() if index < len(names) and reading in READINGS}
    wanted = [said.get(index, suggested[index]) for index in range(len(names))]
    overrides = _overrides(names, suggested, wanted)
    try:
        found = rehearse_table(session, product, table, overrides)
    except Refused as refused:
        return Preview(_shown(table, names, suggested, wanted), overrides, None, [], {}, [], refused.sentence)
    targets = Targets(product)
    fresh = [
        FreshItem(
            row=item.row,
            title=item.title,
            type=item.type,
            column=None if item.removed else targets.of(item).name,
            labels=item.labels,
            size=item.size,
            people=tuple(mate.name for mate in found.holding.by_row.get(item.row, ())),
            created_at=item.created_at,
            finished_at=item.finished_at,
        )
        for item in found.fresh
    ]
    held = Counter(item.column for item in fresh)
    order = [*(column.name for column in product.standing), None]
    counts = {name: held[name] for name in order if held[name]}
    read_as = _read_as(names, wanted, found)
    columns = _shown(table, names, suggested, read_as)
    return Preview(columns, _overrides(names, suggested, read_as), found, fresh, counts, _held(found))


def _held(found: Rehearsed) -> list[tuple[str, int]]:
    """Names and numbers of items of those who will hold any, most items first; a name may occur twice."""
    rows = Counter(mate for mates in found.holding.by_row.values() for mate in mates)
    return [(mate.name, count) for mate, count in sorted(rows.items(), key=lambda each: (-each[1], each[0].name))]


def _folded(name: str) -> str:
    return name.strip().casefold()


def _names(table: Table) -> list[str]:
    """Each column name once, whatever its case; columns without a name can't be chosen."""
    return list({_folded(name): name for name in reversed(table.header) if name.strip()}.values())[::-1]


def _overrides(names: list[str], suggested: list[str], wanted: list[str]) -> list[str]:
    """The overrides for what is to be read differently than the names suggest.

    If one column of a field with several is overridden, all its columns are given, since an override replaces the
    field's suggestion as a whole.
    """
    pairs = list(zip(names, suggested, wanted, strict=True))
    claimed = {want.partition(":")[0] for _name, idea, want in pairs if want != idea}
    return [
        f"{name}={want}"
        for name, idea, want in pairs
        if want != idea or (want in SEVERAL and want != Field.IGNORE and want in claimed)
    ]


def _read_as(names: list[str], wanted: list[str], found: Rehearsed) -> list[str]:
    """What each name was actually read as; a column whose field was taken by another column is ignored."""
    read: dict[str, str] = {}
    for name, field in found.mapping:
        read[_folded(name)] = read.get(_folded(name)) or field or ""
    fields = [read[_folded(name)] for name in names]
    return [
        want if want.partition(":")[0] == field else field or Field.IGNORE
        for want, field in zip(wanted, fields, strict=True)
    ]


def _shown(table: Table, names: list[str], suggested: list[str], read_as: list[str]) -> list[ColumnShown]:
    samples = _samples(table)
    return [
        ColumnShown(place, name, idea != Field.IGNORE, reading, tuple(samples[_folded(name)]))
        for place, (name, idea, reading) in enumerate(zip(names, suggested, read_as, strict=True))
    ]


def _samples(table: Table) -> dict[str, dict[str, None]]:
    """The first different values of each column, by its lower-case name; one pass over the rows."""
    found: dict[str, dict[str, None]] = {_folded(name): {} for name in table.header}
    wanting = [(place, found[_folded(name)]) for place, name in enumerate(table.header)]
    for row in table.rows:
        for place, values in wanting:
            if (cell := row.cells[place]) and len(values) < _SAMPLES and (text := " ".join(unguard(cell).split())):
                values[shown(text)] = None
        if not row.number % _SAMPLES_EACH:
            wanting = [(place, values) for place, values in wanting if len(values) < _SAMPLES]
    return found
