"""A team pasted on a phone without script: looked at, corrected, let in; the same by key, and nothing serious for axe."""

from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import Visits, serious_axe_findings, stays_inside
from tests.server import Server

MEMBERS = "/products/FERRY/settings/members"
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "color_scheme": "dark"}
LONG = "Somebody of many names <somebody.with.a.long.address@department.of.ferries.example>"


def test_a_team_comes_in_on_a_phone_without_script(demo: Server, visit: Visits) -> None:
    page = visit(demo, MEMBERS, who="ingrid", java_script_enabled=False, **PHONE)
    page.get_by_role("link", name="Add several").click()
    page.get_by_label("People, one per line").fill(f"Zoe <zoe@ferry.example>\n{LONG}\nanders@ferry.example, boss")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("Line 3")).to_be_visible()
    expect(page.get_by_role("button", name="Add", exact=False)).to_have_count(0)
    page.get_by_label("People, one per line").fill(f"Zoe <zoe@ferry.example>, lead\n{LONG}\nanders@ferry.example")
    page.get_by_role("button", name="Preview again").click()
    page.get_by_role("button", name="Add 2 people").click()
    expect(
        page.get_by_text("2 people have been invited. One was already a member and keeps their role.")
    ).to_be_visible()
    expect(page.locator("code.secret")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_it_is_done_by_key_and_axe_finds_nothing_serious(demo: Server, visit: Visits) -> None:
    page = visit(demo, f"{MEMBERS}/several", who="ingrid")
    page.keyboard.insert_text(f"Zoe <zoe@ferry.example>\n{LONG}")
    assert serious_axe_findings(page) == []
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Preview")).to_be_focused()
    page.keyboard.press("Enter")
    add = page.get_by_role("button", name="Add 2 people")
    add.focus()
    assert serious_axe_findings(page) == [] and stays_inside(page)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Copy", exact=True)).to_have_count(2)
    assert serious_axe_findings(page) == []
