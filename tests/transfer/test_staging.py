"""Rows to staged items: what a row means, and what stands in its way."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanban import clock
from kanban.flow.stage import Stage
from kanban.transfer.cells import guard, unguard
from kanban.transfer.mapping import suggest_mapping
from kanban.transfer.reading import read_table
from kanban.transfer.staging import Staged, StagedItem, read_items
from kanban.transfer.vocabulary import REMOVED_STATUSES, STATUSES, TYPES, fold

NOW = datetime(2025, 6, 30, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def stopped_clock() -> Iterator[None]:
    with clock.at(NOW):
        yield


def stage(*lines: str, overrides: tuple[str, ...] = (), own: dict[str, Stage] | None = None) -> Staged:
    table = read_table("\n".join(lines))
    return read_items(table, suggest_mapping(table, overrides), "UTC", own_columns=own)


def only(*lines: str) -> StagedItem:
    staged = stage(*lines)
    assert staged.problems == ()
    (item,) = staged.items
    return item


def problems(*lines: str) -> list[str]:
    return [str(problem) for problem in stage(*lines).problems]


def day(number: int) -> datetime:
    return datetime(2025, 6, number, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("New", Stage.BACKLOG),
        ("to-do", Stage.BACKLOG),
        ("IN PROGRESS", Stage.DOING),
        ("Code Review", Stage.REVIEW),
        ("Resolved", Stage.REVIEW),
        ("closed", Stage.DONE),
    ],
)
def test_a_status_names_its_stage(status: str, expected: Stage) -> None:
    assert only("Title,Status", f"A,{status}").stage is expected


@pytest.mark.parametrize("to_do", ["To Do", "Todo", "À faire"])
def test_to_do_is_what_comes_next_only_beside_a_backlog(to_do: str) -> None:
    def stages(beside: str) -> list[Stage]:
        return [item.stage for item in stage("Title,Status", f"A,{to_do}", f"B,{beside}").items]

    assert stages("Done") == [Stage.BACKLOG, Stage.DONE]
    assert stages("Open") == [Stage.BACKLOG, Stage.BACKLOG]
    assert stages("Selected for Development") == [Stage.BACKLOG, Stage.READY]
    assert stages("Backlog") == [Stage.READY, Stage.BACKLOG]
    assert stage("Title,Status", f"A,{to_do}", own={to_do: Stage.READY}).items[0].stage is Stage.READY


def test_resolved_means_done_where_a_finish_stands_beside_it() -> None:
    assert only("Title,Status,Closed Date", "A,Resolved,2025-06-02").stage is Stage.DONE


def test_a_column_of_the_product_outranks_the_vocabulary() -> None:
    staged = stage("Title,Status", "A,done", own={"Done": Stage.REVIEW})
    assert staged.items[0].stage is Stage.REVIEW


@pytest.mark.parametrize("status", ["Pru\u0308fung", "PRÜFUNG", " Prüfung"])
def test_a_column_of_the_product_is_known_however_its_accents_are_stored(status: str) -> None:
    staged = stage("Title,Status", f"A,{status}", own={"Prüfung": Stage.DOING})
    assert staged.items[0].stage is Stage.DOING


def test_the_category_helps_where_the_status_is_unknown() -> None:
    staged = stage("Title,Status,Status Category", "A,Zubereitung,In Progress")
    assert (staged.items[0].stage, staged.items[0].status) == (Stage.DOING, "Zubereitung")
    assert not any("neither a known status" in note for note in staged.notes)


def test_without_a_status_the_dates_decide() -> None:
    staged = stage("Title,Started,Finished", "A,2025-06-01,2025-06-03", "B,2025-06-01,", "C,,")
    assert [item.stage for item in staged.items] == [Stage.DONE, Stage.DOING, Stage.BACKLOG]


@pytest.mark.parametrize("status", ["Removed", "Canceled", "Won't Do"])
def test_given_up_work_is_removed(status: str) -> None:
    item = only("Title,Status,Started,Finished", f"A,{status},2025-06-01,2025-06-02")
    assert (item.removed, item.stage, item.finished_at) == (True, Stage.DOING, None)


def test_archived_work_is_removed_unless_it_was_done() -> None:
    staged = stage("Title,Status,Archived,Closed Date", "A,Todo,yes,", "B,Done,yes,2025-06-01", "C,Todo,no,")
    assert [item.removed for item in staged.items] == [True, False, False]


def test_a_removal_may_carry_its_date() -> None:
    assert only("Title,Canceled", "A,2025-06-05").removed_at == day(5)


def test_finished_work_without_a_date_says_that_no_day_counts() -> None:
    staged = stage("Title,Status", "A,Done", "B,Active")
    assert [(item.started_at, item.finished_at) for item in staged.items] == [(None, None), (None, None)]
    assert staged.notes[1:] == (
        "Finished, but without a date: these count as done, but are left out of figures and updates, since nobody "
        "knows when. (row 2)",
        "In progress, but without a start date: their age is shown as “at least” the days from today on, and how long "
        "they take remains unknown. (row 3)",
    )


def test_a_day_without_a_time_gives_way_to_one_with_a_time() -> None:
    item = only("Title,Started,Finished", "A,2025-06-02 18:00,2025-06-02")
    assert item.started_at == item.finished_at == datetime(2025, 6, 2, 18, tzinfo=UTC)
    item = only("Title,Started,Finished", "A,2025-06-02,2025-06-02 08:00")
    assert item.started_at == item.finished_at == datetime(2025, 6, 2, 8, tzinfo=UTC)


def test_a_late_creation_yields_to_the_start() -> None:
    staged = stage("Title,Created,Started", "A,2025-06-09,2025-06-02")
    assert staged.items[0].created_at == day(2)
    assert any("Created after" in note for note in staged.notes)


def test_today_at_noon_is_not_later_than_now() -> None:
    assert only("Title,Started", "A,2025-06-30").started_at == NOW


def test_a_title_with_line_breaks_becomes_one_line() -> None:
    staged = stage("Title,Note", '"Paint\nthe  railing",x')
    assert staged.items[0].title == "Paint the railing"
    assert any("joined" in note for note in staged.notes)


def test_work_types_are_translated() -> None:
    rows = ["A,User Story", "B,Bug", "C,Sub-task", "D,Spike", "E,Epic", "F,"]
    staged = stage("Title,Type", *rows, "G,Wombat")
    assert [item.type for item in staged.items] == ["feature", "bug", "chore", "spike", "feature", "feature", "feature"]
    assert any("“Wombat” is not a known type" in note and "(row 8)" in note for note in staged.notes)


def test_labels_are_parted_and_kept_once() -> None:
    assert only("Title,Tags", 'A,"one; Two | two,  three  four"').labels == ("one", "Two", "three four")


def test_labels_are_parted_at_spaces_only_where_each_part_stands_alone_elsewhere() -> None:
    staged = stage("Title,Tags", "A,Sales Support", "B,Sales", "C,Support", "D,Release Notes")
    assert [item.labels for item in staged.items] == [
        ("Sales", "Support"),
        ("Sales",),
        ("Support",),
        ("Release Notes",),
    ]


def test_a_guarded_cell_comes_back_unchanged() -> None:
    staged = stage("Title,Description", "'=1+1,'@home", "'tis,'-")
    assert [(item.title, item.description) for item in staged.items] == [("=1+1", "@home"), ("'tis", "-")]


@given(st.text())
def test_the_guard_comes_off_again(text: str) -> None:
    assert unguard(guard(text)) == text
    assert not guard(text).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_rows_are_known_again_by_key_or_by_title() -> None:
    staged = stage("ID,Title", "7,A", ",B", ",B")
    assert staged.items[0].key == "7"
    assert staged.items[1].key != staged.items[2].key
    again = stage("ID,Title", ",B", "7,A", ",B")
    assert {item.key for item in staged.items} == {item.key for item in again.items}


def test_a_parent_may_be_named_by_any_of_its_keys() -> None:
    staged = stage("Issue key,Issue id,Summary,Parent", "T-1,100,A,", "T-2,101,B,100", "T-3,102,C,T-1")
    assert [item.parent_key for item in staged.items] == [None, "T-1", "T-1"]


def test_a_part_of_a_part_hangs_below_the_topmost() -> None:
    staged = stage("ID,Title,Parent", "1,Epic,", "2,Story,1", "3,Step,2")
    assert [item.parent_key for item in staged.items] == [None, "1", "1"]
    assert any("Parts of a part" in note and "(row 4)" in note for note in staged.notes)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["Title,State", ",New"], "row 2, column “Title”: The title is missing."),
        (["Title,State", "A,New,what"], "row 2: 3 cells where the header has 2. Is a quotation mark missing?"),
        (["ID,Title", "1,A", "1,B"], "row 3, column “ID”: “1” is already in row 2."),
        (["Title,Created", "A,soon"], "row 2, column “Created”: “soon” isn’t a date that can be read."),
        (
            ["Title,Created", "A,2025-02-30"],
            "row 2, column “Created”: “2025-02-30” isn’t a day or a time that exists.",
        ),
        (["Title,Created", "A,2025-07-01"], "row 2, column “Created”: 2025-07-01 is in the future."),
        (
            ["Title,Start,End Date", "A,2025-06-03,2025-06-02"],
            "row 2, column “End Date”: finished on 2025-06-02, before it started on 2025-06-03.",
        ),
        (
            ["Title,Start,End Date", "A,2025-06-03 10:00,2025-06-03 09:00"],
            "row 2, column “End Date”: finished on 2025-06-03, before it started on 2025-06-03.",
        ),
        (
            ["Title,Start", "A,03/04/2025"],
            "row 2, column “Start”: “03/04/2025” can be read in two ways. Say whether the day or the month comes first."
            ' Map it: --map "Start=started:dmy" (day first) or --map "Start=started:mdy" (month first).',
        ),
        (["ID,Title,Parent", "1,A,1"], "row 2, column “Parent”: “1” leads back to this row."),
        (["Title,Tags", f"A,{'x' * 41}"], "row 2, column “Tags”: The label has 41 characters; at most 40 fit."),
        (["Title,Note", f"{'x' * 301},"], "row 2, column “Title”: The title has 301 characters; at most 300 fit."),
    ],
)
def test_a_problem_names_row_and_column(lines: list[str], expected: str) -> None:
    assert problems(*lines) == [expected]


def test_every_problem_is_told_at_once_in_the_order_of_the_file() -> None:
    found = problems("Title,Created,Finished", "A,x,", ",2025-06-01,y", "C,,z")
    assert [line.partition(":")[0] for line in found] == [
        "row 2, column “Created”",
        "row 3, column “Title”",
        "row 3, column “Finished”",
        "row 4, column “Finished”",
    ]


def test_a_column_of_dates_is_read_in_the_order_its_rows_show() -> None:
    staged = stage("Title,Created", "A,03/04/2025", "B,03/20/2025")
    assert staged.items[0].created_at == datetime(2025, 3, 4, 12, tzinfo=UTC)
    staged = stage("Title,Created", "A,03/04/2025", "B,20/03/2025")
    assert staged.items[0].created_at == datetime(2025, 4, 3, 12, tzinfo=UTC)


def test_an_unclear_column_follows_the_clear_ones() -> None:
    staged = stage("Title,Created,Started", "A,03/20/2025,04/05/2025")
    assert staged.items[0].started_at == datetime(2025, 4, 5, 12, tzinfo=UTC)


def test_an_order_that_was_given_settles_it() -> None:
    staged = stage("Title,Start", "A,03/04/2025", overrides=("Start=started:dmy",))
    assert staged.problems == ()
    assert staged.items[0].started_at == datetime(2025, 4, 3, 12, tzinfo=UTC)


def test_a_row_against_the_order_of_its_column_is_a_problem() -> None:
    found = problems("Title,Created", "A,20/03/2025", "B,21/03/2025", "C,03/22/2025")
    assert found == ["row 4, column “Created”: “03/22/2025” isn’t a day or a time that exists."]


def test_a_parent_that_is_not_in_the_file_is_noted_and_kept() -> None:
    staged = stage("ID,Title,Parent", "1,A,#99")
    assert staged.problems == ()
    assert staged.items[0].parent_key == "99"
    assert any("parent isn’t in this file" in note for note in staged.notes)


def test_people_are_kept_as_the_cells_name_them() -> None:
    staged = stage("Title,Assignee,Assignee", "A,ada@example.com,Bo", "B,,")
    assert [item.people for item in staged.items] == [("ada@example.com", "Bo"), ()]
    assert not [note for note in staged.notes if "Assignee" in note]


@pytest.mark.parametrize(
    ("header", "cell", "size"),
    [
        ("Story Points", "5", "5"),
        ("Custom field (Story point estimate)", "5.0", "5"),
        ("Estimate", "0.5", "0.5"),
        ("Size", " XL ", "XL"),
        ("T-shirt size", "", ""),
    ],
)
def test_story_points_are_the_size(header: str, cell: str, size: str) -> None:
    assert only(f"Title,{header}", f"A,{cell}").size == size


def test_an_effort_that_is_no_judgement_from_one_to_five_can_be_kept_as_the_size() -> None:
    [note] = [note for note in stage("Title,Status,Effort,Key", "A,New,13,1").notes if "Effort" in note]
    assert note.endswith("Read the column as the size to keep it. (row 2)")
    kept = stage("Title,Status,Effort,Key", "A,New,13,1", overrides=("Effort=size",))
    assert (kept.items[0].size, kept.items[0].effort) == ("13", None)


def test_what_is_too_long_for_a_size_is_told_and_left_out() -> None:
    staged = stage("Title,Size", "A,about as large as B", "B,S")
    assert [item.size for item in staged.items] == ["", "S"]
    assert [note for note in staged.notes if "Size" in note] == [
        "“Size” has more than 10 characters: too long for a size, so it is left out. (row 2)"
    ]


def test_no_word_means_two_things() -> None:
    statuses = [word for words in STATUSES.values() for word in words] + sorted(REMOVED_STATUSES)
    types = [word for words in TYPES.values() for word in words]
    for words in (statuses, types):
        assert len(words) == len(set(words))
        assert all(fold(word) == word for word in words)


def test_ten_thousand_rows_are_read_in_a_breath() -> None:
    rows = [f"{number},Item {number},Done,Sales,1,2025-06-01,2025-06-0{number % 9 + 1}" for number in range(2, 10_001)]
    staged = stage("ID,Title,Status,Tags,Parent,Started,Finished", "1,Whole,New,,,,", *rows)
    assert staged.problems == ()
    assert len(staged.items) == 10_000


def test_finished_work_without_a_start_date_is_told_to_count_as_one_day() -> None:
    found = stage("Title,Status,Started,Finished", "A,Done,,2025-06-03", "B,Done,2025-06-01,2025-06-03")
    assert found.notes[-1] == "Finished, but without a start date: how long these took remains unknown. (row 2)"
