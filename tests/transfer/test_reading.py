"""Bytes to table: encodings, delimiters, headers, and everything that is refused with a sentence."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kanban.errors import Refused
from kanban.transfer import reading
from kanban.transfer.mapping import suggest_mapping
from kanban.transfer.reading import Row, Table, read_table
from kanban.transfer.staging import read_items


def refusal(source: bytes | str) -> str:
    with pytest.raises(Refused) as refused:
        read_table(source)
    assert refused.value.code == "unreadable_file"
    return refused.value.sentence


@pytest.mark.parametrize(("delimiter", "text"), [(",", "Title,State\nA,New\n"), (";", "Title;State\nA;New\n")])
def test_the_delimiter_is_found_out(delimiter: str, text: str) -> None:
    assert read_table(text) == Table(("Title", "State"), (Row(2, ("A", "New")),), delimiter)


def test_tabs_part_cells_too() -> None:
    assert read_table("Title\tState\nA, or B; C\tNew").rows == (Row(2, ("A, or B; C", "New")),)


def test_commas_inside_a_list_with_semicolons_stay_inside() -> None:
    table = read_table("Title;Note;Tags\nPay, then sail;a,b;x\nWait;c;y,z\n")
    assert table.delimiter == ";"
    assert table.rows[0].cells == ("Pay, then sail", "a,b", "x")


def test_a_spreadsheet_may_name_its_delimiter() -> None:
    table = read_table("sep=;\nTitle;State\nA;New\n")
    assert (table.delimiter, table.header, table.rows[0].number) == (";", ("Title", "State"), 3)


def test_a_list_of_titles_alone_is_a_table() -> None:
    assert read_table("Title\nFirst\nSecond").rows == (Row(2, ("First",)), Row(3, ("Second",)))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_unicode_is_read_with_and_without_a_mark(encoding: str) -> None:
    table = read_table("Title,State\nØresund – ⛴,New\n".encode(encoding))
    assert table.header == ("Title", "State")
    assert table.rows[0].cells[0] == "Øresund – ⛴"
    assert table.notes == ()


def test_an_older_encoding_is_read_with_a_note() -> None:
    table = read_table("Title,State\nFähre “A”,New\n".encode("cp1252"))
    assert table.rows[0].cells[0] == "Fähre “A”"
    assert "Windows-1252" in table.notes[0]


def test_line_breaks_of_every_make_are_read() -> None:
    for end in ("\n", "\r\n", "\r"):
        table = read_table(end.join(["Title,Note", '"A","one', 'two"', "B,x"]))
        assert [row.cells[0] for row in table.rows] == ["A", "B"]
        assert [row.number for row in table.rows] == [2, 3]


def test_rows_are_numbered_as_in_a_spreadsheet() -> None:
    table = read_table('Title,Note\n"A","two\nlines"\n\n,,\nB,x')
    assert [row.number for row in table.rows] == [2, 5]


def test_quoted_cells_may_follow_a_space() -> None:
    assert read_table('Title, State\n"A", "New, or so"\n').rows[0].cells == ("A", "New, or so")


def test_a_preamble_is_kept_apart() -> None:
    table = read_table('"Date: 1"\n"Legend:\n0 x"\nTitle,State\nA,New\n')
    assert table.preamble == (("Date: 1",), ("Legend:\n0 x",))
    assert table.header == ("Title", "State")
    assert "row 3" in table.notes[0]


def test_a_preamble_as_wide_as_the_table_is_seen_by_its_names() -> None:
    table = read_table("Report,Board 7\nby,me\nID,Title\n1,A\n")
    assert table.header == ("ID", "Title")


def test_repeated_names_and_empty_ends_of_the_header_are_kept_apart() -> None:
    table = read_table("Title,Labels,Labels,,\nA,x,y,,\n")
    assert table.header == ("Title", "Labels", "Labels")


def test_short_rows_are_filled_and_told() -> None:
    table = read_table("Title,State,Tags\nA,New,x\nB\n")
    assert table.rows[1].cells == ("B", "", "")
    assert table.notes == ("Rows shorter than the header: 1. Their missing cells count as empty.",)


def test_control_characters_are_left_out() -> None:
    table = read_table("Title,State\nA\x07B\x1b,New\n")
    assert table.rows[0].cells[0] == "AB"
    assert table.notes == ("Control characters were left out.",)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (b"", "empty"),
        (b"  \r\n \n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"PK\x03\x04rest", "workbook"),
        (b'\xef\xbb\xbf{\n "id": "1", "name": "Board", "cards": []}', "This is JSON. Export the list as CSV"),
        (b'[\n  {"title": "A", "state": "open"}\n]', "This is JSON. Export the list as CSV"),
        (b"<!doctype html>\n<title>Sign in</title>", "This is a web page. Export the list as CSV"),
        (b"\xff\xfeA", "isn’t text"),
        (b"Title,State\nA,\x00\x01\x02\n", "isn’t text"),
        ("Title,State\nA,\x00", "isn’t text"),
        ("Title,State\nA,\ud800", "isn’t text"),
        ("Title,State\n", "no rows below the header"),
        ('Title,State\nA,New\n"B,New\nC,New\n', "Row 3 opens a quotation mark that is never closed"),
        ('Title,State\n"A"x,New\n', "Row 2 has a stray quotation mark"),
        ("Title,State\n" + "x" * 140_000 + ",New\n", "Row 2 has a cell of more than 131,072 characters"),
        (",".join(["Title"] * 501) + "\nA\n", "more than 500 cells"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(source: bytes | str, sentence: str) -> None:
    assert sentence in refusal(source)


def test_too_many_rows_and_bytes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_ROWS", 10)
    assert "more than 10 rows" in refusal("Title\n" + "A\n" * 11)
    assert "more than 10 rows" in refusal("Title\n" + "A\n" * 1_000)
    assert len(read_table("Title\n" + "A\n" * 10).rows) == 10
    monkeypatch.setattr(reading, "MAX_BYTES", 1_000_000)
    assert "larger than 1 MB" in refusal("x" * 1_000_001)


CELLS = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=12).map(str.strip)


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=8), st.sampled_from([",", ";", "\t"]))
def test_what_was_written_comes_back(rows: list[tuple[str, str, str]], delimiter: str) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerow(("Title", "State", "Tags"))
    writer.writerows(("x" + first, second, third) for first, second, third in rows)
    table = read_table(out.getvalue().encode())
    assert table.header == ("Title", "State", "Tags")
    assert [row.cells for row in table.rows] == [("x" + first, second, third) for first, second, third in rows]


PIECES = st.sampled_from(
    [
        *(
            "Title",
            "State",
            "Created",
            "Parent",
            "ID",
            "Tags",
            "A",
            "Done",
            "New",
            ",",
            ";",
            "\t",
            "\n",
            "\r\n",
            '"',
            '""',
        ),
        *(
            "'",
            "=1+1",
            "2025-01-01",
            "03/04/2020",
            "13/04/2020",
            "99.99.9999",
            "\ufeff",
            "\x00",
            "ß",
            "|",
            " ",
            "sep=",
            "#1",
        ),
    ]
)


@settings(max_examples=300)
@given(st.one_of(st.binary(max_size=200), st.lists(PIECES, max_size=60).map("".join)))
def test_nonsense_is_staged_or_refused_but_never_breaks(source: bytes | str) -> None:
    try:
        table = read_table(source)
        staged = read_items(table, suggest_mapping(table), "Europe/Zurich")
    except Refused:
        return
    assert len(staged.items) == len(table.rows)
    assert all(str(problem) for problem in staged.problems)
