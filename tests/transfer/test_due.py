"""Due dates of a former list: a line of the description, never a promise, and nothing that stops an import."""

from zoneinfo import ZoneInfo

import pytest

from kanban.transfer.dates import DateOrder
from kanban.transfer.due import due_day, with_due
from kanban.transfer.mapping import suggest_mapping
from kanban.transfer.reading import read_table
from kanban.transfer.staging import DESCRIPTION_LENGTH, Staged, read_items

OSLO, NEW_YORK = ZoneInfo("Europe/Oslo"), ZoneInfo("America/New_York")


def stage(text: str) -> Staged:
    table = read_table(text)
    return read_items(table, suggest_mapping(table), "Europe/Oslo")


@pytest.mark.parametrize(
    ("text", "zone", "order", "day"),
    [
        ("2026-12-24", OSLO, None, "2026-12-24"),
        ("17/Sep/25 12:00 AM", NEW_YORK, None, "2025-09-17"),
        ("Fri Mar 10 2023 00:00:00 GMT+0000 (GMT)", NEW_YORK, None, "2023-03-10"),
        ("2024-05-01T22:00:00.000Z", OSLO, None, "2024-05-02"),
        ("2024-05-01 19:00", NEW_YORK, None, "2024-05-01"),
        ("03/04/2026", OSLO, DateOrder.DAY_FIRST, "2026-04-03"),
        ("03/04/2026", OSLO, DateOrder.MONTH_FIRST, "2026-03-04"),
        ("03/04/2026", OSLO, None, "03/04/2026"),
        ("end  of\nQ3", OSLO, None, "end of Q3"),
        ("31/02/2026", OSLO, None, "31/02/2026"),
        ("", OSLO, None, ""),
    ],
)
def test_a_due_date_is_a_day_or_the_words_of_its_cell(
    text: str, zone: ZoneInfo, order: DateOrder | None, day: str
) -> None:
    assert due_day(text, zone, order) == day


def test_it_stands_once_at_the_end_of_the_description() -> None:
    once = with_due("Blue.\n", "2026-12-24")
    assert once == "Blue.\n\nDue in the original list: 2026-12-24"
    assert with_due(once, "2026-12-24") == once
    assert with_due("", "2026-12-24") == "Due in the original list: 2026-12-24"
    assert with_due("Blue.\n", "") == "Blue.\n"


def test_day_and_month_stand_as_the_other_dates_of_the_file_show() -> None:
    alone = stage("Title,Due date\nA,03/04/2026\n")
    assert (alone.problems, alone.items[0].due) == ((), "03/04/2026")
    own = stage("Title,Due date\nA,03/04/2026\nB,24/12/2026\n")
    assert [item.due for item in own.items] == ["2026-04-03", "2026-12-24"]
    other = stage("Title,Created,Due date\nA,01/13/2020,03/04/2026\n")
    assert other.items[0].description == "Due in the original list: 2026-03-04"


def test_a_description_without_room_stays_whole() -> None:
    full = "x" * (DESCRIPTION_LENGTH - 3)
    found = stage(f"Title,Description,Due\nA,{full},2026-12-24\n")
    assert (found.problems, found.items[0].description) == ((), full)
    assert "There is no room for the due date in the description. (row 2)" in found.notes
