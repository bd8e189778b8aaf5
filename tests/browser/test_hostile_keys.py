"""What hands on a keyboard do that nobody meant them to: each ends where people expect, and nothing moves by accident."""

from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import Visits, becomes
from tests.browser.test_backlog import BACKLOG, order, settled
from tests.browser.test_board import BOARD, card, column, columns
from tests.browser.test_long_board import lengthen
from tests.server import Server


def title(page: Page, ref: str) -> None:
    page.locator(f"{card(ref)} .title a").focus()


def holding(page: Page, url: str, method: str) -> list[Route]:
    """What the page asks of these addresses from now on, unanswered until the test lets it go on."""
    held: list[Route] = []
    page.route(url, lambda route: held.append(route) if route.request.method == method else route.fallback())
    return held


def test_keys_move_no_card_by_accident_and_never_lose_the_board(demo: Server, visit: Visits) -> None:
    page = visit(demo, BOARD, who="ingrid")
    before = columns(page)
    ready, review = before["Ready"][0], before["Review"][0]

    # A key of the page does nothing while a card is in the air: a filter would take the board from under it, and the next
    # Space would drop the card where nobody saw it.
    title(page, review)
    page.evaluate("window.left = []; addEventListener('keydown', key => key.defaultPrevented || left.push(key.key))")
    for key in ("Space", "ArrowLeft", "/", "'", "c", "h"):
        page.keyboard.press(key)
    expect(page.locator(f"{card(review)} .title a")).to_be_focused()
    assert page.evaluate("left") == []  # some browsers look for what is typed after one of them
    page.keyboard.press("Tab")  # looking elsewhere puts it back
    expect(page.locator(".is-lifted")).to_have_count(0)
    becomes(page, columns, before)

    # Space presses the button of the card that has the focus.
    title(page, review)
    page.keyboard.press("Tab")
    expect(page.locator(f"{card(review)} [data-quick=assign]")).to_be_focused()
    page.keyboard.press("Space")
    expect(page.locator("#toasts")).to_contain_text(f"assigned to {review}")
    becomes(page, columns, before)

    # With the first column folded Tab still reaches a card, now and after a reload.
    title(page, ready)
    page.keyboard.press("h")
    for _ in range(2):
        stops = page.locator('.card .title a[tabindex="0"]')
        expect(stops).to_have_count(1)
        expect(stops).to_be_visible()
        page.reload()

    # In the panel a key of the board has no meaning.
    page.locator(f"{card(review)} .title a").click()
    expect(page.locator("#panel #item")).to_be_visible()
    expect(page.locator("#panel")).to_have_accessible_name(page.locator(f"{card(review)} .title").inner_text())
    page.locator(card(review)).hover()
    page.locator("#panel").focus()
    page.keyboard.press("h")
    expect(page.locator("#panel")).to_be_focused()

    # What was begun in the panel is there again, whether one left it by Escape or by a step.
    for leave, back in (("Escape", "Enter"), ("j", "k")):
        expect(page.locator("#panel")).to_be_focused()
        page.locator("#new-comment").fill(f"Left by {leave}")
        page.keyboard.press("Escape")
        page.keyboard.press(leave)
        expect(page.locator(f'#item[data-item-open="{review}"]')).to_have_count(0)
        page.keyboard.press(back)
        expect(page.locator(f'#item[data-item-open="{review}"]')).to_be_visible()
        expect(page.locator("#new-comment")).to_have_value(f"Left by {leave}")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator("#panel .thread", has_text="Left by j")).to_be_visible()
    expect(page.locator("#announcer")).to_have_text("Your comment has been added.")
    expect(page.locator("#new-comment")).to_have_value("")
    page.locator("#panel").focus()
    page.keyboard.press("j")
    expect(page.locator(f'#item[data-item-open="{review}"]')).to_have_count(0)
    page.keyboard.press("k")
    expect(page.locator(f'#item[data-item-open="{review}"] #new-comment')).to_have_value("")


def test_the_focus_stays_on_the_board_when_its_card_leaves(demo: Server, visit: Visits) -> None:
    lengthen(demo, "Ready")
    page, owner = visit(demo, BOARD, who="ingrid"), visit(demo, BOARD, who="ingrid")
    expect(page.locator('[data-live="on"]')).to_be_visible()
    cards = page.locator(f"{column(page, 'Ready')} .card")
    title(page, columns(page)["Ready"][0])
    page.keyboard.press("End")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".card .title a:focus")).to_have_count(1)
    expect(cards).not_to_have_count(200)
    page.keyboard.press("End")

    # Another column's name changes: the board is drawn anew, with the first cards of each column.
    owner.locator(".col", has=owner.locator("h2", has_text="Review")).locator("[data-handle]").focus()
    owner.keyboard.press("Enter")
    expect(owner.locator(".rename")).to_be_focused()
    owner.keyboard.type("Looking")
    owner.keyboard.press("Enter")
    expect(page.locator("h2", has_text="Looking")).to_be_visible()
    expect(page.locator(f"{column(page, 'Ready')} .card .title a:focus")).to_have_count(1)

    # The only card that a filter shows stops fitting: the focus is on the board still, where an arrow goes on.
    ref = next(ref for ref in columns(owner)["Acceptance"] if not owner.locator(f"{card(ref)} .stop").count())
    title(owner, ref)
    owner.keyboard.press("b")
    owner.get_by_label("What is holding it up").fill("No ship.")
    owner.keyboard.press("Control+Enter")
    expect(owner.locator(f"{card(ref)} .stop")).to_be_visible()
    page.goto(f"{BOARD}?q={ref}&blocked=1")
    expect(page.locator('[data-live="on"]')).to_be_visible()
    title(page, ref)
    expect(owner.locator(f"{card(ref)} .title a")).to_be_focused()
    owner.keyboard.press("b")
    expect(page.locator(card(ref))).to_have_count(0)
    expect(page.locator("#main")).to_be_focused()


def test_the_focus_stays_in_the_backlog_whatever_leaves_it(demo: Server, visit: Visits) -> None:
    """Discarded, split, taken back by key and by button, one row or several: the next arrow goes on from there."""
    page = visit(demo, BACKLOG, who="ingrid")
    before = order(page)
    toasts, rows = page.locator("#toasts [data-toast]:visible"), page.locator("#backlog-list [data-item]")

    def row(ref: str) -> Locator:
        return page.locator(f'[data-item="{ref}"] .title a')

    row(before[3]).focus()
    page.keyboard.press("Delete")
    expect(page.locator("#discard-reason")).to_be_focused()
    page.keyboard.type("Not wanted")
    page.get_by_role("button", name="Discard").press("Enter")
    expect(rows).to_have_count(len(before) - 1)
    expect(row(before[4])).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(row(before[5])).to_be_focused()
    toasts.get_by_role("button", name="Undo").press("Enter")
    expect(rows).to_have_count(len(before))
    expect(row(before[5])).to_be_focused()
    becomes(page, order, before)

    # Of several that are picked all are meant, and the panel of one says how many.
    page.keyboard.press("Shift+ArrowDown")
    expect(row(before[6])).to_be_focused()
    page.keyboard.press("Shift+ArrowDown")
    expect(row(before[7])).to_be_focused()
    page.keyboard.press("Delete")
    expect(page.locator("#dialog h2")).to_have_text("Discard 3 items")
    expect(page.locator("#discard-reason")).to_be_focused()
    page.keyboard.type("Not wanted")
    page.get_by_role("button", name="Discard").last.press("Enter")
    expect(rows).to_have_count(len(before) - 3)
    expect(row(before[8])).to_be_focused()
    expect(page.locator("[data-picked]")).to_be_hidden()
    expect(toasts).to_contain_text("3 items are discarded")
    page.keyboard.press("Control+z")
    expect(rows).to_have_count(len(before))
    settled(page, before)


def test_a_dialog_that_is_closed_while_it_saves_is_answered_all_the_same(demo: Server, visit: Visits) -> None:
    page = visit(demo, BOARD, who="ingrid")
    held = holding(page, "**/block", "POST")
    ref = columns(page)["Review"][0]
    stop = page.locator(f"{card(ref)} .stop")
    for answered in ("refused", "accepted"):
        title(page, ref)
        page.keyboard.press("b")
        expect(page.locator("#block-reason")).to_be_focused()
        page.keyboard.type("No ship.")
        page.keyboard.press("Control+Enter")
        becomes(page, lambda _: len(held), 1)
        page.keyboard.press("Escape")
        expect(page.locator("#dialog")).to_be_hidden()
        if answered == "refused":
            held.pop().fulfill(status=422, body='<div id="block-item"><h2>Block</h2><p>Not today.</p></div>')
            expect(page.locator("#dialog")).to_contain_text("Not today.")
            page.keyboard.press("Escape")
            expect(page.locator("#dialog")).to_be_hidden()
        else:
            held.pop().continue_()
            expect(page.locator("#toasts")).to_contain_text(f"{ref} is blocked")
            expect(stop).to_be_visible()
    page.keyboard.press("Control+z")
    expect(stop).to_have_count(0)


def test_what_is_typed_before_a_dialog_or_an_item_is_there_does_nothing_and_escape_calls_it_off(
    demo: Server, visit: Visits
) -> None:
    page = visit(demo, BOARD, who="ingrid")
    ref, below = columns(page)["Ready"][:2]
    held = holding(page, "**/labels", "GET")
    title(page, ref)
    for key in ("l", "x", "Space", "ArrowDown"):
        page.keyboard.press(key)
    expect(page.locator(f"{card(ref)} .title a")).to_be_focused()
    becomes(page, lambda _: len(held), 1)
    expect(page.locator(".is-picked, .is-lifted")).to_have_count(0)
    page.keyboard.press("Escape")
    page.unroute("**/labels")
    page.keyboard.press("b")
    expect(page.locator("#block-reason")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(f"{card(ref)} .title a")).to_be_focused()

    held = holding(page, f"**/items/{ref}", "GET")
    page.keyboard.press("Enter")
    becomes(page, lambda _: len(held), 1)
    page.keyboard.press("Escape")
    held.pop().continue_()
    page.keyboard.press("Enter")
    becomes(page, lambda _: len(held), 1)
    expect(page.locator("#panel #item")).to_have_count(0)
    page.keyboard.press("ArrowDown")
    held.pop().continue_()
    expect(page.locator("#panel #item")).to_be_visible()
    expect(page.locator(f"{card(below)} .title a")).to_be_focused()


def test_a_key_that_is_held_down_does_its_work_once(demo: Server, visit: Visits) -> None:
    page = visit(demo, BOARD, who="ingrid")
    ref = columns(page)["Ready"][0]
    posts: list[str] = []
    page.on("request", lambda asked: posts.append(asked.url) if asked.method == "POST" else None)
    title(page, ref)
    for key, found in (("Space", ".is-lifted"), ("x", ".is-picked")):
        for _ in range(2):
            page.keyboard.down(key)
        page.keyboard.up(key)
        expect(page.locator(found)).to_have_count(1)
        page.keyboard.press("Escape")
        expect(page.locator(found)).to_have_count(0)
    for _ in range(3):
        page.keyboard.down("m")
    page.keyboard.up("m")
    expect(page.locator("#toasts")).to_contain_text(f"assigned to {ref}")
    page.keyboard.press("m")
    expect(page.locator("#toasts")).to_contain_text(f"{ref} is already yours")
    expect(page.locator("#toasts .bad")).to_have_count(0)
    assert len([url for url in posts if url.endswith("assign-me")]) == 2


def test_the_focus_stays_where_hands_left_it(demo: Server, visit: Visits) -> None:
    """On a quick action whose card somebody else changes, and on the card of a column folded and opened again."""
    page, other = visit(demo, BOARD, who="anders"), visit(demo, BOARD, who="ingrid")
    expect(page.locator('[data-live="on"]')).to_be_visible()
    ref, below = columns(page)["Ready"][:2]
    button = page.locator(f"{card(ref)} [data-quick=ask]")
    title(page, ref)
    button.focus()
    title(other, ref)
    other.keyboard.press("m")
    expect(page.locator(f"{card(ref)} .av")).to_have_count(1)
    expect(button).to_be_focused()

    title(page, below)
    for key in ("h", "h", "ArrowUp"):
        page.keyboard.press(key)
    expect(page.locator(f"{card(ref)} .title a")).to_be_focused()


def test_what_is_in_the_air_is_back_before_the_keyboard_is_elsewhere(demo: Server, visit: Visits) -> None:
    page = visit(demo, BOARD, who="ingrid")
    before = columns(page)
    ref = before["Review"][0]
    title(page, ref)
    name = page.locator(f"{card(ref)} .title").inner_text()
    page.keyboard.press("Space")
    expect(page.locator("#announcer")).to_contain_text(f"{ref}, {name}, lifted.")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Control+k")
    expect(page.locator("#palette input")).to_be_focused()
    expect(page.locator(".is-lifted")).to_have_count(0)
    assert columns(page) == before
    page.keyboard.press("Escape")
    expect(page.locator(f"{card(ref)} .title a")).to_be_focused()


def test_keys_of_the_writing_are_left_to_it(demo: Server, visit: Visits) -> None:
    """Escape of an input method, and "[" where it takes AltGr; a list of choices writes nothing, so Ctrl+Z undoes."""
    page = visit(demo, BACKLOG, who="ingrid")
    rail = page.locator("html[data-narrow]")
    page.evaluate(
        "dispatch = more => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {...more, bubbles: true}))"
    )
    page.evaluate("dispatch({key: '[', altKey: true, ctrlKey: true})")
    expect(rail).to_have_count(1)
    page.evaluate("dispatch({key: '[', ctrlKey: true})")
    expect(rail).to_have_count(1)

    page.locator("#backlog-list [data-item] .title a").first.focus()
    page.keyboard.press("e")
    expect(page.locator("form[data-line] input:focus")).to_have_count(1)
    page.evaluate("dispatch({key: 'Escape', isComposing: true})")
    expect(page.locator("form[data-line] input:focus")).to_have_count(1)
    page.keyboard.press("Escape")

    page.goto(f"/items/{order(page)[0]}")
    before = page.locator("#item-type").input_value()
    page.locator("#item-type").select_option("spike")
    expect(page.locator("#toasts [data-undo]")).to_have_count(1)
    page.locator("#item-type").focus()
    page.keyboard.press("Control+z")
    expect(page.locator("#item-type")).to_have_value(before)


def test_keys_of_a_single_character_can_be_switched_off(demo: Server, visit: Visits) -> None:
    page = visit(demo, "/me#letters", who="ingrid")
    page.get_by_label("Single-key shortcuts").select_option("off")
    page.get_by_role("button", name="Save").first.click()
    expect(page.locator("html[data-letterless]")).to_have_count(1)
    page.goto(BOARD)
    ref = columns(page)["Ready"][0]
    title(page, ref)
    for key in ("x", "m", "?", "h", "/"):
        page.keyboard.press(key)
    page.keyboard.press("Space")
    expect(page.locator(".is-lifted")).to_have_count(1)
    expect(page.locator("dialog[open], .is-picked, .is-folded, #toasts [data-toast]")).to_have_count(0)
