"""The page of insights: charts and tables with their meaning, the same numbers for every member."""

import datetime as dt
import html
import re

import pytest

from kanban import clock
from kanban.transfer.importing import import_items
from kanban.transfer.mapping import suggest_mapping
from kanban.transfer.reading import read_table
from kanban.transfer.staging import read_items
from tests.builders import World

INSIGHTS = "/products/FE/insights"
NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)


def test_an_empty_product_says_what_will_stand_here(world: World) -> None:
    assert "Nothing to count yet" in world.browser("olga").get(INSIGHTS).text


def test_little_history_is_told_as_little(world: World) -> None:
    ref = world.item("Started", "In progress")
    page = world.browser("olga").get(INSIGHTS).text
    assert "Nothing is finished yet" in page and "0 of 4 complete weeks" in page
    assert f"/items/{ref}" in page, "what is in progress is worth a look from the first day"
    assert "not known yet" not in page and "Track record" not in page
    world.item("Finished", "Done")
    page = world.browser("olga").get(INSIGHTS).text
    assert "85 % of items finish within one day" in page
    assert "take it as a first impression" in page
    assert "The first whole week is not over yet." in page
    assert "Track record" in page
    forecast = page.partition('id="forecast"')[2].partition("</section>")[0]
    assert "too early to judge" in forecast
    assert "not known yet" not in forecast and "How many will be done by" not in forecast, "there is nothing to tell"


def test_a_period_without_a_finish_is_not_a_product_without_one(world: World) -> None:
    with clock.at(NOON) as now:
        world.item("Finished", "Done")
        now.advance(days=100)
        page = world.browser("olga").get(f"{INSIGHTS}?period=90").text
    assert "There is no cycle time to show: nothing finished in this period has a known start." in page
    assert "Nothing is finished yet" not in page


def test_what_a_list_tells_no_start_of_is_not_said_to_be_unfinished(world: World) -> None:
    text = "Key,Title,Status,Created,Started,Finished\nA,Sail,Done,2026-01-01,,2026-01-20"
    with world.changing("olga") as (session, product, member):
        table = read_table(text)
        items = read_items(table, suggest_mapping(table, ()), "UTC", own_columns={}).items
        import_items(session, product, items, by=member, source="csv")
    page = world.browser("olga").get(INSIGHTS).text
    assert "No item finished in this period has a known start." in page
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


def figures(page: str) -> list[int]:
    """The last line of the cumulative flow in numbers, from the first stage to the last."""
    table = page.partition('id="flow"')[2].partition("</section>")[0]
    return [
        int(count)
        for count in re.findall(
            r'<td class="num">(\d+)</td>', table.partition("</tr></thead>")[2].partition("</tr>")[0]
        )
    ]


def test_todays_bands_are_as_high_as_the_columns_are_full(both: World) -> None:
    with clock.at(NOON) as now:
        refs = [both.item(f"Item {number}", "Ready") for number in range(9)]
        now.advance(days=4)
        for ref, column in zip(refs, ("In progress", "Review", "Acceptance", "Done", "Done"), strict=False):
            both.move(ref, column)
        now.advance(days=3)
        both.move(refs[3], "Review")
        both.change(refs[8], "discard", "Not wanted")
        both.item("Later")
        page = both.browser("olga").get(INSIGHTS).text
        assert figures(page) == [3, 1, 3, 1]  # ready, doing, review, done
        assert figures(both.browser("olga").get(f"{INSIGHTS}?flow=all&period=90").text) == [1, 3, 1, 3, 1]


def test_charts_link_to_their_items_and_lines_stand_on_ten_of_them(both: World) -> None:
    with clock.at(NOON) as now:
        done = [both.item(f"Done & <b>{number}</b>", "In progress") for number in range(9)]
        for ref in done:
            now.advance(days=1)
            both.move(ref, "Done")
        page = both.browser("olga").get(INSIGHTS).text
        assert page.count("<circle") == 9
        assert 'class="share"' not in page
        assert "&amp; &lt;b&gt;" in page and "<b>0</b>" not in page
        last = both.item("The tenth", "In progress")
        old = both.item("An old one", "In progress")
        now.advance(days=1)
        both.move(last, "Done")
        now.advance(days=30)
        page = both.browser("olga").get(INSIGHTS).text
        assert page.count('class="share"') == 3
        assert re.search(rf'<a href="/items/{old}" tabindex="-1" class="old">', page)
        assert "by this age" in page


def test_what_is_chosen_on_one_chart_stays_when_another_is_looked_at_differently(world: World) -> None:
    with clock.at(NOON) as now:
        ref = world.item("One", "In progress")
        now.advance(days=3)
        world.move(ref, "Done")
        page = html.unescape(world.browser("vic").get(f"{INSIGHTS}?period=90&scale=log").text)
        assert f'href="{INSIGHTS}?period=90&scale=log&flow=all#flow"' in page
        assert f'href="{INSIGHTS}?period=180&scale=log"' in page
        assert f'href="{INSIGHTS}?period=90#cycle"' in page


def test_a_week_outside_of_the_ordinary_is_marked(world: World) -> None:
    with clock.at(NOON - dt.timedelta(weeks=20)) as now:
        world.item("First")
        for week in range(20):
            for number in range(12 if week == 15 else 2):
                world.item(f"{week} {number}", "Done")
            now.advance(days=7)
        page = world.browser("olga").get(INSIGHTS).text
    assert "items are finished in an ordinary week" in page
    assert page.count("not an ordinary week:") == 1


def test_of_thousands_only_the_newest_and_the_oldest_are_drawn(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kanban.reads.insights.charts.MOST_DOTS", 2)
    with clock.at(NOON) as now:
        refs = [world.item(f"Item {number}", "In progress") for number in range(6)]
        for ref in refs[:3]:
            now.advance(days=1)
            world.move(ref, "Done")
        page = world.browser("olga").get(INSIGHTS).text
    assert page.count("<circle") == 4
    assert "The newest 2 are drawn and listed" in page and "The oldest 2 are drawn and listed" in page
    assert f"{refs[0]}</span>" not in page and f"{refs[5]}</span>" not in page
    assert "of 3 finished items" in page
