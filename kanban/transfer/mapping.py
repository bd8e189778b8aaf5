"""Which column of a table is read as which field: as suggested by its name, or as given; it reads no cell."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kanban.errors import Refused
from kanban.transfer.dates import DateOrder
from kanban.transfer.reading import Table
from kanban.transfer.vocabulary import DATES, HEADERS, SEVERAL, Field, fold


@dataclass(frozen=True)
class ColumnMapping:
    """The positions of each field's columns, the preferred one first; `orders` is what was said about day and month."""

    header: tuple[str, ...]
    columns: Mapping[Field, tuple[int, ...]]
    orders: Mapping[int, DateOrder] = field(default_factory=dict)

    def positions(self, wanted: Field) -> tuple[int, ...]:
        """Where to read a field; empty if the file doesn't have it."""
        return self.columns.get(wanted, ())

    def name(self, wanted: Field) -> str | None:
        """What the file calls the column of a field."""
        positions = self.positions(wanted)
        return self.header[positions[0]] if positions else None

    def described(self) -> list[tuple[str, Field | None]]:
        """Each column's name in the order of the file, with what it is read as (None: left out)."""
        fields = {position: each for each, positions in self.columns.items() for position in positions}
        return [(name, fields.get(position)) for position, name in enumerate(self.header)]


def suggest_mapping(table: Table, overrides: Iterable[str] = ()) -> ColumnMapping:
    """The mapping that the column names suggest.

    An override says "COLUMN=FIELD"; the field is then read from that column alone, and the column as nothing else. A
    date field may say in which order its numbers stand: "COLUMN=FIELD:dmy" or ":mdy". Refuses a name that doesn't
    exist, and a table without a title.
    """
    columns = {each: found for each in HEADERS if (found := _suggested(table, each))}
    orders: dict[int, DateOrder] = {}
    given: dict[Field, tuple[int, ...]] = {}
    for override in overrides:
        positions, wanted, order = _read_override(override, table.header)
        given[wanted] = given.get(wanted, ()) + positions
        if order is not None:
            orders |= dict.fromkeys(positions, order)
    taken = {position for positions in given.values() for position in positions}
    columns = {each: tuple(p for p in positions if p not in taken) for each, positions in columns.items()} | given
    columns = {each: positions for each, positions in columns.items() if positions and each is not Field.IGNORE}
    if Field.TITLE not in columns:
        raise _refused(f"No column looks like a title. Name one with --map COLUMN=title. {_listed(table.header)}")
    return ColumnMapping(table.header, columns, orders)


def suggest_fields(table: Table) -> dict[str, str]:
    """What each column's name suggests, by that name in lower case; "ignore" if it suggests nothing."""
    columns = {each: _suggested(table, each) for each in HEADERS}
    fields = {place: each for each, positions in columns.items() for place in positions}
    found: dict[str, str] = {}
    for place, name in enumerate(table.header):
        if found.get(folded := name.strip().casefold(), Field.IGNORE) is Field.IGNORE:
            found[folded] = fields.get(place, Field.IGNORE)
    return found


def _suggested(table: Table, wanted: Field) -> tuple[int, ...]:
    """The columns whose names suggest a field.

    If several could be a field that only one column can hold, the first one that holds anything is taken.
    """
    names = [fold(name) for name in table.header]
    found = [position for known in HEADERS[wanted] for position, name in enumerate(names) if name == known]
    if wanted in SEVERAL:
        return tuple(found)
    filled = (position for position in found if any(row.cells[position] for row in table.rows))
    best = found[:1] if len(found) < 2 else [next(filled, found[0])]
    if wanted is Field.ASSIGNEE and best:  # a tool that exports several people repeats the column
        return tuple(position for position in found if names[position] == names[best[0]])
    return tuple(best)


def _read_override(override: str, header: tuple[str, ...]) -> tuple[tuple[int, ...], Field, DateOrder | None]:
    column, equals, target = override.rpartition("=")
    if not equals or not column.strip():
        raise _refused(f"“{override}” should read COLUMN=FIELD, such as “Work item=title”.")
    name, _, order = target.strip().casefold().partition(":")
    wanted = _field(name)
    positions = tuple(position for position, each in enumerate(header) if each.casefold() == column.strip().casefold())
    if not positions:
        raise _refused(f"There is no column “{column.strip()}”. {_listed(header)}")
    if not order:
        return positions, wanted, None
    if wanted not in DATES or order not in set(DateOrder):
        raise _refused(f"“{target}” should be one of the dates ({', '.join(DATES)}) with “:dmy” or “:mdy”.")
    return positions, wanted, DateOrder(order)


def _field(name: str) -> Field:
    try:
        return Field(name)
    except ValueError:
        raise _refused(f"There is no field “{name}”. The fields are: {', '.join(Field)}.") from None


def _listed(header: tuple[str, ...]) -> str:
    return f"The columns are: {', '.join(name for name in dict.fromkeys(header) if name)}."


def _refused(sentence: str) -> Refused:
    return Refused(sentence, code="mapping")
