"""The order by score, previewed, made and taken back, and splitting an item, all by keyboard."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visits, becomes, serious_axe_findings
from tests.server import Server

BACKLOG = "/products/FERRY/backlog"


def order(page: Page) -> list[str]:
    return page.locator("#backlog-list [data-item]").evaluate_all("rows => rows.map(row => row.dataset.item)")


def test_the_order_by_score_is_previewed_made_and_taken_back(demo: Server, visit: Visits) -> None:
    page, other = visit(demo, BACKLOG, who="ingrid"), visit(demo, BACKLOG, who="anders")
    expect(other.locator('[data-live="on"]')).to_be_visible()
    before = order(page)
    chip = page.locator('[data-item="FERRY-77"] .score')
    expect(chip.locator(".climb")).to_have_text("↑4")
    page.locator('[data-item="FERRY-77"] .title a').focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(chip.locator(".climb")).to_have_text("↑3")
    expect(chip).to_have_attribute("title", "Score 4: the score would put it 3 places higher")
    page.keyboard.press("Control+z")
    expect(chip.locator(".climb")).to_have_text("↑4")
    becomes(page, order, before)
    opener = page.get_by_role("link", name="Sort by score").first
    opener.focus()
    page.keyboard.press("Enter")
    preview = page.locator("#score-preview")
    expect(preview.get_by_role("heading", name="By score", exact=True)).to_be_visible()
    expect(preview.locator(".score-orders")).to_be_focused()
    page.set_viewport_size({"width": 360, "height": 780})
    expect(preview.locator("section").last.locator("li").first).to_be_in_viewport()
    expect(preview.get_by_role("button", name="Move")).to_be_in_viewport(ratio=1)
    page.set_viewport_size({"width": 1440, "height": 900})
    assert serious_axe_findings(page) == []
    preview.get_by_label("Which items").select_option("10")
    expect(preview.locator("section").last.locator(".ref")).to_have_count(6)
    wanted = preview.locator("section").last.locator(".ref").all_inner_texts()
    assert order(page) == before
    page.locator("#dialog").get_by_role("button", name="Move").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#dialog")).to_be_hidden()
    becomes(page, order, [*before[:4], *wanted, *before[10:]])
    becomes(other, order, [*before[:4], *wanted, *before[10:]])
    page.keyboard.press("Control+z")
    becomes(page, order, before)


def test_an_item_is_split_and_another_one_discarded_by_keyboard(demo: Server, visit: Visits) -> None:
    page = visit(demo, BACKLOG, who="ingrid")
    before = order(page)
    page.locator('[data-item="FERRY-66"] .title a').focus()
    page.keyboard.press("s")
    form = page.locator("form[data-split]")
    expect(form.get_by_label("One item per line")).to_be_focused()
    page.keyboard.type("Change the date\nChange the name\nChange the car")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(form.get_by_label("The first line is what remains")).to_be_checked()
    choice = form.get_by_label("Another name")
    choice.focus()
    expect(choice.locator("option:not([hidden])")).to_have_text(["Stays", "Change the name", "Change the car"])
    page.keyboard.press("ArrowDown")
    expect(choice).to_have_value("2")
    expect(form.get_by_text("stays with FERRY-66")).to_be_visible()
    assert serious_axe_findings(page) == []
    form.get_by_label("One item per line").focus()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#dialog")).to_be_hidden()
    expect(page.locator('[data-item="FERRY-66"] .title')).to_have_text("Change the date")
    expect(page.locator("#backlog-list [data-item]")).to_have_count(len(before) + 2)
    now = order(page)
    at = now.index("FERRY-66")
    made = now[at + 1 : at + 3]
    assert [ref for ref in now if ref not in made] == before
    expect(page.locator(f'[data-item="{made[0]}"] .title')).to_have_text("Change the name")
    page.locator(f'[data-item="{made[0]}"] .title a').focus()
    page.keyboard.press("Enter")
    panel = page.locator("#item")
    expect(panel.get_by_text("Another name", exact=True)).to_be_visible()
    expect(panel.get_by_text("Split from", exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    page.keyboard.press("Control+z")
    becomes(page, order, before)
    page.locator(f'[data-item="{before[-1]}"] .title a').focus()
    page.keyboard.press("Delete")
    expect(page.locator("#dialog").get_by_role("textbox")).to_be_focused()
    page.keyboard.type("Nobody asks for it")
    page.keyboard.press("Control+Enter")
    expect(page.locator(f'[data-item="{before[-1]}"]')).to_have_count(0)
    page.goto("/products/FERRY/discarded")
    page.get_by_role("button", name=f"Restore {before[-1]} to Backlog").press("Enter")
    expect(page.locator(f"#discarded-{before[-1]}")).to_have_count(0)
    page.goto(BACKLOG)
    assert order(page) == before
