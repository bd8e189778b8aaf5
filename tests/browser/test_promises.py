"""Promises by hand: made and moved from the item's panel beside the list, and read by everybody else at once."""

import datetime as dt
import re

from playwright.sync_api import expect

from tests.browser.conftest import Visits, serious_axe_findings
from tests.server import Server


def day(weeks: int, weekday: int = 0) -> str:
    """A day of the week some weeks behind a Monday far ahead; no such Monday lies in the demo's Christmas."""
    start = dt.date.today() + dt.timedelta(days=84 - dt.date.today().weekday())
    while any((start + dt.timedelta(weeks=n)).strftime("%m%d") in ("1224", "1225", "1226") for n in (0, 2, 18)):
        start += dt.timedelta(weeks=1)
    return (start + dt.timedelta(weeks=weeks, days=weekday)).isoformat()


def test_an_owner_promises_beside_the_list_and_moves_the_date_with_its_cause(demo: Server, visit: Visits) -> None:
    other = visit(demo, "/products/FERRY/promises", who="anders")
    page = visit(demo, "/products/FERRY/backlog", who="ingrid")
    page.locator("[data-item='FERRY-61'] .title a").click()
    told = page.locator("#panel .promised")
    page.locator("#panel select[name=milestone]").select_option(label="Commuters travel on one card")
    expect(page.locator("[data-item='FERRY-61'] .marks")).to_contain_text("Commuters travel on one card")
    page.get_by_role("link", name="Promise a date").click()
    expect(page.locator("#promise-item")).to_have_value("FERRY-61")
    expect(page.locator("#promise-due")).to_be_focused()
    assert serious_axe_findings(page) == []
    page.locator("#promise-due").fill(day(0, weekday=6))
    page.get_by_label("Lars Vik").check()
    page.keyboard.press("Enter")
    expect(page.locator("#promise-form .error")).to_contain_text("Nobody works here on Sunday")
    expect(page.get_by_label("Lars Vik")).to_be_checked()
    page.locator("#promise-due").fill(day(0))
    where = page.get_by_role("button", name="Promise", exact=True).bounding_box()
    page.get_by_label("Lars Vik").focus()
    expect(page.locator("#promise-form .error")).to_be_hidden()
    assert page.get_by_role("button", name="Promise", exact=True).bounding_box() == where, "the hand still finds it"
    page.get_by_role("button", name="Promise", exact=True).click()
    expect(page.locator("#dialog")).not_to_be_visible()
    expect(told).to_contain_text("to Lars Vik")
    page.locator(".toast:visible", has_text="Promised.").get_by_role("button", name="Undo").click()
    expect(page.locator(".toast:visible", has_text="Undone: that is no longer promised.")).to_be_visible()
    expect(told).not_to_contain_text("to Lars Vik")
    expect(other.locator("[id^=promise-]", has_text="Show sailing times")).to_have_count(0)
    page.get_by_role("link", name="Promise a date").click()
    page.locator("#promise-due").fill(day(0))
    page.get_by_label("Lars Vik").check()
    page.get_by_role("button", name="Promise", exact=True).click()
    expect(told).to_contain_text("to Lars Vik")
    expect(page.locator("[data-item='FERRY-61'] .due")).to_be_visible()
    row = other.locator("[id^=promise-]", has_text="Show sailing times")
    expect(row).to_be_visible()
    expect(row).not_to_contain_text("Lars Vik")
    page.get_by_role("link", name="Change the date").click()
    expect(page.locator("#change-due")).to_be_focused()
    page.locator("#change-due").fill(day(2))
    page.locator("#change-cause").select_option("people")
    page.locator("#change-why").fill("Two of four are ill")
    page.locator("#promise-form button.primary").click()
    expect(told.locator(".delay-log")).to_contain_text("People. Two of four are ill")
    expect(row).to_contain_text("slipped once, 14 days in all")
    page.keyboard.press("Control+z")
    expect(row).not_to_contain_text("slipped once")
    expect(told.locator(".delay-log")).to_have_count(0)
    page.get_by_role("link", name="Change the date").click()
    page.locator("#change-due").fill(day(2))
    page.locator("#change-cause").select_option("people")
    page.locator("#change-why").fill("Two of four are ill")
    page.locator("#promise-form button.primary").click()
    expect(row).to_contain_text("slipped once, 14 days in all")
    row.locator("summary").click()
    expect(row.locator(".delay-log")).to_contain_text("Two of four are ill")
    assert serious_axe_findings(other) == []


def test_without_script_on_a_phone_in_the_dark_a_promise_is_changed_and_read(demo: Server, visit: Visits) -> None:
    options = {"java_script_enabled": False, "viewport": {"width": 360, "height": 780}, "color_scheme": "dark"}
    page = visit(demo, "/items/FERRY-52", who="ingrid", **options)
    page.get_by_role("link", name="Change the date").click()
    page.locator("#change-due").fill(day(18))
    page.locator("#change-cause").select_option("scope_added")
    page.locator("#change-why").fill("Credit notes as well")
    page.locator("#promise-form button.primary").click()
    expect(page).to_have_url(f"{demo.url}/items/FERRY-52")
    expect(page.locator(".item")).to_contain_text("slipped 3 times")
    expect(page.locator(".promised")).to_contain_text(re.compile(r"50 % by .+, 85 % by .+"))
    page.goto("/products/FERRY/promises")
    expect(page.locator("[id^=promise-]", has_text="FERRY-52")).to_contain_text("85 % by")
    width = page.locator("html").evaluate("html => html.scrollWidth")
    assert width <= 360


def test_the_cards_of_a_promised_milestone_follow_its_date_on_an_open_board(demo: Server, visit: Visits) -> None:
    board = visit(demo, "/products/FERRY/board", who="anders")
    due = board.locator("[data-item='FERRY-58'] .due")
    was = due.text_content() or ""
    page = visit(demo, "/products/FERRY/promises", who="ingrid")
    row = page.locator("[id^=promise-]", has_text="Commuters travel on one card")
    row.locator(".menu summary").click()
    row.get_by_role("link", name="Change the date").click()
    page.locator("#change-due").fill(day(40))
    page.locator("#change-cause").select_option("people")
    page.locator("#change-why").fill("Two of four are ill")
    page.locator("#promise-form button.primary").click()
    expect(due).not_to_have_text(was)
    expect(due).to_contain_text("promised for")
