"""Several cards of the board picked and moved as one: by mouse, by key, from the dialog, and back at once."""

import re

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Visits, becomes, serious_axe_findings
from tests.browser.test_board import (
    AGREES,
    BOARD,
    HOLD_MS,
    PHONE,
    Finger,
    card,
    column,
    columns,
    drag,
    flicker,
    forgive_the_network,
    grab,
    middle,
    set_limit,
    settled,
)
from tests.server import Server


def picked(page: Page) -> list[str]:
    return page.locator(".card.is-picked").evaluate_all("cards => cards.map(card => card.dataset.item)")


def pick(page: Page, *refs: str) -> None:
    for ref in refs:
        page.locator(f"{card(ref)} .title a").click(modifiers=["Control"])
    assert set(picked(page)) == set(refs)


def below(page: Page, name: str) -> tuple[float, float]:
    """A point in that column below its last card."""
    box = page.locator(column(page, name)).bounding_box()
    assert box
    return box["x"] + box["width"] / 2, 780


def test_those_picked_by_mouse_go_along_with_the_one_that_is_dragged(demo: Server, visit: Visits) -> None:
    page, other = visit(demo, BOARD, who="ingrid"), visit(demo, BOARD, who="anders")
    before = columns(page)
    first, second = before["Review"]
    started = before["In progress"][1]
    page.locator(f"{card(first)} .title a").click(modifiers=["Control"])
    page.locator(f"{card(second)} .title a").click(modifiers=["Shift"])
    page.locator(f"{card(started)} .title a").click(modifiers=["Control"])
    assert picked(page) == [started, first, second]
    bar = page.locator("[data-picked]")
    expect(bar).to_contain_text("3 selected")
    assert serious_axe_findings(page) == []
    bar.get_by_role("link", name="Milestone…").click()
    expect(page.locator("#dialog")).to_contain_text("Milestone of 3 items")
    page.keyboard.press("Escape")
    grab(page, second)
    expect(page.locator("body > .lift")).to_have_attribute("data-count", "3")
    page.mouse.move(*below(page, "Acceptance"), steps=14)
    page.mouse.up()
    there = page.locator(f"{column(page, 'Acceptance')} .card")
    expect(there).to_have_count(len(before["Acceptance"]) + 3)
    expect(page.locator("#toasts")).to_contain_text("3 items moved to Acceptance.")
    expect(other.locator(f"{column(other, 'Acceptance')} {card(started)}")).to_have_count(1)
    assert picked(page) != []
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(f"{column(page, 'In progress')} {card(started)}")).to_have_count(1)
    assert settled(page) == before
    # In its own column a card moves alone.
    page.locator(f"{card(first)} .title a").click(modifiers=["Control"])
    page.locator(f"{card(second)} .title a").click(modifiers=["Control"])
    drag(page, second, *middle(page, f"{card(first)} .head"))
    assert settled(page)["Review"] == [second, first]


def test_a_finger_that_holds_and_lets_go_picks_a_card_and_taps_pick_others(demo: Server, visit: Visits) -> None:
    page = visit(demo, BOARD, who="ingrid", **PHONE)
    before = columns(page)
    first, second, third = before["Ready"][:3]
    finger = Finger(page)
    finger.tap(*middle(page, card(first)))
    expect(page.locator("#item")).to_be_visible()
    page.go_back()
    finger.hold(*middle(page, card(first)))
    finger.lift_after(HOLD_MS)
    bar = page.locator("[data-picked]")
    expect(bar).to_contain_text("1 selected")
    assert page.url.endswith(BOARD)
    finger.tap(*middle(page, card(second)))
    finger.tap(*middle(page, card(third)))
    expect(bar).to_contain_text("3 selected")
    finger.tap(*middle(page, card(third)))
    assert picked(page) == [first, second]
    finger.hold(*middle(page, card(second)))
    finger.move(finger.x, finger.y + 30)
    thumb = page.locator(".thumb-bar").get_by_text("Acceptance").bounding_box()
    assert thumb
    finger.move(thumb["x"] + thumb["width"] / 2, thumb["y"] + 20)
    finger.lift()
    expect(page.locator(f"{column(page, 'Acceptance')} {card(second)}")).to_have_count(1)
    expect(page.locator(f"{column(page, 'Acceptance')} {card(first)}")).to_have_count(1)
    bar.get_by_role("button", name="Clear the selection").tap()
    assert settled(page)["Ready"] == before["Ready"][2:]
    finger.tap(*middle(page, card(third)))
    expect(page.locator("#item")).to_be_visible()


def test_those_picked_by_key_are_moved_from_the_dialog_and_get_labels(demo: Server, visit: Visits) -> None:
    page = visit(demo, BOARD, who="anders")
    before = columns(page)
    refs = before["In progress"][1:3]
    page.locator(f"{card(refs[0])} .title a").focus()
    for key in ("x", "j", "x"):
        page.keyboard.press(key)
    assert picked(page) == refs
    expect(page.locator("#announcer")).to_have_text("2 selected")
    page.keyboard.press("l")
    page.locator("#dialog").get_by_label("New").fill("fair")
    page.keyboard.press("Enter")
    for ref in refs:
        expect(page.locator(card(ref))).to_contain_text("fair")
    assert picked(page) == refs
    page.keyboard.press("v")
    dialog = page.locator("#dialog")
    expect(dialog).to_contain_text("Move 2 items")
    dialog.get_by_label("Review").press("Enter")
    expect(page.locator("#toasts")).to_contain_text("2 items moved to Review.")
    for ref in refs:
        expect(page.locator(f"{column(page, 'Review')} {card(ref)}")).to_have_count(1)
    page.keyboard.press("Escape")
    assert picked(page) == []
    assert set(refs) < set(settled(page)["Review"])


def test_what_is_refused_to_one_of_them_puts_all_back(demo: Server, visit: Visits) -> None:
    set_limit(demo, "Review", 2, "refuse")
    page = visit(demo, BOARD, who="anders")
    before = columns(page)
    pick(page, *before["In progress"][1:3])
    drag(page, before["In progress"][2], *below(page, "Review"))
    expect(page.locator("#toasts")).to_contain_text("Review is full")
    assert settled(page) == before
    set_limit(demo, "Review", 2, "ask")
    pick(page, *before["In progress"][1:3])
    drag(page, before["In progress"][1], *below(page, "Review"))
    page.get_by_label("Why let it in anyway?").fill("The harbour waits for them.")
    page.get_by_role("button", name="Move it").click()
    expect(page.locator("#toasts")).to_contain_text("2 items moved to Review.")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(f"{column(page, 'In progress')} {card(before['In progress'][1])}")).to_have_count(1)
    assert settled(page) == before
    # By key, too, all go along; those in done are nobody's to pick.
    page.locator(f"{card(before['Review'][0])} .title a").focus()
    page.keyboard.press("x")
    page.locator(f"{card(before['Review'][1])} .title a").focus()
    for key in ("x", " ", "ArrowRight", " "):
        page.keyboard.press(key)
    expect(page.locator("#toasts")).to_contain_text("2 items moved to Acceptance.")
    assert set(before["Review"]) < set(settled(page)["Acceptance"])
    page.locator(f"{card(before['Done'][0])} .title a").focus()
    page.keyboard.press("x")
    assert picked(page) == []


def test_several_that_wait_for_the_server_say_so_and_arrive(demo: Server, visit: Visits) -> None:
    page = visit(demo, BOARD, who="anders")
    before = columns(page)
    first, second = before["In progress"][1:3]
    pick(page, first, second)
    page.route("**/move", lambda route: route.fulfill(status=503))
    drag(page, first, *below(page, "Review"))
    for ref in (first, second):
        expect(page.locator(f"{card(ref)}.is-waiting")).to_have_count(1)
    # One of them moves on meanwhile: the answer about both does not fetch it back.
    page.locator(f"{card(second)} .title a").focus()
    page.keyboard.press("Escape")
    for key in (" ", "ArrowRight", " "):
        page.keyboard.press(key)
    page.unroute_all()
    page.evaluate("window.dispatchEvent(new Event('online'))")
    shown = settled(page)
    assert first in shown["Review"] and second in shown["Acceptance"]
    visit.complaints[:] = [one for one in visit.complaints if "503" not in one]


def test_what_a_hand_carries_stays_picked_and_what_is_out_of_sight_does_not(demo: Server, visit: Visits) -> None:
    page = visit(demo, BOARD, who="ingrid")
    before = columns(page)
    (lead, mate), away = before["Review"][:2], before["In progress"][1]
    # In its own column it moves alone, whatever is picked elsewhere.
    pick(page, mate, away)
    page.locator(f"{card(mate)} .title a").focus()
    for key in (" ", "ArrowUp", " "):
        page.keyboard.press(key)
    shown = columns(page)
    assert shown["Review"][:2] == [mate, lead] and shown["In progress"] == before["In progress"]
    expect(page.locator(".is-saving")).to_have_count(0)
    # A column that is folded takes what was picked in it out of sight.
    page.keyboard.press("h")
    assert picked(page) == [away]
    page.keyboard.press("h")
    page.keyboard.press("Escape")
    # So does a filter, before the server has answered.
    pick(page, lead, mate)
    page.locator(f"{card(mate)}").evaluate("card => card.hidden = true")
    page.locator(f"{card(lead)} .title a").focus()
    page.keyboard.press(" ")
    expect(page.locator("#announcer")).to_contain_text(re.compile(f"{lead}, .+, lifted"))
    page.keyboard.press("Escape")
    page.locator(f"{card(mate)}").evaluate("card => card.hidden = false")
    page.keyboard.press("Escape")
    # An answer about other cards comes while a hand is over done.
    pick(page, lead, mate)
    page.locator(f"{card(lead)} .title a").focus()
    page.keyboard.press(" ")
    expect(page.locator("#announcer")).to_contain_text("2 items lifted")
    for key in ("ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    page.evaluate("document.dispatchEvent(new Event('board:changed'))")
    page.keyboard.press(" ")
    expect(page.locator("#toasts")).to_contain_text("2 items moved to Done.")
    assert {lead, mate} <= set(settled(page)["Done"])


def test_moves_that_never_arrived_go_back_over_all_the_cards_that_they_share(demo: Server, visit: Visits) -> None:
    page = visit(demo, BOARD, who="ingrid")
    first, second, third = columns(page)["Ready"][:3]
    mine = columns(page)["Review"][0]
    page.locator(f"{card(mine)} .title a").press("m")
    expect(page.locator(".toast").first).to_be_visible()
    expect(page.locator(".is-saving")).to_have_count(0)
    tries: list[Route] = []

    def is_away(route: Route) -> None:
        tries.append(route)
        route.abort("connectionfailed")

    def move_right(*refs: str) -> None:
        if len(refs) > 1:
            pick(page, *refs)
        page.locator(f"{card(refs[0])} .title a").focus()
        for key in (" ", "ArrowRight", " "):
            page.keyboard.press(key)
        page.keyboard.press("Escape")

    page.route("**/move", is_away)
    move_right(first, second)
    becomes(page, lambda _: bool(tries), True)
    move_right(second, third)
    move_right(third)
    becomes(page, lambda page: flicker(page) or len(tries) >= 60, True)
    expect(page.locator(".is-saving, .is-waiting")).to_have_count(0)
    becomes(page, lambda page: page.evaluate(AGREES), True)
    # What counts later says nothing about the place of its card: it is mine already.
    move_right(mine)
    becomes(page, lambda _: len(tries) > 60, True)
    page.locator(f"{card(mine)} .title a").press("m")
    becomes(page, lambda page: flicker(page) or len(tries) >= 80, True)
    expect(page.locator(".is-saving, .is-waiting")).to_have_count(0)
    becomes(page, lambda page: page.evaluate(AGREES), True)
    forgive_the_network(visit)


def test_m_asks_who_takes_all_that_are_picked_and_offers_oneself_first(demo: Server, visit: Visits) -> None:
    page = visit(demo, BOARD, who="anders")
    refs, mine = columns(page)["Review"][:2], '.av[aria-label="Anders Olsen"]'
    before = [page.locator(f"{card(ref)} {mine}").count() for ref in refs]
    pick(page, *refs)
    expect(page.locator(f"{card(refs[1])} .title a")).to_have_accessible_description(re.compile("selected"))
    page.keyboard.press("m")
    dialog = page.locator("#dialog")
    expect(dialog).to_contain_text("People on 2 items")
    expect(dialog.get_by_role("checkbox").first).to_be_focused()
    assert serious_axe_findings(page) == []
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.locator("#toasts [data-toast]")).to_contain_text("Changed the people on")
    for ref in refs:
        expect(page.locator(f"{card(ref)} {mine}")).to_be_visible()
    page.locator("#toasts [data-toast]").get_by_role("button", name="Undo").click()
    for ref, held in zip(refs, before, strict=True):
        expect(page.locator(f"{card(ref)} {mine}")).to_have_count(held)
