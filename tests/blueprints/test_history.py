"""An item's history a page at a time: the newest entries beside the item, the older ones behind *Show older*."""

import re

import pytest

from kanban.reads.items.history_pages import SHOWN
from tests.builders import World


def told(html: str) -> list[str]:
    return re.findall(r"<li>.*?<span>(.*?)</span>", html, re.DOTALL)


def older(html: str) -> str | None:
    found = re.search(r'href="(/items/FE-1/history\?before=[\d.]+)"', html)
    return found[1] if found else None


def long_past(world: World) -> None:
    """FE-1 with seventy entries, the criterion ticked first and last of these."""
    world.item("Refunds", "Ready", criteria=("In full",))
    for n in range(68):
        world.change("FE-1", "edit", {"size": str(n)}, revision=n + 1)
    world.change("FE-1", "tick", 1, met=True, by="dev")


def test_a_short_history_is_all_there(world: World) -> None:
    world.item("Refunds", "Ready", criteria=("In full",))
    page = world.browser("vic").get("/items/FE-1", hx=True).text
    assert len(told(page)) == 2
    assert older(page) is None


def test_the_newest_entries_come_with_the_item_and_the_rest_page_by_page(both: World) -> None:
    long_past(both)
    browser = both.browser("vic")
    pages = [browser.get("/items/FE-1", hx=True).text]
    while way := older(pages[-1]):
        pages.append(browser.get(way, hx=True).text)
    assert [len(told(page)) for page in pages] == [SHOWN, SHOWN, 71 - 2 * SHOWN]
    lines = [line for page in pages for line in told(page)]
    assert lines[0] == "Dev ticked “In full”"
    assert lines[-2:] == ["Olga added the criterion “In full”", "Olga created it in Ready"]
    assert "<html" not in pages[1]
    page = browser.get(older(pages[0]) or "").text
    assert told(page) == told(pages[1])
    assert 'href="/items/FE-1"' in page


@pytest.mark.parametrize("before", ["", "x", "9999999999.1", "1", "1.2.3", "0.0"])
def test_a_mark_that_is_none_shows_a_page_all_the_same(world: World, before: str) -> None:
    long_past(world)
    answer = world.browser("dev").get(f"/items/FE-1/history?before={before}")
    assert answer.status_code == 200
    assert len(told(answer.text)) == (0 if before == "0.0" else SHOWN)


@pytest.mark.parametrize(("who", "status"), [("olga", 200), ("vic", 200), ("sam", 404)])
def test_who_sees_the_item_sees_what_happened_to_it(world: World, who: str, status: int) -> None:
    world.item("Refunds")
    assert world.browser(who).get("/items/FE-1/history").status_code == status
