"""Column names to fields: what is suggested, and how it is overruled."""

import pytest

from kanban.errors import Refused
from kanban.transfer.dates import DateOrder
from kanban.transfer.mapping import ColumnMapping, suggest_mapping
from kanban.transfer.reading import Table, read_table
from kanban.transfer.vocabulary import HEADERS, Field, fold


def table(*header: str) -> Table:
    return read_table("\t".join(header) + "\n" + "\t".join("x" for _ in header))


def named(mapping: ColumnMapping) -> dict[Field, list[str]]:
    return {each: [mapping.header[position] for position in found] for each, found in mapping.columns.items()}


def refusal(*header: str, overrides: list[str]) -> str:
    with pytest.raises(Refused) as refused:
        suggest_mapping(table(*header), overrides)
    assert refused.value.code == "mapping"
    return refused.value.sentence


def test_names_are_known_whatever_their_case_and_signs() -> None:
    mapping = suggest_mapping(table("ID", "Work Item Type", "TITLE", "state", "Created_At", "Closed-Date"))
    assert named(mapping) == {
        Field.KEY: ["ID"],
        Field.TYPE: ["Work Item Type"],
        Field.TITLE: ["TITLE"],
        Field.STATUS: ["state"],
        Field.CREATED: ["Created_At"],
        Field.FINISHED: ["Closed-Date"],
    }


def test_the_better_name_wins() -> None:
    mapping = suggest_mapping(table("Name", "Title", "Parent", "Parent key", "Issue id", "Issue key"))
    assert named(mapping) == {
        Field.TITLE: ["Title"],
        Field.PARENT: ["Parent key"],
        Field.KEY: ["Issue key", "Issue id"],
    }


@pytest.mark.parametrize("name", ["Custom field (Start date)", "Start date", "Custom field (Actual start)"])
def test_the_start_that_jira_knows_is_the_start(name: str) -> None:
    assert named(suggest_mapping(table("Summary", "Issue key", "Created", name)))[Field.STARTED] == [name]


def test_an_empty_column_does_not_hide_a_filled_one() -> None:
    """As Jira writes it for older projects: a column for parents that is empty, and the links to epics beside it."""
    jira = read_table("Summary,Parent,Custom field (Epic Link)\nPay by card,,SHOP-1\nPay by invoice,,")
    assert named(suggest_mapping(jira))[Field.PARENT] == ["Custom field (Epic Link)"]
    both_empty = read_table("Summary,Parent,Epic Link\nPay by card,,")
    assert named(suggest_mapping(both_empty))[Field.PARENT] == ["Parent"]


def test_a_list_of_trello_says_where_its_cards_stand() -> None:
    mapping = suggest_mapping(table("Card ID", "Card Name", "Labels", "List ID", "List Name", "Board Name", "Archived"))
    assert mapping.name(Field.STATUS) == "List Name"
    assert mapping.name(Field.TITLE) == "Card Name"


def test_repeated_label_columns_are_all_read() -> None:
    mapping = suggest_mapping(table("Summary", "Labels", "Labels", "Tags"))
    assert mapping.positions(Field.LABELS) == (1, 2, 3)


def test_every_column_is_described_for_the_rehearsal() -> None:
    mapping = suggest_mapping(table("Title", "Colour", "State"))
    assert mapping.described() == [("Title", Field.TITLE), ("Colour", None), ("State", Field.STATUS)]
    assert mapping.name(Field.STATUS) == "State"
    assert mapping.name(Field.PARENT) is None


def test_an_override_takes_the_field_and_the_column() -> None:
    mapping = suggest_mapping(table("Title", "Rubrik", "State"), ["rubrik=title", "Title=description"])
    assert named(mapping) == {Field.TITLE: ["Rubrik"], Field.DESCRIPTION: ["Title"], Field.STATUS: ["State"]}


def test_an_override_can_leave_a_column_out() -> None:
    assert named(suggest_mapping(table("Title", "State"), ["State=ignore"])) == {Field.TITLE: ["Title"]}


def test_overrides_of_one_field_add_up() -> None:
    mapping = suggest_mapping(table("Title", "Team", "Area", "Tags"), ["Team=labels", "Area=labels"])
    assert named(mapping)[Field.LABELS] == ["Team", "Area"]


def test_a_column_name_may_hold_an_equals_sign() -> None:
    assert named(suggest_mapping(table("a=b", "x"), ["a=b=title"]))[Field.TITLE] == ["a=b"]


def test_an_override_can_say_in_which_order_dates_stand() -> None:
    mapping = suggest_mapping(table("Title", "Begin"), ["Begin=started:MDY"])
    assert mapping.orders == {1: DateOrder.MONTH_FIRST}


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        ("Rubrik", "should read COLUMN=FIELD"),
        ("=title", "should read COLUMN=FIELD"),
        ("Nope=title", "There is no column “Nope”. The columns are: Rubrik, Läge."),
        ("Rubrik=headline", "There is no field “headline”. The fields are: key, title,"),
        ("Rubrik=title:dmy", "should be one of the dates"),
        ("Rubrik=started:ymd", "should be one of the dates"),
        ("Läge=status", "No column looks like a title"),
    ],
)
def test_a_wrong_override_is_refused_with_what_there_is(override: str, sentence: str) -> None:
    assert sentence in refusal("Rubrik", "Läge", overrides=[override])


def test_a_table_without_a_title_names_its_columns() -> None:
    assert "The columns are: Rubrik, Läge." in refusal("Rubrik", "Läge", overrides=[])


def test_no_name_means_two_fields() -> None:
    names = [name for names in HEADERS.values() for name in names]
    assert len(names) == len(set(names))
    assert all(fold(name) == name for name in names)
