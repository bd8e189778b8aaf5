"""All labels of a product in its settings: open boards follow, the cursor stays near, and nothing is lost unasked."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visits, serious_axe_findings, stays_inside
from tests.server import Server

LABELS = "/products/FERRY/settings/labels"
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


def open_form(page: Page, name: str) -> None:
    page.get_by_role("listitem").filter(has_text=name).locator("summary").first.click()


def first_of_board(page: Page) -> str:
    """A label that a card of the board shows."""
    return page.locator("#board .card .tag").first.inner_text()


def test_an_open_board_follows_another_name_and_its_undo(demo: Server, visit: Visits) -> None:
    board = visit(demo, "/products/FERRY/board", who="anders")
    expect(board.locator('[data-live="on"]')).to_be_visible()
    was = first_of_board(board)
    tags, new = board.locator("#board .card .tag"), "Brand new"
    count = tags.get_by_text(was, exact=True).count()
    page = visit(demo, LABELS, who="ingrid")
    open_form(page, was)
    field = page.locator("details.edit[open] input[name=name]")
    expect(field).to_be_focused()
    field.fill(new)
    field.press("Enter")
    expect(page.locator("#toasts")).to_contain_text(f"“{was}” is now “{new}”.")
    expect(page.locator("details.edit[open]")).to_have_count(0)
    expect(page.locator("#labels")).to_contain_text(new)
    expect(page.locator("#labels li:focus-within, #labels li:focus")).to_contain_text(new)
    expect(tags.get_by_text(new, exact=True)).to_have_count(count)
    expect(tags.get_by_text(was, exact=True)).to_have_count(0)
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.locator("#labels")).not_to_contain_text(new)
    expect(tags.get_by_text(was, exact=True)).to_have_count(count)


def test_an_open_backlog_follows_too(demo: Server, visit: Visits) -> None:
    backlog = visit(demo, "/products/FERRY/backlog", who="anders")
    expect(backlog.locator('[data-live="on"]')).to_be_visible()
    page, tags = visit(demo, LABELS, who="ingrid"), backlog.locator(".row .tag")
    was = next(name for name in page.locator("#labels .words > a").all_inner_texts() if name in tags.all_inner_texts())
    count = tags.get_by_text(was, exact=True).count()
    open_form(page, was)
    page.locator("details.edit[open] input[name=name]").fill("Brand new")
    page.keyboard.press("Enter")
    expect(tags.get_by_text("Brand new", exact=True)).to_have_count(count)
    expect(tags.get_by_text(was, exact=True)).to_have_count(0)


def test_two_labels_become_one_after_a_question_and_one_goes_after_another(demo: Server, visit: Visits) -> None:
    page = visit(demo, LABELS, who="ingrid")
    names = page.locator("#labels .words a, #labels .words > span:first-child")
    first, second, third = names.all_inner_texts()[:3]
    total = names.count()
    open_form(page, first)
    page.locator("details.edit[open] input[name=name]").fill(second.upper())
    page.locator("details.edit[open]").get_by_role("button", name="Save").click()
    expect(page.locator("#labels")).to_contain_text(f"There is already a label “{second}”.")
    assert serious_axe_findings(page) == []
    page.get_by_role("button", name="Merge", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text(f"“{first}” is merged into “{second}”.")
    expect(names).to_have_count(total - 1)
    page.get_by_role("link", name=f"Remove {third}").click()
    expect(page.locator("#dialog")).to_contain_text("That can’t be undone.")
    page.locator("#dialog").get_by_role("button", name="Remove").click()
    expect(page.locator("#toasts")).to_contain_text(f"“{third}”")
    expect(page.locator("#dialog[open]")).to_have_count(0)
    expect(names).to_have_count(total - 2)


def test_the_page_fits_a_phone(demo: Server, visit: Visits) -> None:
    page = visit(demo, LABELS, who="ingrid", **PHONE)
    name = "W" * 40
    page.locator("#labels summary").first.click()
    page.locator("details.edit[open] input[name=name]").fill(name)
    assert stays_inside(page)
    page.locator("details.edit[open]").get_by_role("button", name="Save").click()
    expect(page.locator("#labels .words", has_text=name)).to_be_visible()
    assert stays_inside(page) and serious_axe_findings(page) == []
