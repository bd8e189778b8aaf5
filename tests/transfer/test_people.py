"""Who is meant by what a list calls its assignees."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanban.flow.stage import Stage
from kanban.transfer.people import MOST, ActiveMember, Holding, hold
from kanban.transfer.staging import StagedItem

ANA = ActiveMember(1, "Ana Silva", "ana@example.org", may_hold=True)
BO = ActiveMember(2, "Bo Berg", "bo@example.org", may_hold=True)
COMMA = ActiveMember(3, "Lund, Ida", "ida@example.org", may_hold=True)
ZOE = ActiveMember(4, "Zo\N{LATIN SMALL LETTER E WITH DIAERESIS}", "zoe@example.org", may_hold=True)
VIC = ActiveMember(5, "Vic", "vic@example.org", may_hold=False)
TWINS = [
    ActiveMember(6, "Kim", "kim@example.org", may_hold=True),
    ActiveMember(7, "Kim", "other@example.org", may_hold=True),
]
AVA = ActiveMember(8, "Ava O’Brien", "ava@example.org", may_hold=True)
JEAN = ActiveMember(9, "Jean‐Luc Petit", "jean@example.org", may_hold=True)  # noqa: RUF001
TEAM = [ANA, BO, COMMA, ZOE, VIC, *TWINS, AVA, JEAN]


def row(number: int, *people: str) -> StagedItem:
    rest: dict[str, Any] = dict.fromkeys(("parent_key", "created_at", "started_at", "finished_at", "removed_at"))
    return StagedItem(
        number, str(number), "A", "", "", Stage.BACKLOG, "feature", (), removed=False, people=people, **rest
    )


def held(*cells: str) -> Holding:
    return hold([row(2, *cells)], TEAM)


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        ("ana@example.org", [ANA]),
        ("ANA@Example.org", [ANA]),
        ("Ana Silva", [ANA]),
        ("  ana   SILVA ", [ANA]),
        ("Ana Silva <ana@example.org>", [ANA]),
        ("Somebody Else <ana@example.org>", [ANA]),
        ("Ana Silva <ana@former.example>", [ANA]),
        ("<ana@example.org>", [ANA]),
        ("Silva, Ana <ana@example.org>; Berg, Bo <bo@example.org>", [ANA, BO]),
        ("Ana Silva <ana@example.org>, bo berg", [ANA, BO]),
        ("Bo Berg; Ana Silva <ana@example.org>", [BO, ANA]),
        ("Ana Silva, Bo Berg", [ANA, BO]),
        ("ana@example.org|Bo Berg", [ANA, BO]),
        ("Ana Silva, ana@example.org", [ANA]),
        ("Lund, Ida", [COMMA]),
        ("Silva, Ana", [ANA]),
        ("SILVA,Ana", [ANA]),
        ("Silva , Ana", [ANA]),
        ("Silva, Ana; Berg, Bo", [ANA, BO]),
        ("Silva, Ana|Bo Berg", [ANA, BO]),
        ("Berg, Bo\nSilva, Ana", [BO, ANA]),
        ("Ana Silva; Bo Berg, ana@example.org", [ANA, BO]),
        ("Zoe\N{COMBINING DIAERESIS}", [ZOE]),
        ("Ava O'Brien", [AVA]),
        ("O´Brien, Ava", [AVA]),
        ("Jean-Luc\N{NO-BREAK SPACE}Petit", [JEAN]),
        ("jean–luc petit", [JEAN]),  # noqa: RUF001
        ("kim@example.org", [TWINS[0]]),
        ("Kim <other@example.org>", [TWINS[1]]),
    ],
)
def test_an_address_tells_who_is_meant_and_else_the_whole_name(cell: str, meant: list[ActiveMember]) -> None:
    assert held(cell) == Holding({2: tuple(meant)}, ())


@pytest.mark.parametrize("cell", ["Ana", "Silva", "Ana Silvas", "@", "<>", "x<y>z", "ana@", "Ana.Silva"])
def test_a_part_of_a_name_is_nobody(cell: str) -> None:
    found = held(cell)
    assert found.by_row == {}
    assert "Not members of this product" in found.notes[0]


def test_who_is_no_member_is_named_with_the_rows_however_it_is_written() -> None:
    rows = [row(number, "Sam Strange") for number in range(2, 13)]
    found = hold([*rows, row(13, "sam strange, Ana Silva"), row(14, "Max")], TEAM)
    assert found.by_row == {13: (ANA,)}
    assert found.notes == (
        "Not members of this product: Sam Strange (12 rows), Max (one row). Nobody is assigned in their place; make them "
        "members first if they should keep these items.",
    )


def test_many_strangers_are_one_note() -> None:
    found = hold([row(number, f"Stranger {number}") for number in range(2, 502)], TEAM)
    assert len(found.notes) == 1
    assert "Stranger 11 (one row) and 490 more." in found.notes[0]


def test_who_may_hold_nothing_is_not_assigned_by_name_or_address() -> None:
    for cell, name in (("Vic", "Vic"), ("vic@example.org", "vic@example.org"), ("Vic <vic@example.org>", "Vic")):
        found = held(cell)
        assert (found.by_row, found.notes) == (
            {},
            (f"Leads and viewers can’t hold items: {name} (one row). Nobody is assigned in their place.",),
        )


def test_a_name_of_two_members_is_told_and_given_to_neither() -> None:
    found = held("Kim, Bo Berg")
    assert found.by_row == {2: (BO,)}
    assert [note.partition(":")[0] for note in found.notes] == ["More than one member has this name"]
    assert "Kim (one row)" in found.notes[0]


def test_no_more_people_than_an_item_can_have() -> None:
    crowd = [ActiveMember(number, f"P{number}", f"p{number}@example.org", may_hold=True) for number in range(100, 130)]
    found = hold([row(2, ", ".join(mate.name for mate in crowd))], crowd)
    assert found.by_row == {2: tuple(crowd[:MOST])}
    assert found.notes == ("At most 20 people can hold one item: only the first 20 do.",)


@given(st.lists(st.text("Ana Silv,;<>@|\n\xa0", max_size=30), max_size=4))
def test_whatever_stands_there_only_members_who_may_hold_items_do(cells: list[str]) -> None:
    found = held(*cells)
    assert {mate for mates in found.by_row.values() for mate in mates} <= set(TEAM) - {VIC}


@pytest.mark.parametrize("part", ["<", ">", "a<b@c>", "a,"])
def test_a_cell_takes_as_much_longer_as_it_is_longer(part: str) -> None:
    short, endless = (min(work(part * (size // len(part))) for _ in range(3)) for size in (20_000, 320_000))
    assert endless < 80 * short  # 256 times as much if each letter were read once for each other one


def work(cell: str) -> float:
    """Seconds of this process alone, however busy the machine is."""
    begun = time.process_time()
    held(cell)
    return time.process_time() - begun
