"""The page of insights: tables with their meaning, the same numbers for every member."""

import pytest

from kanban.transfer.arriving import arrive
from kanban.transfer.mapping import suggest_mapping
from kanban.transfer.reading import read_table
from kanban.transfer.staging import read_items
from tests.builders import World

INSIGHTS = "/products/FE/insights"


def test_an_empty_product_says_what_will_stand_here(world: World) -> None:
    assert "Nothing to count yet" in world.browser("olga").get(INSIGHTS).text


def test_little_history_is_told_as_little(world: World) -> None:
    world.item("Started", "In progress")
    page = world.browser("olga").get(INSIGHTS).text
    assert "There is no cycle time to show: nothing finished in this period has a start that is known." in page
    assert "The first whole week is not over yet." in page
    world.item("Finished", "Done")
    page = world.browser("olga").get(INSIGHTS).text
    assert "85 % of items finish within one day" in page
    assert "take it as a first impression" in page


def test_what_a_list_tells_no_start_of_is_not_said_to_be_unfinished(world: World) -> None:
    text = "Key,Title,Status,Created,Started,Finished\nA,Sail,Done,2026-01-01,,2026-01-20"
    with world.changing("olga") as (session, product, member):
        table = read_table(text)
        items = read_items(table, suggest_mapping(table, ()), "UTC", own_columns={}).items
        arrive(session, product, items, by=member, source="csv")
    page = world.browser("olga").get(INSIGHTS).text
    assert "No item finished in this period has a start that is known." in page
    assert "Nothing was finished" not in page and "None in this period" not in page


@pytest.mark.parametrize("name", ["olga", "dora", "lea", "dev", "vic"])
def test_every_member_sees_it_and_it_is_theirs_to_filter(world: World, name: str) -> None:
    ref = world.item("<script>alert(1)</script>", "In progress")
    for period in ("all", "180", "90", "7"):
        page = world.browser(name).get(f"{INSIGHTS}?period={period}")
        assert page.status_code == 200
        assert f"/items/{ref}" in page.text
        assert "<script>alert" not in page.text


def test_a_stranger_sees_nothing(world: World) -> None:
    assert world.browser("sam").get(INSIGHTS).status_code == 404
