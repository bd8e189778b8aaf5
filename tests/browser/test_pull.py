"""Why a rule was bent, in a real browser: asked after the move, answered by one key, one tap, or without script."""

import sqlite3

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visits, choose_column, serious_axe_findings
from tests.server import Server

BOARD = "/products/FERRY/board"


def card(page: Page, column: str, place: int = 0) -> str:
    """The reference of a card by its place in a column."""
    box = page.locator(".col", has=page.locator("h2", has_text=column))
    return box.locator(".card").nth(place).get_attribute("data-item") or ""


def pull(page: Page, ref: str) -> None:
    """By the keyboard alone: into the next column."""
    page.locator(f'.card[data-item="{ref}"] .title a').focus()
    for key in ("Space", "ArrowRight", "Space"):
        page.keyboard.press(key)


def given(server: Server) -> list[str]:
    with sqlite3.connect(server.folder / "kanban.sqlite3") as connection:
        rows = connection.execute(
            "SELECT json_extract(data, '$.reason') FROM event WHERE kind = 'reason_given' ORDER BY version"
        )
        return [reason for (reason,) in rows]


def set_limit(server: Server, count: int, mode: str) -> None:
    with sqlite3.connect(server.folder / "kanban.sqlite3") as connection:
        connection.execute(
            "UPDATE \"column\" SET wip_limit = ?, wip_mode = ? WHERE name = 'In progress'", (count, mode)
        )


def test_why_is_asked_after_the_move_and_answered_with_one_tap(demo: Server, visit: Visits) -> None:
    set_limit(demo, 50, "off")
    page = visit(demo, BOARD, who="anders")
    doing = page.locator(".col", has=page.locator("h2", has_text="In progress"))
    ref = card(page, "Ready", 2)

    # One key, while nothing waits for it.
    pull(page, ref)
    expect(doing.locator(f'[data-item="{ref}"]')).to_have_count(1)
    why = page.locator(".toast .why")
    expect(why).to_contain_text("You passed over")
    expect(page.locator("#announcer")).to_contain_text("Why?")
    assert serious_axe_findings(page) == []
    page.keyboard.press("2")
    expect(why).to_have_text("Noted.")
    assert given(demo) == ["Too large for now"]
    page.keyboard.press("Control+z")
    expect(doing.locator(f'[data-item="{ref}"]')).to_have_count(0)
    expect(page.locator(".is-saving")).to_have_count(0)

    # Other words, by the keyboard as well.
    page.reload()
    pull(page, ref)
    expect(why).to_contain_text("You passed over")
    page.keyboard.press("5")
    expect(why.get_by_label("Another reason")).to_be_focused()
    page.keyboard.type("The harbour asked")
    page.keyboard.press("Enter")
    expect(why).to_have_text("Noted.")
    assert given(demo)[-1] == "The harbour asked"

    # A column that asks before: the same taps in its dialog.
    set_limit(demo, 1, "ask")
    page.reload()
    page.locator("[data-pull] button").first.click()
    dialog = page.locator("#why-dialog")
    expect(dialog).to_contain_text("In progress is full")
    dialog.get_by_role("button", name="Blocked work waits here").click()
    expect(page.locator(".toast").filter(has_text="is yours")).to_be_visible()

    # Without script the next page asks.
    set_limit(demo, 50, "off")
    plain = visit(demo, BOARD, who="anders", java_script_enabled=False)
    ref = card(plain, "Ready", 1)
    plain.goto(f"/items/{ref}/move")
    choose_column(plain, "In progress")
    plain.get_by_role("button", name="Move", exact=True).click()
    plain.get_by_role("button", name="Agreed with the owner").click()
    expect(plain.locator(".notice")).to_contain_text("Noted.")
    assert given(demo)[-1] == "Agreed with the owner"

    # The owner sees it.
    owner = visit(demo, "/products/FERRY/insights", who="ingrid")
    table = owner.get_by_role("region", name="Passed over")
    expect(table).to_contain_text("Agreed with the owner")
    expect(table).to_contain_text("Anders Olsen")
    expect(owner.get_by_role("region", name="Limits broken")).to_contain_text("Blocked work waits here")
