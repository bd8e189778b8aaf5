"""Undo in a real browser: from the toast, further back by key, not while writing, and never over somebody else's work."""

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Visits, becomes
from tests.server import Server

BOARD = "/products/FERRY/board"
BACKLOG = "/products/FERRY/backlog"


def order(page: Page) -> list[str]:
    return page.locator("#backlog-list [data-item]").evaluate_all("rows => rows.map(row => row.dataset.item)")


def lift(page: Page, ref: str, *keys: str) -> None:
    """Move a row or card by keyboard and wait for the answer."""
    page.locator(f'[data-item="{ref}"] .title a').focus()
    for key in ("Space", *keys, "Space"):
        page.keyboard.press(key)
    expect(page.locator(".toast:visible", has_text=f"{ref} is in")).to_be_visible()
    expect(page.locator(".is-saving")).to_have_count(0)


def test_keys_go_back_one_by_one_also_when_the_toasts_are_gone(demo: Server, visit: Visits) -> None:
    page = visit(demo, BACKLOG, who="ingrid")
    before = order(page)
    for ref, keys in ((before[3], ("ArrowUp",)), (before[5], ("ArrowUp", "ArrowUp"))):
        lift(page, ref, *keys)
        expect(page.locator(".toast:visible")).to_have_count(1)
    page.locator(".toast:visible [data-toast-close]").click()
    expect(page.locator(".toast:visible")).to_have_count(0)
    field = page.locator("#add-bottom")
    field.fill("Typed")
    page.keyboard.press("Control+z")
    field.fill("")
    page.locator(f'[data-item="{before[0]}"] .title a').focus()
    page.keyboard.press("Control+z")
    expect(page.locator(".toast:visible", has_text=f"Undone: {before[5]}")).to_be_visible()
    page.keyboard.press("Control+z")
    expect(page.locator(".toast:visible", has_text=f"Undone: {before[3]}")).to_be_visible()
    expect(page.locator("#announcer")).to_contain_text(f"Undone: {before[3]}")
    expect(page.locator("#backlog-list [data-item]").nth(3)).to_have_attribute("data-item", before[3])
    expect(page.locator(".is-saving")).to_have_count(0)
    becomes(page, order, before)
    page.reload()
    assert order(page) == before


def test_words_in_the_panel_go_back_and_what_somebody_else_touched_stays(demo: Server, visit: Visits) -> None:
    page = visit(demo, BOARD, who="ingrid")
    ref = page.locator(".card").nth(1).get_attribute("data-item") or ""
    page.locator(f'.card[data-item="{ref}"] .title a').click()
    panel = page.locator(f'[data-item-open="{ref}"]')
    expect(panel).to_be_visible()
    tick = panel.locator(".tick-button").first
    was = tick.get_attribute("aria-pressed") or ""
    tick.click()
    expect(panel.locator(".tick-button").first).not_to_have_attribute("aria-pressed", was)
    page.locator(".toast:visible").get_by_role("button", name="Undo").click()
    expect(panel.locator(".tick-button").first).to_have_attribute("aria-pressed", was)
    panel.locator(".tick-button").first.click()
    expect(page.locator(".toast:visible").get_by_role("button", name="Undo")).to_be_visible()
    other = visit(demo, f"/items/{ref}", who="anders")
    other.locator("#new-comment").fill("Look here.")
    other.locator("#comment-form").get_by_role("button", name="Comment").click()
    expect(other.locator("#item")).to_contain_text("Look here.")
    page.keyboard.press("Control+z")
    expect(page.locator(".toast:visible", has_text=f"{ref} has changed since: Anders")).to_be_visible()
    expect(panel.locator(".tick-button").first).not_to_have_attribute("aria-pressed", was)


def test_a_second_press_takes_back_no_word_of_a_field_that_nobody_is_in(demo: Server, visit: Visits) -> None:
    page = visit(demo, "/items/FERRY-49", who="ingrid")
    name = page.locator("#item-text h2").inner_text()
    page.locator("#item-text h2").click()
    page.locator("#item-title").fill("Another name")
    page.keyboard.press("Enter")
    expect(page.locator("#save-mark")).to_have_text("Saved")
    late: list[Route] = []
    page.route("**/undo/*", lambda route: late.append(route))
    for _ in range(2):
        page.keyboard.press("Control+z")
    becomes(page, lambda _: len(late), 1)
    expect(page.locator("#item-title")).to_have_value("Another name")
    late.pop().continue_()
    expect(page.locator("#item-text h2")).to_have_text(name)
