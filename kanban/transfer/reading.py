"""Reads a CSV file of unknown origin, or a Trello board, into a table of text; `mapping` decides what columns mean."""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from kanban.errors import Refused
from kanban.transfer import trello
from kanban.transfer.own import is_own
from kanban.transfer.vocabulary import is_title_header

MAX_BYTES = 20_000_000
MAX_ROWS = 20_000
MAX_COLUMNS = 500
MAX_CELLS = 4_000_000
"""Empty cells count too, since each takes memory until the list is read."""
MAX_NAME = 1_000
_SAMPLE = 200
_SURE = 1_000_000
_DELIMITERS = (",", ";", "\t")
_CONTROLS = dict.fromkeys(number for number in range(1, 32) if chr(number) not in "\t\n\r")


@dataclass(frozen=True)
class Row:
    """One record below the header; `number` counts records from the top of the file, as a spreadsheet does."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """Header and rows; each row is as wide as the header or wider. `preamble` holds the records above the header."""

    header: tuple[str, ...]
    rows: tuple[Row, ...]
    delimiter: str
    notes: tuple[str, ...] = ()
    preamble: tuple[tuple[str, ...], ...] = ()


def read_table(source: bytes | str) -> Table:
    """Read a whole file.

    Encoding, delimiter and the place of the header are detected; `notes` says what was guessed or repaired. A file that
    is empty, too large, not text or broken is refused with one sentence.
    """
    if len(source) > MAX_BYTES:
        raise _unreadable(f"The file is larger than {MAX_BYTES // 1_000_000} MB. Split it and import the parts.")
    notes: list[str] = []
    text = _checked(_decode(source, notes) if isinstance(source, bytes) else source.removeprefix("\ufeff"), notes)
    records, delimiter = trello.records_of(text), ","
    if records is not None:
        notes.append("A Trello board: row 2 is the first card of its first list.")
    elif other := _other_format(text):
        raise _unreadable(f"This is {other}. Export the list as CSV and import that.")
    else:
        delimiter = _delimiter_of(text)
        records = _all_records(text, delimiter)
    top = _header_index(records)
    header = _header(records[top], top + 1)
    rows = _rows(records, top, len(header), notes)
    preamble = tuple(tuple(record) for record in records[:top] if any(record))
    if preamble:
        notes.append(f"The header is row {top + 1}; everything above it was left out.")
    return Table(header, rows, delimiter, tuple(notes), preamble)


def _unreadable(sentence: str) -> Refused:
    return Refused(sentence, code="unreadable_file")


def _decode(source: bytes, notes: list[str]) -> str:
    if source.startswith(b"PK\x03\x04"):
        raise _unreadable("This is a spreadsheet workbook. Save it as CSV and import that.")
    if source.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _decode_as(source, "utf-16")
    if source[:1_000].count(0) > len(source[:1_000]) // 4:
        return _decode_as(source, "utf-16-le" if source[1:2] == b"\x00" else "utf-16-be")
    try:
        return source.decode("utf-8-sig")
    except UnicodeDecodeError:
        notes.append("The file isn’t UTF-8; it was read as Windows-1252. Check the accents.")
        return source.decode("cp1252", errors="replace")


def _decode_as(source: bytes, encoding: str) -> str:
    try:
        return source.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise _unreadable("The file isn’t text. Save it as CSV in UTF-8 and try again.") from None


def _checked(text: str, notes: list[str]) -> str:
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise _unreadable("The file isn’t text. Save it as CSV in UTF-8 and try again.")
    if not text.strip():
        raise _unreadable("The file is empty.")
    clean = text.translate(_CONTROLS)
    if len(clean) < len(text):
        notes.append("Control characters were left out.")
    return clean


def _other_format(text: str) -> str | None:
    """The name of a format that is no table, or None.

    A header may begin with a bracket, so JSON has to parse to count as such. Parsing takes thirty times the size of a
    file in memory, so a large one counts as JSON if it begins as no header does.
    """
    begun = text.lstrip()
    if re.match(r"<(!doctype|html|\?xml|rss)\b", begun, re.IGNORECASE):
        return "XML" if begun.startswith("<?") else "a web page"
    if begun[:1] not in ("[", "{"):
        return None
    if len(begun) > _SURE:
        return "JSON" if re.match(r'(\[\s*)?\{\s*"', begun) else None
    try:
        json.loads(begun)
    except (ValueError, RecursionError):
        return None
    return "JSON"


def _delimiter_of(text: str) -> str:
    """The delimiter of a text.

    It is the one under which the header is that of our own export, else the one that a "sep=" line names, else the one
    that cuts most of the first records to the same width of more than one cell.
    """
    first_line = text.partition("\n")[0].rstrip()
    if own := next((delimiter for delimiter in _DELIMITERS if is_own(first_line.split(delimiter))), None):
        return own
    if named := re.match(r"sep=([^\s\w\"]|\t)[\r\n]", text, re.IGNORECASE):
        return named[1]
    return max(_DELIMITERS, key=lambda delimiter: _evenness(text, delimiter))


def _evenness(text: str, delimiter: str) -> tuple[int, int]:
    """How many of the first records share a width, and that width; it is low for a delimiter that breaks the CSV."""
    widths: Counter[int] = Counter()
    try:
        for record in islice(_records(text, delimiter), _SAMPLE):
            widths[len(record)] += 1
    except csv.Error:
        first_line = text.lstrip().split("\n", 1)[0]
        return (0, first_line.count(delimiter))
    wide = [(count, width) for width, count in widths.items() if width > 1]
    return max(wide, default=(0, 0))


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=True)


def _all_records(text: str, delimiter: str) -> list[list[str]]:
    records: list[list[str]] = []
    cells = 0
    try:
        for record in _records(text, delimiter):
            records.append([cell.strip() for cell in record])
            if len(records) > MAX_ROWS + _SAMPLE:
                raise _unreadable(f"The file has more than {MAX_ROWS:,} rows. Split it and import the parts.")
            if len(record) > MAX_COLUMNS:
                raise _unreadable(f"Row {len(records)} has more than {MAX_COLUMNS} cells.")
            cells += len(record)
            _refuse_cells(cells)
    except csv.Error as error:
        raise _unreadable(f"Row {len(records) + 1} {_in_words(error)}") from None
    return records


def _refuse_cells(count: int) -> None:
    if count > MAX_CELLS:
        raise _unreadable(f"The file has more than {MAX_CELLS:,} cells. Leave columns out, or split it.")


def _in_words(error: csv.Error) -> str:
    match str(error):
        case message if "unexpected end" in message:
            return "opens a quotation mark that is never closed."
        case message if "field larger" in message:
            return f"has a cell of more than {csv.field_size_limit():,} characters."
        case _:
            return "has a stray quotation mark; inside a quoted cell it must be doubled."


def _header_index(records: list[list[str]]) -> int:
    """The first record that names a title column; else the first with two filled cells; else the first with one."""
    first = list(enumerate(records[:20]))
    for number, record in first:
        if sum(map(bool, record)) > 1 and any(map(is_title_header, record)):
            return number
    for number, record in first:
        if sum(map(bool, record)) > 1:
            return number
    filled = next((number for number, record in enumerate(records) if any(record)), None)
    if filled is None:
        raise _unreadable("The file is empty.")
    return filled


def _header(record: list[str], number: int) -> tuple[str, ...]:
    """The column names without the empty ones at the end; a cell too long for a name is refused."""
    longest = max(map(len, record))
    if longest > MAX_NAME:
        raise _unreadable(f"Row {number} should name the columns, but a cell in it has {longest:,} characters.")
    while record and not record[-1]:
        record = record[:-1]
    return tuple(record)


def _rows(records: list[list[str]], top: int, width: int, notes: list[str]) -> tuple[Row, ...]:
    rows: list[Row] = []
    short = 0
    for number, record in enumerate(records[top + 1 :], start=top + 2):
        if any(record):
            short += len(record) < width
            _refuse_cells(len(rows) * width)
            rows.append(Row(number, tuple(record) + ("",) * (width - len(record))))
    if len(rows) > MAX_ROWS:
        raise _unreadable(f"The file has more than {MAX_ROWS:,} rows. Split it and import the parts.")
    if not rows:
        raise _unreadable("There are no rows below the header.")
    if short:
        notes.append(f"Rows shorter than the header: {short}. Their missing cells count as empty.")
    return tuple(rows)
