"""Items from a file in the browser: read otherwise without losing one's place, and brought in."""

from pathlib import Path

from playwright.sync_api import Route, expect

from tests.browser.conftest import Visits, serious_axe_findings
from tests.server import Server

JIRA = Path(__file__).parent.parent / "data" / "jira_cloud_all_fields.csv"


def test_a_list_is_read_otherwise_in_place_and_brought_in(demo: Server, visit: Visits) -> None:
    page = visit(demo, "/products/FERRY/settings", who="ingrid")
    page.get_by_role("link", name="Items from a file").click()
    page.get_by_label("CSV file").set_input_files(JIRA)
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_text("22 items are new.")).to_be_visible()
    assert serious_axe_findings(page) == []
    aside = page.locator(".left-out summary")
    expect(aside).to_contain_text("39 columns are left out")
    reading = page.get_by_label("Read Status Category as")
    reading.focus()
    stood = page.evaluate("scrollY")
    reading.select_option("ignore")
    expect(aside).to_contain_text("40 columns are left out")
    expect(page.locator("#announcer")).to_have_text("22 items are new.")
    expect(reading).to_be_focused()
    expect(reading).to_have_value("ignore")
    assert page.evaluate("scrollY") == stood
    # What is left out stays open to whoever chooses there.
    aside.click()
    other = page.locator(".left-out select").first
    other.focus()
    for field, left_out in (("labels", "39"), ("ignore", "40")):
        other.select_option(field)
        expect(aside).to_contain_text(f"{left_out} columns are left out")
        expect(other).to_be_focused()
        expect(other).to_have_value(field)
    # A second choice before the first was answered keeps both.
    held: list[Route] = []
    page.route("**/import/look", lambda route: route.continue_() if held else held.append(route))
    with page.expect_request("**/import/look"):
        page.get_by_label("Read Issue Type as").select_option("ignore")
    page.get_by_label("Read Issue id as").select_option("ignore")
    expect(aside).to_contain_text("42 columns are left out")
    expect(page.get_by_label("Read Issue Type as")).to_have_value("ignore")
    page.unroute_all()
    page.get_by_role("button", name="Bring in 22 items").click()
    expect(page.get_by_text("22 items are new.")).to_be_visible()
    expect(page).to_have_url(f"{demo.url}/products/FERRY/backlog")
