"""Reporting in a real browser: written, published, read behind a personal link, and the pages around it."""

import re
import sqlite3
from typing import Any

from playwright.sync_api import APIResponse, Page, Route, expect

from kanban.mail import links
from kanban.mail.links import Purpose
from tests.browser.conftest import Visits, becomes, serious_axe_findings, stays_inside
from tests.server import Server

UPDATES = "/products/FERRY/updates"
DRAFT = f"{UPDATES}/9"
LOST = re.compile("net::ERR_|Failed to fetch")
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}}


def link_of(server: Server, name: str, purpose: Purpose, number: int) -> str:
    """The personal link of a stakeholder in the mail of an update."""
    with sqlite3.connect(server.folder / "kanban.sqlite3") as database:
        delivery, serial = database.execute(
            "SELECT delivery.id, link_serial FROM delivery JOIN stakeholder ON stakeholder.id = stakeholder_id"
            " JOIN status_update ON status_update.id = update_id WHERE stakeholder.name = ? AND status_update.number = ?",
            (name, number),
        ).fetchone()
    key = (server.folder / "secret_key").read_text().strip()
    return "/u/" + links.sign(key, purpose, delivery, serial)


def begin(server: Server, visit: Visits, **options: object) -> Page:
    page = visit(server, UPDATES, who="ingrid", **options)
    page.get_by_role("button", name="Write an update").click()
    page.wait_for_url(f"**{DRAFT}")
    return page


def put_back(server: Server, visit: Visits, *refs: str) -> None:
    """Move items to where they wait, as somebody else does while the draft is open."""
    for ref in refs:
        form = visit(server, f"/items/{ref}/move", who="ingrid")
        form.select_option("#column", form.locator("#column option", has_text="Ready").get_attribute("value"))
        form.get_by_role("button", name="Move", exact=True).click()
        form.wait_for_url(lambda url: not url.endswith("/move"))


def saved(page: Page) -> None:
    expect(page.locator("#draft-state")).to_have_text("Saved")


def revision(page: Page) -> int:
    return int(page.locator('#draft-state input[name="revision"]').input_value())


def lines(page: Page, kind: str) -> list[str]:
    return page.locator(f".line.{kind} [name=line_text]").evaluate_all("fields => fields.map(field => field.value)")


def shows(page: Page, kind: str, wanted: list[str]) -> None:
    """The lines of a section, as soon as the answer is there."""
    becomes(page, lambda _: lines(page, kind), wanted)


def later(page: Page, before: int) -> None:
    """Wait until the draft was saved once more."""
    page.wait_for_function("old => +document.querySelector('#draft-state [name=revision]')?.value > old", arg=before)


def test_report_from_the_facts_to_the_readers_receipt(demo: Server, visit: Visits) -> None:
    page = begin(demo, visit)
    assert "Prices per season instead of per month" in lines(page, "shipped")
    page.fill("#headline", "Company invoices come six weeks late")
    saved(page)
    page.fill("#line-new-delays-text", "Pay with an invoice for companies")
    page.fill("#line-new-delays-old_date", "2026-12-01")
    page.fill("#line-new-delays-new_date", "12 January")
    page.fill("#line-new-delays-cause", "The harbour system can't tell a company from a person.")
    page.locator(".health label", has_text="Off track").click()
    page.get_by_role("button", name="Publish to 8 people").click()
    page.wait_for_url(f"**{DRAFT}/publish")
    page.get_by_role("button", name="Publish to 8 people").click()
    expect(page.locator("#people")).to_contain_text("Sunniva Berg")
    expect(page.get_by_text("Published to 8 people.")).to_be_visible()
    expect(page.locator(".delay", has_text="Pay with an invoice")).to_contain_text("12 January")

    reader = visit(demo, link_of(demo, "Sunniva Berg", Purpose.READ, 9), java_script_enabled=False, **PHONE)
    expect(reader.locator("h1")).to_have_text("Company invoices come six weeks late")
    no_sideways_scroll_of(reader)
    reader.get_by_role("button", name="I have read this").click()
    expect(reader.get_by_text("can see that you have read this")).to_be_visible()
    assert reader.context.cookies() == []

    page.reload()
    expect(page.locator(".who", has_text="Sunniva Berg")).to_contain_text("read it")


def test_mails_on_their_way_are_followed_until_they_are_sent(mailing: Server, visit: Visits) -> None:
    page = begin(mailing, visit)
    page.fill("#headline", "Company invoices come six weeks late")
    page.locator(".health label", has_text="Off track").click()
    page.get_by_role("button", name="Publish to 8 people").click()
    page.wait_for_url(f"**{DRAFT}/publish")
    page.get_by_role("button", name="Publish to 8 people").click()
    expect(page.locator("#people .reactions")).to_have_text("8 sent")
    expect(page.locator("#people")).not_to_have_attribute("hx-get", re.compile("."))


def test_on_a_phone_without_script_it_is_scheduled_and_taken_back(demo: Server, visit: Visits) -> None:
    page = begin(demo, visit, java_script_enabled=False, **PHONE)
    page.fill("#headline", "Company invoices come six weeks late")
    page.locator(".health label", has_text="Off track").click()
    page.get_by_label("More about this draft").click()
    page.get_by_role("button", name="Publish later…").click()
    page.wait_for_url(f"**{DRAFT}/schedule")
    page.fill("#time", "10:15")
    page.get_by_role("button", name="Schedule for 8 people").click()
    expect(page.locator(".sheet .notice")).to_contain_text(", 10:15 (Europe/Oslo), scheduled by Ingrid.")
    assert stays_inside(page)
    page.get_by_role("button", name="Take it back").click()
    expect(page.locator("#headline")).to_have_value("Company invoices come six weeks late")


def no_sideways_scroll_of(reader: Page) -> None:
    box = reader.locator("article.letter").bounding_box()
    assert box
    assert box["width"] <= 360


def test_the_draft_saves_itself_and_is_there_after_a_reload(demo: Server, visit: Visits) -> None:
    page = begin(demo, visit)
    page.fill("#summary", "Season cards are on time.")
    saved(page)
    page.reload()
    expect(page.locator("#summary")).to_have_value("Season cards are on time.")


def test_enter_in_an_empty_line_saves_it_and_opens_the_next(demo: Server, visit: Visits) -> None:
    page = begin(demo, visit)
    before = lines(page, "problems")
    page.locator("#line-new-problems-text").press_sequentially("The pier is icy.")
    page.keyboard.press("Enter")
    shows(page, "problems", [*before[:-1], "The pier is icy.", ""])
    expect(page.locator("#line-new-problems-text")).to_be_focused()
    page.keyboard.type("So is the quay.")
    page.keyboard.press("Enter")
    shows(page, "problems", [*before[:-1], "The pier is icy.", "So is the quay.", ""])


def test_lines_are_moved_and_left_out_by_buttons_that_keep_the_focus(demo: Server, visit: Visits) -> None:
    page = begin(demo, visit)
    first, second, *rest = lines(page, "shipped")
    page.get_by_role("button", name=f"Move down: {first}").click()
    shows(page, "shipped", [second, first, *rest])
    expect(page.get_by_role("button", name=f"Move down: {first}")).to_be_focused()
    page.get_by_role("button", name=f"Leave out: {second}").click()
    shows(page, "shipped", [first, *rest])
    page.locator(".check", has_text=second).get_by_role("button").click()
    shows(page, "shipped", [first, *rest[:-1], second, ""])
    standing = lines(page, "shipped")[:-1]
    before = revision(page)
    drag_line(page, "shipped", 0, len(standing) - 1)
    shows(page, "shipped", [*standing[1:], standing[0], ""])
    later(page, before)
    drag_line(page, "shipped", len(standing) - 1, 0, key="Escape")
    page.wait_for_timeout(300)
    assert (lines(page, "shipped"), revision(page)) == ([*standing[1:], standing[0], ""], before + 1)


def drag_line(page: Page, kind: str, place: int, to: int, *, key: str = "") -> None:
    """Take a line at its handle to where another one stands, and let go there or press a key over it."""
    line, goal = (page.locator(f".line.{kind}").nth(each) for each in (place, to))
    line.hover()
    handle, over = line.locator(".hold").bounding_box(), goal.bounding_box()
    assert handle is not None and over is not None
    x, y = handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    end = over["y"] + over["height"] * (0.8 if to > place else 0.2)
    for step in range(1, 11):
        page.mouse.move(x, y + (end - y) * step / 10)
        page.wait_for_timeout(20)
    if key:
        page.keyboard.press(key)
    page.mouse.up()


def test_findings_follow_each_save_and_leave_the_caret_alone(demo: Server, visit: Visits) -> None:
    page = begin(demo, visit)
    asked = page.locator("#line-new-decisions-text")
    asked.press_sequentially("Do we sail at night?")
    vague = page.locator("#checks .check", has_text="doesn’t say who is to decide")
    expect(vague).to_be_visible()
    expect(asked).to_be_focused()
    asked.press("Home")
    asked.press_sequentially("When ")
    expect(vague).to_contain_text("When Do we sail at night?")
    asked.press_sequentially("it thaws: ")
    expect(asked).to_have_value("When it thaws: Do we sail at night?")
    answer = page.locator("#checks .check", has_text="without an owner or a next step").locator("textarea")
    before = revision(page)
    answer.press_sequentially("The harbour is")
    later(page, before)
    answer.press_sequentially(" looking for one")
    expect(answer).to_have_value("The harbour is looking for one")
    expect(answer).to_be_focused()


def test_typing_and_pressing_at_once_is_no_conflict(demo: Server, visit: Visits) -> None:
    page = begin(demo, visit)
    first, second, third, *rest = lines(page, "shipped")
    page.fill("#headline", "Typed just before")
    page.wait_for_timeout(850)  # the autosave is about to go out
    page.get_by_role("button", name=f"Move down: {first}").click()
    shows(page, "shipped", [second, first, third, *rest])
    page.get_by_role("button", name=f"Move down: {first}").click()
    shows(page, "shipped", [second, third, first, *rest])
    expect(page.locator("#headline")).to_have_value("Typed just before")
    expect(page.locator("#conflict .notice")).to_have_count(0)


def held(page: Page) -> list[Route]:
    """The saves of the draft from now on, each held back until it is let go."""
    late: list[Route] = []
    page.route(f"**{DRAFT}", lambda route: late.append(route) if route.request.method == "POST" else route.continue_())
    return late


def let_go(page: Page, late: list[Route]) -> None:
    becomes(page, lambda _: len(late), 1)
    late.pop().continue_()


def test_what_is_typed_while_a_buttons_answer_is_on_its_way_stays(demo: Server, visit: Visits) -> None:
    page = begin(demo, visit)
    first, second, *rest = lines(page, "shipped")
    late = held(page)
    page.locator(".line.shipped [name=line_text]").first.press("End")
    page.keyboard.type(" ")  # which the server leaves out
    page.fill("#headline", "Saved at first")
    becomes(page, lambda _: len(late), 1)
    page.get_by_role("button", name=f"Move down: {first}").click()
    page.locator("#summary").press_sequentially("Before it is sent")
    let_go(page, late)
    becomes(page, lambda _: len(late), 1)
    page.locator("#summary").press_sequentially(", and after")
    page.locator(".line.shipped [name=line_text]").first.press("End")
    page.keyboard.type("again")
    let_go(page, late)
    shows(page, "shipped", [second, f"{first} again", *rest])
    expect(page.locator("#summary")).to_have_value("Before it is sent, and after")
    # On a slow machine they go out in several saves.
    page.unroute(f"**{DRAFT}")
    while late:
        late.pop(0).continue_()
    becomes(page, lambda _: ", and after" in page.request.get(page.url).text(), True)
    saved(page)
    page.reload()
    expect(page.locator("#summary")).to_have_value("Before it is sent, and after")
    assert lines(page, "shipped") == [second, f"{first} again", *rest]


def test_the_next_line_of_a_draft_is_written_while_the_last_is_on_its_way(demo: Server, visit: Visits) -> None:
    page = begin(demo, visit)
    *before, _empty = lines(page, "problems")
    late = held(page)
    field = page.locator("#line-new-problems-text")
    field.press_sequentially("The pier is icy.")
    field.press("Enter")
    becomes(page, lambda _: len(late), 1)
    page.keyboard.type("So is the ramp.")
    let_go(page, late)
    shows(page, "problems", [*before, "The pier is icy.", "So is the ramp."])
    expect(field).to_be_focused()
    field.press("Enter")
    let_go(page, late)
    shows(page, "problems", [*before, "The pier is icy.", "So is the ramp.", ""])


def test_two_lines_that_are_left_out_one_after_the_other_are_both_gone(demo: Server, visit: Visits) -> None:
    page = begin(demo, visit)
    first, second, *rest = lines(page, "shipped")
    late = held(page)
    page.get_by_role("button", name=f"Leave out: {first}").click()
    becomes(page, lambda _: len(late), 1)
    other = page.get_by_role("button", name=f"Leave out: {second}")
    box = other.bounding_box()
    assert box
    page.mouse.click(box["x"] + 5, box["y"] + 5)  # not before it is known where the lines stand
    let_go(page, late)
    shows(page, "shipped", [second, *rest])
    page.locator("#headline").focus()
    other.click()
    let_go(page, late)
    shows(page, "shipped", rest)


def test_words_of_a_draft_that_did_not_arrive_are_saved_once_the_server_is_there(demo: Server, visit: Visits) -> None:
    page = begin(demo, visit)
    page.context.set_offline(True)
    page.fill("#summary", "Written in the tunnel")
    expect(page.locator(".toast.bad:visible")).to_contain_text("That did not work")
    page.context.set_offline(False)
    saved(page)
    other = visit(demo, DRAFT, who="ingrid")
    expect(other.locator("#summary")).to_have_value("Written in the tunnel")

    # Whoever leaves before that has the words again, and they are saved then.
    page.route(f"**{DRAFT}", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    page.fill("#summary", "Written behind the tunnel")
    page.goto("/items/FERRY-49")
    page.unroute(f"**{DRAFT}")
    page.goto(DRAFT)
    expect(page.locator("#summary")).to_have_value("Written behind the tunnel")
    saved(page)
    visit.complaints[:] = [one for one in visit.complaints if not LOST.search(one)]


def test_two_writers_keep_both_texts(demo: Server, visit: Visits) -> None:
    page = begin(demo, visit)
    other = visit(demo, DRAFT, who="nils")
    other.fill("#headline", "Theirs")
    saved(other)
    page.fill("#headline", "Mine")
    conflict = page.locator("#conflict")
    expect(conflict).to_contain_text("Theirs")
    expect(page.locator("#headline")).to_have_value("Mine")
    before = revision(page)
    conflict.get_by_role("button", name="Keep mine").click()
    later(page, before)
    expect(page.locator("#headline")).to_have_value("Mine")
    other.reload()
    expect(other.locator("#headline")).to_have_value("Mine")


def test_without_script_a_draft_is_written_arranged_previewed_and_published(demo: Server, visit: Visits) -> None:
    page = begin(demo, visit, java_script_enabled=False)
    first, second = lines_of_page(page)
    page.get_by_role("button", name=f"Move down: {first}").click()
    for place, text in enumerate((second, first)):
        expect(page.locator(".line.shipped [name=line_text]").nth(place)).to_have_value(text)
    page.locator("#headline").fill("All on time")
    page.locator("#health_reason").fill("The crew comes back on Monday.")
    page.locator("#line-new-problems-text").fill("The pier is icy.")
    page.get_by_role("button", name="Preview mail").click()
    expect(page.locator(".mail-text")).to_contain_text("The pier is icy.")
    page.get_by_role("link", name="Back to the update").click()
    page.get_by_role("button", name="Publish to 8 people").click()
    page.wait_for_url(f"**{DRAFT}/publish")
    page.get_by_role("button", name="Publish to 8 people").click()
    expect(page.locator("article h2").first).to_have_text("All on time")


def lines_of_page(page: Page) -> list[str]:
    return [page.locator(".line.shipped [name=line_text]").nth(place).input_value() for place in (0, 1)]


def test_the_preview_is_framed_wide_and_narrow(demo: Server, visit: Visits) -> None:
    page = visit(demo, f"{UPDATES}/7/preview", who="ingrid")
    for place in (0, 1):
        frame = page.frame_locator("iframe").nth(place)
        expect(frame.locator("h1")).to_contain_text("Company invoices")
    assert page.locator("iframe").nth(1).evaluate("frame => frame.clientWidth") <= 375


def test_stopping_takes_one_button(demo: Server, visit: Visits) -> None:
    reader = visit(demo, link_of(demo, "Eva Moen", Purpose.STOP, 7), java_script_enabled=False)
    reader.get_by_role("button", name="Stop them").click()
    expect(reader.get_by_role("heading", name="Stopped")).to_be_visible()
    page = visit(demo, "/products/FERRY/stakeholders", who="ingrid")
    expect(page.get_by_label("What Eva Moen gets")).to_have_value("none")


def test_a_level_is_changed_where_it_stands_and_a_dialog_asks_before_removing(demo: Server, visit: Visits) -> None:
    page = visit(demo, "/products/FERRY/stakeholders", who="ingrid")
    with page.expect_navigation():
        page.get_by_label("What Eva Moen gets").select_option("full")
    expect(page.get_by_label("What Eva Moen gets")).to_have_value("full")
    row = page.locator("tr", has_text="Eva Moen")
    row.locator("summary").click()
    row.get_by_role("link", name="Take off the list").click()
    dialog = page.locator("#dialog")
    expect(dialog).to_contain_text("personal links stop working")
    dialog.get_by_role("button", name="Take off the list").click()
    expect(page.locator("tr", has_text="Eva Moen")).to_have_count(0)


def columns(page: Page) -> list[str]:
    return page.locator(".column-line input[name=name]").evaluate_all("fields => fields.map(field => field.value)")


def test_a_product_is_opened_and_its_columns_arranged(demo: Server, visit: Visits) -> None:
    page = visit(demo, "/products/new", who="ingrid")
    page.get_by_label("Name").fill("Night bus")
    page.get_by_role("textbox", name="Key").fill("bus")
    page.get_by_role("button", name="Create the product").click()
    page.wait_for_url("**/products/BUS/backlog")
    page.goto("/products/BUS/settings/columns")
    page.get_by_label("Name of the new column").fill("Test")
    page.get_by_label("Stage of the new column").select_option("review")
    page.get_by_role("button", name="Add", exact=True).click()
    page.locator(".column-line", has=page.locator("input[value=Test]")).hover()
    page.get_by_role("button", name="Move Test up").click()
    becomes(page, columns, ["Backlog", "Ready", "In progress", "Review", "Test", "Acceptance", "Done"])
    page.locator(".column-line", has=page.locator("input[value=Test]")).hover()
    page.get_by_role("button", name="Remove Test").click()
    expect(page.locator(".column-line")).to_have_count(6)


PAGES = (UPDATES, f"{UPDATES}/7", f"{UPDATES}/7/preview", "/products/FERRY/stakeholders", "/products/FERRY/insights")
SETTINGS = (
    "/products/FERRY/settings",
    *(f"/products/FERRY/settings/{page}" for page in ("columns", "members", "hand-over")),
    "/products/new",
    "/products/QUAY/updates",
)


def test_axe_finds_nothing_serious_and_nothing_scrolls_sideways(shared_demo: Server, visit: Visits) -> None:
    page = visit(shared_demo, UPDATES, who="ingrid")
    phone = visit(shared_demo, UPDATES, who="ingrid", has_touch=True, is_mobile=True, **PHONE)
    for path in (*PAGES, *SETTINGS):
        page.goto(path)
        assert serious_axe_findings(page) == [], path
        phone.goto(path)
        assert stays_inside(phone), phone.url


def test_the_draft_and_the_readers_pages_are_clean_too(demo: Server, visit: Visits) -> None:
    page = begin(demo, visit)
    told = page.locator(".line.delays")
    before = told.count()
    page.fill("#line-new-delays-text", "Pay with an invoice for companies")
    page.locator("#line-new-delays-text").press("Enter")
    expect(told).to_have_count(before + 1)
    assert serious_axe_findings(page) == []
    page.goto(f"{DRAFT}/publish")
    assert serious_axe_findings(page) == []
    page.goto(DRAFT)
    page.locator("#line-new-decisions-text").fill("Do we sail at night?")
    page.locator("#line-new-decisions-text").press("Enter")
    expect(page.locator("#checks")).to_contain_text("doesn’t say who is to decide")
    phone = visit(demo, DRAFT, who="ingrid", has_touch=True, is_mobile=True, **PHONE)
    expect(phone.locator(".line.decisions:not(.is-new)").get_by_label("From whom")).to_be_visible()
    assert stays_inside(phone), phone.url
    for purpose in Purpose:
        reader = visit(demo, link_of(demo, "Sunniva Berg", purpose, 7), **PHONE)
        assert serious_axe_findings(reader) == [], purpose
        assert stays_inside(reader), reader.url
        assert re.search(r"noindex", reader.content())


def test_publish_waits_for_the_save_under_way(demo: Server, visit: Visits) -> None:
    page = begin(demo, visit)

    def slowly(route: Any) -> None:
        if "hx-request" in route.request.headers:
            answer = route.fetch()
            page.wait_for_timeout(700)
            route.fulfill(response=answer)
        else:
            route.continue_()

    page.route(f"**{DRAFT}", slowly)
    with page.expect_request(lambda request: request.method == "POST" and "hx-request" in request.headers):
        page.get_by_label("Headline").fill("Written just now")
    page.get_by_role("button", name=re.compile("^Publish to")).click()
    page.wait_for_url(f"**{DRAFT}/publish")
    expect(page.get_by_role("heading", name="Written just now")).to_be_visible()


def test_after_a_line_is_brought_up_to_date_the_focus_is_on_the_next_one(demo: Server, visit: Visits) -> None:
    page = begin(demo, visit)
    put_back(demo, visit, "FERRY-55", "FERRY-52")
    page.reload()
    renewals = page.locator("#checks").get_by_role("button", name="Bring up to date", exact=True)
    expect(renewals).to_have_count(2)
    renewals.first.press("Enter")
    expect(renewals).to_have_count(1)
    expect(renewals.first).to_be_focused()
    renewals.first.press("Enter")
    expect(page.locator("#checks")).to_be_focused()
    expect(renewals).to_have_count(0)


def test_after_many_lines_are_brought_up_to_date_the_focus_is_among_the_checks(demo: Server, visit: Visits) -> None:
    page = begin(demo, visit)
    put_back(demo, visit, "FERRY-55", "FERRY-52")
    # As if the draft had been begun the day before.
    with sqlite3.connect(demo.folder / "kanban.sqlite3") as database:
        [(sections,)] = database.execute("SELECT sections FROM status_update WHERE number = 9").fetchall()
        days = max(int(told) for told in re.findall(r"Review, (\d+) days", sections))
        words = (f"Review, {days} days", f"Review, {days - 1} days")
        database.execute(
            "UPDATE status_update SET sections = replace(sections, ?, ?), filled = replace(filled, ?, ?) WHERE number = 9",
            words * 2,
        )
    page.reload()
    checks = page.locator("#checks")
    expect(checks).to_contain_text("as of an earlier day")
    before = revision(page)
    checks.locator("#press-days").press("Enter")
    later(page, before)
    expect(checks.locator("#press-days")).to_have_count(0)
    expect(checks).to_be_focused()
    before = revision(page)
    checks.get_by_role("button", name="Bring all lines up to date").press("Enter")
    later(page, before)
    expect(checks.get_by_role("button", name="Bring all lines up to date")).to_have_count(0)
    expect(checks).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#checks :focus")).to_have_count(1)


def test_an_open_draft_says_at_once_that_a_line_no_longer_holds(demo: Server, visit: Visits) -> None:
    page = begin(demo, visit)
    renewals = page.locator("#checks").get_by_role("button", name="Bring up to date", exact=True)
    expect(renewals).to_have_count(0)
    reason = page.locator("#checks textarea").first
    before = revision(page)
    reason.press_sequentially("We know")
    later(page, before)
    put_back(demo, visit, "FERRY-55")
    expect(renewals).to_have_count(1)
    expect(reason).to_have_value("We know")
    expect(reason).to_be_focused()


def test_what_the_facts_said_of_earlier_words_does_not_take_away_later_ones(demo: Server, visit: Visits) -> None:
    page = begin(demo, visit)
    asked: list[tuple[Route, APIResponse]] = []
    page.route("**/updates/*?revision=*", lambda route: asked.append((route, route.fetch())), times=1)
    put_back(demo, visit, "FERRY-55")
    becomes(page, lambda _: len(asked), 1)
    before = revision(page)
    reason = page.locator("#checks textarea").first
    reason.fill("Typed meanwhile")
    later(page, before)
    [(route, answer)] = asked
    with page.expect_response("**/updates/*?revision=*"):
        route.fulfill(response=answer)
    page.evaluate("() => new Promise(requestAnimationFrame)")
    expect(reason).to_have_value("Typed meanwhile")
    expect(page.locator("#checks")).to_have_attribute("data-refresh", f"{DRAFT}?revision={revision(page)}")


def test_the_focus_comes_back_although_the_board_moves_while_a_line_is_brought_up_to_date(
    demo: Server, visit: Visits
) -> None:
    page = begin(demo, visit)
    put_back(demo, visit, "FERRY-55")
    renewals = page.locator("#checks").get_by_role("button", name="Bring up to date", exact=True)
    expect(renewals).to_have_count(1)
    sent: list[Route] = []
    page.route(f"**{DRAFT}", lambda route: sent.append(route), times=1)
    renewals.press("Enter")
    becomes(page, lambda _: len(sent), 1)
    theirs = visit(demo, "/items/FERRY-47", who="anders")
    theirs.locator("#new-comment").fill("Nearly there")
    with page.expect_response("**/updates/*?revision=*"):
        theirs.get_by_role("button", name="Comment", exact=True).click()
        expect(theirs.locator(".thread", has_text="Nearly there")).to_be_visible()
    page.evaluate("() => new Promise(requestAnimationFrame)")
    sent[0].continue_()
    expect(renewals).to_have_count(0)
    expect(page.locator("#checks")).to_be_focused()


def test_the_words_in_a_chip_stand_on_the_line_of_the_words_beside_it(shared_demo: Server, visit: Visits) -> None:
    page = visit(shared_demo, UPDATES, who="ingrid")
    beside = page.get_by_text("delay notice", exact=True)
    bottom_of = """one => { const words = document.createRange(); words.selectNodeContents(one.lastChild);
      return words.getBoundingClientRect().bottom; }"""
    in_chip = beside.locator("xpath=preceding-sibling::*[contains(@class, 'chip')]").evaluate(bottom_of)
    assert abs(in_chip - beside.evaluate(bottom_of)) < 1
