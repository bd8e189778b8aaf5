"""Tablet and phone: an item's end can be reached beside the board, and what one opens or holds stays in sight."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visits, serious_axe_findings
from tests.browser.test_board import PHONE, Finger, middle
from tests.server import Server

#: Those on the screen that are lower or narrower than 36 px.
SMALL = """all => all.filter(one => one.checkVisibility({checkOpacity: true, checkVisibilityCSS: true})).filter(one => {
  const box = one.getBoundingClientRect();
  return box.width && box.left < innerWidth && (box.width < 36 || box.height < 36);
}).map(one => one.outerHTML.slice(0, 160))"""

#: The fields in sight whose letters are so small that a phone zooms to them.
ZOOMING = """all => all.filter(one => one.checkVisibility() && !["checkbox", "radio"].includes(one.type))
  .filter(one => parseFloat(getComputedStyle(one).fontSize) < 16).map(one => one.outerHTML.slice(0, 160))"""

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
    # Its columns can be told apart on the page of settings.
    page.goto("/products/FERRY/settings/columns")
    for name in page.locator(".column-line input[name=name]").all():
        box = name.bounding_box()
        assert box is not None
        assert box["width"] > 120
    # What is opened from the last column stays in sight, though the panel takes its room.
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto("/products/FERRY/board")
    done = page.locator(".col[data-stage=done] .card").first
    done.locator("a[data-panel]").click()
    expect(panel.locator("[data-item-open]")).to_be_visible()
    expect(done).to_be_in_viewport(ratio=1)
    # Beside a smaller list the filters go behind their button rather than push the board down.
    page.set_viewport_size({"width": 1024, "height": 900})
    page.goto("/products/FERRY/board")
    before = page.locator("#board").bounding_box()
    page.locator(".card a[data-panel]").first.click()
    expect(panel.locator("[data-item-open]")).to_be_visible()
    after = page.locator("#board").bounding_box()
    assert before is not None
    assert after is not None
    assert after["y"] == before["y"]


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
    # What a finger presses is large enough, and no field makes the phone zoom in.
    for path in ("/products/FERRY/board", "/products/FERRY/settings/columns", "/items/FERRY-49"):
        page.goto(path)
        assert page.locator("main .btn, main .move, main .copy").evaluate_all(SMALL) == []
        assert page.locator("main input, main textarea, main select").evaluate_all(ZOOMING) == []
    # Back from an item the board stands where it stood.
    page.goto("/products/FERRY/board")
    finished = page.locator(".col[data-stage=done] .card").nth(8)
    finished.scroll_into_view_if_needed()
    finished.locator("a[data-panel]").tap()
    page.wait_for_url("**/items/*")
    page.go_back()
    expect(finished).to_be_in_viewport(ratio=0.5)
    page.goto("/items/FERRY-49")
    tick = page.locator(".crit li .tick-button").first
    tick.scroll_into_view_if_needed()
    assert tick.evaluate(
        "tick => { const box = tick.getBoundingClientRect();"
        " return document.elementFromPoint(box.left - 9, box.top + box.height + 9) === tick; }"
    )


def test_on_a_phone_the_bar_of_the_settings_folds_to_where_one_is(shared_demo: Server, visit: Visits) -> None:
    page = visit(shared_demo, "/products/FERRY/settings/calendar", who="ingrid", **PHONE)
    bar = page.get_by_role("navigation", name="Parts of the settings")
    fold = bar.locator("summary")
    expect(fold).to_have_text("Calendar")
    box = bar.bounding_box()
    assert box is not None
    assert 44 <= box["height"] < 60, "one line, which a finger hits"
    expect(bar.get_by_role("link")).to_have_count(0)
    fold.tap()
    expect(bar.locator(":visible[aria-current=page]")).to_have_text("Calendar")
    assert bar.locator("a:visible").evaluate_all("all => all.every(one => one.offsetHeight >= 44)")
    assert serious_axe_findings(page) == []
    bar.get_by_role("link", name="Webhooks").tap()
    page.wait_for_url("**/settings/webhooks")
    expect(fold).to_have_text("Webhooks")
    expect(page.get_by_role("heading", level=1)).to_have_text("Settings")
    # On a wide screen all of them stand beside each other.
    page.set_viewport_size({"width": 1440, "height": 900})
    expect(fold).to_be_hidden()
    expect(bar.get_by_role("link")).to_have_count(9)


@pytest.mark.parametrize(("who", "first"), [("ingrid", "Backlog"), ("anders", "Board")])
def test_the_bar_under_the_thumb_is_hit_and_tells_what_waits(
    shared_demo: Server, visit: Visits, who: str, first: str
) -> None:
    page = visit(shared_demo, "/products/FERRY/board", who=who, **PHONE)
    rail = page.get_by_role("navigation", name="Pages")
    expect(rail.get_by_role("link")).to_have_count(4)
    expect(rail.get_by_role("link").first.locator(".name")).to_have_text(first)
    targets = rail.locator("a:visible, summary:visible")
    expect(targets).to_have_count(5)
    assert targets.evaluate_all("all => all.every(one => one.offsetHeight >= 44 && one.offsetWidth >= 44)")
    waits = {"ingrid": "Questions", "anders": "Inbox"}[who]
    expect(rail.locator(".n:visible")).to_have_count(1)
    expect(rail.get_by_role("link", name=waits).locator(".n")).to_be_visible()
    rail.get_by_text("More", exact=True).tap()
    expect(rail.get_by_role("link", name="Insights")).to_be_visible()
    assert serious_axe_findings(page) == []


@pytest.mark.parametrize(("width", "told", "is_two"), [(1440, "A row’s two dates", True), (360, "A row’s date", False)])
def test_the_sentence_above_the_list_speaks_of_as_many_dates_as_a_row_has(
    shared_demo: Server, visit: Visits, width: int, told: str, is_two: bool
) -> None:
    page = visit(shared_demo, "/products/FERRY/backlog", who="ingrid", viewport={"width": width, "height": 800})
    expect(page.locator(".sample .of-two:visible, .sample .of-one:visible")).to_contain_text(told)
    assert page.locator("#backlog-list .when .half").first.is_visible() == is_two
