"""A request from a phone to done: asked without an account, decided by key, built, judged; each mail read on its way."""

import datetime as dt
import re
from email.message import EmailMessage
from typing import Any

import sqlalchemy as sa
from playwright.sync_api import Locator, Page, expect

from kanban import clock
from kanban.models import Item
from tests.browser.conftest import Visits, choose_column, serious_axe_findings
from tests.mail.server import MailServer
from tests.server import Server

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
RITA = "rita@quay.example"
TITLE = "Wheelchair ramps shown before booking"


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    return " ".join(str(body.get_content()).split()) if body else ""


def path_in(mail: EmailMessage, way: str) -> str:
    """The path of the personal link in the text of a mail."""
    found = re.search(rf"https?://[^/\s]+({way}/\S+)", text_of(mail))
    assert found, text_of(mail)
    return found[1]


def fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert serious_axe_findings(page) == []


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until this has the focus."""
    expect(wanted).to_be_visible()
    for _ in range(40):
        if wanted.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("Tab does not lead there")


def move(server: Server, visit: Visits, ref: str, column: str, who: str) -> None:
    page = visit(server, f"/items/{ref}/move", who=who, java_script_enabled=False)
    choose_column(page, column)
    page.get_by_role("button", name="Move", exact=True).click()
    page.goto(f"/items/{ref}/move")
    expect(page.get_by_text(f"It is in {column}.")).to_be_visible()


def let_it_settle(server: Server, ref: str) -> None:
    """As if it had been done for some minutes: before that it may be a slip that is taken back, and nobody is told."""
    engine = sa.create_engine(f"sqlite:///{server.folder / 'kanban.sqlite3'}", poolclass=sa.NullPool)
    number, earlier = int(ref.partition("-")[2]), clock.now() - dt.timedelta(minutes=5)
    finished = sa.update(Item).where(Item.number == number, Item.finished_at.is_not(None))
    with engine.begin() as connection:
        assert connection.execute(finished.values(entered_at=earlier)).rowcount == 1


def test_a_request_from_a_phone_is_decided_by_key_done_and_judged_with_every_mail_read(
    mailing: Server, visit: Visits, post: MailServer
) -> None:
    ingrid = visit(mailing, "/products/FERRY/settings/requests", who="ingrid")
    ingrid.get_by_role("button", name="Open the form").press("Enter")
    expect(ingrid.locator(".form-link a")).to_be_visible()
    form = ingrid.locator(".form-link a").get_attribute("href") or ""

    phone = visit(mailing, form.removeprefix(mailing.url), **PHONE)
    fits(phone)
    phone.get_by_label("What do you need?").fill(TITLE)
    phone.get_by_label("Why, and what would it change?").fill("I find out at the quay.")
    phone.get_by_label("Your name").fill("Rita Quay")
    phone.get_by_label("Your e-mail address").fill(RITA)
    phone.get_by_role("button", name="Send").tap()
    expect(phone.get_by_role("status").first).to_contain_text(f"A mail is on its way to {RITA}")
    phone.goto(path_in(post.newest_to(RITA, 1), "/requests/confirm"))
    fits(phone)
    phone.get_by_role("button", name="Yes, send it").tap()
    expect(phone.get_by_role("status").first).to_contain_text("You have confirmed this")
    received = post.newest_to(RITA, 2)
    assert "has arrived" in str(received["Subject"])
    mine = path_in(received, "/requests/mine")

    ingrid.goto("/products/FERRY/requests")
    asked = ingrid.locator("[data-request]", has_text=TITLE)
    opened = ingrid.locator("[data-request].open")
    expect(asked).to_have_count(1)
    expect(opened).to_have_count(1)
    number = asked.get_attribute("data-request") or ""
    while (before := opened.get_attribute("data-request") or "") != number:
        ingrid.keyboard.press("j")
        expect(opened).not_to_have_attribute("data-request", before)
        expect(opened).to_be_focused()
    ingrid.keyboard.press("a")
    accepting = ingrid.locator("#request-form")
    expect(accepting.get_by_label("a new item")).to_be_focused()
    tab_to(ingrid, accepting.get_by_role("radio", name="At the bottom"))
    ingrid.keyboard.press("ArrowDown")
    expect(accepting.locator("#displaced li").first).to_contain_text("It would move “")
    tab_to(ingrid, accepting.get_by_role("button", name="Put it into the reply"))
    ingrid.keyboard.press("Enter")
    words = accepting.get_by_label("Reply to whoever asked")
    expect(words).to_be_focused()
    expect(words).to_have_value(
        re.compile(r"^Taking it up moves \d+ other things, the nearest of them by \d+ days?\.$")
    )
    said = words.input_value()
    ingrid.keyboard.press("Control+Enter")
    toast = ingrid.locator(".toast").last
    expect(toast).to_contain_text("Those who asked get a mail")
    expect(asked).to_have_count(0)
    expect(opened).to_be_focused()
    found = re.search(r"FERRY-\d+", toast.text_content() or "")
    assert found
    ref = found[0]
    outcome = post.newest_to(RITA, 3)
    assert outcome["Subject"] == f"Taken up: {TITLE}"
    assert said in text_of(outcome) and "Ingrid Lund writes" in text_of(outcome)
    phone.goto(mine)
    fits(phone)
    expect(phone.locator(".request")).to_contain_text("Taken up")
    expect(phone.locator(".request")).to_contain_text("It is waiting its turn")

    for column, who in (("Ready", "ingrid"), ("Acceptance", "sara"), ("Done", "ingrid")):
        move(mailing, visit, ref, column, who)
    let_it_settle(mailing, ref)
    done = post.newest_to(RITA, 4)
    assert done["Subject"] == f"Done: {TITLE}"
    phone.goto(path_in(done, "/requests/mine"))
    fits(phone)
    phone.get_by_label("Yes, it does").check()
    phone.get_by_role("button", name="Send").tap()
    expect(phone.get_by_role("status").first).to_contain_text("Ingrid Lund has it")
    expect(phone.locator(".thanks")).to_contain_text("it is solved. Thank you")
    assert "is solved." in text_of(post.newest_to(RITA, 5))
    ingrid.goto(f"/products/FERRY/requests/{number}")
    expect(asked).to_contain_text("solved")
    ingrid.set_viewport_size({"width": 360, "height": 740})
    expect(ingrid.locator("[data-request] .qhead > .faint").first).to_have_css("order", "0")  # it belongs to the name
