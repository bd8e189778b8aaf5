"""Whole files as other tools wrote them, from bytes to staged items and on to the flow numbers."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from kanban import clock
from kanban.flow.history import ItemHistory, Move, Subject, build_histories
from kanban.flow.metrics import cycle_times, wip
from kanban.flow.stage import Stage
from kanban.transfer.mapping import suggest_mapping
from kanban.transfer.reading import read_table
from kanban.transfer.staging import Staged, StagedItem, read_items

DATA = Path(__file__).parent.parent / "data"
ZONE = "Europe/Zurich"
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def stopped_clock() -> Iterator[None]:
    with clock.at(NOW):
        yield


def stage(name: str, *overrides: str) -> Staged:
    table = read_table((DATA / name).read_bytes())
    return read_items(table, suggest_mapping(table, overrides), ZONE)


def by_key(staged: Staged) -> dict[str, StagedItem]:
    return {item.key: item for item in staged.items}


def histories(staged: Staged) -> list[ItemHistory]:
    """What the log of an import would give."""
    subjects: list[Subject] = []
    moves: list[Move] = []
    for number, item in enumerate(staged.items, start=1):
        subjects.append(Subject(number, item.key, item.title, item.type))
        steps: list[tuple[Stage | None, datetime | None]] = [(Stage.BACKLOG, item.created_at or NOW)]
        if item.stage in (Stage.DOING, Stage.REVIEW):
            steps.append((item.stage, item.started_at or NOW))
        if item.stage is Stage.DONE:
            steps += [(Stage.DOING, item.started_at), (Stage.DONE, item.finished_at or NOW)]
        if item.removed:
            steps.append((None, item.removed_at or NOW))
        taken = [(to, at) for to, at in steps if at is not None]
        moves += [Move(number, None, to, at, 1, len(moves) + seq) for seq, (to, at) in enumerate(taken)]
    return build_histories(subjects, moves, [], ZONE)


def test_the_azure_export_arrives_whole() -> None:
    staged = stage("azure_devops_items.csv")
    assert staged.problems == ()
    assert len(staged.items) == 117
    assert Counter(item.status for item in staged.items) == {
        "Closed": 88,
        "Removed": 6,
        "New": 19,
        "Planned": 2,
        "Active": 1,
        "Resolved": 1,
    }
    standing = [item for item in staged.items if not item.removed]
    assert Counter(item.stage for item in standing) == {
        Stage.DONE: 88,
        Stage.BACKLOG: 19,
        Stage.READY: 2,
        Stage.DOING: 1,
        Stage.REVIEW: 1,
    }
    assert Counter(item.type for item in staged.items) == {"feature": 104, "bug": 13}
    assert Counter(label for item in staged.items for label in item.labels)["Documentation"] == 13
    assert staged.items[0].title == "Initial Range for Team Metrics"
    assert staged.items[-1].title == "Jira Endpoints"
    assert sum(item.parent_key is not None for item in staged.items) == 60
    assert any("parent isn’t in this file" in note and "13 more" in note for note in staged.notes)


def test_the_azure_export_has_the_known_cycle_times() -> None:
    answer = cycle_times(histories(stage("azure_devops_items.csv")))
    assert (answer.n, answer.p50, answer.p85, answer.p95) == (88, 1, 2, 4)


def test_the_azure_export_leaves_two_items_in_progress() -> None:
    answer = wip(histories(stage("azure_devops_items.csv")), NOW.date(), NOW)
    assert {row.stage for row in answer.rows} == {Stage.DOING, Stage.REVIEW}


def test_the_jira_export_takes_starts_from_the_change_of_category() -> None:
    staged = stage("jira_cloud_all_fields.csv")
    assert staged.problems == ()
    assert Counter(item.stage for item in staged.items) == {Stage.BACKLOG: 9, Stage.DOING: 3, Stage.DONE: 10}
    assert Counter(item.type for item in staged.items) == {"feature": 15, "chore": 7}
    items = by_key(staged)
    assert items["TES-15"].started_at == datetime(2025, 9, 4, 7, 11, tzinfo=UTC)
    assert items["TES-12"].finished_at == datetime(2025, 8, 28, 11, 50, tzinfo=UTC)
    assert (staged.items[0].key, staged.items[-1].title) == ("TES-25", "Change Cancel to Done")


def test_the_linear_export_keeps_parents_and_gives_up_what_was_canceled_or_archived() -> None:
    staged = stage("linear_claw.csv")
    assert staged.problems == ()
    items = by_key(staged)
    assert len(items) == 10
    assert {key for key, item in items.items() if item.removed} == {"CLA-2", "CLA-8", "CLA-10"}
    assert (items["CLA-1"].parent_key, items["CLA-7"].parent_key) == ("CLA-4", "CLA-6")
    assert items["CLA-1"].started_at == datetime(2023, 2, 11, 1, 51, 47, tzinfo=UTC)
    assert items["CLA-9"].stage is Stage.DONE
    assert items["CLA-8"].removed_at == datetime(2023, 2, 11, 1, 51, 27, tzinfo=UTC)
    assert items["CLA-10"].title == "Canceled from the get-go"
    assert items["CLA-8"].description == "Well…"


def test_a_list_with_stages_of_its_own_stands_where_its_dates_say() -> None:
    staged = stage("plain_wekan_board_import.csv")
    assert staged.problems == ()
    assert len(staged.items) == 25
    assert Counter(item.stage for item in staged.items) == {Stage.DONE: 16, Stage.DOING: 9}
    first = staged.items[0]
    assert first.started_at is not None
    assert first.started_at.date() == date(2020, 3, 20)
    assert first.labels == ("Marketing-blue",)
    assert staged.items[11].labels == ("Sales", "Support")
    assert any("Stage 1" in note for note in staged.notes)
    assert len({item.key for item in staged.items}) == 25


def test_a_list_may_use_the_columns_of_the_product() -> None:
    table = read_table((DATA / "plain_wekan_board_import.csv").read_bytes())
    own = {"stage 1": Stage.BACKLOG, "Stage 2": Stage.READY, "Stage 3": Stage.DOING, "Stage 4": Stage.DONE}
    staged = read_items(table, suggest_mapping(table), ZONE, own_columns=own)
    assert Counter(item.stage for item in staged.items) == {
        Stage.BACKLOG: 6,
        Stage.READY: 6,
        Stage.DOING: 7,
        Stage.DONE: 6,
    }


def test_a_status_outweighs_dates_that_contradict_it() -> None:
    staged = stage("plain_lighthouse_all_optional.csv")
    assert staged.problems == ()
    items = by_key(staged)
    assert items["EPIC-001"].stage is Stage.DOING
    assert items["EPIC-001"].finished_at is None
    assert items["EPIC-003"].started_at is None
    assert items["EPIC-003"].labels == ("maintenance", "blocked")
    assert any("finish date was left out" in note and "rows 2, 5" in note for note in staged.notes)
    assert any("start date was left out" in note and "row 4" in note for note in staged.notes)


def test_parents_may_be_row_numbers_where_there_is_no_key() -> None:
    staged = stage("own_rows_as_parents.csv")
    assert staged.problems == ()
    first, second, third = staged.items
    assert second.parent_key == first.key
    assert third.parent_key == "2"
    assert first.stage is Stage.DOING


def test_a_preamble_is_skipped_and_its_legend_is_read() -> None:
    staged = stage("own_preamble.csv")
    assert staged.problems == ()
    first, second = staged.items
    assert (first.row, first.title, first.labels) == (5, "Paint the railing", ("paint", "pier"))
    assert first.description == "Two coats.\n\nBlue, #0af, @north"
    assert (first.stage, second.stage, second.parent_key) == (Stage.BACKLOG, Stage.DONE, "1")
    assert second.finished_at == datetime(2024, 10, 12, 8, tzinfo=UTC)


@pytest.mark.parametrize("name", sorted(path.name for path in DATA.glob("*.csv")))
def test_every_staged_item_runs_forward(name: str) -> None:
    for item in stage(name).items:
        instants = [item.created_at, item.started_at, item.finished_at, item.removed_at]
        known = [instant for instant in instants if instant is not None]
        assert known == sorted(known)
        assert all(instant <= NOW for instant in known)


@pytest.mark.parametrize("name", sorted(path.name for path in DATA.glob("*.csv")))
def test_reading_twice_gives_the_same(name: str) -> None:
    assert stage(name) == stage(name)
