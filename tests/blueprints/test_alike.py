"""Whoever writes the title of a new item is told of open items with nearly the same title, and may go on."""

import re
import tracemalloc

import pytest

from kanban.reads.search.alike import items_alike
from tests.builders import World


@pytest.fixture
def filled(both: World) -> World:
    for title in ("Refund by card", "Sell season tickets", "Übersicht der Anleger", "Show the fare on phones"):
        both.item(title)
    return both


def alike(world: World, title: str, who: str = "olga", view: str = "backlog") -> list[str]:
    path = f"/products/FE/items/alike?view={view}&title={title.replace(' ', '+')}"
    answer = world.browser(who).get(path, hx=True)
    assert answer.status_code == 200
    return re.findall(r'href="/items/(FE-[0-9]+)"', answer.text)


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("Refund by card", ["FE-1"]),
        ("  refund BY  card ", ["FE-1"]),
        ("By card: refund", ["FE-1"]),
        ("Refunds by card", ["FE-1"]),
        ("Refnud by card", ["FE-1"]),
        ("Refund by a card", ["FE-1"]),
        ("Refund by card abroad", ["FE-1"]),
        ("Sell sesaon tickets", ["FE-2"]),
        ("Ubersicht der Anlger", ["FE-3"]),
        ("Show fare on phone", ["FE-4"]),
        ("Refund by cash", []),
        ("Refund by", []),
        ("Refund by card abroad and at sea", []),
        ("Show the fare on tickets", []),
        ("Refunds", []),
        ("%_%_%_%_%_", []),
        ("' OR 1=1 --", []),
        ("Refund by card%0ASell tickets", []),
    ],
)
def test_only_what_is_nearly_the_same_is_told(filled: World, title: str, found: list[str]) -> None:
    assert alike(filled, title) == found


@pytest.mark.parametrize(("one", "other"), [("Phase 1 of it", "Phase 2 of it"), ("Tax year 2024", "Tax year 2025")])
def test_numbers_are_not_mistyped(world: World, one: str, other: str) -> None:
    world.item(one)
    assert alike(world, one) == ["FE-1"]
    assert alike(world, other) == []


def test_what_is_done_or_discarded_is_not_told_and_at_most_three_are(both: World) -> None:
    for column in ("Done", "Backlog", "Backlog", "Ready", "In progress", "Backlog"):
        both.item("Refund by card", column)
    both.change("FE-6", "discard", "Twice")
    assert alike(both, "Refund by card") == ["FE-5", "FE-4", "FE-3"]
    both.item("Refund card by card")
    both.item("Refund by cards")
    assert alike(both, "Refund by cards") == ["FE-8", "FE-7", "FE-5"]


def test_it_opens_beside_the_list_or_beside_the_form(world: World) -> None:
    world.item("Refund by card")
    browser, path = world.browser("dev"), "/products/FE/items/alike?title=Refund+by+card"
    assert "data-panel" in browser.get(f"{path}&view=backlog", hx=True).text
    assert 'target="_blank"' in browser.get(path, hx=True).text


@pytest.mark.parametrize(("who", "status"), [("dev", 200), ("vic", 403), ("lea", 403), ("sam", 404)])
def test_only_who_may_add_items_is_told(world: World, who: str, status: int) -> None:
    world.item("Refund by card")
    answer = world.browser(who).get("/products/FE/items/alike?title=Refund+by+card", hx=True)
    assert answer.status_code == status
    assert ("FE-1" in answer.text) == (status == 200)


def test_nothing_that_was_only_typed_is_kept_in_memory(world: World) -> None:
    with world.changing() as (session, product, _member):
        items_alike(session, product, "Refund by card")
        tracemalloc.start()
        try:
            for number in range(40):
                items_alike(session, product, f"{number} {'Refund by card ' * 500}")
            held, _peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert held < 100_000
