"""A row of the backlog that is being edited when its page is left."""

from playwright.sync_api import expect

from tests.browser.conftest import Visits
from tests.browser.test_backlog import BACKLOG, order
from tests.server import Server


def test_leaving_a_row_saves_what_is_typed_but_never_over_somebody_elses_words(demo: Server, visit: Visits) -> None:
    page, other = visit(demo, BACKLOG, who="ingrid"), visit(demo, BACKLOG, who="anders")
    ref = order(page)[2]
    row, form = page.locator(f'[data-item="{ref}"]'), page.locator("form[data-line]")
    row.locator(".title a").focus()
    page.keyboard.press("F2")
    form.get_by_label("Title").fill("Mine")
    other.locator(f'[data-item="{ref}"] .title a').focus()
    other.keyboard.press("F2")
    other.locator("form[data-line]").get_by_label("Title").fill("Theirs")
    other.keyboard.press("Enter")
    expect(other.locator(f'[data-item="{ref}"] .title')).to_have_text("Theirs")
    form.get_by_label("Title").press("Enter")
    expect(form.get_by_role("alert")).to_contain_text("Theirs")
    page.goto(f"{demo.url}/products/FERRY/board")
    page.goto(f"{demo.url}{BACKLOG}")
    expect(row.locator(".title")).to_have_text("Theirs")


def test_cancel_on_the_page_of_a_row_gives_it_back(demo: Server, visit: Visits) -> None:
    page = visit(demo, BACKLOG, who="ingrid")
    ref = order(page)[2]
    title = page.locator(f'[data-item="{ref}"] .title')
    before = title.inner_text()
    page.goto(f"{demo.url}/items/{ref}/line")
    page.get_by_label("Title").fill("Given up")
    page.get_by_role("link", name="Cancel").click()
    page.wait_for_url(f"**{BACKLOG}")
    page.goto(f"{demo.url}/products/FERRY/board")
    page.goto(f"{demo.url}{BACKLOG}")
    expect(title).to_have_text(before)


def test_a_page_that_comes_back_as_it_was_has_the_row_no_longer_open(demo: Server, visit: Visits) -> None:
    page = visit(demo, BACKLOG, who="ingrid")
    ref = order(page)[2]
    row, form = page.locator(f'[data-item="{ref}"]'), page.locator("form[data-line]")
    for words in ("Left once", "Left twice"):
        row.locator(".title a").focus()
        page.keyboard.press("F2")
        form.get_by_label("Title").fill(words)
        for event in ("pagehide", "pageshow"):
            page.evaluate("name => window.dispatchEvent(new PageTransitionEvent(name, { persisted: true }))", event)
        expect(form).to_have_count(0)
        expect(row.locator(".title")).to_have_text(words)
