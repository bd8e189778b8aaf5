"""What is being typed survives leaving the page: by Back, by a reload, by a sign-in that ends meanwhile."""

import sqlite3

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import PASSWORD, Visits, becomes, staying
from tests.server import Server

ITEM, BOARD = "/items/FERRY-49", "/products/FERRY/board"


def describe(page: Page, text: str) -> None:
    page.get_by_label("Edit the description").first.click()
    page.locator("#item-description").fill(text)


def end_sign_ins(server: Server) -> None:
    """As somebody does who signs out everywhere, on another device."""
    connection = sqlite3.connect(server.folder / "kanban.sqlite3", timeout=30)
    with connection:
        connection.execute("UPDATE sign_in SET ended_at = CURRENT_TIMESTAMP WHERE ended_at IS NULL")
    connection.close()


def test_what_is_being_typed_survives_leaving_the_page(demo: Server, visit: Visits) -> None:
    page = visit(demo, BOARD, who="ingrid")
    card = page.locator('.card[data-item="FERRY-49"] .title a')

    # Back, with the cursor still in the field: from the panel, and from the page of its own.
    card.click()
    describe(page, "Left by Back")
    page.go_back()
    expect(page.locator("#panel #item")).to_have_count(0)
    card.click()
    expect(page.locator("#item-why .words")).to_contain_text("Left by Back")
    page.goto(ITEM)
    describe(page, "Left by Back from its page")
    page.go_back()
    expect(card).to_be_visible()
    page.goto(ITEM)
    expect(page.locator("#item-why .words")).to_contain_text("Left by Back from its page")
    expect(page.locator("#edit-description")).not_to_have_attribute("open", "")

    # A reload keeps a comment; taking it off for good takes it from the page that comes next, too.
    page.locator("#new-comment").fill("Half a thought")
    page.reload()
    expect(page.locator("#new-comment")).to_have_value("Half a thought")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator(".thread", has_text="Half a thought")).to_be_visible()
    page.reload()
    expect(page.locator("#new-comment")).to_have_value("")

    # The sign-in ends under one's hands: the page goes, and what was typed is there again behind the new sign-in.
    page.locator("#new-comment").fill("And another half")
    describe(page, "Written while signed out")
    end_sign_ins(demo)
    page.wait_for_url(lambda url: "/sign-in" in url)
    page.locator("input[name=email]").first.fill("ingrid@ferry.example")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    expect(page.locator("#item-description")).to_have_value("Written while signed out")
    expect(page.locator("#new-comment")).to_have_value("And another half")
    page.locator("#item-description").press("Control+Enter")
    expect(page.locator("#item-why .words")).to_contain_text("Written while signed out")


def test_what_was_begun_for_one_item_is_not_promised_for_another(demo: Server, visit: Visits) -> None:
    page = visit(demo, "/items/FERRY-75", who="ingrid")

    def begin(ref: str) -> None:
        page.goto(f"/items/{ref}")
        page.locator("#item").get_by_role("link", name="Promise", exact=True).click()
        expect(page.locator("#promise-item")).to_have_value(ref)

    begin("FERRY-75")
    page.locator("#promise-statement").fill("A place on the full boat")
    page.get_by_label("Lars Vik").check()
    begin("FERRY-77")
    expect(page.locator("#promise-statement")).to_have_value("")
    expect(page.get_by_label("Lars Vik")).not_to_be_checked()
    begin("FERRY-75")
    expect(page.locator("#promise-statement")).to_have_value("A place on the full boat")
    expect(page.get_by_label("Lars Vik")).to_be_checked()


def test_a_dialog_left_by_escape_or_beside_it_has_its_text_again(demo: Server, visit: Visits) -> None:
    page = visit(demo, BOARD, who="ingrid")
    dialog = page.locator("#dialog")
    title, why = dialog.locator("[name=title]"), dialog.locator("textarea")

    def reopened() -> None:
        expect(dialog).not_to_be_visible()
        page.keyboard.press("c")
        expect(title).to_be_focused()

    page.keyboard.press("c")
    expect(title).to_be_focused()
    title.fill("Bicycles on board")
    why.fill("For those who go on by land")
    page.keyboard.press("Escape")
    reopened()
    expect(title).to_have_value("Bicycles on board")
    page.mouse.click(5, 5)
    page.reload()
    reopened()
    expect(why).to_have_value("For those who go on by land")

    # What is cancelled or added is not begun again.
    dialog.get_by_role("button", name="Cancel").click()
    reopened()
    expect(title).to_have_value("")
    title.fill("Sledges on board")
    why.fill("In winter")
    dialog.get_by_role("button", name="Add item").click()
    reopened()
    expect(title).to_have_value("")
    expect(why).to_have_value("")


def test_the_last_words_of_a_draft_and_of_a_composition_are_kept(demo: Server, visit: Visits) -> None:
    page = visit(demo, "/products/FERRY/updates", who="ingrid")
    page.locator('form[action$="/updates"] button:visible').first.click()
    expect(page.locator("#headline")).to_be_visible()
    draft = page.url
    page.locator("#summary").fill("Typed a moment before leaving")
    page.goto(ITEM)
    page.goto(draft)
    expect(page.locator("#summary")).to_have_value("Typed a moment before leaving")

    # A save under way can't take along what is typed meanwhile: the browser asks before the page is left.
    held: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.method == "POST" and not held:
            held.append(route)
        else:
            route.continue_()

    page.route(draft, hold)
    page.locator("#summary").fill("Saved by and by")
    becomes(page, lambda _: len(held), 1)
    page.locator("#summary").press_sequentially(", and more")
    with staying(page) as asked:
        page.evaluate("location.assign('/items/FERRY-49')")
        becomes(page, lambda _: asked, ["beforeunload"])
    expect(page.locator("#summary")).to_have_value("Saved by and by, and more")
    with page.expect_response(
        lambda answer: answer.request.method == "POST" and "more" in (answer.request.post_data or "")
    ):
        held[0].continue_()
    page.unroute(draft)
    page.reload()
    expect(page.locator("#summary")).to_have_value("Saved by and by, and more")

    # Escape and Enter that belong to a word being composed mean nothing to the page.
    composing = "(field, key) => field.dispatchEvent(new KeyboardEvent('keydown', {key, isComposing: true, bubbles: true, cancelable: true}))"
    page.goto(BOARD)
    page.locator('.card[data-item="FERRY-49"] .title a').click()
    describe(page, "Half composed")
    page.locator("#item-description").evaluate(composing, "Escape")
    expect(page.locator("#item-description")).to_have_value("Half composed")
    expect(page.locator("#edit-description")).to_have_attribute("open", "")
    page.locator("#item-description").press("Control+k")
    page.locator("#palette input").fill("FERRY-50")
    expect(page.locator("#palette [data-choice]").first).to_contain_text("FERRY-50")
    page.locator("#palette input").evaluate(composing, "Enter")
    expect(page.locator("#palette")).to_have_attribute("open", "")


def test_a_draft_written_while_the_sign_in_ends_is_there_behind_the_next_one(demo: Server, visit: Visits) -> None:
    page = visit(demo, "/products/FERRY/updates", who="ingrid")
    page.locator('form[action$="/updates"] button:visible').first.click()
    expect(page.locator("#headline")).to_be_visible()
    draft = page.url
    page.fill("#headline", "Saved before")
    expect(page.locator("#draft-state")).to_have_text("Saved")
    page.locator("#summary").fill("Written while signed out")
    end_sign_ins(demo)
    page.wait_for_url(lambda url: "/sign-in" in url)
    page.locator("input[name=email]").first.fill("ingrid@ferry.example")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(draft)
    expect(page.locator("#summary")).to_have_value("Written while signed out")
    expect(page.locator("#draft-state")).to_have_text("Saved")
    page.reload()
    expect(page.locator("#summary")).to_have_value("Written while signed out")


def test_lines_that_wait_behind_another_keep_the_page(demo: Server, visit: Visits) -> None:
    page = visit(demo, "/products/FERRY/backlog", who="ingrid")
    late: list[Route] = []
    page.route("**/products/FERRY/items", lambda route: late.append(route))
    for title in ("Menu", "Seats"):
        page.locator("#add-bottom").press_sequentially(title)
        page.locator("#add-bottom").press("Enter")
    becomes(page, lambda _: len(late), 1)
    with staying(page) as asked:
        page.evaluate("location.assign('/items/FERRY-49')")
        becomes(page, lambda _: asked, ["beforeunload"])
    for title in ("Menu", "Seats"):
        becomes(page, lambda _: len(late), 1)
        late.pop().continue_()
        expect(page.locator("#backlog-list [data-item]").last).to_contain_text(title)
