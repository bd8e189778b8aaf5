"""A milestone's page and the forecast on Insights in a real browser: readable in both themes, on a phone, and by key."""

import datetime as dt
import re

from playwright.sync_api import expect

from tests.browser.conftest import Visits, serious_axe_findings
from tests.server import Server

BURN_UP = "/products/FERRY/milestones/2/burn-up"


def test_a_line_leads_to_its_milestone_and_a_day_is_asked_by_key(shared_demo: Server, visit: Visits) -> None:
    page = visit(shared_demo, "/products/FERRY/backlog", who="nils", color_scheme="dark")
    page.locator(".due-line").get_by_role("link", name="Companies pay without receipts").press("Enter")
    expect(page).to_have_url(re.compile(re.escape(BURN_UP)))
    chart = page.get_by_role("img", name="Burn-up of Companies pay without receipts")
    expect(chart).to_be_visible()
    expect(chart.locator("text.target.was")).to_have_count(1)
    expect(page.get_by_role("table").filter(has_text="If it keeps growing like this")).to_be_visible()
    assert serious_axe_findings(page) == []
    page.get_by_role("link", name=re.compile("Our 85 % dates held")).press("Enter")
    expect(page.locator("#track")).to_be_in_viewport()
    assert serious_axe_findings(page) == []
    field = page.get_by_label("How many will be done by")
    field.fill((dt.date.fromisoformat(field.input_value()) + dt.timedelta(days=7)).isoformat())
    field.press("Enter")
    expect(page.locator(".ahead .figures")).to_contain_text("in 85 of 100 futures")
    page.emulate_media(color_scheme="light")
    for path in (BURN_UP, "/products/FERRY/insights"):
        page.set_viewport_size({"width": 360, "height": 740})
        page.goto(shared_demo.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert serious_axe_findings(page) == []
