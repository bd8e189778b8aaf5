"""Reads a list for one product without changing anything: mapping, items, and what is here already."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import wraps
from typing import ParamSpec, TypeVar

from sqlalchemy import orm

from kanban.errors import Busy, Invalid
from kanban.models import Product
from kanban.transfer.due import due_note
from kanban.transfer.importing import find_new_rows
from kanban.transfer.mapping import suggest_mapping
from kanban.transfer.people import Holding, find_holders
from kanban.transfer.reading import Table, read_table
from kanban.transfer.staging import Staged, StagedItem, read_items

_room = threading.BoundedSemaphore(1)
"""Only one list is read at a time: one of 16 MB takes 400 MB of memory and seconds of processor time."""
_PATIENCE_S = 10.0

Given = ParamSpec("Given")
Found = TypeVar("Found")


def one_at_a_time(read: Callable[Given, Found]) -> Callable[Given, Found]:
    """Make a function that reads a whole list wait until no other does; raises Busy if that takes too long."""

    @wraps(read)
    def waiting(*values: Given.args, **named: Given.kwargs) -> Found:
        if not _room.acquire(timeout=_PATIENCE_S):
            raise Busy("Other lists are being read just now. Nothing was changed; try again in a moment.")
        try:
            return read(*values, **named)
        finally:
            _room.release()

    return waiting


@dataclass(frozen=True)
class Rehearsed:
    """What an import of this list would do.

    `mapping` has the name of each column and what it is read as, or None; `holding` says who will hold the new items.
    """

    mapping: list[tuple[str, str | None]]
    staged: Staged
    fresh: list[StagedItem]
    holding: Holding

    @property
    def created(self) -> int:
        """How many items are new."""
        return len(self.fresh)

    @property
    def known(self) -> int:
        """How many items are here already and stay as they are."""
        return len(self.staged.items) - len(self.fresh)

    def refuse_problems(self) -> None:
        """Raise Invalid with a sentence for each place in the file that must be fixed first, if there is any."""
        places: dict[str, str] = {}
        for problem in self.staged.problems:
            parts = (
                f"row {problem.row}" if problem.row else "",
                f"column “{problem.column}”" if problem.column else "",
            )
            place = ", ".join(part for part in parts if part) or "file"
            told = f"{problem.sentence} {problem.way_out}".strip()
            places[place] = f"{places[place]} {told}" if place in places else told
        if places:
            raise Invalid(places, "list_problems")


def columns_of(product: Product) -> list[tuple[str, str]]:
    """What decides how a list is read for a product: if it has changed since, a reading is no longer valid."""
    return [(column.name, column.stage) for column in product.standing]


@one_at_a_time
def rehearse(session: orm.Session, product: Product, data: bytes | str, overrides: Iterable[str] = ()) -> Rehearsed:
    """Read a CSV file for a product that is loaded with its columns; refuses what is not a list.

    `overrides` say "COLUMN=FIELD".
    """
    return rehearse_table(session, product, read_table(data), overrides)


def rehearse_table(session: orm.Session, product: Product, table: Table, overrides: Iterable[str] = ()) -> Rehearsed:
    """The same as `rehearse`, for a table that has been read already."""
    mapping = suggest_mapping(table, overrides)
    own_columns = {column.name: column.stage for column in product.standing}
    staged = read_items(table, mapping, product.zone, own_columns=own_columns)
    described = [(name, field.value if field else None) for name, field in mapping.described()]
    fresh = find_new_rows(session, product, staged.items)
    holding, due = find_holders(session, product, fresh.rows), sum(bool(item.due) for item in fresh.rows)
    notes = (*fresh.notes, *holding.notes, *([due_note(due)] if due else []), *staged.notes)
    return Rehearsed(described, replace(staged, notes=notes), fresh.rows, holding)
