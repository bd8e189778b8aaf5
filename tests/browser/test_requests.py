"""The owner's requests in a real browser: gone through by key, with what a place displaces, and without script."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Visits, serious_axe_findings
from tests.server import Server


def test_requests_are_gone_through_by_key(demo: Server, visit: Visits) -> None:
    page = visit(demo, "/products/FERRY/requests", who="ingrid")
    rows, opened = page.locator("[data-request]"), page.locator("[data-request].open")
    expect(rows).to_have_count(2)
    numbers = rows.evaluate_all("all => all.map(one => one.dataset.request)")
    for key, place in (("j", 1), ("j", 1), ("k", 0)):
        page.keyboard.press(key)
        expect(opened).to_have_attribute("data-request", numbers[place])
        expect(opened).to_be_focused()
    assert serious_axe_findings(page) == []
    page.keyboard.press("a")
    form = page.locator("#request-form")
    expect(form.get_by_label("a new item")).to_be_focused()
    expect(form.locator("#displaced")).to_contain_text("It would move no promise")
    assert serious_axe_findings(page) == []
    form.get_by_label("Which place").fill("1")
    expect(form.get_by_role("radio", name="At place")).to_be_checked()
    expect(form.locator("#displaced")).to_contain_text("place 1 of")
    expect(form.locator("#displaced li").first).to_contain_text("from")
    form.get_by_role("button", name="Put it into the reply").press("Enter")
    words = form.get_by_label("Reply to whoever asked")
    expect(words).to_be_focused()
    expect(words).to_have_value(re.compile("^Taking it up moves"))
    words.press("Control+Enter")
    expect(page.locator(".toast").last).to_contain_text("those who asked can read it on their own pages")
    expect(rows).to_have_count(1)
    expect(page.locator("#requests-sub")).to_contain_text("One is waiting for a decision")
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(opened).to_have_attribute("data-request", numbers[1])
    page.keyboard.press("x")
    reason = page.locator("#request-words")
    expect(reason).to_be_focused()
    reason.fill("The season card covers families from May on.")
    reason.press("Control+Enter")
    expect(rows).to_have_count(0)
    expect(page.get_by_text("No new requests")).to_be_visible()
    plain = visit(demo, "/products/FERRY/requests?tab=later", who="ingrid", java_script_enabled=False)
    plain.get_by_role("link", name="Accept", exact=True).click()
    plain.get_by_role("radio", name="At the top").check()
    plain.get_by_role("button", name="Show what it displaces").click()
    expect(plain.locator("#displaced")).to_contain_text("It would move")
    plain.get_by_role("button", name="Accept", exact=True).click()
    expect(plain.locator("body")).to_contain_text("None is waiting for a decision")
