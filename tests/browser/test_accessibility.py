"""Rules that hold on all pages for readers who set their own colours, point with difficulty, or hear the pages."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visits
from tests.server import Server

PAGES = ("board?item=FERRY-49", "promises", "decisions", "insights", "stakeholders/7", "settings/calendar")

#: Those in sight that are current, but look like their neighbours apart from weight and background.
ALIKE = """() => {
  const looks = (one) => { const style = getComputedStyle(one); return ["borderBlockStart", "borderBlockEnd", "borderInlineStart", "outline"].map((name) => style[name]).join(); };
  return [...document.querySelectorAll("[aria-current]")].filter((one) => one.checkVisibility()).filter((one) => {
    const other = [...one.parentElement.children].find((each) => each.matches(one.tagName) && !each.ariaCurrent && each.checkVisibility());
    return other && looks(one) === looks(other);
  }).map((one) => one.outerHTML.slice(0, 120));
}"""

#: Bars and keys of charts that have lost the colour that they consist of.
EMPTY = """() => [...document.querySelectorAll(".bar:is(progress), .legend, .plot, .times")]
  .filter((one) => getComputedStyle(one).forcedColorAdjust !== "none").map((one) => one.outerHTML.slice(0, 120))"""


def test_with_colours_of_the_reader_s_own_the_current_one_and_the_charts_still_show(
    shared_demo: Server, visit: Visits
) -> None:
    page = visit(shared_demo, "/questions", who="ingrid", forced_colors="active")
    for path in PAGES:
        page.goto(f"/products/FERRY/{path}")
        assert page.evaluate(ALIKE) + page.evaluate(EMPTY) == [], path


#: Names that two entries of one list give to controls that lead to different places; a menu says itself what it is about.
SAME = """() => [...document.querySelectorAll("main :is(ul, ol, tbody, main)")].flatMap((list) => {
  const name = (one) => (one.ariaLabel ?? [...one.querySelectorAll("[aria-hidden=true]")].reduce((text, each) => text.replace(each.textContent, ""), one.textContent)).trim().replace(/\\s+/g, " ");
  const aim = (one) => one.getAttribute("href") ?? one.closest("form")?.action;
  const first = new Map();
  return [...list.querySelectorAll("a[href], form button")].filter((one) => aim(one) && !one.closest("[data-menu]")).map((one) => [name(one), aim(one)])
    .filter(([name, aim]) => (first.has(name) || !first.set(name, aim)) && first.get(name) !== aim).map(([name]) => name);
})"""


def test_what_does_different_things_in_one_list_has_different_names(shared_demo: Server, visit: Visits) -> None:
    page = visit(shared_demo, "/inbox", who="ingrid")
    found = {"inbox": page.evaluate(SAME)}
    for path in ("decisions", "stakeholders/7", "settings/calendar", "promises"):
        page.goto(f"/products/FERRY/{path}")
        found[path] = page.evaluate(SAME)
    assert found == dict.fromkeys(found, [])


#: Targets of less than 24 px with another one so near that a trembling finger takes that; links in a sentence may be, and so
#: may a second way to the same place.
CROWDED = """() => {
  const all = [...document.querySelectorAll("main :is(a[href], button, summary)")].filter((one) => one.checkVisibility({ checkVisibilityCSS: true }) && !one.closest("svg"))
    .map((one) => [one, one.getBoundingClientRect()]).filter(([, box]) => box.width > 2);
  const first = new Map();
  return all.filter(([one, box]) => {
    const again = one.href && first.has(one.href);
    first.set(one.href, one);
    if (again || (box.width >= 23.9 && box.height >= 23.9) || getComputedStyle(one).display === "inline") return false;
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    return all.some(([other, near]) => other !== one && !other.contains(one) && !one.contains(other)
      && Math.hypot(Math.max(near.left - x, 0, x - near.right), Math.max(near.top - y, 0, y - near.bottom)) < 12);
  }).map(([one]) => one.outerHTML.slice(0, 120));
}"""


@pytest.mark.parametrize("width", [360, 1440])
def test_what_is_pressed_is_large_or_has_room_around_it(shared_demo: Server, visit: Visits, width: int) -> None:
    page = visit(shared_demo, "/questions", who="ingrid", viewport={"width": width, "height": 800})
    found = {"questions": page.evaluate(CROWDED)}
    for path in ("board", "backlog", "promises", "decisions", "insights"):
        page.goto(f"/products/FERRY/{path}")
        found[path] = page.evaluate(CROWDED)
    assert found == dict.fromkeys(found, [])


#: Whether what has the focus is covered by something else.
COVERED = """() => {
  const one = document.activeElement, box = one.getBoundingClientRect();
  return !one.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2));
}"""


@pytest.mark.parametrize("width", [320, 1300, 1440])
def test_nothing_covers_what_has_the_focus_in_the_head_of_a_column(
    shared_demo: Server, visit: Visits, width: int
) -> None:
    page = visit(shared_demo, "/products/FERRY/board", who="ingrid", viewport={"width": width, "height": 600})
    for column in ("Ready", "In progress"):
        page.get_by_role("button", name=column, exact=True).focus()
        for _ in range(2 if column == "Ready" else 3):
            page.keyboard.press("Tab")
            assert not page.evaluate(COVERED), page.evaluate("document.activeElement.outerHTML")


def test_an_item_on_paper_has_no_fields_to_fill_in(shared_demo: Server, visit: Visits) -> None:
    page = visit(shared_demo, "/items/FERRY-49", who="ingrid")
    page.emulate_media(media="print")
    expect(page.locator(".item")).to_contain_text("Which delays count as cancelled?")
    expect(page.locator(".item :is(textarea, button, .tick):visible:not(.tick-button, .copy)")).to_have_count(0)
    page.goto("/products/FERRY/insights")
    assert page.locator(".bar:visible").first.evaluate("one => getComputedStyle(one).printColorAdjust") == "exact"
