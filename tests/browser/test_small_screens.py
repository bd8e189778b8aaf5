"""Tablet and phone: an item's end can be reached beside the board, and what one opens or holds stays in sight."""

from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import Visits
from tests.browser.test_board import PHONE, Finger, middle
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
    # What is opened from the last column stays in sight, though the panel takes its room.
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto("/products/FERRY/board")
    done = page.locator(".col[data-stage=done] .card").first
    done.locator("a[data-panel]").click()
    expect(panel.locator("[data-item-open]")).to_be_visible()
    expect(done).to_be_in_viewport(ratio=1)


def test_a_held_row_tells_on_a_phone_what_it_is(demo: Server, visit: Visits) -> None:
    page = visit(demo, "/products/FERRY/backlog", who="ingrid", **PHONE)
    row = page.locator(".row[data-item]").nth(3)
    title = row.locator(".title")
    words, lines = title.inner_text(), title.bounding_box()
    finger = Finger(page)
    finger.hold(*middle(page, f'.row[data-item="{row.get_attribute("data-item")}"]'))
    finger.move(finger.x, finger.y - 60)
    held = page.locator("body > .row.lift .title")
    expect(held).to_have_text(words)
    box = held.bounding_box()
    assert lines is not None
    assert box is not None
    assert box["width"] > lines["width"] * 0.9, "about as wide as in the list"
    finger.lift()
    expect(page.locator("body > .row.lift")).to_have_count(0)
