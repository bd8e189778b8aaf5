"""Columns set up on the board itself: by menu, by key, by mouse and finger; other screens follow, and hints go away."""

from typing import Any

from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import Visits, becomes, serious_axe_findings
from tests.server import Server

BOARD = "/products/FERRY/board"
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
WIDTH = "part => part.offsetWidth"
NAMES = "cols => cols.map(col => col.querySelector('h2').textContent)"


def box(page: Page, name: str) -> Locator:
    return page.locator(".col", has=page.locator("h2", has_text=name))


def names(page: Page) -> list[str]:
    found: list[str] = page.locator(".col").evaluate_all(NAMES)
    return found


def choose(page: Page, column: str, choice: str) -> None:
    box(page, column).locator(".menu summary").click()
    box(page, column).locator(".menu-items").get_by_text(choice, exact=True).click()


def test_the_owner_sets_columns_up_where_they_stand(demo: Server, visit: Visits) -> None:
    page, other = visit(demo, BOARD, who="ingrid"), visit(demo, BOARD, who="anders")
    expect(other.locator('[data-live="on"]')).to_be_visible()
    done = page.locator(".cards[data-most]")
    done.evaluate("list => list.scrollTop = 90")
    # Renamed in place: Escape leaves it, Enter keeps it, and a name that is taken stays in the field.
    handle = box(page, "Review").locator("[data-handle]")
    handle.focus()
    for typed, key in (("Never", "Escape"), ("Done", "Enter")):
        expect(handle).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator(".rename")).to_be_focused()
        page.keyboard.type(typed)
        page.keyboard.press(key)
    expect(page.locator("#toasts")).to_contain_text("Another column has this name.")
    page.locator(".rename").fill("Check")
    page.locator(".rename").press("Enter")
    expect(other.locator(".col h2", has_text="Check")).to_have_count(1)
    expect(box(page, "Check").locator("[data-handle]")).to_be_focused()
    # A column to the right, and its limit.
    choose(page, "Check", "Add a column to the right…")
    page.locator("#column-name").fill("Trial")
    page.locator("#dialog").get_by_role("button", name="Add column").click()
    expect(box(page, "Check").locator("summary")).to_be_focused()
    choose(page, "Trial", "Limit and policy…")
    page.locator("#column-limit").fill("999")
    page.locator("#dialog").get_by_role("button", name="Save").click()
    expect(box(other, "Trial").locator(".count")).to_have_text("0 of 999")
    expect(box(page, "Trial").locator("summary")).to_be_focused()
    assert serious_axe_findings(page) == []
    # What holds cards stays; what is empty goes.
    choose(page, "Check", "Remove")
    expect(page.locator("#toasts")).to_contain_text("Check still holds")
    choose(page, "Trial", "Remove")
    expect(box(other, "Trial")).to_have_count(0)
    becomes(page, names, ["Ready", "In progress", "Check", "Acceptance", "Done"])
    becomes(page, lambda _: done.evaluate("list => list.scrollTop"), 90)


def test_a_name_that_somebody_else_gave_meanwhile_is_told_before_it_is_replaced(demo: Server, visit: Visits) -> None:
    page, other = visit(demo, BOARD, who="ingrid"), visit(demo, BOARD, who="ingrid")
    choose(page, "Review", "Rename")
    choose(other, "Review", "Rename")
    expect(page.locator(".rename")).to_be_focused()
    other.locator(".rename").fill("Second look")
    other.locator(".rename").press("Enter")
    expect(box(other, "Second look")).to_have_count(1)
    page.locator(".rename").fill("Check")
    page.locator(".rename").press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Somebody has changed it in the meantime: “Second look”.")
    expect(page.locator(".rename")).to_have_value("Check")
    expect(box(other, "Second look")).to_have_count(1)
    page.locator(".rename").press("Enter")
    expect(box(other, "Check")).to_have_count(1)


def test_columns_are_ordered_by_mouse_and_key_within_their_stage(demo: Server, visit: Visits) -> None:
    page, other = visit(demo, BOARD, who="ingrid"), visit(demo, BOARD, who="anders")
    expect(other.locator('[data-live="on"]')).to_be_visible()
    before = ["Ready", "In progress", "Review", "Acceptance", "Done"]
    swapped = ["Ready", "In progress", "Acceptance", "Review", "Done"]
    carry(page, "Acceptance", "Review", drop=False)
    expect(page.locator(".is-ghost-col")).to_have_count(1)
    page.keyboard.press("Escape")
    becomes(page, names, before)
    expect(page.locator(".is-ghost-col")).to_have_count(0)
    carry(page, "Acceptance", "Review")
    expect(other.locator(".col").nth(2).locator("h2")).to_have_text("Acceptance")
    becomes(page, names, swapped)
    # Beyond its stage it slides back, with a sentence.
    carry(page, "Acceptance", "Ready")
    expect(page.locator("#toasts")).to_contain_text("in the order of their stages")
    becomes(page, names, swapped)
    # By key, said at every step.
    box(page, "Acceptance").locator("[data-handle]").focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#announcer")).to_have_text("Acceptance, place 4 of 5.")
    page.keyboard.press("Escape")
    becomes(page, names, swapped)
    expect(box(page, "Acceptance").locator("[data-handle]")).to_be_focused()
    for key in ("Space", "ArrowRight", "Space"):
        page.keyboard.press(key)
    expect(other.locator(".col").nth(3).locator("h2")).to_have_text("Acceptance")
    expect(box(page, "Acceptance").locator("[data-handle]")).to_be_focused()
    # The same list in the settings; what is typed there meanwhile stays.
    page.goto("/products/FERRY/settings/columns")
    page.get_by_label("Policy of Ready").fill("Half a sentence")
    page.get_by_role("button", name="Place of Acceptance").focus()
    for key in ("Space", "ArrowUp", "Space"):
        page.keyboard.press(key)
    expect(other.locator(".col").nth(2).locator("h2")).to_have_text("Acceptance")
    expect(page.get_by_label("Policy of Ready")).to_have_value("Half a sentence")
    expect(page.get_by_role("button", name="Move Acceptance up")).to_be_disabled()


def carry(page: Page, name: str, onto: str, *, drop: bool = True) -> None:
    """Take a column by its name and carry it over another one's."""
    places: list[Any] = []

    def found(_: Page) -> bool:  # a head that is drawn anew has no place for a moment
        places[:] = [box(page, each).locator("h2").bounding_box() for each in (name, onto)]
        return all(places)

    becomes(page, found, True)
    start, end = places
    page.mouse.move(start["x"] + 20, start["y"] + 8)
    page.mouse.down()
    page.mouse.move(start["x"] + 8, start["y"] + 12, steps=4)
    page.mouse.move(end["x"] + 20, end["y"] + 12, steps=14)
    if drop:
        page.mouse.up()


def test_a_hint_goes_when_it_was_done_or_put_away(demo: Server, visit: Visits) -> None:
    page = visit(demo, BOARD, who="ingrid")
    expect(page.locator("#hint")).to_contain_text("press Space on it")
    assert serious_axe_findings(page) == []
    page.locator(".card .title a").first.focus()
    for key in ("Space", "Escape"):
        page.keyboard.press(key)
    expect(page.locator("#hint")).to_be_hidden()
    page.reload()
    expect(page.locator("#hint")).to_contain_text("Drag a column by its name")
    page.get_by_role("button", name="Got it").click()
    page.reload()
    expect(page.locator(".card").first).to_be_visible()
    expect(page.locator("#hint")).to_be_hidden()
    phone = visit(demo, f"{BOARD}?q=nowhere", who="anders", **PHONE)
    expect(phone.get_by_text("No card matches this filter.")).to_be_visible()
    expect(phone.locator("#hint")).to_be_hidden()
    phone.get_by_role("link", name="Show all cards").click()
    expect(phone.locator(".card").first).to_be_visible()
    phone.reload()
    expect(phone.locator("#hint")).to_contain_text("Hold a card")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    assert serious_axe_findings(phone) == []


def test_each_field_of_a_column_is_saved_as_soon_as_it_is_left(demo: Server, visit: Visits) -> None:
    page = visit(demo, "/products/FERRY/settings/columns", who="ingrid")
    for name, limit in (("Ready", "41"), ("In progress", "42"), ("Review", "43")):
        page.get_by_label(f"Limit of {name}").fill(limit)
    page.get_by_label("When Review is full").focus()
    page.get_by_label("When Review is full").select_option(label="Refuses")
    expect(page.locator("#toasts")).to_contain_text("Review is saved.")
    expect(page.get_by_label("When Review is full")).to_be_focused()
    # What is refused stands beside its field, and the other columns keep what they have.
    late: list[Route] = []
    page.route("**/settings/columns/*", lambda route: route.continue_() if late else late.append(route))
    page.get_by_label("Limit of Ready").fill("44")
    title = page.locator("#columns [name=name]").nth(1)
    title.focus()
    becomes(page, lambda _: len(late), 1)
    title.fill("Done")  # while the limit is on its way
    late[0].continue_()
    page.get_by_label("Limit of Review").focus()
    expect(page.locator("#columns .error:not(:empty)")).to_have_text("Another column has this name.")
    page.reload()
    expect(page.get_by_label("When Review is full")).to_have_value("refuse")
    for name, limit in (("Ready", "44"), ("In progress", "42"), ("Review", "43")):
        expect(page.get_by_label(f"Limit of {name}")).to_have_value(limit)
    # A column of another stage takes its place at once.
    page.get_by_label("Name of the new column").fill("Spare")
    with page.expect_navigation():  # its script has to be there
        page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_label("Stage of Spare").select_option(label="Ready")
    becomes(page, lambda _: page.locator("#columns .column-line").nth(2).get_by_label("Stage of Spare").count(), 1)


def test_with_the_bar_of_pages_made_narrow_six_columns_are_in_sight_on_a_laptop(demo: Server, visit: Visits) -> None:
    page = visit(demo, BOARD, who="ingrid")
    choose(page, "In progress", "Add a column to the right…")
    page.locator("#column-name").fill("Waiting for the harbour")
    page.locator("#dialog").get_by_role("button", name="Add column").click()
    expect(page.locator(".col")).to_have_count(6)
    expect(box(page, "Done")).not_to_be_in_viewport(ratio=1)
    page.keyboard.press("[")
    expect(box(page, "Done")).to_be_in_viewport(ratio=0.99)
    page.goto("/products/FERRY/backlog")
    rail = page.get_by_role("navigation", name="Pages")
    becomes(page, lambda _: rail.evaluate(WIDTH) < 100, True)
    assert serious_axe_findings(page) == []
    rail.get_by_role("link", name="Board").click()
    expect(box(page, "Done")).to_be_in_viewport(ratio=0.99)
    page.get_by_role("button", name="Narrow or widen this bar").click()
    page.reload()
    becomes(page, lambda _: rail.evaluate(WIDTH) > 200, True)
