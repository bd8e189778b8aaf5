"""What was fetched before a hand moved something, and comes after it, puts nothing back; what could not be fetched comes later."""

import pytest
from playwright.sync_api import APIResponse, Page, Route, expect

from tests.browser.conftest import Visits, becomes
from tests.browser.test_backlog import BACKLOG
from tests.browser.test_board import BOARD, card, column, columns, grab, middle
from tests.server import Server

# Writes down each place that the row or card has in its list from now on, counted from 0.
WATCH = """ref => {
  window.places = [];
  const look = () => {
    const one = document.querySelector(`:is(.card, #backlog-list > *)[data-item="${ref}"]`);
    const place = one ? [...one.parentElement.children].filter(each => each.dataset.item).indexOf(one) : -1;
    if (window.places.at(-1) !== place) window.places.push(place);
  };
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true, attributes: true });
  look();
}"""


def down(page: Page, ref: str, *, steps: int) -> None:
    """Move a row or card down by key, on the server too."""
    page.locator(f'[data-item="{ref}"] .title a').focus()
    lifts = "/board" in page.url
    keys = ["Space", *["ArrowDown"] * steps, "Space"] if lifts else ["Alt+ArrowDown"] * steps
    with page.expect_response("**/move"):
        for key in keys:
            page.keyboard.press(key)
    expect(page.locator(".is-saving, .is-lifted")).to_have_count(0)


@pytest.mark.parametrize(
    ("path", "rows", "fetch"),
    [
        pytest.param(BACKLOG, "#backlog-list > [data-item]", "**/products/FERRY/backlog", id="backlog"),
        pytest.param(BOARD, ".cards:has(> :nth-child(3)) > .card", "**/board/changes?since=*", id="board"),
    ],
)
def test_an_answer_older_than_ones_own_move_is_left_and_fetched_again(
    demo: Server, visit: Visits, path: str, rows: str, fetch: str
) -> None:
    page, other = visit(demo, path, who="ingrid"), visit(demo, path, who="ingrid")
    expect(page.locator('[data-live="on"]')).to_be_visible()
    ref = str(page.locator(rows).first.get_attribute("data-item"))
    screen = page.locator("[data-board], #backlog")
    version = int(screen.get_attribute("data-version") or 0)
    waiting: list[Route] = []
    page.route(fetch, lambda route: route.continue_() if waiting else waiting.append(route))
    down(other, ref, steps=1)
    becomes(page, lambda _: len(waiting), 1)
    old = waiting[0].fetch()
    page.evaluate(WATCH, ref)
    down(page, ref, steps=2)
    waiting[0].fulfill(response=old)
    expect(screen).to_have_attribute("data-version", str(version + 2))
    assert page.evaluate("window.places") == [0, 1, 2], "the row went back"


def test_an_item_read_before_ones_own_change_is_not_drawn_after_its_answer(demo: Server, visit: Visits) -> None:
    """Else the next tick would send the people as they were before it, and the one ticked first would be let go."""
    page = visit(demo, f"{BOARD}?item=FERRY-49", who="ingrid")
    other = visit(demo, "/items/FERRY-49", who="anders")
    expect(page.locator('[data-live="on"]')).to_be_visible()
    read: list[APIResponse] = []

    def answer_as_before(route: Route) -> None:
        if not read:
            read.append(route.fetch())
        route.fulfill(response=read[0])

    page.route("**/items/FERRY-49", answer_as_before)
    other.locator("#item-type").select_option("bug")
    becomes(page, lambda _: len(read), 1)
    page.locator("#edit-people > summary").click()
    with page.expect_response("**/items/FERRY-49"):
        page.locator("#people-form").get_by_label("Berit Holm").click()
        expect(page.locator("#edit-people > summary")).to_contain_text("Berit Holm")
    page.locator("#people-form").get_by_label("Mia Kvist").click()
    expect(page.locator("#edit-people > summary")).to_contain_text("Mia Kvist")
    expect(page.locator("#edit-people > summary")).to_contain_text("Berit Holm")


def test_a_change_that_could_not_be_fetched_is_fetched_again(demo: Server, visit: Visits) -> None:
    page, other = visit(demo, BOARD, who="ingrid"), visit(demo, BOARD, who="ingrid")
    expect(page.locator('[data-live="on"]')).to_be_visible()
    ref = str(other.locator(".cards:has(> :nth-child(3)) > .card").first.get_attribute("data-item"))
    lost: list[Route] = []

    def lose_the_first(route: Route) -> None:
        if lost:
            return route.continue_()
        lost.append(route)
        return route.fulfill(status=429)

    page.route("**/board/changes?since=*", lose_the_first)
    down(other, ref, steps=1)
    expect(page.locator(f'.card:has(+ .card[data-item="{ref}"])')).to_be_visible()
    assert lost

    # Nor does an item stay as it was that was on its way to the panel at that time.
    coming: list[Route] = []
    page.route(f"**/items/{ref}", lambda route: route.continue_() if coming else coming.append(route))
    page.locator(f"{card(ref)} .title a").click()
    becomes(page, lambda _: len(coming), 1)
    old = coming[0].fetch()
    down(other, ref, steps=1)
    version = str(other.locator("[data-board]").get_attribute("data-version"))
    expect(page.locator("[data-board]")).to_have_attribute("data-version", version)
    coming[0].fulfill(response=old)
    expect(page.locator("#item")).to_have_attribute("data-version", version)


def test_a_board_that_comes_while_a_card_is_in_hand_waits_for_the_drop(demo: Server, visit: Visits) -> None:
    page, other = visit(demo, BOARD, who="ingrid"), visit(demo, BOARD, who="ingrid")
    expect(page.locator('[data-live="on"]')).to_be_visible()
    ref = columns(page)["Ready"][1]
    waiting: list[Route] = []
    page.route("**/products/FERRY/board", lambda route: route.continue_() if waiting else waiting.append(route))
    rename(other, "Review", "Reviewed by two")
    becomes(page, lambda _: len(waiting), 1)
    drawn = waiting[0].fetch()
    grab(page, ref)
    page.mouse.move(*middle(page, column(page, "In progress")), steps=6)
    waiting[0].fulfill(response=drawn)
    page.wait_for_timeout(500)
    page.mouse.up()
    expect(other.locator(f"{column(other, 'In progress')} {card(ref)}")).to_have_count(1)
    expect(page.locator(f"{column(page, 'In progress')} {card(ref)}")).to_have_count(1)
    expect(page.locator(column(page, "Reviewed by two"))).to_be_visible()


def rename(page: Page, name: str, other: str) -> None:
    """A column, where it stands."""
    page.locator(".col [data-handle]", has_text=name).dblclick()
    page.locator("input.rename").fill(other)
    page.keyboard.press("Enter")
