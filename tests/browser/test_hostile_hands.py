"""Hands that are disturbed on the board: what they did not mean to do moves no card, and nothing loses its place."""

from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Visits, becomes, staying
from tests.browser.test_board import BOARD, PHONE, Finger, card, column, columns, grab, middle, settled
from tests.server import Server

IN_HAND = "body.is-dragging"
#: A hand that passes a column and leaves the board within one frame.
LEAVE = """x => [x, 60].forEach(clientX => document.dispatchEvent(new PointerEvent("pointermove",
  {clientX, clientY: 500, bubbles: true, pointerType: "mouse", buttons: 1})))"""


def hold(page: Page, finger: Finger, ref: str) -> None:
    """Take a card with the finger and bring it over the first column of the bar below that is not its own."""
    finger.hold(*middle(page, card(ref)))
    finger.move(finger.x, finger.y + 30)
    expect(page.locator(".thumb-bar")).to_be_visible()
    box = page.locator(".thumb-bar").get_by_text("Acceptance").bounding_box()
    assert box
    finger.move(box["x"] + box["width"] / 2, box["y"] + 20)


def post(page: Page, path: str, **values: str) -> None:
    """Change something as whoever looks at this page does."""
    token = page.locator('meta[name="csrf-token"]').get_attribute("content") or ""
    page.request.post(path, form={**values, "csrf_token": token}, fail_on_status_code=True)


def test_a_hand_that_is_disturbed_moves_no_card(demo: Server, visit: Visits) -> None:
    page = visit(demo, BOARD, who="ingrid", **PHONE)
    before = columns(page)
    finger = Finger(page)

    def touch(kind: str, *points: dict[str, Any]) -> None:
        finger.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    # The system takes the touch away: a call, a gesture at the edge of the screen.
    hold(page, finger, before["Ready"][1])
    touch("touchCancel")
    expect(page.locator(IN_HAND)).to_have_count(0)
    assert settled(page) == before

    # A second finger comes and goes; a hold that lasts longer opens no menu of the link under it.
    hold(page, finger, before["Ready"][1])
    second = {"x": 300, "y": 200, "id": 1}
    touch("touchStart", {"x": finger.x, "y": finger.y, "id": 0}, second)
    touch("touchEnd", second)
    expect(page.locator(IN_HAND)).to_have_count(1)
    menu = "title => !title.dispatchEvent(new PointerEvent('contextmenu', {bubbles: true, cancelable: true}))"
    assert page.locator(f"{card(before['Ready'][1])} .title a").last.evaluate(menu)
    finger.lift()
    expect(page.locator(f"{column(page, 'Acceptance')} {card(before['Ready'][1])}")).to_have_count(1)
    before = settled(page)
    assert not page.locator(f"{card(before['Ready'][0])} .title a").evaluate(menu)

    # A mouse that was let go where the page did not see it puts the card back.
    wide = visit(demo, BOARD, who="ingrid")
    grab(wide, before["Ready"][0])
    wide.mouse.move(*middle(wide, column(wide, "Review")), steps=6)
    expect(wide.locator(f"{column(wide, 'Review')} .is-ghost")).to_have_count(1)
    # Outside of the board the column with the line in it is the marked one, however quickly the hand left.
    wide.evaluate(LEAVE, middle(wide, column(wide, "In progress"))[0])
    expect(wide.locator(f"{column(wide, 'In progress')} .is-ghost")).to_have_count(1)
    expect(wide.locator(".col.is-target .is-ghost")).to_have_count(1)
    wide.mouse.move(60, 500, steps=6)
    expect(wide.locator(".col.is-target .is-ghost")).to_have_count(1)
    wide.keyboard.press("c")  # nor does a key of the page take the board from under it
    expect(wide.locator("dialog[open]")).to_have_count(0)
    wide.evaluate(
        "window.addEventListener('pointerup', event => event.stopImmediatePropagation(), {capture: true, once: true})"
    )
    wide.mouse.up()
    wide.mouse.move(700, 400, steps=3)
    expect(wide.locator(IN_HAND)).to_have_count(0)
    assert settled(wide) == before

    # The board is not drawn anew under a card that is only pressed so far.
    wide.mouse.move(*middle(wide, f"{card(before['Ready'][0])} .head"))
    wide.mouse.down()
    with wide.expect_response("**/board"):
        wide.evaluate("document.dispatchEvent(new Event('board:stale'))")
    wide.mouse.move(*middle(wide, card(before["Review"][0])), steps=14)
    wide.mouse.up()
    expect(wide.locator(f"{column(wide, 'Review')} {card(before['Ready'][0])}")).to_have_count(1)
    before = settled(wide)
    assert before["Ready"]

    # The column under the hand is removed by somebody else: the card goes back, and the column goes.
    owner = visit(demo, BOARD, who="ingrid")
    expect(wide.locator('[data-live="on"]')).to_be_visible()
    post(owner, "/products/FERRY/settings/columns", name="Look", stage="review")
    expect(wide.locator("h2", has_text="Look")).to_be_visible()
    expect(owner.locator("h2", has_text="Look")).to_be_visible()
    over = column(wide, "Look")
    grab(wide, before["Ready"][0])
    wide.mouse.move(*middle(wide, over), steps=6)
    expect(wide.locator(f"{over} .is-ghost")).to_have_count(1)
    number = str(wide.locator(over).get_attribute("data-column"))
    post(owner, f"/products/FERRY/settings/columns/{number}/remove")
    expect(owner.locator("h2", has_text="Look")).to_have_count(0)
    wide.mouse.up()
    expect(wide.locator(".toast.bad")).to_contain_text("That column is gone.")
    expect(wide.locator("h2", has_text="Look")).to_have_count(0)
    assert settled(wide) == before


def test_whoever_drops_a_card_hears_who_moved_it_meanwhile(demo: Server, visit: Visits) -> None:
    page, theirs = visit(demo, BOARD, who="ingrid"), visit(demo, BOARD, who="anders")
    ref = columns(page)["In progress"][0]
    expect(page.locator('[data-live="on"]')).to_be_visible()
    page.locator(f"{card(ref)} .title a").focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    theirs.locator(f"{card(ref)} .title a").focus()
    for key in ("Space", "ArrowRight", "Space"):
        theirs.keyboard.press(key)
    expect(theirs.locator(".toast:visible", has_text=f"{ref} moved to Review.")).to_be_visible()
    page.keyboard.press("Space")
    told = page.locator(".toast:visible", has_text=f"{ref} moved to In progress.")
    expect(told).to_contain_text("While you were moving it: Anders")
    expect(told).to_contain_text("from In progress to Review.")


def test_a_card_in_the_air_finds_its_place_and_the_focus_again(demo: Server, visit: Visits) -> None:
    page = visit(demo, BOARD, who="ingrid")
    before = columns(page)
    late: list[Route] = []
    slow = [True]
    page.route("**/move", lambda route: late.append(route) if slow else route.continue_())

    def press(ref: str, *keys: str) -> None:
        page.locator(f"{card(ref)} .title a").focus()
        for key in keys:
            page.keyboard.press(key)

    # While the answer of one move is on its way the next card is lifted, and its old neighbour drawn anew.
    first, second = before["Ready"][:2]
    press(first, "Space", "ArrowDown", "Space")
    becomes(page, lambda _page: len(late), 1)
    press(second, "Space", "End")
    page.locator(column(page, "Ready")).evaluate("list => list.dataset.most = '2'")  # as of done only so many are shown
    late.pop().continue_()
    expect(page.locator(".is-saving")).to_have_count(0)
    page.locator(column(page, "Ready")).evaluate("list => delete list.dataset.most")
    page.keyboard.press("Escape")
    expect(page.locator(f"{card(second)} .title a")).to_be_focused()
    ready = [second, first, *before["Ready"][2:]]
    becomes(page, lambda screen: columns(screen)["Ready"], ready)
    assert settled(page)["Ready"] == ready

    # Of two moves on their way the second would be lost by leaving the page: it asks.
    press(second, "Space", "ArrowRight", "Space")
    becomes(page, lambda _page: len(late), 1)
    press(second, "Space", "ArrowRight", "Space")
    with staying(page) as asked:
        page.evaluate("location.assign('/')")
        becomes(page, lambda _page: asked, ["beforeunload"])
    slow.clear()
    late.pop().continue_()
    expect(page.locator(".is-saving")).to_have_count(0)
    assert second in settled(page)["Review"]

    # Dropped into a folded column the focus is on its strip, from where the arrows walk on.
    page.locator(".col", has=page.locator("h2", has_text="Acceptance")).locator(".fold").focus()
    page.keyboard.press("h")
    press(second, "Space", "ArrowRight")
    strip = page.get_by_role("button", name="Open Acceptance")
    expect(strip).to_be_focused()
    page.keyboard.press("Space")
    expect(page.locator(".toast:visible")).to_contain_text(f"{second} moved to Acceptance.")
    expect(strip).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(f"{column(page, 'Review')} .card .title a:focus")).to_have_count(1)

    # Refused, the card goes back with the focus on it, and its ring is seen without shadows too.
    page = visit(demo, BOARD, who="anders", forced_colors="active")
    ref = columns(page)["Acceptance"][0]
    press(ref, "Space", "ArrowRight", "Space")
    expect(page.locator(".toast.bad")).to_contain_text("can accept items into Done")
    expect(page.locator(f"{column(page, 'Acceptance')} {card(ref)}.is-refused")).to_have_count(1)
    expect(page.locator(f"{card(ref)} .title a")).to_be_focused()
    expect(page.locator(card(ref))).to_have_css("outline-style", "solid")
    expect(page.locator("#quick")).to_have_css("background-image", "none")
    page.keyboard.press("Control+k")
    expect(page.locator("#palette-list [aria-selected=true] a").first).to_have_css("outline-style", "solid")
    page.goto("/products/FERRY/backlog")
    row = page.locator("#backlog-list .row", has=page.locator(".title")).first
    row.locator(".title a").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#backlog-list .row:focus-within")).to_have_css("outline-style", "solid")


def test_a_card_thrown_quickly_lands_where_it_was_let_go(demo: Server, visit: Visits) -> None:
    page = visit(demo, BOARD, who="ingrid", reduced_motion="no-preference")
    ref = columns(page)["In progress"][1]
    for name in ("Review", "In progress", "Acceptance", "Review", "In progress"):
        target = middle(page, f"{column(page, name)} .card >> nth=1")
        grab(page, ref)
        page.mouse.move(*target, steps=2)
        page.mouse.up()
        expect(page.locator(f"{column(page, name)} {card(ref)}")).to_have_count(1)
    settled(page)
