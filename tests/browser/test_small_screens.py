"""Tablet and phone: an item's end can be reached beside the board, and what one opens or holds stays in sight."""

from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import Visits
from tests.server import Server

TABLET: dict[str, Any] = {"viewport": {"width": 820, "height": 1000}, "has_touch": True}


def test_an_item_is_read_to_its_end_beside_the_board(shared_demo: Server, visit: Visits) -> None:
    page = visit(shared_demo, "/products/FERRY/board?item=FERRY-49", who="ingrid", **TABLET)
    panel = page.locator("#panel")
    expect(panel.locator("[data-item-open]")).to_be_visible()
    box = panel.bounding_box()
    assert box is not None
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 1000, "no taller than the screen"
    last = panel.locator(".history li:visible").last
    last.scroll_into_view_if_needed()
    expect(last).to_be_in_viewport()
