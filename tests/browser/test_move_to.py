"""*Move to…* in a real browser: what is refused is said in the dialog, where the choice still stands."""

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Visits, becomes
from tests.browser.test_board import BOARD, card, column, columns, forgive_the_network, set_limit
from tests.server import Server

BACKLOG = "/products/FERRY/backlog"


def open_for(page: Page, ref: str) -> None:
    page.locator(f"{card(ref)} .title a").focus()
    page.keyboard.press("v")
    expect(page.locator("#dialog").get_by_role("heading", name=f"Move {ref}")).to_be_visible()


def send(page: Page) -> None:
    page.locator("#dialog").get_by_role("button", name="Move", exact=True).press("Enter")


def test_what_is_refused_is_said_in_the_dialog_and_the_choice_still_stands(demo: Server, visit: Visits) -> None:
    page = visit(demo, BOARD, who="ingrid")
    before = columns(page)
    ref, dialog = before["Review"][0], page.locator("#dialog")
    open_for(page, ref)
    expect(dialog.locator("#column option:checked")).to_contain_text("Acceptance")
    below = f"after:{before['Acceptance'][0]}"
    dialog.get_by_label("Place").select_option(value=below)
    set_limit(demo, "Acceptance", len(before["Acceptance"]), "refuse")
    for _again in range(2):
        with page.expect_response("**/move"):
            send(page)
        expect(dialog.locator("[aria-busy]")).to_have_count(0)  # what is pressed until then is not taken
        expect(dialog.locator(".toast[role=alert]")).to_have_count(1)
        expect(dialog.locator(".toast")).to_contain_text("Acceptance is full")
        expect(dialog.get_by_label("Place")).to_have_value(below)
        expect(dialog.get_by_role("button", name="Move", exact=True)).to_be_focused()
        assert columns(page) == before

    # With room the same choice goes through, and the focus is on the card again.
    set_limit(demo, "Acceptance", 50, "off")
    send(page)
    expect(dialog).to_be_hidden()
    expect(page.locator(f"{column(page, 'Acceptance')} {card(ref)}")).to_have_count(1)
    expect(page.locator(f"{card(ref)} .title a")).to_be_focused()


def test_a_dialog_opens_again_without_what_was_refused_in_it(demo: Server, visit: Visits) -> None:
    page = visit(demo, BOARD, who="ingrid")
    before = columns(page)
    dialog = page.locator("#dialog")
    open_for(page, before["Review"][0])
    expect(dialog.locator("#column option:checked")).to_contain_text("Acceptance")
    set_limit(demo, "Acceptance", 1, "refuse")
    send(page)
    expect(dialog.locator(".toast")).to_contain_text("Acceptance is full")
    page.keyboard.press("Escape")
    expect(page.locator(f"{card(before['Review'][0])} .title a")).to_be_focused()
    open_for(page, before["Ready"][0])
    expect(dialog.locator(".toast")).to_have_count(0)


def test_a_question_thought_better_of_leads_back_to_the_choice(demo: Server, visit: Visits) -> None:
    page = visit(demo, BOARD, who="ingrid")
    before = columns(page)
    ref, dialog, why = before["Review"][0], page.locator("#dialog"), page.locator("#why-dialog")
    title = page.locator(f"{card(ref)} .title a").inner_text()
    open_for(page, ref)
    expect(dialog.locator("#column option:checked")).to_contain_text(
        "Acceptance"
    )  # chosen again, its answer would come late
    set_limit(demo, "Acceptance", len(before["Acceptance"]), "ask")
    send(page)
    # The question names the column and the card, since it may come late.
    asked = why.get_by_role("heading")
    expect(asked).to_contain_text("Acceptance is full")
    expect(asked).to_contain_text(f"{ref} “{title[:20]}")
    why.get_by_role("button", name="Leave it").click()
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("button", name="Move", exact=True)).to_be_focused()
    assert columns(page) == before
    expect(dialog.locator("[aria-busy]")).to_have_count(0)  # what is pressed until then is not taken
    send(page)
    why.get_by_role("button", name="Blocked work waits here").click()
    expect(dialog).to_be_hidden()
    expect(page.locator(f"{column(page, 'Acceptance')} {card(ref)}")).to_have_count(1)


def test_a_move_sent_while_the_server_is_away_waits_on_its_card(demo: Server, visit: Visits) -> None:
    page = visit(demo, BOARD, who="ingrid")
    ref, dialog = columns(page)["Review"][0], page.locator("#dialog")
    tries: list[str] = []

    def is_away(route: Route) -> None:
        tries.append(route.request.url)
        route.abort("internetdisconnected")

    open_for(page, ref)
    expect(dialog.locator("#column option:checked")).to_contain_text("Acceptance")
    page.route("**/move", is_away)
    send(page)
    expect(dialog).to_be_hidden()
    expect(page.locator(f"{card(ref)}.is-waiting")).to_have_count(1)
    expect(page.locator(".toast.warn")).to_contain_text("No connection.")
    page.unroute("**/move")
    expect(page.locator(f"{column(page, 'Acceptance')} {card(ref)}")).to_have_count(1)
    assert tries
    forgive_the_network(visit)


def test_sent_twice_it_moves_once(demo: Server, visit: Visits) -> None:
    page = visit(demo, BOARD, who="ingrid")
    ref, dialog = columns(page)["Review"][0], page.locator("#dialog")
    held: list[Route] = []
    open_for(page, ref)
    expect(dialog.locator("#column option:checked")).to_contain_text("Acceptance")
    page.route("**/move", lambda route: held.append(route))
    send(page)
    send(page)
    expect(page.locator(f"{card(ref)}.is-saving")).to_have_count(1)
    becomes(page, lambda _: len(held), 1)
    held[0].continue_()
    expect(dialog).to_be_hidden()
    expect(page.locator(f"{column(page, 'Acceptance')} {card(ref)}")).to_have_count(1)
    expect(page.locator(".is-saving")).to_have_count(0)
    assert len(held) == 1
    page.unroute("**/move")


def test_a_form_refused_in_a_dialog_says_so_there(demo: Server, visit: Visits) -> None:
    """Whatever is sent from a dialog: the page behind it can be neither read nor reached."""
    page = visit(demo, BOARD, who="ingrid")
    ref, dialog = columns(page)["Review"][0], page.locator("#dialog")
    page.locator(f"{card(ref)} .title a").focus()
    page.keyboard.press("b")
    field = dialog.get_by_role("textbox").first
    expect(field).to_be_visible()
    field.fill("The crane is away")
    page.route("**/block*", lambda route: route.fulfill(status=409, body=REFUSED, content_type="text/html"))
    field.press("Control+Enter")
    expect(dialog.get_by_text("Not now.")).to_be_visible()
    expect(field).to_have_value("The crane is away")


REFUSED = '<hx-partial hx-target="#toasts" hx-swap="beforeend"><div class="toast bad" data-toast="stay"><p>Not now.</p></div></hx-partial>'


def test_the_key_for_a_move_leads_to_it_in_the_backlog_as_well(demo: Server, visit: Visits) -> None:
    page = visit(demo, BACKLOG, who="ingrid")
    page.locator("[data-item] .title a").first.focus()
    for key in ("v", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("#dialog").get_by_role("heading", name="Move FERRY-")).to_be_visible()
