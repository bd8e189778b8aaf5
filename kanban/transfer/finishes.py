"""Finishes and closures from a plain list; what they predict is worked out elsewhere.

A line is one date, a date and a count, or a bare count for one day.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from kanban.errors import Invalid
from kanban.transfer.dates import DateOrder, orders_shown, parse_date

MOST_A_DAY = 100_000
MOST_CLOSURES = 4000
_LONGEST_COUNT = 6
_FIRST_DAY = date(1970, 1, 1)
_ZONE = ZoneInfo("UTC")


@dataclass(frozen=True)
class Finishes:
    """Finished items by day.

    `since` is the first day that the list covers, even with no finish. `until` is the day of the last line if the list
    holds bare counts, one per day.
    """

    by_day: Counter[date]
    since: date
    until: date | None = None


def read_finishes(lines: Iterable[str], name: str, *, today: date) -> Finishes:
    """Read one finish a line as a date, lines of date and count, or bare counts.

    Bare counts stand for one day each, the last one for the day before `today`. A first line without a digit is taken
    as a heading. Commas, semicolons and tabs separate cells. Raises Invalid, with file and line, for the first line
    that is none of these, and for dates that could mean either of two days if no other line decides it.
    """
    rows = list(_rows(lines, name))
    if not rows:
        raise Invalid({"file": f"{name} contains no dates."})
    if _is_bare(rows[0][1]):
        return _counted(rows, name, today)
    order = _order((cells[0] for _, cells in rows), name)
    by_day: Counter[date] = Counter()
    for where, cells in rows:
        by_day[_day(cells[0], where, order)] += _count(cells, where)
    return Finishes(by_day, min(by_day))


def _is_bare(cells: list[str]) -> bool:
    return len(cells) == 1 and cells[0].isascii() and cells[0].isdigit() and len(cells[0]) <= _LONGEST_COUNT


def _counted(rows: list[tuple[str, list[str]]], name: str, today: date) -> Finishes:
    if len(rows) > (today - _FIRST_DAY).days:
        raise Invalid({"file": f"{name} holds more days than there have been since {_FIRST_DAY}."})
    since = today - timedelta(days=len(rows))
    by_day: Counter[date] = Counter()
    for number, (where, cells) in enumerate(rows):
        if len(cells) > 1:
            raise Invalid({"file": f"{where}: expected only a number of items, as in the lines above."})
        by_day[since + timedelta(days=number)] = _number(cells[0], where)
    return Finishes(by_day, since, today - timedelta(days=1))


def read_closures(text: str) -> frozenset[date]:
    """Read dates and ranges such as 2026-12-24..2027-01-01, separated by commas, spaces or line breaks."""
    closures: set[date] = set()
    for part in text.replace(",", " ").split():
        first, dots, last = part.partition("..")
        start = read_day(first, "Closures")
        end = read_day(last, "Closures") if dots else start
        if end < start:
            raise Invalid({"closures": f"Closures: {part} ends before it begins."})
        closures.update(start + timedelta(days=number) for number in range((end - start).days + 1))
        if len(closures) > MOST_CLOSURES:
            raise Invalid({"closures": f"Closures: at most {MOST_CLOSURES:,} days."})
    return frozenset(closures)


def read_day(text: str, where: str) -> date:
    """Read a single day, written in any way that can't be mistaken for another day."""
    return _day(text, where, _order([text], where))


def _rows(lines: Iterable[str], name: str) -> Iterator[tuple[str, list[str]]]:
    """Where each line is and its non-empty cells, without empty lines and the heading."""
    reader = csv.reader(line.replace(";", ",").replace("\t", ",") for line in lines)
    is_first = True
    try:
        for cells in reader:
            where = f"{name}, line {reader.line_num}"
            filled = [cell.strip() for cell in cells if cell.strip()]
            if len(filled) > 2:
                raise Invalid({"file": f"{where}: expected a date, or a date and a number of items."})
            if filled and not (is_first and not any(character.isdigit() for character in "".join(filled))):
                yield where, filled
            is_first = is_first and not filled
    except csv.Error as error:
        raise Invalid({"file": f"{name}, line {reader.line_num}: {error}."}) from None


def _order(texts: Iterable[str], where: str) -> DateOrder | None:
    day_first, month_first, either = orders_shown(texts)
    if day_first and month_first:
        raise Invalid({"file": f"{where}: some dates have the day first and some the month."})
    if either and not day_first and not month_first:
        raise Invalid({"file": f"{where}: “{either}” could mean either of two days; write it like 2026-02-28."})
    return DateOrder.MONTH_FIRST if month_first else None


def _day(text: str, where: str, order: DateOrder | None) -> date:
    try:
        return parse_date(text, _ZONE, order).at.date()
    except ValueError as error:
        raise Invalid({"date": f"{where}: “{_short(text)}” {error}."}) from None


def _count(cells: list[str], where: str) -> int:
    return 1 if len(cells) == 1 else _number(cells[1], where)


def _number(text: str, where: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) <= MOST_A_DAY):
        raise Invalid({"file": f"{where}: “{_short(text)}” isn’t a number of items from 0 to {MOST_A_DAY:,}."})
    return int(text)


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:40] + "…"
