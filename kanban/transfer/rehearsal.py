"""A list read for one product, as far as that goes without changing anything: mapping, items, what is here already."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import orm

from kanban.errors import Invalid
from kanban.models import Product
from kanban.transfer.arriving import count_known
from kanban.transfer.mapping import suggest_mapping
from kanban.transfer.reading import read_table
from kanban.transfer.staging import Staged, read_items


@dataclass(frozen=True)
class Rehearsed:
    """What an import of this list would do. `mapping` has the name of each column and what it is read as, or None."""

    mapping: list[tuple[str, str | None]]
    staged: Staged
    known: int

    @property
    def created(self) -> int:
        """How many items are new."""
        return len(self.staged.items) - self.known

    def refuse_problems(self) -> None:
        """Invalid with a sentence for each place in the file that must be mended first."""
        places: dict[str, str] = {}
        for problem in self.staged.problems:
            parts = (
                f"row {problem.row}" if problem.row else "",
                f'column "{problem.column}"' if problem.column else "",
            )
            place = ", ".join(part for part in parts if part) or "file"
            places[place] = f"{places[place]} {problem.sentence}" if place in places else problem.sentence
        if places:
            raise Invalid(places, "list_problems")


def rehearse(session: orm.Session, product: Product, data: bytes | str, overrides: Iterable[str] = ()) -> Rehearsed:
    """Read a CSV for a product (loaded with its columns); `overrides` say "COLUMN=FIELD". Refuses what is no list."""
    table = read_table(data)
    mapping = suggest_mapping(table, overrides)
    own_columns = {column.name: column.stage for column in product.standing}
    staged = read_items(table, mapping, product.zone, own_columns=own_columns)
    described = [(name, field.value if field else None) for name, field in mapping.described()]
    return Rehearsed(described, staged, count_known(session, product, staged.items))
