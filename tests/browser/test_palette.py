"""The command bar: everything by one field and the keyboard, also where the server is away for a moment."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visits, becomes, serious_axe_findings
from tests.browser.test_board import BOARD, card, column, forgive_the_network
from tests.server import Server


def chosen(page: Page) -> str:
    """The reference or the words of the option that Enter would take, as assistive technology is told."""
    return page.evaluate(
        "() => document.getElementById(document.querySelector('#palette input')"
        ".getAttribute('aria-activedescendant') ?? '')?.textContent ?? ''"
    )


def test_what_was_found_is_not_said_once_the_bar_is_closed(shared_demo: Server, visit: Visits) -> None:
    page = visit(shared_demo, BOARD, who="ingrid")
    page.clock.install()
    page.keyboard.press("Control+k")
    expect(page.locator("#palette-list [role=option]")).not_to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()
    page.locator("#announcer").evaluate("said => (said.textContent = '')")  # a slow browser may have said it before
    page.clock.run_for(5000)
    assert page.locator("#announcer").inner_text() == ""


def test_items_everywhere_and_what_can_be_done_with_them_from_one_field(demo: Server, visit: Visits) -> None:
    page = visit(demo, BOARD, who="ingrid")
    expect(page.locator('[data-live="on"]')).to_be_visible()
    link = page.locator(f"{card('FERRY-44')} .title a")
    link.focus()
    page.keyboard.press("Control+k")
    field, options = page.locator("#palette input"), page.locator("#palette-list [role=option]")
    expect(field).to_be_focused()
    expect(options.first).to_contain_text("FERRY-44")
    expect(options.nth(1)).to_have_text("Backlog→")

    # From this page at once, from everywhere a moment later, each once; what was chosen stays chosen.
    field.fill("cabin")
    expect(page.locator("#palette-list")).to_contain_text("FERRY-77")
    expect(options.last).to_contain_text("Search everywhere for “cabin”")
    expect(page.locator("#announcer")).to_contain_text("4 results")
    # While the server looks on, what it found stays as far as it fits, and nobody is told that there is nothing.
    page.route("**/search/choices?*", lambda _never_answered: None)
    field.press_sequentially("s")
    expect(options).to_have_count(1)
    expect(options).to_contain_text("FERRY-77")
    field.press_sequentially("q")
    expect(options).to_have_count(0)
    expect(page.locator("#palette-list")).to_have_text("")
    page.unroute("**/search/choices?*")
    field.fill("cabin")
    becomes(page, lambda _: "FERRY-77" in chosen(page), True)
    assert serious_axe_findings(page) == []
    page.keyboard.press("ArrowDown")
    becomes(page, lambda _: "FERRY-43" in chosen(page), True)

    # An item first, then what to do with it: a move at once, a question in its form.
    page.keyboard.press("Tab")
    expect(field).to_have_value("FERRY-43 > ")
    expect(options.filter(has_text="Move to Ready")).to_have_count(1)
    field.press_sequentially("move ready")
    expect(options).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#palette")).to_be_hidden()
    expect(page.locator(f"{column(page, 'Ready')} {card('FERRY-43')}")).to_have_count(1)
    expect(link).to_be_focused()
    page.keyboard.press("Control+k")
    expect(field).to_be_focused()
    field.press_sequentially("> ask")
    expect(options).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Ask about FERRY-44")).to_be_visible()
    page.keyboard.press("Escape")
    expect(link).to_be_focused()

    # The server away: a sentence, and what is here still goes.
    page.route("**/search/choices?*", lambda route: route.abort())
    page.keyboard.press("Control+k")
    expect(field).to_be_focused()
    field.fill("seat map")
    expect(page.locator("#palette-list")).to_contain_text("The server can’t be reached.")
    expect(options).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#item")).to_contain_text("Seat map for the night ferry")
    page.unroute("**/search/choices?*")
    forgive_the_network(visit)

    # On with Enter to the page of all that was found; a person who may only read is offered no deeds.
    page.keyboard.press("Control+k")
    expect(field).to_be_focused()
    field.fill("refund ticket")
    expect(options.last).to_contain_text("Search everywhere")
    page.keyboard.press("ArrowUp")
    becomes(page, lambda _: "Search everywhere" in chosen(page), True)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Items")).to_be_visible()
    assert serious_axe_findings(page) == []
    expect(page.get_by_label("Search in all your products")).to_have_value("refund ticket")
