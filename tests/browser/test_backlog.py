"""Prioritising in a real browser: drag, keys, menu, adding, filtering; another screen follows."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Visits, becomes, serious_axe_findings
from tests.browser.test_board import forgive_the_network
from tests.server import Server

BACKLOG = "/products/FERRY/backlog"


def order(page: Page) -> list[str]:
    return page.locator("#backlog-list [data-item]").evaluate_all("rows => rows.map(row => row.dataset.item)")


def titles(page: Page) -> list[str]:
    return page.locator("#backlog-list .title a").all_text_contents()


def places(page: Page) -> list[str]:
    return [text.strip() for text in page.locator("#backlog-list .k").all_text_contents()]


def drag(page: Page, ref: str, onto: str, *, below: bool = False, steps: int = 12) -> None:
    source = page.locator(f'[data-item="{ref}"] .marks')
    target = page.locator(f'[data-item="{onto}"]')
    start, end = source.bounding_box(), target.bounding_box()
    assert start and end
    page.mouse.move(start["x"] + 4, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(start["x"] + 4, start["y"] + 20, steps=3)
    page.mouse.move(start["x"] + 4, end["y"] + end["height"] * (0.8 if below else 0.2), steps=steps)
    page.mouse.up()


def settled(page: Page, wanted: list[str]) -> None:
    """The screen shows this order, and so does the server's page."""
    expect(page.locator(".is-saving")).to_have_count(0)
    assert order(page) == wanted
    page.reload()
    assert order(page) == wanted
    assert places(page) == [str(number) for number in range(1, len(wanted) + 1)]


def test_the_owner_drags_a_row_to_the_top_and_everybody_else_sees_it(demo: Server, visit: Visits) -> None:
    page, other = visit(demo, BACKLOG, who="ingrid"), visit(demo, BACKLOG, who="anders")
    expect(other.locator('[data-live="on"]')).to_be_visible()
    before = order(page)
    drag(page, before[4], before[0])
    wanted = [before[4], *before[:4], *before[5:]]
    expect(other.locator("#backlog-list [data-item]").first).to_have_attribute("data-item", before[4])
    settled(page, wanted)
    assert order(other) == wanted


def test_a_hand_that_lets_go_at_once_leaves_the_row_where_it_let_go(demo: Server, visit: Visits) -> None:
    page = visit(demo, BACKLOG, who="ingrid")
    before = order(page)
    drag(page, before[4], before[0], steps=1)
    wanted = [before[4], *before[:4], *before[5:]]
    settled(page, wanted)
    drag(page, wanted[3], wanted[1], steps=1)
    settled(page, [wanted[0], wanted[3], *wanted[1:3], *wanted[4:]])


def test_escape_in_the_middle_of_a_drag_leaves_the_row_where_it_was(demo: Server, visit: Visits) -> None:
    page = visit(demo, BACKLOG, who="ingrid")
    before = order(page)
    box = page.locator(f'[data-item="{before[3]}"] .marks').bounding_box()
    assert box
    page.mouse.move(box["x"] + 4, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + 4, box["y"] - 80, steps=8)
    page.keyboard.press("Escape")
    page.mouse.up()
    settled(page, before)


def test_a_developer_has_nothing_to_drag(demo: Server, visit: Visits) -> None:
    page = visit(demo, BACKLOG, who="anders")
    before = order(page)
    drag(page, before[4], before[0])
    settled(page, before)


def test_a_row_is_lifted_carried_and_dropped_by_key_and_every_step_is_said(demo: Server, visit: Visits) -> None:
    page = visit(demo, BACKLOG, who="ingrid")
    said = page.locator("#announcer")
    before = order(page)
    page.locator(f'[data-item="{before[0]}"] .title a').focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator(f'[data-item="{before[2]}"] .title a')).to_be_focused()
    page.keyboard.press(" ")
    expect(said).to_contain_text(re.compile(f"{before[2]}, .+, lifted"))
    page.keyboard.press("ArrowUp")
    expect(said).to_contain_text("place 2 of")
    page.keyboard.press("ArrowUp")
    expect(said).to_contain_text("place 1 of")
    said.evaluate("said => said.textContent = ''")
    page.keyboard.press("ArrowUp")
    expect(said).to_contain_text("place 1 of")
    page.keyboard.press("Escape")
    expect(said).to_contain_text("back where it was")
    assert order(page) == before
    page.keyboard.press(" ")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    page.keyboard.press(" ")
    expect(said).to_contain_text(f"{before[2]} is in its new place now")
    expect(page.locator(f'[data-item="{before[2]}"] .title a')).to_be_focused()
    settled(page, [before[2], before[0], before[1], *before[3:]])


def test_alt_and_an_arrow_shift_a_row(demo: Server, visit: Visits) -> None:
    page = visit(demo, BACKLOG, who="ingrid")
    before = order(page)
    page.locator(f'[data-item="{before[1]}"] .title a').focus()
    page.keyboard.press("Alt+ArrowUp")
    settled(page, [before[1], before[0], *before[2:]])


def test_the_menu_of_a_row_moves_it(demo: Server, visit: Visits) -> None:
    page = visit(demo, BACKLOG, who="ingrid")
    before = order(page)
    page.locator(f'[data-item="{before[2]}"] .move').click()
    page.get_by_role("button", name="To the top").click()
    settled(page, [before[2], before[0], before[1], *before[3:]])
    page.locator(f'[data-item="{before[2]}"] .move').click()
    page.get_by_role("button", name="Move down").click()
    settled(page, before[:1] + [before[2]] + before[1:2] + before[3:])


def test_a_move_can_be_taken_back(demo: Server, visit: Visits) -> None:
    page = visit(demo, BACKLOG, who="ingrid")
    before = order(page)
    page.locator(f'[data-item="{before[1]}"] .title a').focus()
    page.keyboard.press("Alt+ArrowUp")
    page.locator("[data-toast]").get_by_role("button", name="Undo").wait_for()
    page.keyboard.press("Control+z")
    expect(page.locator("#backlog-list [data-item]").first).to_have_attribute("data-item", before[0])
    settled(page, before)


def test_without_script_the_menu_is_a_page_that_moves(demo: Server, visit: Visits) -> None:
    page = visit(demo, BACKLOG, who="ingrid", java_script_enabled=False)
    first, second = (
        page.locator("#backlog-list [data-item]").nth(number).get_attribute("data-item") for number in (0, 1)
    )
    page.locator(f'[data-item="{second}"] .move').click()
    page.get_by_role("link", name="Ready", exact=True).click()
    page.locator("select[name=place]").select_option(label="At the top")
    page.get_by_role("button", name="Move", exact=True).click()
    page.goto(BACKLOG)
    expect(page.locator("#backlog-list [data-item]").first).to_have_attribute("data-item", str(second))
    expect(page.locator("#backlog-list [data-item]").nth(1)).to_have_attribute("data-item", str(first))


def test_lines_are_added_one_after_another_and_the_field_keeps_the_focus(demo: Server, visit: Visits) -> None:
    page = visit(demo, BACKLOG, who="ingrid")
    count = len(order(page))
    field = page.locator("#add-bottom")
    for title in ("Night ferry menu", "Bicycle places"):
        field.fill(title)
        field.press("Enter")
        expect(page.locator("#backlog-list .title", has_text=title)).to_be_visible()
        expect(field).to_have_value("")
        expect(field).to_be_focused()
    expect(page.locator("#backlog-sub")).to_contain_text(f"{count + 2} items")
    top = page.locator("#add-top")
    top.fill("Urgent")
    top.evaluate("field => { field.form.requestSubmit(); field.form.requestSubmit(); }")  # a double click
    expect(page.locator("#backlog-list .title", has_text="Urgent")).to_be_visible()
    page.reload()
    expect(page.locator("#backlog-sub")).to_contain_text(f"{count + 3} items")


def test_a_title_that_is_there_already_is_told_quietly_beside_the_field(demo: Server, visit: Visits) -> None:
    page, asked = visit(demo, BACKLOG, who="ingrid"), list[str]()
    page.on("request", lambda request: asked.append(parse_qs(urlsplit(request.url).query).get("title", [""])[0]))
    title, field, told = titles(page)[2], page.locator("#add-top"), page.locator("#alike-top a")
    field.press_sequentially(title)
    expect(told).to_contain_text(title)
    expect(page.locator("#alike-top")).to_have_attribute("aria-live", "polite")
    assert serious_axe_findings(page) == []
    told.click()
    expect(page.locator("#panel #item-title")).to_have_value(title)
    expect(field).to_have_value(title)
    field.fill(title[:7])
    expect(told).to_have_count(0)
    field.fill(title)
    expect(told).to_contain_text(title)
    field.press("Enter")
    expect(page.locator("#backlog-list .title", has_text=title)).to_have_count(2)
    expect(told).to_have_count(0)
    assert [each for each in asked if 0 < len(each) < 8] == []
    assert title in asked


def test_the_form_for_a_new_item_tells_it_too_and_keeps_what_is_typed(demo: Server, visit: Visits) -> None:
    page = visit(demo, BACKLOG, who="ingrid")
    title = titles(page)[2]
    page.locator('a[data-dialog][href*="/items/new"]').first.click()
    page.locator("#new-title").fill(title.upper())
    with page.expect_popup() as other:
        page.locator("#new-alike a").first.click()
    expect(other.value.locator("#item-title")).to_have_value(title)
    expect(page.locator("#new-title")).to_have_value(title.upper())


def test_lines_at_the_top_stand_in_the_order_in_which_they_were_written(demo: Server, visit: Visits) -> None:
    """Also while earlier ones are on their way, and when an answer is lost; who comes back begins at the top again."""
    page = visit(demo, BACKLOG, who="ingrid")
    top, bottom = page.locator("#add-top"), page.locator("#add-bottom")
    late: list[Route] = []
    page.route("**/products/FERRY/items", lambda route: late.append(route))
    written = ["Gangway lights", "Gangway rails", "Gangway ropes"]
    for title in written:
        top.press_sequentially(title)
        top.press("Enter")
    for title in written[:2]:
        becomes(page, lambda _: len(late), 1)
        late.pop().continue_()
        expect(page.locator("#backlog-list .title", has_text=title)).to_be_visible()
    # The answer to the third is lost after it was carried out: sent again it is the same line.
    becomes(page, lambda _: len(late), 1)
    late[0].fetch()
    late.pop().abort("connectionfailed")
    expect(top).to_have_value(written[2])
    page.locator("#add-top-all").click()
    becomes(page, lambda _: len(late), 1)
    late.pop().continue_()
    becomes(page, lambda _: [each for each in titles(page) if "Gangway" in each], written)
    expect(page.locator(".toast.bad")).to_have_count(0)
    # Who goes from the bottom to the top before the answer comes means the top.
    bottom.fill("Gangway of the bottom")
    bottom.press("Enter")
    becomes(page, lambda _: len(late), 1)
    top.fill("Gangway of the top")
    late.pop().continue_()
    expect(page.locator("#backlog-list .title", has_text="Gangway of the bottom")).to_be_visible()
    top.press("Enter")
    becomes(page, lambda _: len(late), 1)
    late.pop().continue_()
    wanted = ["Gangway of the top", *written, "Gangway of the bottom"]
    becomes(page, lambda _: [each for each in titles(page) if "Gangway" in each], wanted)
    page.unroute("**/products/FERRY/items")
    forgive_the_network(visit)
    visit.complaints[:] = [one for one in visit.complaints if "Failed to fetch" not in one]


def test_the_next_line_is_written_while_the_last_is_on_its_way(demo: Server, visit: Visits) -> None:
    page = visit(demo, BACKLOG, who="ingrid")
    late: list[Route] = []
    page.route("**/products/FERRY/items", lambda route: late.append(route))
    field = page.locator("#add-bottom")
    for title in ("Menu", "Seats", "Bicycles"):
        field.press_sequentially(title)
        field.press("Enter")
        expect(field).to_have_value("")
    field.press_sequentially("and")
    becomes(page, lambda _: len(late), 1)
    late.pop().fulfill(status=409)
    expect(field).to_have_value("Menu and")
    for title in ("Seats", "Bicycles"):
        becomes(page, lambda _: len(late), 1)
        late.pop().continue_()
        expect(page.locator("#backlog-list [data-item]").last).to_contain_text(title)
    expect(field).to_have_value("Menu and")


def test_what_was_wrong_with_a_line_is_no_longer_said_once_it_is_right(demo: Server, visit: Visits) -> None:
    page = visit(demo, BACKLOG, who="ingrid")
    field, wrong = page.locator("#add-bottom"), page.locator(".toast.bad")
    field.fill("Ferry " * 60)
    field.press("Enter")
    expect(wrong).to_be_visible()
    expect(field).to_have_value(re.compile("^Ferry"))
    # Another form says nothing about it.
    page.locator("[data-item='FERRY-61'] .title a").click()
    page.locator("#panel select[name=milestone]").select_option(label="Commuters travel on one card")
    expect(page.locator("[data-item='FERRY-61'] .marks")).to_contain_text("Commuters travel on one card")
    page.locator(".toast:not(.bad) [data-toast-close]").click()
    expect(wrong).to_be_visible()
    field.fill("Ferries")
    field.press("Enter")
    expect(page.locator("#backlog-list .title", has_text="Ferries")).to_be_visible()
    expect(wrong).to_have_count(0)


def paste(page: Page, text: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.keyboard.press("Control+v")


PIERS = [f"Pier {number}" for number in range(12)]


@pytest.mark.parametrize("place", ["top", "bottom"])
def test_several_lines_that_are_pasted_are_added_at_once_in_their_order(
    demo: Server, visit: Visits, place: str
) -> None:
    page, wanted = visit(demo, BACKLOG, who="ingrid"), ["Alone", *PIERS]
    field, button = page.locator(f"#add-{place}"), page.locator(f"#add-{place}-all")
    height = field.evaluate("field => field.offsetHeight")
    count = len(order(page)) + 1
    field.focus()
    paste(page, "Alone")
    page.keyboard.press("Enter")
    expect(page.locator("#backlog-list [data-item]")).to_have_count(count)
    paste(page, "".join(f"- {pier}\r\n\r\n" for pier in PIERS))
    expect(button).to_have_text("Add 12 items")
    expect(button).to_have_attribute("aria-live", "polite")
    assert field.evaluate("field => field.scrollHeight <= field.clientHeight"), "all lines are in sight"
    page.keyboard.press("Enter")
    expect(page.locator("#backlog-list [data-item]")).to_have_count(count + 12)
    assert [title for title in titles(page) if title in wanted] == wanted
    expect(page.locator(".toast:visible", has_text="12 items have been added to the backlog.")).to_be_visible()
    expect(button).to_have_text("Add")
    expect(field).to_be_focused()
    assert field.evaluate("field => field.offsetHeight") == height
    page.keyboard.press("Enter")
    paste(page, "One more\n")
    expect(button).to_have_text("Add")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#backlog-list [data-item]")).to_have_count(count + 13)
    expect(page.locator("#backlog-list .title", has_text="One more")).to_be_visible()


def test_pasted_lines_that_are_refused_come_back_whole(demo: Server, visit: Visits) -> None:
    page = visit(demo, BACKLOG, who="ingrid")
    text = f"One\n{'x' * 301}\nThree"
    page.locator("#add-top").focus()
    paste(page, text)
    page.keyboard.press("Enter")
    expect(page.locator(".toast:visible", has_text="Line 2: A title can have at most 300 characters")).to_be_visible()
    expect(page.locator("#add-top")).to_have_value(text)
    expect(page.locator("#add-top-all")).to_have_text("Add 3 items")


def test_without_script_lines_are_added_too(demo: Server, visit: Visits) -> None:
    page = visit(demo, BACKLOG, who="ingrid", java_script_enabled=False)
    page.locator("#add-top").fill("One\nTwo")
    page.locator("#add-top-all").click()
    expect(page.get_by_text("2 items have been added to the backlog.")).to_be_visible()
    assert [title for title in titles(page) if title in ("One", "Two")] == ["One", "Two"]


def test_what_is_typed_at_either_end_waits_there(demo: Server, visit: Visits) -> None:
    page = visit(demo, BACKLOG, who="ingrid")
    for place in ("top", "bottom"):
        page.locator(f"#add-{place}").fill(f"At the {place}")
    page.reload()
    for place in ("top", "bottom"):
        expect(page.locator(f"#add-{place}")).to_have_value(f"At the {place}")
    page.locator("#add-top").fill("One\nTwo")
    page.reload()
    expect(page.locator("#add-top-all")).to_have_text("Add 2 items")


def test_many_are_added_at_once_and_in_a_long_list_every_row_gets_its_number(demo: Server, visit: Visits) -> None:
    page = visit(demo, BACKLOG, who="ingrid")
    count = len(order(page))
    page.get_by_role("link", name="Add many").click()
    page.locator("#many-titles").fill("One\n\nTwo\nThree\n" * 30)
    expect(page.locator("#many-count")).to_have_text("90 items")
    expect(page.get_by_role("button", name="Add all")).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="Add all").click()
    expect(page.locator("#dialog")).not_to_be_visible()
    expect(page.locator("#backlog-list [data-item]")).to_have_count(count + 90)
    numbers, first = [str(number) for number in range(1, count + 91)], order(page)[0]
    shown = page.locator("#backlog-list .when").all_text_contents()
    page.locator(f'[data-item="{first}"] .title a').focus()
    for key, at in (("Alt+End", -1), ("Alt+Home", 0), (" ", 0), ("End", -1)):
        page.keyboard.press(key)
        expect(page.locator("#backlog-list .k")).to_have_text(numbers)
        expect(page.locator("#backlog-list .when")).to_have_text(shown)
        expect(page.locator("#backlog-list [data-item]").nth(at)).to_have_attribute("data-item", first)
        expect(page.locator(f'[data-item="{first}"] .title a')).to_be_focused()


def test_the_filter_hides_rows_without_changing_where_a_drop_lands(demo: Server, visit: Visits) -> None:
    page = visit(demo, BACKLOG, who="ingrid")
    before = order(page)
    page.locator("#backlog-filter").fill("booking")
    shown = page.locator("#backlog-list [data-item]:visible")
    assert 1 < shown.count() < len(before)
    visible = shown.evaluate_all("rows => rows.map(row => row.dataset.item)")
    expect(page.locator('#backlog-list .title a[tabindex="0"]'), "Tab reaches what was found").to_be_visible()
    page.locator("#backlog-filter").press("ArrowDown")
    expect(page.locator(f'[data-item="{visible[0]}"] .title a')).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator(f'[data-item="{visible[1]}"] .title a')).to_be_focused()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator(".is-saving")).to_have_count(0)
    field = page.locator("#backlog-filter")
    field.fill("nothing of the kind")
    expect(page.get_by_text("No item matches")).to_be_visible()
    field.press("Escape")
    expect(field).to_have_value("")
    expect(shown).to_have_count(len(before))
    now = order(page)
    assert now.index(visible[1]) + 1 == now.index(visible[0])
    assert [ref for ref in now if ref != visible[1]] == [ref for ref in before if ref != visible[1]]
    settled(page, now)


def test_slash_goes_to_the_filter_and_c_opens_a_new_item(demo: Server, visit: Visits) -> None:
    page = visit(demo, BACKLOG, who="ingrid")
    page.keyboard.press("/")
    expect(page.locator("#backlog-filter")).to_be_focused()
    page.keyboard.press("Escape")
    page.locator("#main").focus()
    page.keyboard.press("c")
    page.locator("#new-title").fill("Gangway lights")
    page.get_by_role("button", name="Add item").click()
    expect(page.locator("#backlog-list .title", has_text="Gangway lights")).to_be_visible()


def test_an_item_opens_beside_the_list_and_closes_again(demo: Server, visit: Visits) -> None:
    page = visit(demo, BACKLOG, who="ingrid")
    first = order(page)[0]
    page.locator(f'[data-item="{first}"] .title a').click()
    expect(page.locator("#panel [data-item-open]")).to_have_attribute("data-item-open", first)
    expect(page).to_have_url(re.compile(rf"\?item={first}$"))
    page.locator("#new-comment").fill("   ")
    page.locator("#new-comment").press("Control+Enter")
    expect(page.locator("#comments [role=alert]")).to_have_text("A comment needs 1 to 20,000 characters.")
    expect(page.locator("#item")).to_have_count(1)
    page.locator("#new-comment").fill("Looks **good**")
    page.locator("#new-comment").press("Control+Enter")
    expect(page.locator("#panel .thread strong")).to_have_text("good")
    expect(page.locator("#new-comment")).to_have_value("")
    expect(page.locator("#panel .history li").first).to_contain_text("commented")
    page.locator("#main").focus()
    page.keyboard.press("Escape")
    expect(page.locator("#panel [data-item-open]")).to_have_count(0)


def test_title_and_text_are_edited_in_place_and_a_conflict_keeps_both(demo: Server, visit: Visits) -> None:
    page, other = visit(demo, "/items/FERRY-66", who="ingrid"), visit(demo, "/items/FERRY-66", who="anders")
    for one in (page, other):
        one.locator("#item-text .edit > summary").click()
        expect(one.locator("#item-title")).to_be_focused()
    page.locator("#item-title").fill("Mine")
    other.locator("#item-title").fill("Theirs")
    other.locator("#item-title").press("Enter")
    expect(other.locator("#item h2").first).to_have_text("Theirs")
    page.locator("#item-title").press("Enter")
    expect(page.locator("#item-text")).to_contain_text("Anders Olsen has changed this in the meantime")
    expect(page.locator("#item-text .theirs")).to_contain_text("Theirs")
    expect(page.locator("#item-title")).to_have_value("Mine")
    page.locator("h1").click()
    expect(page.locator("#item-title")).to_have_value("Mine")
    page.locator("#item-text").get_by_role("button", name="Save").click()
    expect(page.locator("#item h2").first).to_have_text("Mine")


def test_what_somebody_writes_is_not_lost_when_the_item_changes_elsewhere(demo: Server, visit: Visits) -> None:
    page, other = visit(demo, "/items/FERRY-66", who="ingrid"), visit(demo, "/items/FERRY-66", who="anders")
    page.locator("#new-comment").fill("Half a sentence")
    other.locator("#new-comment").fill("From elsewhere")
    other.locator("#new-comment").press("Control+Enter")
    expect(other.locator(".thread", has_text="From elsewhere")).to_be_visible()
    page.wait_for_timeout(1200)
    expect(page.locator("#new-comment")).to_have_value("Half a sentence")
    page.locator("#new-comment").press("Control+Enter")
    expect(page.locator(".thread", has_text="From elsewhere")).to_be_visible()
    expect(page.locator(".thread", has_text="Half a sentence")).to_be_visible()


def test_criteria_are_ticked_where_they_stand(demo: Server, visit: Visits) -> None:
    page = visit(demo, "/items/FERRY-49", who="anders")
    box = page.locator("#tick-4")
    expect(box).to_have_attribute("aria-pressed", "false")
    box.click()
    expect(page.locator("#tick-4")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#tick-4")).to_be_focused()


@pytest.mark.parametrize("path", [BACKLOG, f"{BACKLOG}?item=FERRY-49", "/items/FERRY-49", "/items/new?product=FERRY"])
def test_axe_finds_nothing_serious(shared_demo: Server, visit: Visits, path: str) -> None:
    page = visit(shared_demo, path, who="ingrid")
    if "item=" in path:
        page.locator("#panel [data-item-open]").wait_for()
    assert serious_axe_findings(page) == []


@pytest.mark.parametrize("path", [BACKLOG, "/items/FERRY-49", "/questions"])
def test_nothing_is_wider_than_a_phone(shared_demo: Server, visit: Visits, path: str) -> None:
    page = visit(shared_demo, path, who="ingrid", viewport={"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_form_on_a_page_of_its_own_goes_on_when_it_was_taken(demo: Server, visit: Visits) -> None:
    page = visit(demo, "/products/FERRY/items/many", who="ingrid")
    lines = page.get_by_label("One item per line")
    lines.fill("x" * 301)
    page.get_by_role("button", name="Add all").click()
    expect(page.locator(".error")).to_contain_text("Line 1")
    lines.fill("Opened in a tab of its own")
    page.get_by_role("button", name="Add all").click()
    expect(page).to_have_url(re.compile(r"/products/FERRY/backlog$"))
    expect(page.locator(".row", has_text="Opened in a tab of its own")).to_be_visible()
