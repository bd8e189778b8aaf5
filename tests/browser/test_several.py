"""Several rows of the backlog as one in a real browser: picked by mouse and by key, dragged with the panel, given a number;
and a row edited where it stands."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Visits, becomes, serious_axe_findings
from tests.browser.test_backlog import BACKLOG, order, settled
from tests.browser.test_board import HOLD_MS, PHONE, Finger, flicker, forgive_the_network, middle
from tests.browser.test_dates import SCHOOLS, dates, grab, stand_as
from tests.server import Server


def picked(page: Page) -> list[str]:
    return page.locator("#backlog-list .is-picked").evaluate_all("rows => rows.map(row => row.dataset.item)")


def row(ref: str) -> str:
    return f'#backlog-list [data-item="{ref}"]'


def click(page: Page, ref: str, *modifiers: str) -> None:
    page.locator(f'[data-item="{ref}"] .marks').click(modifiers=list(modifiers), position={"x": 2, "y": 8}, force=True)  # type: ignore[arg-type]


def test_rows_picked_by_mouse_are_dragged_as_one_with_dates_panel_and_one_undo(demo: Server, visit: Visits) -> None:
    page = visit(demo, BACKLOG, who="ingrid")
    before, shown, ref = order(page), dates(page), "FERRY-44"
    bar, panel = page.locator("[data-picked]"), page.locator("[data-ripple]")
    expect(bar).to_be_hidden()
    at = before.index(ref)
    mates = [before[at], before[at + 2]]
    click(page, mates[0], "Control")
    click(page, mates[1], "ControlOrMeta")
    expect(bar).to_contain_text("2 selected")
    assert picked(page) == mates
    assert serious_axe_findings(page) == []
    grab(page, ref, before[12])
    expect(panel).to_contain_text("2 items from place")
    expect(panel).to_contain_text(SCHOOLS)
    expect(page.locator("body > .lift")).to_have_attribute("data-count", "2")
    stand_as(page, shown)
    page.keyboard.press("Escape")
    page.mouse.up()
    assert order(page) == before
    stand_as(page, shown)
    assert picked(page) == mates
    grab(page, ref, before[12])
    page.mouse.up()
    moved = order(page)
    landed = moved.index(ref)
    assert moved[landed : landed + 2] == mates
    assert [one for one in moved if one not in mates] == [one for one in before if one not in mates]
    toast = page.locator("#toasts [data-toast]", has_text=SCHOOLS)
    expect(toast).to_contain_text("2 items are in their new places now")
    expect(page.locator(".is-saving")).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(page.locator("#toasts")).to_contain_text("2 items are as they were")
    expect(page.locator("#backlog-list [data-item]").nth(at)).to_have_attribute("data-item", ref)
    settled(page, before)


def test_rows_picked_by_finger_are_dragged_as_one(demo: Server, visit: Visits) -> None:
    page = visit(demo, BACKLOG, who="ingrid", **PHONE)
    before = order(page)
    finger = Finger(page)
    finger.hold(*middle(page, row(before[0])))
    finger.lift_after(HOLD_MS)
    finger.tap(*middle(page, row(before[1])))
    expect(page.locator("[data-picked]")).to_contain_text("2 selected")
    assert picked(page) == before[:2]
    finger.hold(*middle(page, row(before[1])))
    finger.move(finger.x, finger.y + 20)
    finger.move(finger.x, middle(page, row(before[4]))[1] + 20, steps=16)
    finger.lift()
    after = order(page)
    at = after.index(before[0])
    assert after == [*before[2 : at + 2], *before[:2], *before[at + 2 :]] != before
    settled(page, after)


def test_a_finger_picks_for_whoever_may_move_but_writes_in_a_row_that_is_edited(
    shared_demo: Server, visit: Visits
) -> None:
    page = visit(shared_demo, BACKLOG, who="anders", **PHONE)
    ref = order(page)[2]
    finger = Finger(page)
    finger.hold(*middle(page, row(ref)))
    finger.lift_after(HOLD_MS)
    assert picked(page) == [ref]

    page = visit(shared_demo, BACKLOG, who="ingrid", **PHONE)
    finger = Finger(page)
    page.locator(f"{row(ref)} .title a").press("F2")
    finger.press(*middle(page, "form[data-line] input[name=title]"))
    finger.lift_after(HOLD_MS)
    assert picked(page) == []


def test_a_row_and_a_block_with_it_that_never_arrive_both_go_back(demo: Server, visit: Visits) -> None:
    page = visit(demo, BACKLOG, who="ingrid")
    before = order(page)
    tries: list[Route] = []

    def is_away(route: Route) -> None:
        tries.append(route)
        route.abort("connectionfailed")

    for path in ("**/rank*", "**/move"):
        page.route(path, is_away)
    page.locator(f"{row(before[3])} .title a").press("Alt+Home")
    becomes(page, lambda _: bool(tries), True)
    click(page, before[3], "Control")
    click(page, before[4], "Control")
    page.locator(f"{row(before[4])} .title a").press("Alt+End")
    becomes(page, lambda page: flicker(page) or len(tries) >= 40, True)
    becomes(page, order, before)
    forgive_the_network(visit)


def test_rows_picked_by_key_go_up_down_to_the_ends_and_to_a_number(demo: Server, visit: Visits) -> None:
    page = visit(demo, BACKLOG, who="ingrid")
    before, shown = order(page), dates(page)
    page.locator(f'[data-item="{before[3]}"] .title a').focus()
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+J")
    page.keyboard.press("Shift+ArrowUp")
    block, rest = before[3:5], [*before[:3], *before[5:]]
    assert picked(page) == block
    expect(page.locator("#announcer")).to_contain_text("2 selected")
    page.keyboard.press("Alt+ArrowUp")
    assert order(page) == [*rest[:2], *block, *rest[2:]]
    page.keyboard.press("Alt+End")
    assert order(page) == [*rest, *block]
    page.keyboard.press("Alt+Home")
    assert order(page) == [*block, *rest]
    page.keyboard.press(" ")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-ripple]")).to_contain_text("2 items from place 1 to 3")
    stand_as(page, shown)
    page.keyboard.press(" ")
    assert order(page) == [*rest[:2], *block, *rest[2:]]
    page.keyboard.press("p")
    page.locator("#rank-place").fill("6")
    page.keyboard.press("Enter")
    assert order(page) == [*rest[:5], *block, *rest[5:]]
    page.get_by_role("button", name="To the top").click()
    assert order(page) == [*block, *rest]
    stand_as(page, shown)
    page.locator(f'[data-item="{block[0]}"] .title a').focus()
    page.keyboard.press("v")
    menu = page.get_by_role("dialog", name="More about the item", description="2 selected")
    expect(menu.get_by_role("link", name="Discard…")).to_be_visible()
    expect(menu.get_by_role("link", name="Split…")).to_be_hidden()
    menu.get_by_role("link", name="Move to…").click()
    expect(page.locator("#dialog")).to_contain_text("Move 2 items")
    page.keyboard.press("Escape")
    page.locator(f'[data-item="{block[0]}"] .title a').focus()
    page.keyboard.press("Escape")
    assert picked(page) == []
    expect(page.locator("[data-picked]")).to_be_hidden()
    settled(page, [*block, *rest])


def test_a_developer_starts_what_is_picked_says_once_why_and_takes_it_back(demo: Server, visit: Visits) -> None:
    page = visit(demo, BACKLOG, who="anders")
    before, toast = order(page), page.locator("#toasts [data-toast]", has_text="3 items moved")
    page.locator(f'[data-item="{before[1]}"] .title a').focus()
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    expect(page.locator("[data-picked]")).to_contain_text("3 selected")
    expect(page.locator("[data-picked]").get_by_role("button", name="To the top")).to_have_count(0)
    page.locator("[data-picked]").get_by_role("link", name="Move to…").press("Enter")
    form = page.locator("#move-several")
    expect(form.get_by_label("In progress")).to_be_checked()
    expect(form.get_by_label("In progress")).to_be_focused()
    expect(form.get_by_label("Ready")).to_have_count(0)
    assert serious_axe_findings(page) == []
    form.get_by_label("In progress").press("Enter")
    expect(toast).to_contain_text("over its limit")
    expect(page.locator(f'#backlog-list [data-item="{before[2]}"]')).to_have_count(0)
    expect(toast.locator("[data-why-box]")).to_contain_text(f"You passed over {before[0]}. Why?")
    toast.get_by_role("button", name="Waiting for something").click()
    expect(toast.locator("[data-why-box]")).to_have_text("Noted.")
    toast.get_by_role("button", name="Undo").click()
    expect(page.locator("#toasts")).to_contain_text("3 items are as they were")
    expect(page.locator("#backlog-list [data-item]")).to_have_count(len(before))
    settled(page, before)


@pytest.mark.parametrize("width", [360, 1280])
def test_a_notice_stands_above_the_bar_of_what_is_selected(shared_demo: Server, visit: Visits, width: int) -> None:
    page = visit(shared_demo, f"{BACKLOG}?item=FERRY-49", who="ingrid", viewport={"width": width, "height": 740})
    if width == 360:
        page.goto(BACKLOG)
    bar, toasts = page.locator("[data-picked]"), page.locator("#toasts")
    for ref in order(page)[2:4]:
        page.locator(f"{row(ref)} .title a").focus()
        page.keyboard.press("x")
    bar.locator("[value=down]").click()
    expect(toasts).to_contain_text("2 items are in their new place")
    told, shelf = toasts.bounding_box(), bar.bounding_box()
    assert told and shelf
    assert told["y"] + told["height"] <= shelf["y"]
    bar.get_by_role("button", name="Clear the selection").focus()
    page.keyboard.press("Enter")
    expect(bar).to_be_hidden()
    expect(page.locator("#backlog-list .title a:focus")).to_have_count(1)
    becomes(page, lambda _: (toasts.bounding_box() or told)["y"] > told["y"], True)
    toasts.get_by_role("button", name="Undo").click()
    expect(toasts).to_contain_text("as they were")


def test_a_filter_stays_in_the_address_and_never_changes_where_a_block_lands(demo: Server, visit: Visits) -> None:
    page = visit(demo, BACKLOG, who="ingrid")
    before = order(page)
    word = page.locator(f'[data-item="{before[8]}"] .title a').inner_text()
    page.locator("#backlog-filter").fill(word)
    page.wait_for_url(re.compile(r"\?q="))
    page.reload()
    expect(page.locator("#backlog-filter")).to_have_value(word)
    assert page.locator("#backlog-list [data-item]:visible").count() < len(before)
    page.locator("[data-item]:visible .title a").first.click(modifiers=["Shift"])
    assert picked(page) == [before[8]]
    page.locator(f'[data-item="{before[8]}"] .title a').press("Alt+Home")
    page.goto("/products/FERRY/board")
    page.go_back()
    expect(page.locator("#backlog-filter")).to_have_value(word)
    page.locator("#backlog-filter").press("Escape")
    settled(page, [before[8], *before[:8], *before[9:]])
    page.wait_for_url(lambda url: "q=" not in url)


def test_words_typed_before_a_slow_page_has_come_whole_stay(shared_demo: Server, visit: Visits) -> None:
    page = visit(shared_demo, BACKLOG, who="ingrid")
    held: list[Route] = []
    page.route("**/late.svg", lambda route: held.append(route))
    late = "document.body.append(Object.assign(new Image(), { src: '/late.svg' }))"
    page.add_init_script(f"document.addEventListener('DOMContentLoaded', () => {late})")
    page.goto(BACKLOG, wait_until="commit")
    field = page.locator("#backlog-filter")
    expect(page.locator('[data-live="on"]')).to_be_visible()
    page.clock.install()
    field.press_sequentially("ferry")
    becomes(page, lambda _: len(held), 1)
    held[0].fulfill(status=204)
    page.wait_for_load_state()
    expect(field).to_have_value("ferry")
    page.clock.run_for(300)
    page.wait_for_url(re.compile(r"\?q=ferry"))


def test_a_row_is_edited_where_it_stands_and_keeps_what_was_written_when_two_write(demo: Server, visit: Visits) -> None:
    page, other = visit(demo, BACKLOG, who="ingrid"), visit(demo, BACKLOG, who="anders")
    ref = order(page)[2]
    row, form = page.locator(f'[data-item="{ref}"]'), page.locator("form[data-line]")
    row.locator(".title a").focus()
    page.keyboard.press("F2")
    expect(form.get_by_label("Title")).to_be_focused()
    page.keyboard.press("Escape")
    expect(form).to_have_count(0)
    expect(row.locator(".title a")).to_be_focused()
    row.locator(".title").dblclick(position={"x": 30, "y": 8})
    form.get_by_label("Title").fill("Mine")
    form.get_by_label("Labels").fill("harbour")
    assert serious_axe_findings(page) == []
    other.locator(f'[data-item="{ref}"] .title a').focus()
    other.keyboard.press("e")
    other.locator("form[data-line]").get_by_label("Title").fill("Theirs")
    other.keyboard.press("Enter")
    expect(other.locator(f'[data-item="{ref}"] .title')).to_have_text("Theirs")
    form.get_by_label("Title").press("Enter")
    expect(form.get_by_role("alert")).to_contain_text("Theirs")
    expect(form.get_by_label("Title")).to_have_value("Mine")
    expect(form.get_by_label("Labels")).to_have_value("harbour")
    form.get_by_label("Title").press("Enter")
    expect(form).to_have_count(0)
    expect(row.locator(".title")).to_have_text("Mine")
    expect(row.locator(".tag", has_text="harbour")).to_be_visible()
    expect(other.locator(f'[data-item="{ref}"] .title')).to_have_text("Mine")
    row.locator(".title a").focus()
    page.keyboard.press("F2")
    form.get_by_label("Title").fill("Left in the middle")
    page.goto(f"{demo.url}/products/FERRY/board")
    expect(other.locator(f'[data-item="{ref}"] .title')).to_have_text("Left in the middle")


def test_a_row_that_is_edited_offers_the_labels_there_are(shared_demo: Server, visit: Visits) -> None:
    page = visit(shared_demo, "/products/FERRY/backlog", who="ingrid")
    page.locator("[data-item='FERRY-44'] .title a").focus()
    page.keyboard.press("e")
    form = page.locator("#row-FERRY-44 form[data-line]")
    labels = form.get_by_label("Labels, separated by commas")
    labels.press("End")
    labels.press_sequentially(", serv")
    expect(form.locator("datalist option")).to_have_attribute("value", "booking, service")


def test_the_bar_of_what_is_selected_is_looked_through_while_a_row_is_in_hand(
    shared_demo: Server, visit: Visits
) -> None:
    page = visit(shared_demo, BACKLOG, who="ingrid", viewport={"width": 1200, "height": 700})
    for ref in order(page)[2:4]:
        page.locator(f"{row(ref)} .title a").focus()
        page.keyboard.press("x")
    x, y = middle(page, "[data-picked]")
    box = page.locator(f"{row(order(page)[2])} .marks").bounding_box()
    assert box
    page.mouse.move(box["x"] + 3, box["y"] + 4)
    page.mouse.down()
    page.mouse.move(x, y, steps=10)
    below = "([x, y]) => document.elementsFromPoint(x, y).some(one => one.matches('[data-picked]'))"
    assert not page.evaluate(below, [x, y])
    page.keyboard.press("Escape")
    page.mouse.up()
