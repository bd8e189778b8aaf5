"""The problem register by hand: the first problem, and the next one on the same page."""

from playwright.sync_api import expect

from tests.browser.conftest import Visits, serious_axe_findings
from tests.server import Server


def test_after_the_first_problem_the_next_can_be_added_at_once(demo: Server, visit: Visits) -> None:
    page = visit(demo, "/products/QUAY/problems", who="ingrid")
    add, words = page.get_by_role("link", name="Add a problem"), page.get_by_label("What is the problem")
    expect(add).to_have_count(1)
    add.click()
    expect(words).to_be_focused()
    words.fill("The screens arrive late")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#problems")).to_contain_text("The screens arrive late")
    expect(page.locator(".sub")).to_contain_text("one is open")
    expect(add).to_have_count(1)
    page.keyboard.press("c")
    expect(words).to_be_focused()
    words.fill("The pier has no power")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".sub")).to_contain_text("2 are open")
    assert serious_axe_findings(page) == []
