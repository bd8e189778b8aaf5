"""The public roadmap shows what was ticked under titles of its own, to whoever has the link, and nothing else."""

import datetime as dt
import re

import pytest

from kanban import clock
from kanban.reads.invariants import broken_invariants
from tests.builders import Browser, World

HERE = "/products/FE/roadmap"


def tick(browser: Browser, **titles: str) -> int:
    """Tick items by their references (`FE_1="Title"`), and untick others that are offered with an empty title."""
    names = {f"item:{ref.removeprefix('FE_')}": title for ref, title in titles.items()}
    fields = {"offered": list(names), "show": [name for name, title in names.items() if title]}
    return browser.post(HERE, {**fields, **{f"title {name}": title for name, title in names.items()}}).status_code


def link(browser: Browser, days: int = 90) -> str:
    """The path of a new link."""
    browser.post(f"{HERE}/link", {"days": str(days)})
    found = re.search(r'href="[^"]*?(/roadmap/m-[^"]+)"', browser.get(HERE).text)
    assert found is not None
    return found[1]


def columns(page: str) -> list[list[str]]:
    return [re.findall(r'<li dir="auto">(.*?)</li>', part) for part in page.split("<section")[1:]]


def test_what_is_ticked_stands_in_the_column_of_its_stage_and_nothing_else(both: World) -> None:
    world = both
    for title, column in (("Secret doing", "In progress"), ("Secret ready", "Ready"), ("Secret one", "Backlog")):
        world.item(title, column, description="Secret words")
    world.item("Secret rest")
    world.item("Secret done")
    world.move("FE-5", "In progress", by="dev")
    world.move("FE-5", "Done")
    world.change("FE-1", "comment", "Secret talk")
    olga = world.browser("olga")
    assert tick(olga, FE_1="Pay by phone", FE_2="Group <trips>", FE_3="Bicycles", FE_5="It is there") == 303
    answer = world.browser().get(link(olga))
    assert columns(answer.text) == [["Pay by phone"], ["Group &lt;trips&gt;"], ["Bicycles"]]
    for hidden in ("Secret", "FE-", "Olga", "It is there", "<script>", "/items/", "/products/"):
        assert hidden not in answer.text.replace('<script type="module"', ""), hidden
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow" and "Set-Cookie" not in answer.headers
    assert answer.headers["Referrer-Policy"] == "no-referrer" and answer.headers["Cache-Control"] == "no-store"

    world.move("FE-2", "In progress", by="dev")
    assert tick(olga, FE_3="", FE_1="Pay with your phone") == 303
    assert columns(world.browser().get(link(olga)).text) == [["Pay with your phone", "Group &lt;trips&gt;"], [], []]
    world.change("FE-2", "discard", "No")
    assert columns(world.browser().get(link(olga)).text)[0] == ["Pay with your phone"]
    with world.reading() as session:
        assert broken_invariants(session) == []


def test_a_new_link_takes_over_what_was_ticked_and_not_saved_yet(world: World) -> None:
    world.item("Wallet")
    olga, before = world.browser("olga"), world.version()
    page = olga.get(HERE).text
    assert re.findall(r'(\w*action)="/products/FE/roadmap/link"', page) == ["formaction"], (
        "a form of its own forgets ticks"
    )
    ticks = {"offered": ["item:1"], "show": ["item:1"], "title item:1": "Pay by phone"}
    assert olga.post(f"{HERE}/link", {**ticks, "title item:1": " ", "days": "30"}).status_code == 422
    assert world.version() == before
    assert olga.post(f"{HERE}/link", {**ticks, "days": "30"}).status_code == 303
    assert world.version() == before + 1
    assert columns(world.browser().get(link(olga)).text) == [[], [], ["Pay by phone"]]
    with world.reading() as session:
        assert broken_invariants(session) == []


def test_a_link_dies_when_it_is_ended_replaced_or_over(world: World) -> None:
    world.item("One")
    olga, anybody = world.browser("olga"), world.browser()
    with clock.at(dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)) as now:
        tick(olga, FE_1="First")
        first = link(olga, 30)
        assert anybody.get(first).status_code == 200
        second = link(olga, 30)
        assert (anybody.get(first).status_code, anybody.get(second).status_code) == (404, 200)
        for wrong in ("/roadmap/nothing", f"{second}x", second.replace("/m-", "/f-"), "/roadmap/m-1-2-" + "a" * 32):
            assert anybody.get(wrong).status_code == 404
        now.advance(days=30)
        assert anybody.get(second).status_code == 200, "its last day counts"
        now.advance(days=1)
        assert anybody.get(second).status_code == 404
        olga = world.browser("olga")  # signed in anew after a month
        third = link(olga, 365)
        olga.post(f"{HERE}/link", {"link": "close"})
        assert anybody.get(third).status_code == 404 and "This link does not work" in anybody.get(third).text
    with world.reading() as session:
        assert broken_invariants(session) == []


@pytest.mark.parametrize("name", ["dora", "lea", "dev", "vic"])
def test_only_the_owner_ticks_and_gives_out_the_link(world: World, name: str) -> None:
    world.item("One")
    browser = world.browser(name)
    assert browser.get(HERE).status_code == 403
    assert tick(browser, FE_1="Mine") == 403
    assert browser.post(f"{HERE}/link", {"days": "90"}).status_code == 403
    assert world.browser("sam").get(HERE).status_code == 404


def test_a_title_is_needed_and_what_is_foreign_or_gone_is_not_shown(world: World) -> None:
    world.item("One")
    olga = world.browser("olga")
    fields = {"offered": "item:1", "show": "item:1", "title item:1": " "}
    answer = olga.post(HERE, fields)
    assert answer.status_code == 422 and "needs a public title" in answer.text
    assert olga.post(f"{HERE}/link", {"days": "4000"}).status_code == 422
    assert tick(olga, FE_99="No such item") == 303
    odd = {"offered": ["item:x", "other:1", "", "milestone:7"], "show": ["milestone:7"], "title milestone:7": "None"}
    assert olga.post(HERE, odd).status_code == 303
    assert columns(world.browser().get(link(olga)).text) == [[], [], []]


def test_the_owner_comes_from_an_item_to_its_own_tick_however_long_the_list(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kanban.reads.roadmap.OFFERED", 2)
    for number in range(4):
        world.item(f"Item {number}")
    page = world.browser("olga").get("/items/FE-4").text
    assert 'href="/products/FE/roadmap?offer=4#choice-item-4"' in page
    offered = world.browser("olga").get(f"{HERE}?offer=4").text
    assert re.findall(r'id="choice-(item-\d)"', offered) == ["item-4", "item-1"]
    assert "The first 2 of 4 items." in offered
    assert world.browser("olga").get(f"{HERE}?offer=x").status_code == 200
    for other in ("dora", "lea", "dev", "vic"):
        assert "public roadmap" not in world.browser(other).get("/items/FE-4").text
    world.move("FE-4", "In progress")
    world.move("FE-4", "Done")
    assert "public roadmap" not in world.browser("olga").get("/items/FE-4").text


def test_a_title_that_is_too_long_stays_with_its_tick_where_it_was_typed(world: World) -> None:
    world.item("Refunds")
    long = "Refunds for everybody, " * 20
    answer = world.browser("olga").post(HERE, {"offered": "item:1", "show": "item:1", "title item:1": long})
    assert answer.status_code == 422 and "1 to 120 characters" in answer.text
    assert f'value="{long}"' in answer.text
    assert re.search(r'value="item:1" checked', answer.text)
