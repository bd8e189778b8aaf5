"""Items from a file in the browser: read otherwise without losing one's place, and brought in."""

import re
from pathlib import Path

from playwright.sync_api import Route, expect

from tests.browser.conftest import Visits, serious_axe_findings
from tests.server import Server

JIRA = Path(__file__).parent.parent / "data" / "jira_cloud_all_fields.csv"


def test_a_list_is_read_otherwise_in_place_and_brought_in(demo: Server, visit: Visits) -> None:
    page = visit(demo, "/products/FERRY/settings", who="ingrid")
    page.get_by_role("link", name="Items from a file").click()
    page.get_by_label("File", exact=True).set_input_files(JIRA)
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("22 items are new.")).to_be_visible()
    assert serious_axe_findings(page) == []
    aside = page.locator(".left-out summary")
    expect(aside).to_contain_text("36 columns are left out")
    reading = page.get_by_label("Read Status Category as")
    reading.focus()
    stood = page.evaluate("scrollY")
    reading.select_option("ignore")
    expect(aside).to_contain_text("37 columns are left out")
    expect(page.locator("#announcer")).to_have_text(re.compile(r"22 items are new\. 10 of them have no start date: .+"))
    expect(reading).to_be_focused()
    expect(reading).to_have_value("ignore")
    assert page.evaluate("scrollY") == stood
    # The field stays where it is, though nothing is told of people above it any more.
    people, stranger = (
        page.get_by_label("Read Assignee as"),
        page.get_by_text("Not members of this product: Person Two"),
    )
    expect(stranger).to_be_visible()
    people.focus()
    place = people.evaluate("field => field.getBoundingClientRect().top")
    people.select_option("ignore")
    expect(stranger).to_have_count(0)
    expect(people).to_be_focused()
    assert abs(people.evaluate("field => field.getBoundingClientRect().top") - place) < 1
    people.select_option("assignee")
    expect(stranger).to_be_visible()
    expect(people).to_be_focused()
    # What is left out stays open to whoever chooses there.
    aside.click()
    other = page.locator(".left-out select").first
    other.focus()
    for field, left_out in (("labels", "36"), ("ignore", "37")):
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
    expect(aside).to_contain_text("39 columns are left out")
    expect(page.get_by_label("Read Issue Type as")).to_have_value("ignore")
    page.unroute_all()
    page.get_by_role("button", name="Bring in 22 items").click()
    expect(page.get_by_text("22 items are new.")).to_be_visible()
    expect(page).to_have_url(f"{demo.url}/products/FERRY/backlog")
    expect(page.locator('[data-live="on"]')).to_be_visible()
    # To press Ctrl+Z says that it stays.
    page.keyboard.press("Control+z")
    expect(page.locator(".toast")).to_have_text("An import can’t be undone. Discard what you don’t want.")


def test_on_a_phone_the_look_says_who_holds_each_item(demo: Server, visit: Visits, tmp_path: Path) -> None:
    told = tmp_path / "list.csv"
    told.write_text("Title,Status,Assignee,Created\nPay by phone,In progress,Ingrid Lund,2026-10-01\n")
    page = visit(demo, "/products/FERRY/settings", who="ingrid")
    page.set_viewport_size({"width": 360, "height": 800})
    page.locator(".parts summary").click()
    page.get_by_role("link", name="Items from a file").click()
    page.get_by_label("File", exact=True).set_input_files(told)
    page.get_by_role("button", name="Preview").click()
    item = page.locator(".fresh tbody tr")
    for words in ("Pay by phone", "In progress", "Ingrid Lund", "1 Oct"):
        expect(item.get_by_text(words)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
