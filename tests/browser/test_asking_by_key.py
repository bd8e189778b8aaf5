"""By keyboard alone: a developer asks from the board, the owner answers in the queue, and the card goes on."""

from playwright.sync_api import expect

from tests.browser.conftest import Visits
from tests.server import Server


def test_asked_from_the_board_and_answered_in_the_queue_the_card_goes_on_and_so_does_ones_own_work(
    demo: Server, visit: Visits
) -> None:
    sara = visit(demo, "/products/FERRY/board", who="sara")
    expect(sara.locator("[data-live]")).to_have_attribute("data-live", "on")
    ingrid = visit(demo, "/questions", who="ingrid")
    expect(ingrid.locator("[data-question]")).to_have_count(3)
    card = sara.locator('[data-item="FERRY-47"]')
    expect(card.locator(".stop")).to_have_count(0)

    card.locator(".title a").focus()
    sara.keyboard.press("q")
    expect(sara.locator("#quick-body")).to_be_focused()
    sara.keyboard.type("Is a late ferry a cancelled one?")
    sara.keyboard.press("Tab")
    expect(sara.locator("#quick-blocking")).to_be_focused()
    sara.keyboard.press("Space")
    sara.keyboard.press("Control+Enter")
    expect(sara.locator("#dialog")).to_be_hidden()
    expect(card.locator(".stop")).to_contain_text("Is a late ferry a cancelled one?")

    expect(ingrid.locator("[data-question]")).to_have_count(4)
    asked = ingrid.locator("[data-question]", has_text="Is a late ferry a cancelled one?")
    while "open" not in (asked.get_attribute("class") or "").split():
        before = ingrid.locator("[data-question].open").get_attribute("data-question") or ""
        ingrid.keyboard.press("j")
        expect(ingrid.locator("[data-question].open")).not_to_have_attribute("data-question", before)
    ingrid.keyboard.press("a")
    expect(asked.locator("form textarea").first).to_be_focused()
    ingrid.keyboard.type("Only if it does not sail")
    ingrid.keyboard.press("Control+Enter")
    expect(ingrid.locator("[data-question]")).to_have_count(3)
    expect(card.locator(".stop")).to_have_count(0)

    sara.goto("/questions")
    expect(sara.locator("[data-question]")).to_have_count(1)
    sara.keyboard.press("a")
    expect(sara.locator("[data-question] [data-accept]")).to_be_focused()
    sara.keyboard.press("Enter")
    expect(sara.locator("[data-question]")).to_have_count(0)

    sara.goto("/my/work")
    held = sara.locator(".works [data-item]")
    count = held.count()
    sara.keyboard.press("p")
    expect(sara.locator("[data-pull-here]").first).to_be_focused()
    sara.keyboard.press("Enter")
    expect(sara.locator(".toast", has_text="is yours")).to_be_visible()
    expect(held).to_have_count(count + 1)
    sara.keyboard.press("j")
    expect(sara.locator("[data-walk]").first).to_be_focused()
