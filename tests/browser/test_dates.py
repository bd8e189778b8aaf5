"""Dates in the backlog in a real browser: they follow a drag, the panel names the promise at stake, the toast says it."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visits, becomes, serious_axe_findings
from tests.browser.test_backlog import BACKLOG, order
from tests.server import Server

SCHOOLS = "Schools can book for a whole class"

#: As if the page had come with a second promise of that row, which no place keeps.
UNDER_ANOTHER = """ref => {
  const list = document.getElementById("backlog");
  const told = JSON.parse(list.dataset.curves);
  told.promises.push({ number: 999, name: "Money back", day: "", due: 0, items: [ref], set: false, row: ref });
  list.dataset.curves = JSON.stringify(told);
  document.dispatchEvent(new CustomEvent("htmx:after:swap", { detail: { ctx: {} } }));
}"""


def dates(page: Page) -> list[str]:
    return page.locator("#backlog-list .when").all_text_contents()


def places(page: Page) -> list[dict[str, float]]:
    """Where the rows and the lines between them lie, from the top of the list, whichever row it is."""
    return page.locator("#backlog-list > *").evaluate_all(
        """rows => rows.map(row => row.getBoundingClientRect()).map((box, _, all) =>
             ({ x: box.x, y: box.y - all[0].y, width: box.width, height: box.height }))"""
    )


def stand_as(page: Page, shown: list[str]) -> None:
    """Dates belong to places: whatever moves, they end as they were."""
    expect(page.locator("#backlog-list .when")).to_have_text(shown)


def grab(page: Page, ref: str, onto: str) -> None:
    """Drag a row below another one and keep it in hand."""
    start = page.locator(f'[data-item="{ref}"] .marks').bounding_box()
    end = page.locator(f'[data-item="{onto}"]').bounding_box()
    assert start and end
    x = start["x"] + 4
    page.mouse.move(x, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(x, start["y"] + 20, steps=3)
    page.mouse.move(x, end["y"] + end["height"] * 0.8, steps=20)


def test_a_drag_hands_on_the_dates_and_names_the_promise_it_breaks(demo: Server, visit: Visits) -> None:
    page = visit(demo, BACKLOG, who="ingrid")
    ref, before, shown = "FERRY-44", order(page), dates(page)
    chip = page.locator(f"#backlog-list #row-{ref} .chip.due")
    panel = page.locator("[data-ripple]")
    expect(chip).to_contain_text("at risk")
    assert all(re.fullmatch(r"\d+ \w+ – \d+ \w+", each) for each in shown)
    assert serious_axe_findings(page) == []
    lying = places(page)
    grab(page, ref, before[9])
    expect(panel).to_contain_text(SCHOOLS)
    page.wait_for_function("() => !document.getAnimations().some(one => one.playState === 'running')")
    assert places(page) == lying, "neither the panel nor the place kept free moves a row"
    expect(panel).to_contain_text("BrokenOff track, promised for")
    expect(chip).to_contain_text("off track", ignore_case=True)
    assert order(page).index(ref) > 6
    stand_as(page, shown)
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(panel).to_be_hidden()
    expect(chip).to_contain_text("at risk", ignore_case=True)
    stand_as(page, shown)
    becomes(page, order, before)
    grab(page, ref, before[9])
    page.mouse.up()
    toast = page.locator("#toasts [data-toast]", has_text=SCHOOLS)
    expect(toast).to_contain_text("is off track now")
    expect(toast.get_by_role("button", name="Undo")).to_be_visible()
    toast.get_by_role("link", name="Note the delay").click()
    expect(page.locator("#dialog #change-due")).to_be_visible()
    page.reload()
    stand_as(page, shown)
    expect(chip).to_contain_text("off track")


def test_a_row_carried_by_key_says_what_its_place_means(demo: Server, visit: Visits) -> None:
    page = visit(demo, BACKLOG, who="ingrid", viewport={"width": 360, "height": 780})
    ref, before, shown = "FERRY-44", order(page), dates(page)
    said, panel = page.locator("#announcer"), page.locator("[data-ripple]")
    assert page.locator("#backlog-list .half").first.is_hidden(), "a phone shows only the 85 % date"
    page.locator(f'[data-item="{ref}"] .title a').focus()
    page.keyboard.press(" ")
    page.keyboard.press("End")
    expect(said).to_contain_text(f"{SCHOOLS}, promised for")
    expect(said).to_contain_text("Broken. Off track.")
    expect(panel).to_be_in_viewport()
    row, above = page.locator(f'[data-item="{ref}"]').bounding_box(), panel.bounding_box()
    assert row and above
    assert row["y"] + row["height"] <= above["y"], "the panel lies on the row in hand"
    stand_as(page, shown)
    page.keyboard.press("Home")
    expect(panel).to_contain_text("RescuedOn track, promised for")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    stand_as(page, shown)
    becomes(page, order, before)
    page.evaluate(UNDER_ANOTHER, ref)
    page.locator(f'[data-item="{ref}"] .title a').focus()
    page.keyboard.press(" ")
    page.keyboard.press("Home")
    expect(panel).to_contain_text("RescuedOn track, promised for")
    expect(page.locator(f"#row-{ref} .chip.due"), "the worst of its promises").to_contain_text(
        "off track", ignore_case=True
    )
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("#toasts")).to_contain_text("new place")
    stand_as(page, shown)
