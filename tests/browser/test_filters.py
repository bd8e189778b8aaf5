"""A board that is narrowed, folded, and worked on by quick keys; and what others' changes may do to it."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visits, becomes, serious_axe_findings
from tests.browser.test_board import BOARD, PHONE, card, column, columns, grab, middle, settled
from tests.server import Server


def shown(page: Page) -> list[str]:
    """The references in sight, column by column."""
    return [ref for refs in columns(page).values() for ref in refs]


def head(page: Page, name: str) -> str:
    return page.locator(".col", has=page.locator("h2", has_text=name)).locator(".count").inner_text()


def test_a_board_is_narrowed_at_once_and_its_address_keeps_it(demo: Server, visit: Visits) -> None:
    page, other = visit(demo, BOARD, who="ingrid"), visit(demo, BOARD, who="ingrid")
    expect(page.locator('[data-live="on"]')).to_be_visible()
    before = columns(page)
    page.keyboard.press("/")
    field = page.get_by_label("Filter the cards")
    expect(field).to_be_focused()
    page.route("**/board?*", lambda route: None)  # no answer: what is here answers by itself
    page.keyboard.type("seat map")
    expect(page.locator(".card:visible")).to_have_count(1)
    page.unroute("**/board?*")
    page.keyboard.type(" f")
    field.fill("ferry-")
    expect(page.locator("#announcer")).to_contain_text("of 5")
    page.get_by_label("Label", exact=True).select_option("booking")
    expect(page).to_have_url(f"{demo.url}{BOARD}?q=ferry-&label=booking")
    expect(page.locator("[data-board]")).to_have_attribute("data-filter", "q=ferry-&label=booking")
    expect(page.locator("#board-found")).to_contain_text("of 5")
    narrowed = columns(page)
    assert 0 < len(shown(page)) < sum(map(len, before.values()))
    assert head(page, "Acceptance") == f"{len(narrowed['Acceptance'])} found"
    assert settled(page) == narrowed  # after a reload

    # A drop lands beside the neighbour in sight, and below the last one means right below it.
    assert len(narrowed["Ready"]) == 1 < len(before["Ready"])
    moved, below = narrowed["Acceptance"][0], narrowed["Ready"][0]
    page.locator(f"{card(moved)} .title a").focus()
    for key in ("Space", "ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowDown", "Space"):
        page.keyboard.press(key)
    expect(other.locator(f"{column(other, 'Ready')} {card(moved)}")).to_have_count(1)
    expect(page.locator(".is-saving")).to_have_count(0)
    at = before["Ready"].index(below) + 1
    ready = [*before["Ready"][:at], moved, *before["Ready"][at:]]
    becomes(other, lambda screen: columns(screen)["Ready"], ready)
    becomes(page, lambda screen: columns(screen)["Ready"], [below, moved])

    # Live: what no longer fits leaves, what fits now arrives, and the field keeps focus and text.
    field.fill("")
    page.get_by_label("Label", exact=True).select_option("")
    page.get_by_text("Blocked", exact=True).click()
    expect(page).to_have_url(f"{demo.url}{BOARD}?blocked=1")
    expect(page.locator(card(moved))).to_have_count(0)
    page.locator("input[name=q]").focus()
    other.locator(f"{card(moved)} .title a").focus()
    other.keyboard.press("b")
    other.get_by_label("What is holding it up").fill("No test system.")
    other.get_by_label("What is holding it up").press("Control+Enter")
    expect(page.locator(f"{card(moved)} .stop")).to_contain_text("No test system.")
    expect(other.locator(f"{card(moved)} .stop")).to_contain_text("No test system.")
    expect(other.locator(f"{card(moved)} .title a")).to_be_focused()
    other.keyboard.press("b")
    expect(other.locator(f"{card(moved)} .stop")).to_have_count(0)
    expect(page.locator(card(moved))).to_have_count(0)
    expect(page.locator("input[name=q]")).to_be_focused()

    # Back to everything: Escape empties the field, one tap all of it.
    page.locator("input[name=q]").fill("seat")
    expect(page).to_have_url(f"{demo.url}{BOARD}?q=seat&blocked=1")
    page.keyboard.press("Escape")
    expect(page).to_have_url(f"{demo.url}{BOARD}?blocked=1")
    page.get_by_role("link", name="Clear").click()
    expect(page).to_have_url(f"{demo.url}{BOARD}")
    expect(page.locator(".card")).to_have_count(sum(map(len, before.values())))
    becomes(page, columns, columns(other))


def test_the_filter_is_a_form_without_script_and_behind_one_button_on_a_phone(
    shared_demo: Server, visit: Visits
) -> None:
    plain = visit(shared_demo, BOARD, who="berit", java_script_enabled=False)
    plain.get_by_label("Type", exact=True).select_option("bug")
    plain.get_by_role("button", name="Show").click()
    expect(plain).to_have_url(re.compile("type=bug"))
    expect(plain.locator("#board-found")).to_contain_text("of 5")
    phone = visit(shared_demo, f"{BOARD}?blocked=1&age=7", who="berit", **PHONE)
    expect(phone.locator(card("FERRY-49"))).to_be_in_viewport(ratio=0.9)
    button = phone.get_by_role("button", name="Filter")
    expect(button).to_contain_text("2")
    expect(phone.get_by_label("Person", exact=True)).to_be_hidden()
    button.click()
    expect(phone.get_by_label("Person", exact=True)).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    assert serious_axe_findings(phone) == []


def test_a_folded_column_is_remembered_passed_by_and_still_takes_cards(demo: Server, visit: Visits) -> None:
    page = visit(demo, BOARD, who="ingrid")
    before = columns(page)
    first = before["Review"][0]
    page.locator(f"{card(first)} .title a").focus()
    page.keyboard.press("h")
    fold = page.get_by_role("button", name="Open Review")
    expect(fold).to_be_focused()
    page.reload()
    expect(page.locator(card(first))).to_be_hidden()
    assert serious_axe_findings(page) == []
    page.locator(f"{card(before['In progress'][0])} .title a").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(f"{card(before['Acceptance'][0])} .title a")).to_be_focused()
    for key in ("Space", "ArrowLeft"):
        page.keyboard.press(key)
    expect(page.locator("#announcer")).to_contain_text(f"in Review, place {len(before['Review']) + 1} of")
    page.keyboard.press("Space")
    expect(page.locator("[data-undo]")).to_have_count(1)
    strip = page.locator(".col.is-folded").bounding_box()
    assert strip
    grab(page, before["Acceptance"][1])
    page.mouse.move(strip["x"] + 20, strip["y"] + 400, steps=10)
    expect(page.locator(".col.is-folded.is-target")).to_have_count(1)
    page.mouse.up()
    expect(page.locator("[data-undo]")).to_have_count(2)
    fold.click()
    expect(page.locator(card(first))).to_be_visible()
    assert settled(page)["Review"] == [*before["Review"], *before["Acceptance"][:2]]


def test_quick_keys_work_on_the_card_in_focus_or_under_the_pointer(demo: Server, visit: Visits) -> None:
    page = visit(demo, BOARD, who="anders")
    ref = columns(page)["Ready"][0]
    link = page.locator(f"{card(ref)} .title a")
    link.focus()
    page.keyboard.press("m")
    expect(page.locator(f"{card(ref)} .av")).to_have_attribute("title", "Anders Olsen")
    expect(link).to_be_focused()
    page.keyboard.press("l")
    dialog = page.locator("#dialog")
    dialog.get_by_label("New labels").fill("law")
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator(f"{card(ref)} .tag", has_text="law")).to_have_count(1)
    expect(link).to_be_focused()
    page.keyboard.press("q")
    dialog.get_by_label("Question").fill("Which law?")
    dialog.get_by_label("Question").press("Control+Enter")
    expect(page.locator(f"{card(ref)} .ask")).to_have_text("1")
    expect(link).to_be_focused()
    expect(page.locator(".is-changed")).to_have_count(0)  # one's own changes don't glow

    other = columns(page)["Ready"][1]
    page.evaluate("document.activeElement.blur()")
    page.mouse.move(*middle(page, f"{card(other)} .head"))
    expect(page.locator(f"{card(other)} .quick > button:visible")).to_have_count(4)
    page.keyboard.press("v")
    expect(dialog.get_by_role("heading", name=f"Move {other}")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.locator(f"{card(other)}").hover()
    page.get_by_role("button", name="Assign me").click()
    expect(page.locator(f"{card(other)} .av")).to_have_attribute("title", "Anders Olsen")
    reader = visit(demo, BOARD, who="berit")
    reader.locator(f"{card(ref)} .title a").focus()
    reader.keyboard.press("m")
    expect(reader.locator(".quick button")).to_have_attribute("data-quick", "ask")  # a lead asks, no more


#: Keeps which cards glowed and how they were outlined, since they do so for a moment only.
GLOWING = """() => {
  window.glowed = {};
  const look = () => {
    for (const card of document.querySelectorAll(".card.is-changed")) glowed[card.dataset.item] = getComputedStyle(card).outlineStyle;
  };
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributeFilter: ["class"] });
}"""


def test_others_changes_glow_once_and_disturb_nothing(demo: Server, visit: Visits) -> None:
    page, other = (
        visit(demo, BOARD, who="ingrid", viewport={"width": 1440, "height": 560}),
        visit(demo, BOARD, who="anders"),
    )
    expect(page.locator('[data-live="on"]')).to_be_visible()
    before = columns(page)
    moved, below = before["Review"][0], before["In progress"][-1]
    page.locator(f"{card(below)} .title a").focus()
    place = f"document.querySelector('{card(below)}').getBoundingClientRect().top"
    page.locator(column(page, "In progress")).evaluate("list => list.scrollTop = list.scrollHeight")
    top = page.evaluate(place)
    assert page.locator(column(page, "In progress")).evaluate("list => list.scrollTop") > 0
    for screen in (page, other):
        screen.evaluate(GLOWING)
    other.locator(f"{card(moved)} .title a").focus()
    for key in ("Space", "ArrowLeft", "Home", "Space"):
        other.keyboard.press(key)
    expect(page.locator(f"{column(page, 'In progress')} {card(moved)}")).to_have_count(1)
    becomes(page, lambda screen: screen.evaluate("glowed"), {moved: "solid"})  # an outline, where nothing is to move
    becomes(page, lambda screen: abs(screen.evaluate(place) - top) <= 1, True)
    expect(page.locator(f"{card(below)} .title a")).to_be_focused()
    expect(page.locator(".is-changed")).to_have_count(0)
    expect(other.locator("[data-undo]")).to_have_count(1)
    assert other.evaluate("glowed") == {}


@pytest.mark.parametrize("script", [True, False])
def test_all_filters_at_once_fit_at_every_width(shared_demo: Server, visit: Visits, script: bool) -> None:
    """In one line, or behind their button; without script in as many lines as they need."""
    page = visit(
        shared_demo, f"{BOARD}?q=ferry-&label=booking&person=me&changed=1", who="anders", java_script_enabled=script
    )
    for width in (761, 1000, 1031, 1095, 1097, 1180, 1440):
        page.set_viewport_size({"width": width, "height": 700})
        filters = page.locator(".filters")
        assert filters.evaluate("row => row.scrollWidth <= row.clientWidth"), f"{width} px"
        if script:
            assert filters.evaluate("row => row.clientHeight") < 44, f"one line at {width} px"
