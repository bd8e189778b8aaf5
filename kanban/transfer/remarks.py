"""What was noticed while reading a file: problems, which stop the import, and notes, which don't."""

from collections import defaultdict
from dataclasses import dataclass, field

_ROWS_NAMED = 5
_LENGTH_SHOWN = 40


def shown(text: str) -> str:
    """A cell as a sentence quotes it: only its beginning if it is long."""
    return text if len(text) <= _LENGTH_SHOWN else f"{text[:_LENGTH_SHOWN]}…"


@dataclass(frozen=True)
class Problem:
    """Something in the file that must be fixed first; `row` counts from the top of the file.

    `way_out` is for programs and the command line, which can say how to read a column.
    """

    row: int | None
    column: str | None
    sentence: str
    way_out: str = ""

    def __str__(self) -> str:
        row = None if self.row is None else f"row {self.row}"
        column = None if self.column is None else f"column “{self.column}”"
        place = ", ".join(part for part in (row, column) if part)
        told = f"{self.sentence} {self.way_out}".strip()
        return f"{place}: {told}" if place else told


@dataclass
class Remarks:
    """Collects problems and notes; the same note about many rows becomes one sentence that names the first of them."""

    problems: list[Problem] = field(default_factory=list)
    _rows: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def problem(self, row: int | None, column: str | None, sentence: str, way_out: str = "") -> None:
        self.problems.append(Problem(row, column, sentence, way_out))

    def note(self, sentence: str, row: int | None = None) -> None:
        rows = self._rows[sentence]
        if row is not None:
            rows.append(row)

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(f"{sentence} {_named(rows)}".strip() for sentence, rows in self._rows.items())


def _named(rows: list[int]) -> str:
    """Row numbers such as "(row 3)", "(rows 3, 5, 8)" or "(rows 3, 5, 8, 9, 12 and 40 more)"."""
    if not rows:
        return ""
    more = f" and {len(rows) - _ROWS_NAMED} more" if len(rows) > _ROWS_NAMED else ""
    return f"({'row' if len(rows) == 1 else 'rows'} {', '.join(map(str, rows[:_ROWS_NAMED]))}{more})"
