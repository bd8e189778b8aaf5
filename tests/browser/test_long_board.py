"""A board with more cards than a screen loads: the rest comes by scrolling and by key, and every place in it is meant."""

import sqlite3

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visits, becomes, choose_column
from tests.browser.test_board import BOARD, card, column, columns, grab
from tests.server import Server

FIRST = 9001
MANY = 450


def lengthen(server: Server, name: str, first: int = FIRST) -> list[str]:
    """Put many more cards below the last one of a column, behind everybody's back; answers their references."""
    with sqlite3.connect(server.folder / "kanban.sqlite3") as connection:
        product, column = connection.execute(
            "SELECT p.id, c.id FROM product p JOIN \"column\" c ON c.product_id = p.id WHERE p.key = 'FERRY' AND c.name = ?",
            (name,),
        ).fetchone()
        connection.execute(
            """
            WITH RECURSIVE more(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM more WHERE n < ? - 1)
            INSERT INTO item (product_id, number, column_id, rank, title, description, type, size, class_of_service,
                              origin, revision, changed_version, created_at, entered_at)
            SELECT ?, ? + n, ?, (SELECT max(rank) FROM item WHERE product_id = ?) + (n + 1) * 4294967296,
                   'Cabin ' || n, '', 'feature', '', 'standard', 'planned', 1, 0, now.at, now.at
            FROM more, (SELECT max(created_at) AS at FROM item) AS now
            """,
            (MANY, product, first, column, product),
        )
    return [f"FERRY-{first + n}" for n in range(MANY)]


def order(server: Server, name: str) -> list[str]:
    """The column as the database has it."""
    with sqlite3.connect(server.folder / "kanban.sqlite3") as connection:
        rows = connection.execute(
            'SELECT i.number FROM item i JOIN "column" c ON c.id = i.column_id JOIN product p ON p.id = i.product_id'
            " WHERE p.key = 'FERRY' AND c.name = ? AND i.rank IS NOT NULL ORDER BY i.rank",
            (name,),
        )
        return [f"FERRY-{number}" for (number,) in rows]


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_a_long_column_comes_in_parts_and_every_place_in_it_is_meant(demo: Server, visit: Visits) -> None:
    added = lengthen(demo, "Ready")
    before = order(demo, "Ready")
    page, other = (visit(demo, BOARD, who="ingrid") for _ in range(2))
    expect(page.locator('[data-live="on"]')).to_be_visible()
    ready = column(page, "Ready")
    assert columns(page)["Ready"] == before[:200]
    expect(page.locator(f".limit + {ready}")).to_be_attached()

    # To the very bottom by key, though that is not here: it leaves the screen, and the focus stays beside its place.
    first, second = before[0], before[1]
    page.locator(f"{card(first)} .title a").focus()
    press(page, "Space", "End")
    expect(page.locator("#announcer")).to_contain_text(f"place {len(before)} of {len(before)}")
    press(page, "Space")
    expect(page.locator(".toast")).to_contain_text("is in its new place now.")
    expect(page.locator(card(first))).to_have_count(0)
    expect(other.locator(card(first))).to_have_count(0)
    assert order(demo, "Ready") == [*before[1:], first]
    expect(page.locator(f"{ready} .card .title a:focus")).to_have_count(1)

    # Somebody puts a card into what is loaded here: there it stands; the count knows of all.
    review = columns(other)["Review"][0]
    other.locator(f"{card(review)} .title a").focus()
    press(other, "Space", "ArrowLeft", "ArrowLeft", "Home", "Space")
    expect(page.locator(f"{ready} .card").first).to_have_attribute("data-item", review)
    expect(page.locator(".col", has=page.locator(ready)).locator(".count")).to_have_attribute(
        "data-all", str(len(before) + 1)
    )

    # A key leads to the very last one.
    page.locator(f"{card(second)} .title a").focus()
    press(page, "End")
    expect(page.locator(f"{card(first)} .title a")).to_be_focused()
    expect(page.locator(f"{ready} [data-more]")).to_have_count(0)
    becomes(page, lambda screen: columns(screen)["Ready"], [review, *before[1:], first])
    assert order(demo, "Ready") == [review, *before[1:], first]
    page.locator(f"{card(added[-1])} .title a").focus()
    press(page, "ArrowDown")
    expect(page.locator(f"{card(first)} .title a")).to_be_focused()


TOP = """list => [...list.querySelectorAll(".card")]
    .find(card => card.getBoundingClientRect().bottom > list.getBoundingClientRect().top + 1).dataset.item"""


# The heights of cards that come into sight are only known some frames later: the same card on top for a dozen of them.
TOP_AT_REST = f"""list => new Promise(told => {{
    let [top, frames] = ["", 0];
    const look = () => {{
        const now = ({TOP})(list);
        [top, frames] = now === top ? [top, frames + 1] : [now, 0];
        if (frames < 12) requestAnimationFrame(look);
        else told(top);
    }};
    look();
}})"""


def test_a_column_that_changes_leaves_long_ones_loaded_and_where_they_are(demo: Server, visit: Visits) -> None:
    lengthen(demo, "Ready")
    before = order(demo, "Ready")
    page, other = (visit(demo, BOARD, who="ingrid") for _ in range(2))
    expect(page.locator('[data-live="on"]')).to_be_visible()
    ready = page.locator(column(page, "Ready"))
    for count in (400, len(before)):
        page.locator(f"{card(columns(page)['Ready'][-1])} .title a").focus()
        press(page, "ArrowDown")
        expect(ready.locator(".card").nth(count - 1)).to_be_attached()
    page.locator(f"{card(before[330])} .title a").focus()
    seen = ready.evaluate(TOP_AT_REST)

    # Somebody else renames a column, and this board is drawn anew.
    other.locator(".col", has=other.locator(column(other, "Review"))).locator("[data-handle]").focus()
    press(other, "Enter")
    other.locator(".rename").fill("Second look")
    press(other, "Enter")
    expect(page.get_by_role("heading", name="Second look")).to_be_visible()
    becomes(page, lambda screen: columns(screen)["Ready"], before)
    page.wait_for_function(f"seen => ({TOP})(document.querySelector('{column(page, 'Ready')}')) === seen", arg=seen)
    expect(page.locator(f"{card(before[330])} .title a")).to_be_focused()

    # What a card needs is finished by somebody else: its mark goes without another look.
    needs, needed = before[0], columns(page)["Second look"][0]
    page.locator(f"{card(needs)} .title a").click()
    panel = page.locator(f'[data-item-open="{needs}"]')
    panel.locator("#edit-link > summary").click()
    panel.get_by_label("Item", exact=True).fill(needed)
    panel.locator("#link-form").get_by_role("button", name="Add").click()
    expect(page.locator(f"{card(needs)} .needs")).to_have_accessible_name("Needs 1 item that is not finished")
    for mover in (page, other):
        mover.locator(f"{card(needed)} .title a").focus()
        press(mover, "Space", "ArrowRight", "ArrowRight", "Space")
        expect(mover.locator(f"{column(mover, 'Done')} {card(needed)}")).to_be_visible()
        for screen in (page, other):
            expect(screen.locator(f"{card(needs)} .needs")).to_have_count(0)
        if mover is page:
            press(mover, "Control+z")
            for screen in (page, other):
                expect(screen.locator(f"{card(needs)} .needs")).to_have_count(1)


def test_arrows_and_scrolling_go_past_the_loaded_end(demo: Server, visit: Visits) -> None:
    lengthen(demo, "Ready")
    before = order(demo, "Ready")
    page = visit(demo, BOARD, who="ingrid")
    ready = column(page, "Ready")
    page.locator(f"{card(before[199])} .title a").focus()
    press(page, "ArrowDown")
    expect(page.locator(f"{card(before[200])} .title a")).to_be_focused()
    page.locator(ready).evaluate("list => list.scrollTop = list.scrollHeight")
    expect(page.locator(f"{ready} [data-more]")).to_have_count(0)
    becomes(page, lambda screen: columns(screen)["Ready"], before)


def test_escape_puts_a_card_and_the_column_back_where_they_were(demo: Server, visit: Visits) -> None:
    lengthen(demo, "Ready")
    page = visit(demo, BOARD, who="ingrid")
    ready = page.locator(column(page, "Ready"))
    top = "list => list.scrollTop"
    ready.evaluate("list => list.scrollTop = 120")
    stood = ready.evaluate(top)
    x, _ = grab(page, columns(page)["Ready"][3])
    page.mouse.move(x, ready.evaluate("list => list.getBoundingClientRect().bottom") - 12, steps=8)
    becomes(page, lambda _: ready.evaluate(top) > stood + 400, True)
    page.keyboard.press("Escape")
    expect(page.locator(".lift")).to_have_count(0)
    becomes(page, lambda _: ready.evaluate(top), stood)
    page.mouse.up()


def test_more_than_can_be_changed_at_once_are_told_so_before_anything_opens(demo: Server, visit: Visits) -> None:
    lengthen(demo, "Backlog")
    lengthen(demo, "Backlog", FIRST + MANY)
    page = visit(demo, "/products/FERRY/backlog", who="ingrid")
    links = page.locator("#backlog-list [data-item] .title a")
    bar = page.locator("[data-picked]")
    links.first.focus()
    press(page, "x")
    expect(bar.get_by_role("link", name="Move to…")).to_be_visible()
    count = links.count()
    links.last.click(modifiers=["Shift"])
    expect(bar).to_contain_text(f"{count} selected; at most 500 can be changed at once")
    expect(bar.get_by_role("link", name="Move to…")).to_be_hidden()
    links.nth(3).click(modifiers=["Shift"])
    expect(bar.get_by_role("link", name="Move to…")).to_be_visible()


def test_a_card_goes_below_any_other_by_its_menu(demo: Server, visit: Visits) -> None:
    added = lengthen(demo, "Ready")
    before = order(demo, "Ready")
    page = visit(demo, BOARD, who="ingrid")
    page.locator(f"{card(before[0])} .title a").focus()
    press(page, "v")
    dialog = page.locator("#dialog")
    choose_column(dialog, "Ready")
    dialog.get_by_label("Find a card in this column").fill("cabin 437")
    place = dialog.get_by_label("Place")
    expect(place).to_have_value(f"after:{added[437]}")
    expect(place.locator("option")).to_have_count(3)
    press(page, "Enter")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Move", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("is in its new place now.")
    after = order(demo, "Ready")
    assert after[after.index(added[437]) + 1] == before[0]


def test_the_rest_of_a_column_is_a_page_without_script(demo: Server, visit: Visits) -> None:
    lengthen(demo, "Ready")
    before = order(demo, "Ready")
    page = visit(demo, BOARD, who="ingrid", java_script_enabled=False)
    seen = columns(page)["Ready"]
    while page.get_by_role("link", name="Show more").count():
        with page.expect_navigation():
            page.get_by_role("link", name="Show more").click()
        seen += page.locator(".card").evaluate_all("cards => cards.map(card => card.dataset.item)")
    assert seen == before
    page.get_by_role("link", name="Back to the board").click()
    expect(page.locator("[data-board]")).to_be_visible()
