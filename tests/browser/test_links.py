"""What an item needs, by hand and by key: suggestions while one types, a circle refused, both ends kept true."""

from playwright.sync_api import expect

from tests.browser.conftest import Visits, serious_axe_findings
from tests.server import Server


def test_a_need_is_added_by_a_few_letters_refused_in_a_circle_and_removed(demo: Server, visit: Visits) -> None:
    page, other = visit(demo, "/items/FERRY-75", who="anders"), visit(demo, "/items/FERRY-62", who="ingrid")
    page.locator("#edit-link > summary").click()
    expect(page.locator("#link-other")).to_be_focused()
    page.keyboard.type("loyalty")
    expect(page.locator("#link-options option")).to_have_attribute("value", "FERRY-62")
    page.keyboard.press("Enter")
    needs = page.locator(".links li", has_text="Loyalty points")
    expect(needs).to_contain_text("Backlog")
    expect(page.locator(".history")).to_contain_text("Anders Olsen said that it needs FERRY-62")
    expect(other.locator(".links li", has_text="Waiting list for full sailings")).to_be_visible()
    assert serious_axe_findings(page) == []
    other.locator("#edit-link > summary").click()
    expect(other.locator("#link-other")).to_be_focused()
    other.keyboard.type("FERRY-75")
    other.keyboard.press("Enter")
    sentence = "FERRY-75 already needs FERRY-62, so this would be a circle."
    expect(other.locator(".toast", has_text=sentence)).to_be_visible()
    expect(other.locator("#link-other")).to_have_value("FERRY-75")
    other.keyboard.press("Escape")
    other.get_by_label("Remove the link to FERRY-75").click()
    expect(other.locator(".links")).to_have_count(0)
    expect(page.locator(".links")).to_have_count(0)
