"""Words without an end, such as addresses of pages, stay inside their page."""

import re
import sqlite3
from contextlib import closing

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visits, serious_axe_findings, stays_inside
from tests.browser.test_board import PHONE
from tests.server import Server

LONG = "https://example.org/" + "x" * 130


def test_a_long_word_makes_no_page_wider(demo: Server, visit: Visits) -> None:
    page = visit(demo, "/products/FERRY/stakeholders", who="ingrid")
    form = page.locator("form:has(input[name=organisation])")
    form.locator("[name=name]").fill("Olga Hansen")
    form.locator("[name=email]").fill("olga@island.example")
    form.locator("[name=organisation]").fill(LONG)
    form.get_by_role("button", name="Add").click()
    expect(page.locator("th", has_text="Olga Hansen")).to_be_visible()
    assert stays_inside(page)

    page.goto(f"{demo.url}/products/FERRY/requests/new")
    page.locator("main [name=title]").fill("Something that is known elsewhere")
    page.locator("main [name=body]").fill(LONG * 3)
    page.get_by_label("Who asked for it").select_option(index=1)
    page.get_by_role("button", name="Save").click()
    row = page.locator("[data-request]", has_text="Something that is known elsewhere")
    row.get_by_role("link", name="Open").click()
    expect(row.locator(".said")).to_be_visible()
    assert stays_inside(page)

    page.goto(f"{demo.url}/items/FERRY-55/block")
    page.locator("main [name=reason]").fill(LONG * 3)
    page.get_by_role("button", name="Block").click()
    expect(page).not_to_have_url(re.compile("/block$"))
    page.goto(f"{demo.url}/products/FERRY/updates")
    page.get_by_role("button", name="Write an update").click()
    expect(page.locator("#draft")).to_be_visible()
    page.goto(f"{page.url}/publish")
    expect(page.locator(".facts-list li", has_text="Seat map").last).to_contain_text("xxx")
    assert stays_inside(page)


def test_long_names_stay_inside_lists_to_choose_from(demo: Server, visit: Visits) -> None:
    """Two of one name stand there with their addresses."""
    address = f"mia.kvist.of.the.{'night.' * 12}ferry@ferry.example"
    with closing(sqlite3.connect(demo.folder / "kanban.sqlite3")) as connection, connection:
        other = "UPDATE user SET name = 'Anders Olsen', email = ? WHERE name = 'Mia Kvist' RETURNING id"
        [(mia,)] = connection.execute(other, (address,)).fetchall()
    page = visit(demo, f"/products/FERRY/board?person={mia}", who="ingrid", **PHONE)
    page.get_by_role("button", name="Filter").click()
    person = page.get_by_label("Person", exact=True)
    expect(person.locator("option:checked")).to_have_text(f"Anders Olsen ({address})")
    assert stays_inside(page)
    page.goto("/items/FERRY-55")
    page.locator("#edit-people > summary").click()
    expect(page.get_by_label(f"Anders Olsen ({address})")).to_be_checked()
    expect(page.get_by_label("Anders Olsen (anders@ferry.example)")).not_to_be_checked()
    assert stays_inside(page)
    assert page.locator("#edit-people fieldset").evaluate("one => one.scrollWidth <= one.clientWidth")
    assert serious_axe_findings(page) == []


#: As long as each may be; most of them without a place to break.
LONG_NAMES = """
UPDATE commitment SET statement = substr(replace(hex(zeroblob(250)), '00', 'Every island, '), 1, 500);
UPDATE milestone SET name = substr('Summer season ' || replace(hex(zeroblob(60)), '0', 'w'), 1, 120);
UPDATE label SET name = substr(replace(hex(zeroblob(30)), '0', 'l'), 1, 40) || id;
UPDATE stakeholder SET name = replace(hex(zeroblob(45)), '0', 'n'), organisation = replace(hex(zeroblob(60)), '0', 'o')
  WHERE id % 2;
UPDATE stakeholder SET email = replace(hex(zeroblob(42)), '0', 'a') || id || '@island.example' WHERE id % 3 = 0;
UPDATE user SET email = replace(hex(zeroblob(42)), '0', 'a') || id || '@ferry.example' WHERE id > 3;
UPDATE user SET name = replace(hex(zeroblob(45)), '0', 'n') WHERE id = (SELECT max(id) FROM user);
UPDATE item SET title = replace(hex(zeroblob(140)), '0', 't') WHERE id % 7 = 0;
"""
WITH_NAMES = [
    *(f"/products/FERRY/{page}" for page in ("backlog", "board", "promises", "promises/new", "stakeholders")),
    *("/products/FERRY/settings/members", "/products/FERRY/decisions", "/people", "/items/FERRY-49", "/questions"),
    *("/products/FERRY/roadmap", "/products/FERRY/requests", "/products/FERRY/updates", "/portfolio", "/my-work"),
]
#: What reaches beyond the screen, or scrolls sideways where nothing should.
BEYOND = """width => {
  const all = [...document.querySelectorAll("main *")].filter(one => one.checkVisibility());
  const wide = all.filter(one => one.matches(".list, .table-wrap:has(> .stacks), .setting") && one.scrollWidth > one.clientWidth);
  if (document.documentElement.scrollWidth > width)
    wide.push(...all.filter(one => one.getBoundingClientRect().right > width + 1).slice(0, 4));
  return wide.map(one => one.outerHTML.slice(0, 120));
}"""


@pytest.mark.parametrize("width", [360, 800, 1024, 1440])
def test_names_as_long_as_they_may_be_make_no_page_wider(demo: Server, visit: Visits, width: int) -> None:
    with closing(sqlite3.connect(demo.folder / "kanban.sqlite3")) as connection, connection:
        connection.execute("UPDATE user SET is_admin = 1")
        connection.executescript(LONG_NAMES)
    page = visit(demo, "/", who="ingrid", viewport={"width": width, "height": 800})
    wide = {}
    for path in WITH_NAMES:
        page.goto(demo.url + path)
        expect(page.locator("h1").first).to_be_visible()
        if found := page.evaluate(BEYOND, width):
            wide[path] = found
    assert wide == {}


TOO_LONG: list[tuple[str, str, str, int, str]] = [
    ("/products/FERRY/backlog", "", "#add-top", 310, "A title can have at most 300 characters"),
    ("/items/FERRY-49", "title", "#item-title", 310, "A title can have at most 300 characters"),
    ("/items/FERRY-49", "parts", "#new-part", 310, "A title can have at most 300 characters"),
    ("/items/FERRY-49", "", "#new-criterion", 1010, "A criterion needs 1 to 1,000 characters"),
    ("/items/FERRY-49", "description", "#item-description", 50_010, "at most 50,000 characters"),
    ("/items/FERRY-49", "", "#new-comment", 20_010, "20,000 characters"),
]


@pytest.mark.parametrize(
    ("address", "opens", "field", "length", "sentence"), TOO_LONG, ids=[row[2] for row in TOO_LONG]
)
def test_what_is_too_long_is_told_and_stands_there_whole(
    demo: Server, visit: Visits, address: str, opens: str, field: str, length: int, sentence: str
) -> None:
    page = visit(demo, address, who="ingrid")
    if opens:
        page.locator(f"#edit-{opens} > summary").click()
    page.locator(field).fill("")
    page.locator(field).focus()
    page.keyboard.insert_text("x" * length)
    page.keyboard.press("Control+Enter" if length > 10_000 else "Enter")
    expect(page.get_by_text(sentence).first).to_be_visible()
    expect(page.locator(field)).to_have_value("x" * length)


def test_a_title_that_runs_the_other_way_begins_where_the_others_begin(demo: Server, visit: Visits) -> None:
    page = visit(demo, "/products/FERRY/backlog", who="ingrid")
    page.locator("#add-top").fill("הדפסת כרטיס 24/7!")
    page.locator("#add-top").press("Enter")
    expect(page.locator(".row .title", has_text="הדפסת")).to_be_visible()
    begins = page.locator(".row[data-item] .title a").evaluate_all(
        """all => all.map(link => {
          const words = document.createRange();
          words.selectNodeContents(link);
          return Math.round(words.getBoundingClientRect().left);
        })"""
    )
    assert len(set(begins)) == 1


def test_a_long_policy_is_read_whole_in_the_settings_and_begins_on_the_board(demo: Server, visit: Visits) -> None:
    page = visit(demo, "/products/FERRY/settings/columns", who="ingrid")
    policy = page.locator(".column-line [name=policy]").nth(2)
    before = policy.evaluate("one => one.clientHeight")
    policy.fill("Its criteria are written and the owner has said yes to them. " * 7)
    policy.press("Tab")
    expect(page.locator(".toast, .saved, [role=status]").first).to_be_attached()
    assert policy.evaluate("one => one.clientHeight") > before * 2
    assert policy.evaluate("one => one.scrollHeight <= one.clientHeight")
    assert stays_inside(page)
    page.reload()
    expect(page.locator(".column-line [name=policy]").nth(2)).to_have_value(
        re.compile("^(Its criteria .* them. ?){7}$")
    )
    page.goto("/products/FERRY/board")
    rule = page.locator(".policy", has_text="Its criteria are written")
    expect(rule).to_be_visible()
    lines = "one => one.clientHeight / parseFloat(getComputedStyle(one).lineHeight)"
    assert 1.9 < rule.evaluate(lines) < 3
    assert rule.get_attribute("title")


def test_a_long_question_shows_that_it_goes_on(demo: Server, visit: Visits) -> None:
    with closing(sqlite3.connect(demo.folder / "kanban.sqlite3")) as connection, connection:
        connection.execute("UPDATE question SET body = ?", ("Which of them? It depends on what they pay. " * 120,))
    page = visit(demo, "/questions", who="ingrid")
    text = page.locator(".ask-text.long").first
    expect(text).to_be_visible()
    assert text.evaluate("one => one.scrollHeight > one.clientHeight")
    assert "gradient" in text.evaluate("one => getComputedStyle(one).backgroundImage")
