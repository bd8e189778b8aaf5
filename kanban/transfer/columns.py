"""The cells of a table by field: texts, dates, marks, labels; what they mean together is decided elsewhere."""

import re
from collections.abc import Collection
from zoneinfo import ZoneInfo

from kanban.errors import Refused
from kanban.transfer.cells import unguard
from kanban.transfer.dates import DateOrder, Stamp, orders_shown, parse_date
from kanban.transfer.due import due_day
from kanban.transfer.mapping import ColumnMapping
from kanban.transfer.own import is_own, split_labels
from kanban.transfer.reading import Row, Table
from kanban.transfer.remarks import Remarks, shown
from kanban.transfer.vocabulary import DATES, Field

MOST_LABELS = 1_000
"""The most different labels in a list; a column with more holds something else, and nobody could choose among them."""

_YES = frozenset({"yes", "y", "true", "1", "x"})
_NO = frozenset({"no", "n", "false", "0", "-"})


class Columns:
    """Reads one field of one row at a time; unreadable cells go to the remarks with their row and column."""

    def __init__(self, table: Table, mapping: ColumnMapping, zone: ZoneInfo, remarks: Remarks) -> None:
        self.table, self.mapping, self.zone, self.remarks = table, mapping, zone, remarks
        self._orders = self._date_orders()
        self._due_order = self._order_of_due()
        self.is_own = is_own(table.header)
        self._known: set[str] = set()
        self._words = frozenset() if self.is_own else self._labels_alone()

    def texts(self, row: Row, wanted: Field) -> list[str]:
        """The non-empty cells of a field, the preferred column first."""
        cells = (unguard(row.cells[position]) for position in self.mapping.positions(wanted))
        return [cell.strip() for cell in cells if cell.strip()]

    def text(self, row: Row, wanted: Field) -> str:
        """The first non-empty cell of a field, or an empty string."""
        return next(iter(self.texts(row, wanted)), "")

    def name(self, wanted: Field) -> str | None:
        return self.mapping.name(wanted)

    def stamp(self, row: Row, wanted: Field) -> Stamp | None:
        """The date of a field; None if the cell is empty or can't be read."""
        for position in self.mapping.positions(wanted):
            if row.cells[position].strip():
                return self._stamp_at(row, position)
        return None

    def due(self, row: Row) -> str:
        """The day of the former due date, or the cell's own words if it can't be read; it never stops an import."""
        return due_day(self.text(row, Field.DUE), self.zone, self._due_order)

    def mark(self, row: Row, wanted: Field) -> tuple[bool, Stamp | None]:
        """Whether a mark such as "Archived" is set, and since when if its cell holds a date."""
        is_set = False
        for position in self.mapping.positions(wanted):
            cell = row.cells[position].strip().casefold()
            if cell in _YES:
                is_set = True
            elif cell and cell not in _NO:
                return True, self._stamp_at(row, position)
        return is_set, None

    def labels(self, row: Row) -> list[str]:
        """The labels of a row, each once.

        In lists from other tools they are separated by bars, commas or semicolons, and also by spaces if every part
        occurs alone in some other cell ("Sales Support" beside "Sales" and "Support").
        """
        cells = self.texts(row, Field.LABELS)
        labels = [label for cell in cells for label in (split_labels(cell) if self.is_own else self._labels_in(cell))]
        by_name = {label.casefold(): label for label in reversed(labels)}
        self._known.update(by_name)
        self._refuse_many(self._known)
        return list(by_name.values())[::-1]

    def _labels_in(self, cell: str) -> list[str]:
        return [label for part in _parts(cell) for label in self._split(part)]

    def _split(self, part: str) -> list[str]:
        words = part.split()
        return words if len(words) > 1 and all(word in self._words for word in words) else [part]

    def _labels_alone(self) -> frozenset[str]:
        found: set[str] = set()
        for row in self.table.rows:
            for cell in self.texts(row, Field.LABELS):
                found.update(part for part in _parts(cell) if " " not in part)
            self._refuse_many(found)
        return frozenset(found)

    def _refuse_many(self, labels: Collection[str]) -> None:
        if len(labels) > MOST_LABELS:
            name = self.name(Field.LABELS)
            raise Refused(
                f"“{name}” holds more than {MOST_LABELS:,} different labels. Read another column as labels, or none.",
                code="mapping",
            )

    def _stamp_at(self, row: Row, position: int) -> Stamp | None:
        cell = row.cells[position]
        try:
            return parse_date(cell, self.zone, self._orders.get(position))
        except ValueError as reason:
            self.remarks.problem(row.number, self.mapping.header[position], f"“{shown(cell)}” {reason}.")
            return None

    def _date_orders(self) -> dict[int, DateOrder]:
        """The order of day and month in each date column: as given, as its rows show, or else as the others do."""
        orders = dict(self.mapping.orders)
        unclear: dict[int, tuple[Field, str]] = {}
        for each in DATES:
            for position in self.mapping.positions(each):
                day_first, month_first, either = orders_shown(row.cells[position] for row in self.table.rows)
                if position in orders:
                    continue
                if day_first or month_first:
                    orders[position] = DateOrder.DAY_FIRST if day_first >= month_first else DateOrder.MONTH_FIRST
                elif either is not None:
                    unclear[position] = (each, either)
        agreed = set(orders.values())
        for position, (each, text) in unclear.items():
            if len(agreed) == 1:
                orders[position] = next(iter(agreed))
            else:
                self._ask_for_order(position, each, text)
        return orders

    def _order_of_due(self) -> DateOrder | None:
        """The order as the due dates show it, else as the other dates of the file are read; None if neither tells."""
        cells = [row.cells[position] for position in self.mapping.positions(Field.DUE) for row in self.table.rows]
        day_first, month_first, _either = orders_shown(cells)
        if day_first or month_first:
            return DateOrder.DAY_FIRST if day_first >= month_first else DateOrder.MONTH_FIRST
        agreed = set(self._orders.values())
        return next(iter(agreed)) if len(agreed) == 1 else None

    def _ask_for_order(self, position: int, wanted: Field, text: str) -> None:
        name = self.mapping.header[position]
        row = next(row.number for row in self.table.rows if row.cells[position] == text)
        self.remarks.problem(
            row,
            name,
            f"“{text}” can be read in two ways. Say whether the day or the month comes first.",
            f'Map it: --map "{name}={wanted}:dmy" (day first) or --map "{name}={wanted}:mdy" (month first).',
        )


def _parts(cell: str) -> list[str]:
    return [" ".join(part.split()) for part in re.split(r"[|,;\n]", cell) if part.strip()]
