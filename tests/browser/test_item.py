"""The item in its panel and on its page: what is edited in place saves by itself, by hand and by key."""

import re
import sqlite3
from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Visits, becomes, serious_axe_findings, stays_inside
from tests.browser.test_board import PHONE, column, grab, middle
from tests.server import Server

BOARD = "/products/FERRY/board?item=FERRY-49"


def test_each_value_saves_where_it_stands_and_can_be_taken_back(demo: Server, visit: Visits) -> None:
    page = visit(demo, BOARD, who="ingrid")
    page.locator("#item-text h2").click()
    expect(page.locator("#item-title")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#item-text h2")).to_be_visible()
    page.locator("#item-text h2").click()
    page.locator("#item-title").fill("Timetables, renamed")
    page.keyboard.press("Enter")
    expect(page.locator("#item-text h2")).to_have_text("Timetables, renamed")
    expect(page.locator("#save-mark")).to_have_text("Saved")
    expect(page.get_by_label("Edit the title").first).to_be_focused()
    page.locator("#item-type").select_option("bug")
    page.locator("#edit-people > summary").click()
    for name in ("Berit Holm", "Mia Kvist"):
        page.locator("#people-form").get_by_label(name).click()
    page.locator("#item-size").fill("XL")
    page.locator("#item-size").press("Tab")
    expect(page.locator(".card[data-item=FERRY-49]")).to_contain_text("bug")
    expect(page.locator("#edit-people > summary")).to_contain_text("Mia Kvist")
    expect(page.locator("#edit-people > summary")).to_contain_text("Berit Holm")
    expect(page.locator("#people-form").get_by_label("Berit Holm")).to_be_checked()
    expect(page.locator(".history li", has_text="the size").first).to_be_visible()
    page.locator("#edit-people").get_by_role("button", name="Close").click()
    page.locator(".toast:visible").last.get_by_role("button", name="Undo").click()
    expect(page.locator("#item-size")).to_have_value("")
    page.reload()
    expect(page.locator("#item-type")).to_have_value("bug")

    # A value that is refused is not shown as if it counted.
    with closing(sqlite3.connect(demo.folder / "kanban.sqlite3")) as database, database:
        database.execute("UPDATE product SET archived_at = '2026-01-01 00:00:00'")
    page.locator("#item-type").select_option("chore")
    expect(page.locator(".toast", has_text="is archived")).to_be_visible()
    expect(page.locator("#item-type")).to_have_value("bug")
    with closing(sqlite3.connect(demo.folder / "kanban.sqlite3")) as database, database:
        database.execute("UPDATE product SET archived_at = NULL")

    # What is asked or refused further down keeps the place of the panel, and the focus is where it was asked.
    def stays_where_it_was(top: int) -> None:
        becomes(page, lambda _: abs(page.locator("#panel").evaluate("panel => panel.scrollTop") - top) < 2, True)

    panel = page.locator("#panel")
    page.locator("#edit-ask > summary").click()
    page.locator("#ask-body").fill("Which timetable is meant?")
    before = panel.evaluate("panel => panel.scrollTop")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#item [data-question]", has_text="Which timetable is meant?")).to_be_visible()
    expect(page.locator("#edit-ask > summary")).to_be_focused()
    stays_where_it_was(before)
    page.locator("#edit-link > summary").click()
    page.locator("#link-other").fill("nothing")
    before = panel.evaluate("panel => panel.scrollTop")
    page.keyboard.press("Enter")
    expect(page.locator("#link-form .error")).to_be_visible()
    stays_where_it_was(before)


def test_an_answer_leaves_the_cursor_where_it_went_meanwhile(demo: Server, visit: Visits) -> None:
    page = visit(demo, BOARD, who="ingrid")
    late: list[Route] = []
    page.route("**/assign", lambda route: late.append(route))
    page.locator("#edit-people > summary").click()
    page.locator("#people-form").get_by_label("Mia Kvist").click()
    becomes(page, lambda _: len(late), 1)
    link = page.locator(".card .title a").first
    link.focus()
    late.pop().continue_()
    expect(page.locator("#edit-people > summary")).to_contain_text("Mia Kvist")
    expect(page.locator("#edit-people")).to_have_attribute("open", "")
    expect(link).to_be_focused()
    # It floats over the facts, and a click beside it closes it.
    page.get_by_role("heading", name="Promise", exact=True).click()
    expect(page.locator("#people-form")).to_be_hidden()


def test_a_preview_that_comes_late_does_not_show_what_was_written_before(demo: Server, visit: Visits) -> None:
    page = visit(demo, BOARD, who="ingrid")
    page.locator("#item-why .words").click()
    field, write, look = (
        page.locator("#item-description"),
        *(page.get_by_role("tab", name=n) for n in ("Write", "Preview")),
    )
    late: list[Route] = []
    page.route("**/items/*/preview", lambda route: route.continue_() if late else late.append(route))
    field.fill("**Before**")
    look.click()
    becomes(page, lambda _: len(late), 1)
    write.click()
    field.fill("**After**")
    look.click()
    expect(page.locator("#item-preview strong")).to_have_text("After")
    with page.expect_event("requestfinished"):
        late[0].continue_()
    becomes(page, lambda page: page.locator("#item-preview strong").all_text_contents(), ["After"])


def test_a_description_is_written_with_names_looked_at_and_saved_on_leaving(demo: Server, visit: Visits) -> None:
    page = visit(demo, BOARD, who="ingrid")
    page.locator("#item-why .words").click()
    expect(page.locator("#item-description")).to_be_focused()
    page.keyboard.press("Control+End")
    page.keyboard.type(" **Ask** @an")
    expect(page.locator(".mentions [role=option]", has_text="Anders Olsen")).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.type("first.")
    expect(page.locator("#item-description")).to_have_value(re.compile(r"@Anders Olsen first\.$"))
    page.get_by_role("tab", name="Preview").click()
    expect(page.locator("#item-preview strong")).to_have_text("Ask")
    page.get_by_role("tab", name="Write").click()
    expect(page.locator("#item-description")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("tab", name="Write")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#item-preview strong")).to_have_text("Ask")
    expect(page.locator("#item-preview .mention")).to_have_text("@Anders Olsen")
    assert serious_axe_findings(page) == []
    page.locator("h1").click()
    expect(page.locator("#item-why .words .mention")).to_have_text("@Anders Olsen")
    expect(page.locator("#edit-description")).not_to_have_attribute("open", "")
    expect(page.locator(".history ins").first).to_contain_text("@Anders Olsen first")


def test_the_server_away_loses_nothing_and_saves_once_it_is_back(demo: Server, visit: Visits) -> None:
    page = visit(demo, "/items/FERRY-49", who="ingrid")
    tries: list[str] = []
    seen: list[bool] = []

    def fail(route: Route) -> None:
        tries.append(str(route.request.post_data))
        if len(tries) == 1:
            route.fetch()  # it was carried out, but its answer never came
        if len(tries) < 3 or not seen:
            route.fulfill(status=503, body="")
        else:
            route.continue_()

    page.route("**/items/FERRY-49/edit", fail)
    page.locator("#item-text h2").click()
    page.locator("#item-title").fill("Written while the server was away")
    page.locator("#item-title").press("Enter")
    expect(page.locator("#save-mark")).to_contain_text("Trying again")
    expect(page.locator("#item-title")).to_have_value("Written while the server was away")
    seen.append(True)
    expect(page.locator("#item-text h2")).to_have_text("Written while the server was away")
    assert len(set(tries)) == 1
    expect(page.locator(".history li", has_text="changed the title")).to_have_count(1)
    page.locator("#item-size").fill("M")
    page.locator("#item-size").press("Enter")
    expect(page.locator("#save-mark")).to_have_text("Saved")
    visit.complaints[:] = [one for one in visit.complaints if "503" not in one]


def test_one_walks_from_item_to_item_and_back_to_the_card(demo: Server, visit: Visits) -> None:
    page = visit(demo, BOARD, who="anders")
    first = page.locator("[data-item-open]")
    expect(first).to_have_attribute("data-item-open", "FERRY-49")
    page.locator("#new-comment").fill("Half a thought")
    page.locator("h1").click()
    page.keyboard.press("j")
    expect(first).not_to_have_attribute("data-item-open", "FERRY-49")
    page.keyboard.press("k")
    expect(first).to_have_attribute("data-item-open", "FERRY-49")
    page.get_by_role("button", name="Next item").press("Enter")
    expect(first).not_to_have_attribute("data-item-open", "FERRY-49")
    expect(page.get_by_role("button", name="Next item")).to_be_focused()
    ref = first.get_attribute("data-item-open")
    page.get_by_role("button", name="Copy the link").click()
    expect(page.locator(".toast", has_text="The link is copied")).to_be_visible()
    page.keyboard.press("Escape")
    expect(first).to_have_count(0)
    expect(page.locator(f".card[data-item={ref}] a[data-panel]")).to_be_focused()

    # Back and forward open and close it as well.
    page.go_back()
    expect(first).to_have_attribute("data-item-open", str(ref))
    page.locator("#panel").focus()
    page.go_forward()
    expect(first).to_have_count(0)
    expect(page.locator(f".card[data-item={ref}] a[data-panel]")).to_be_focused()

    # One that does not come leaves the one before it there, and nothing says otherwise.
    page.keyboard.press("Enter")
    expect(first).to_have_attribute("data-item-open", str(ref))
    page.route("**/items/FERRY-58", lambda route: route.fulfill(status=503))
    page.locator(".card[data-item=FERRY-58] a[data-panel]").click()
    expect(page.locator(".toast.bad")).to_be_visible()
    expect(page).to_have_url(re.compile(f"item={ref}$"))
    expect(page.locator(".card[aria-current]")).to_have_attribute("data-item", str(ref))
    visit.complaints[:] = [one for one in visit.complaints if "503" not in one]


def test_the_focus_stays_in_the_item_whatever_leaves_it(demo: Server, visit: Visits) -> None:
    """A button that has done its work, a line that was removed, the item itself: the next key goes on from there."""
    page = visit(demo, BOARD, who="ingrid")
    page.get_by_role("button", name="Assign me").press("Enter")
    expect(page.locator("#item-people")).to_be_focused()
    line = page.locator("#edit-criterion-4")
    line.locator("summary").press("Enter")
    line.get_by_role("button", name="Remove").press("Enter")
    expect(line).to_have_count(0)
    expect(page.locator("#item-criteria")).to_be_focused()
    page.locator("#new-comment").press("Escape")
    expect(page.locator("#panel")).to_be_focused()

    page.goto("/items/FERRY-49/discard")
    page.locator("#discard-reason").fill("No longer wanted")
    page.get_by_role("button", name="Discard").click()
    page.goto(BOARD)
    expect(page.locator("#item")).to_be_visible()
    page.locator("#panel").focus()
    page.keyboard.press("Escape")
    expect(page.locator("#item")).to_have_count(0)
    expect(page.locator("#main")).to_be_focused()


def test_on_a_tablet_the_item_lets_a_card_through_and_columns_that_come_under_a_still_hand_are_marked(
    shared_demo: Server, visit: Visits
) -> None:
    page = visit(
        shared_demo, "/products/FERRY/board?item=FERRY-58", who="ingrid", viewport={"width": 900, "height": 700}
    )
    expect(page.locator("#item")).to_be_visible()
    grab(page, "FERRY-58")
    page.mouse.move(640, 300, steps=6)
    expect(page.locator("#panel")).to_have_css("opacity", "0")
    page.mouse.move(870, 300, steps=2)
    expect(page.locator(f"{column(page, 'Done')} .is-ghost")).to_have_count(1)
    expect(page.locator(".col.is-target .is-ghost")).to_have_count(1)
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(page.locator("#panel")).to_have_css("opacity", "1")


def test_a_card_held_over_the_item_falls_where_the_marked_column_says(shared_demo: Server, visit: Visits) -> None:
    page = visit(shared_demo, BOARD, who="ingrid")
    expect(page.locator("#item")).to_be_visible()
    grab(page, "FERRY-58")
    page.mouse.move(*middle(page, "#panel"), steps=8)
    expect(page.locator(".col.is-target")).to_have_count(1)
    expect(page.locator(".col.is-target .is-ghost"), "not a column that the panel hides").to_have_count(1)
    page.keyboard.press("Escape")
    page.mouse.up()


def test_what_there_is_none_of_is_added_from_one_row_by_key(demo: Server, visit: Visits) -> None:
    page = visit(demo, "/products/FERRY/backlog?item=FERRY-75", who="ingrid")
    row = page.locator("#panel .firsts")
    row.locator("#edit-ask > summary").press("Enter")
    expect(page.locator("#ask-body")).to_be_focused()
    page.keyboard.type("Which harbours?")
    row.locator("#edit-parts > summary").press("Enter")
    expect(page.locator("#new-part")).to_be_focused()
    assert serious_axe_findings(page) == []
    for name in ("In the app", "At the quay"):
        page.keyboard.type(name)
        page.keyboard.press("Enter")
        expect(page.locator("#panel .crit li", has_text=name)).to_be_visible()
        expect(page.locator("#new-part"), "the next one follows at once").to_be_focused()
        expect(page.locator("#new-part")).to_have_value("")
    expect(row.locator("#edit-parts")).to_have_count(0)
    expect(row.locator("#ask-body"), "what was begun beside it stands there").to_have_value("Which harbours?")
    page.locator("#ask-body").press("Escape")
    expect(row.locator("#edit-ask > summary")).to_be_focused()


@pytest.mark.parametrize("width", [360, 1280])
def test_without_script_the_forms_have_their_buttons(demo: Server, visit: Visits, width: int) -> None:
    options = {"java_script_enabled": False, "viewport": {"width": width, "height": 800}}
    page: Page = visit(demo, "/items/FERRY-49", who="ingrid", **options)
    page.locator("#edit-description > summary").click()
    page.locator("#item-description").fill("In *short*")
    page.locator("#description-form").get_by_role("button", name="Preview").click()
    expect(page.locator("#item-preview em")).to_have_text("short")
    page.locator("#description-form").get_by_role("button", name="Save").click()
    expect(page.locator("#item-why .words em")).to_have_text("short")
    page.locator("#item-type").select_option("chore")
    page.locator("#type-form").get_by_role("button", name="Save").click()
    expect(page.locator("#item-type")).to_have_value("chore")
    page.locator("#edit-parts > summary").click()
    page.locator("#new-part").fill("At night")
    page.locator("#part-form").get_by_role("button", name="Add").click()
    expect(page.locator(".crit li", has_text="At night")).to_be_visible()
    assert stays_inside(page)


def test_several_lines_pasted_as_a_criterion_become_one_each(demo: Server, visit: Visits) -> None:
    page = visit(demo, BOARD, who="ingrid")
    field, button = page.locator("#new-criterion"), page.locator("#new-criterion-all")
    field.focus()
    before = page.locator("#item-criteria .words").all_text_contents()
    page.keyboard.insert_text("- Works by night\n- Works at sea\n- Works on the quay")
    expect(button).to_have_text("Add 3 criteria")
    page.keyboard.press("Enter")
    added = ["Works by night", "Works at sea", "Works on the quay"]
    expect(page.locator("#item-criteria .words")).to_have_text([*before, *added])
    expect(field).to_be_focused()
    expect(field).to_have_value("")
    expect(button).to_have_text("Add")
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.locator("#item-criteria .words")).to_have_text(before)


def test_several_lines_pasted_as_a_part_become_one_each_right_below_the_whole(demo: Server, visit: Visits) -> None:
    page = visit(demo, "/products/FERRY/backlog?item=FERRY-75", who="ingrid")
    rows = page.locator("#backlog-list [data-item] .title a")
    before = rows.all_text_contents()
    page.locator("#edit-parts > summary").press("Enter")
    field, button = page.locator("#new-part"), page.locator("#new-part-all")
    expect(field).to_be_focused()
    page.keyboard.insert_text("- In the app\n- At the quay")
    expect(button).to_have_text("Add 2 parts")
    page.keyboard.press("Enter")
    expect(page.locator("#panel .crit li", has_text="At the quay")).to_be_visible()
    expect(field).to_be_focused()
    expect(field).to_have_value("")
    expect(page.locator("#toasts")).to_contain_text("2 parts have been added to Backlog, right below FERRY-75.")
    place = page.locator("#backlog-list [data-item]").evaluate_all("rows => rows.map(row => row.dataset.item)").index
    at = place("FERRY-75") + 1
    expect(rows).to_have_text([*before[:at], "In the app", "At the quay", *before[at:]])
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(rows).to_have_text(before)
    expect(page.locator("#panel .crit li", has_text="At the quay")).to_have_count(0)


def test_an_item_is_discarded_as_a_duplicate_of_what_a_few_letters_mean(demo: Server, visit: Visits) -> None:
    page = visit(demo, "/items/FERRY-49", who="ingrid")
    title = page.locator("#item-title").input_value()
    page.goto(f"{demo.url}/items/FERRY-75/discard")
    page.locator("#discard-other").press_sequentially(title[:12])
    expect(page.locator("#discard-others option[value=FERRY-49]")).to_have_count(1)
    assert serious_axe_findings(page) == []
    page.locator("#discard-other").fill("FERRY-49")
    page.get_by_role("button", name="Discard", exact=True).click()
    told = page.locator("#item .stop", has_text="Discarded: Duplicate of FERRY-49")
    told.get_by_role("link", name="FERRY-49").click()
    expect(page.locator("#item-title")).to_have_value(title)


def test_what_is_ticked_while_the_item_is_drawn_anew_stays(demo: Server, visit: Visits) -> None:
    """The answer to one value arrives in the very moment in which another one is chosen, and the next right after it."""
    page = visit(demo, BOARD, who="ingrid")
    page.locator("#edit-people > summary").click()
    for moment, name in (("htmx:before:swap", "Berit Holm"), ("htmx:finally:swap", "Mia Kvist")):
        page.locator("#people-form").get_by_label(name).evaluate(
            """(box, moment) => document.addEventListener(moment, () => queueMicrotask(() => {
              document.getElementById(box.id).click();
            }), { once: true })""",
            moment,
        )
    page.locator("#item-type").select_option("bug")
    people = page.locator("#edit-people > summary")
    for name in ("Mia Kvist", "Anders Olsen", "Berit Holm"):
        expect(people).to_contain_text(name)


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desk", "phone"])
def test_the_facts_of_a_row_stand_on_one_line(shared_demo: Server, visit: Visits, options: dict[str, Any]) -> None:
    page = visit(shared_demo, "/items/FERRY-42", who="ingrid", **options)
    heights = page.locator(".facts dd").evaluate_all("all => all.map(one => one.getBoundingClientRect().height)")
    assert len(heights) == 8 and len(set(heights)) == 1


# Where the letters of an element stand, in px below the top of the page: a mark of no size set before its first words.
LINES = """(root, wanted) => wanted.map((selector) => {
  const words = document.createTreeWalker(root.querySelector(selector), NodeFilter.SHOW_TEXT);
  while (words.nextNode() && (!words.currentNode.data.trim() || words.currentNode.parentElement.closest(".sr")));
  const line = document.createElement("span");
  const mark = line.appendChild(document.createElement("span"));
  mark.style.display = "inline-block";
  words.currentNode.replaceWith(line);
  line.append(words.currentNode);
  return mark.getBoundingClientRect().bottom;
})"""


@pytest.mark.parametrize(
    ("path", "within", "words"),
    [
        ("backlog", '[data-item="FERRY-44"]', [".k", ".ref", ".title a", ".tag", ".when .sure", ".given .chip"]),
        ("board", ".col", ["h2 button", ".count"]),
        ("promises", ".promise", [".due", "h3 a"]),
        ("updates", ".update-row", [".ref", ".title a", ".chip", ".when", ".sent"]),
        ("decisions", ".decision-list .decision", [".no", ".body", ".verbs a"]),
    ],
)
def test_small_words_stand_on_the_line_of_the_larger_ones_beside_them(
    shared_demo: Server, visit: Visits, path: str, within: str, words: list[str]
) -> None:
    page = visit(shared_demo, f"/products/FERRY/{path}", who="ingrid")
    lines = page.locator(within).first.evaluate(LINES, words)
    assert max(lines) - min(lines) < 0.9, dict(zip(words, lines, strict=True))


def test_a_comment_is_as_tall_as_its_words(shared_demo: Server, visit: Visits) -> None:
    page = visit(shared_demo, "/items/FERRY-49", who="ingrid")
    spare = page.locator("#comments .thread .text").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().bottom - one.lastElementChild.getBoundingClientRect().bottom)"
    )
    assert spare == [0, 0]


def test_an_item_on_its_own_page_offers_no_way_there(demo: Server, visit: Visits) -> None:
    page = visit(demo, "/items/FERRY-61", who="ingrid")
    menu, way = page.locator("#item .ihead .menu > summary"), page.get_by_text("Open on its own page")
    menu.click()
    expect(page.get_by_role("link", name="Split…")).to_be_visible()
    expect(way).to_be_hidden()
    page.goto("/products/FERRY/backlog?item=FERRY-61")
    menu.click()
    expect(way).to_be_visible()


def test_a_comment_is_reworded_in_place_whatever_others_say_meanwhile(demo: Server, visit: Visits) -> None:
    page, other = visit(demo, BOARD, who="ingrid"), visit(demo, BOARD, who="anders")
    mine = page.locator(".thread li", has_text="First thought")
    page.locator("#new-comment").fill("First thought")
    page.get_by_role("button", name="Comment", exact=True).click()
    mine.get_by_label("Change your comment").click()
    words = page.get_by_label("Your comment", exact=True)
    expect(words).to_be_focused()
    words.fill("Second thought")
    other.locator("#new-comment").fill("I see it differently")
    other.get_by_role("button", name="Comment", exact=True).click()
    expect(other.locator(".thread li", has_text="I see it differently")).to_be_visible()
    expect(words).to_be_focused()
    expect(words).to_have_value("Second thought")
    page.get_by_role("button", name="Save", exact=True).locator("visible=true").click()
    expect(page.locator(".thread li", has_text="Second thought")).to_contain_text("(edited)")
    expect(other.locator(".thread li", has_text="Second thought")).to_contain_text("(edited)")
    expect(page.locator("#announcer")).to_contain_text("Your comment has been changed.")
    mine_there = other.locator(".thread li", has_text="Second thought")
    expect(mine_there.get_by_label("Change your comment")).to_have_count(0)

    theirs = page.locator(".thread li", has_text="I see it differently")
    theirs.get_by_label("Remove the comment by Anders Olsen").click()
    theirs.get_by_role("button", name="Remove for good").click()
    expect(theirs).to_have_count(0)
    expect(other.locator(".thread li", has_text="I see it differently")).to_have_count(0)
    expect(page.locator("#panel")).to_contain_text("removed a comment by Anders Olsen")
    expect(page.locator("#item :focus")).to_have_count(1)
    assert serious_axe_findings(page) == []


def test_the_name_of_a_milestone_stays_in_its_column_beside_the_list(shared_demo: Server, visit: Visits) -> None:
    page = visit(shared_demo, "/products/FERRY/board?item=FERRY-58", who="ingrid")
    fits = "one => one.getBoundingClientRect().right <= one.closest('dd').getBoundingClientRect().right + 1"
    assert page.locator("#item-milestone").evaluate(fits)
