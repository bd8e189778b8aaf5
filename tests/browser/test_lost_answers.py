"""What the server refuses or fails to tell leaves no screen behind: it goes on, and catches up by itself."""

import sqlite3

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import Visits, becomes
from tests.browser.test_backlog import BACKLOG
from tests.browser.test_board import BOARD, card, column, columns, settled
from tests.browser.test_old_answers import down
from tests.browser.test_pull import pull, set_limit
from tests.server import Server


def test_after_a_refused_pull_the_board_moves_cards_and_follows_others(demo: Server, visit: Visits) -> None:
    page, other = visit(demo, BOARD, who="anders"), visit(demo, BOARD, who="ingrid")
    expect(page.locator('[data-live="on"]')).to_be_visible()
    before = columns(page)
    set_limit(demo, 1, "refuse")
    page.get_by_role("button", name="Pull").click()
    refusal = page.locator(".toast.bad").element_handle()
    # Refused once more, the same sentence takes the place of itself.
    page.get_by_role("button", name="Pull").click()
    becomes(page, lambda _: refusal.evaluate("toast => toast.isConnected"), False)
    expect(page.locator(".toast.bad")).to_have_count(1)
    pull(page, before["Review"][0])
    expect(other.locator(f"{column(other, 'Acceptance')} {card(before['Review'][0])}")).to_have_count(1)
    pull(other, before["Review"][1])
    expect(page.locator(f"{column(page, 'Acceptance')} {card(before['Review'][1])}")).to_have_count(1)


def test_the_backlog_fetches_again_what_a_busy_server_could_not_tell(demo: Server, visit: Visits) -> None:
    page, other = visit(demo, BACKLOG, who="ingrid"), visit(demo, BACKLOG, who="ingrid")
    expect(page.locator('[data-live="on"]')).to_be_visible()
    rows = page.locator("#backlog-list > [data-item]")
    ref = str(rows.first.get_attribute("data-item"))
    lost: list[Route] = []

    def lose_the_first(route: Route) -> None:
        if lost:
            return route.continue_()
        lost.append(route)
        return route.fulfill(status=503)

    page.route("**/products/FERRY/backlog", lose_the_first)
    down(other, ref, steps=1)
    becomes(page, lambda _: len(lost), 1)
    expect(rows.nth(1)).to_have_attribute("data-item", ref)
    visit.complaints[:] = [one for one in visit.complaints if "503" not in one]


# Lets an answer to what the words name break off after so many characters; each is cut once.
CUT = """([named, most]) => {
  const whole = window.fetch;
  window.cut = 0;
  window.fetch = async (url, more) => {
    const answer = await whole(url, more);
    if (window.cut || !`${url}`.includes(named)) return answer;
    window.cut += 1;
    const body = new TextEncoder().encode((await answer.text()).slice(0, most));
    const broken = new ReadableStream({
      pull(to) {
        if (window.cut > 1) return to.error(new TypeError("network error"));
        window.cut += 1;
        to.enqueue(body);
      },
    });
    return new Response(broken, { status: answer.status, headers: answer.headers });
  };
}"""


def test_an_answer_that_breaks_off_counts_as_none_and_what_was_asked_is_done_once(demo: Server, visit: Visits) -> None:
    page = visit(demo, BOARD, who="ingrid")
    expect(page.locator('[data-live="on"]')).to_be_visible()
    first, second = columns(page)["Review"][:2]
    page.evaluate(CUT, ["/move", 400])
    pull(page, first)
    expect(page.locator(".toast.warn")).to_contain_text("No connection.")
    expect(page.locator(f"{column(page, 'Acceptance')} {card(first)}")).to_have_count(1)
    expect(page.locator(".is-waiting")).to_have_count(0)
    pull(page, second)
    assert {first, second} < set(settled(page)["Acceptance"])
    page.evaluate(CUT, ["/search/choices", 400])
    page.keyboard.press("Control+k")
    page.locator("#palette input").fill("zebra")
    expect(page.locator("#palette-list")).to_contain_text("The server can’t be reached")


def test_somebody_with_more_products_than_a_stream_takes_is_live_too(demo: Server, visit: Visits) -> None:
    with sqlite3.connect(demo.folder / "kanban.sqlite3") as connection:
        columns_of = [row[1] for row in connection.execute("PRAGMA table_info(product)") if row[1] not in ("id", "key")]
        same = ", ".join(columns_of)
        for number in range(60):
            key = f"Z{chr(65 + number // 26)}{chr(65 + number % 26)}"
            made = connection.execute(
                f"INSERT INTO product (key, {same}) SELECT ?, {same} FROM product WHERE key = 'FERRY'", (key,)
            )
            connection.execute(
                "INSERT INTO member (product_id, user_id, role, since)"
                " SELECT ?, id, 'viewer', created_at FROM \"user\" WHERE email = 'ingrid@ferry.example'",
                (made.lastrowid,),
            )
    inbox = visit(demo, "/inbox", who="ingrid")
    board = inbox.context.new_page()
    board.goto(BOARD)
    expect(board.locator('[data-live="on"]')).to_be_visible()


def test_what_did_not_arrive_is_said_until_it_is_closed_and_two_notices_at_once_both_stay(
    shared_demo: Server, visit: Visits
) -> None:
    page = visit(shared_demo, "/me", who="ingrid", viewport={"width": 360, "height": 740})
    told = "document.dispatchEvent(new CustomEvent('htmx:error', {detail: {ctx: {request: {}}}}))"
    page.evaluate(f"{told}; {told}")
    notices = page.locator(".toast.bad")
    expect(notices).to_have_count(2)
    expect(notices.last).to_contain_text("That did not work.")
    icon, close = notices.last.locator("> .icon"), notices.last.get_by_role("button", name="Close")
    sign, cross = icon.bounding_box(), close.bounding_box()
    assert sign and cross and abs(sign["y"] - cross["y"]) < 24, "on a phone they stand in one line with the sentence"
    page.evaluate(
        """for (const kind of ["plain", "warn"]) {
          const place = document.getElementById("toasts");
          const shape = place.querySelector(`template[data-toast-of=${kind}]`);
          place.append(document.importNode(shape.content, true));
        }"""
    )
    expect(page.locator(".toast:is(.plain, .warn)")).to_have_count(2)
    for _ in range(4):
        page.locator(".toast:visible").last.get_by_role("button", name="Close").click()
    expect(page.locator(".toast")).to_have_count(0)


def test_a_comment_whose_answer_was_lost_is_not_added_twice(demo: Server, visit: Visits) -> None:
    page = visit(demo, "/items/FERRY-49", who="ingrid")
    tries: list[str] = []

    def lose(route: Route) -> None:
        tries.append(str(route.request.post_data))
        if len(tries) > 1:
            return route.continue_()
        route.fetch()  # it was carried out, but its answer never came
        return route.abort()

    page.route("**/comments", lose)
    page.locator("#new-comment").fill("Only once")
    page.locator("#new-comment").press("Control+Enter")
    expect(page.locator("#new-comment")).to_have_value("Only once")
    page.locator("#new-comment").press("Control+Enter")
    expect(page.locator("#new-comment")).to_have_value("")
    becomes(page, lambda _: len(tries), 2)
    expect(page.locator(".thread", has_text="Only once")).to_be_visible()
    page.reload()
    expect(page.locator("#comments .text", has_text="Only once")).to_have_count(1)
    visit.complaints[:] = [one for one in visit.complaints if "ERR_FAILED" not in one and "Failed to fetch" not in one]


def test_a_server_that_hangs_is_told_of_and_what_it_says_then_counts(demo: Server, visit: Visits) -> None:
    page = visit(demo, BOARD, who="ingrid")
    late: list[Route] = []
    page.clock.install()
    page.route("**/move", lambda route: late.append(route))
    ref = columns(page)["Review"][0]
    pull(page, ref)
    becomes(page, lambda _: len(late), 1)
    expect(page.locator(f"{card(ref)}.is-saving")).to_have_count(1)
    page.clock.run_for(5100)
    expect(page.locator(".toast.warn")).to_contain_text("No connection.")
    expect(page.locator(f"{card(ref)}.is-waiting")).to_have_count(1)
    late.pop().continue_()
    expect(page.locator(".is-waiting")).to_have_count(0)
    assert ref in settled(page)["Acceptance"]
    page.unroute("**/move")


@pytest.mark.parametrize(("status", "body"), [(500, ""), (200, "<h1>Hotel</h1>")])
def test_an_answer_that_is_not_ours_puts_the_card_back_and_says_so(
    demo: Server, visit: Visits, status: int, body: str
) -> None:
    page = visit(demo, BOARD, who="ingrid")
    before = columns(page)
    page.route("**/move", lambda route: route.fulfill(status=status, body=body, content_type="text/html"))
    pull(page, before["Review"][0])
    expect(page.locator(".toast.bad")).to_contain_text("That did not work.")
    becomes(page, columns, before)
    page.unroute("**/move")
    visit.complaints[:] = [one for one in visit.complaints if str(status) not in one]
