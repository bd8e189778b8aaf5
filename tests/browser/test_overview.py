"""The portfolio and the charts of the insights as people use them: by key, live, on a phone, without script."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Visits, serious_axe_findings
from tests.browser.test_board import PHONE
from tests.server import Server

INSIGHTS = "/products/FERRY/insights"


def test_products_side_by_side_on_every_screen(shared_demo: Server, visit: Visits) -> None:
    page = visit(shared_demo, "/portfolio", who="berit")
    expect(page.get_by_role("heading", name="Ferry tickets")).to_be_visible()
    assert serious_axe_findings(page) == []
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Ferry tickets", exact=True).last).to_be_focused()
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Harbour screens", exact=True).last).to_be_focused()
    phone = visit(shared_demo, "/portfolio", who="berit", **PHONE)
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(phone.get_by_text("The facts say", exact=True).last).to_be_visible()
    assert serious_axe_findings(phone) == []


def test_the_portfolio_follows_what_happens(demo: Server, visit: Visits) -> None:
    lead = visit(demo, "/portfolio", who="berit")
    ferry = lead.locator('[data-product-key="FERRY"]')
    expect(ferry).to_contain_text("3, the oldest for")
    owner = visit(demo, "/questions", who="ingrid")
    owner.get_by_placeholder("Write the answer").first.fill("Only those of more than two hours.")
    owner.get_by_role("button", name="Answer").first.click()
    expect(ferry).not_to_contain_text("one blocked")


def test_a_dot_leads_to_its_item_and_a_choice_stays_at_its_chart(shared_demo: Server, visit: Visits) -> None:
    page = visit(shared_demo, INSIGHTS, who="anders")
    page.get_by_role("link", name="with the backlog", exact=True).click()
    expect(page).to_have_url(re.compile(r"flow=all#flow$"))
    expect(page.locator("#flow")).to_be_in_viewport()
    expect(page.locator("#flow svg text.name")).to_contain_text(["Done", "Review", "Doing", "Ready", "Backlog"])
    page.locator("svg.ageing a.old circle").click()
    expect(page).to_have_url(re.compile(r"/items/FERRY-49$"))


def test_charts_need_no_script_and_show_a_phone_the_newest_first(shared_demo: Server, visit: Visits) -> None:
    page = visit(shared_demo, INSIGHTS, who="anders", java_script_enabled=False)
    expect(page.locator("svg.plot")).to_have_count(3)
    phone = visit(shared_demo, INSIGHTS, who="anders", **PHONE)
    phone.locator("#cycle h2").scroll_into_view_if_needed()
    expect(phone.locator("#cycle svg text.name").first).to_be_in_viewport()
