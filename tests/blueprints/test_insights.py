"""The page of insights: tables with their meaning, the same numbers for every member."""

import pytest

from tests.builders import World

INSIGHTS = "/products/FE/insights"


def test_an_empty_product_says_what_will_stand_here(world: World) -> None:
    assert "Nothing to count yet" in world.browser("olga").get(INSIGHTS).text


def test_little_history_is_told_as_little(world: World) -> None:
    world.item("Started", "In progress")
    page = world.browser("olga").get(INSIGHTS).text
    assert "Nothing was finished in this period" in page
    assert "The first whole week is not over yet." in page
    world.item("Finished", "Done")
    page = world.browser("olga").get(INSIGHTS).text
    assert "85 % of items finish within one day" in page
    assert "take it as a first impression" in page


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
