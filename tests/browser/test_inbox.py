"""Answering a question from its mail on a phone, without script and without sign-in; and the inbox by keyboard alone."""

import datetime as dt
import re
from typing import Any

import sqlalchemy as sa
from playwright.sync_api import expect

from kanban.mail import links
from kanban.mail.links import SignedAddress
from tests.browser.conftest import Visits, serious_axe_findings
from tests.server import Server

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True}
_WAITING = (
    "SELECT max(delivery.id) FROM delivery JOIN question ON question.id = question_id"
    " WHERE delivery.user_id = waits_on_id AND kind = 'question_asked' AND turn = 'addressee'"
)
_NOTE = (
    "INSERT INTO notification (user_id, product_id, version, kind, what, items, way, at, made_at)"
    " SELECT id, 1, 0, 'promise', 'promise_changed', 1, 'digest', :at, :at FROM \"user\" WHERE name = 'Ingrid Lund'"
    " RETURNING id"
)


def test_a_question_is_answered_from_its_mail_on_a_phone_and_the_inbox_is_read_by_key(
    demo: Server, visit: Visits
) -> None:
    engine = sa.create_engine(f"sqlite:///{demo.folder / 'kanban.sqlite3'}", poolclass=sa.NullPool)
    with engine.begin() as connection:
        delivery_id = connection.execute(sa.text(_WAITING)).scalar_one()
        note = connection.execute(
            sa.text(_NOTE), {"at": f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M:%S.%f}"}
        ).scalar_one()
    engine.dispose()
    key = (demo.folder / "secret_key").read_text().strip()
    link = "/answer/" + links.sign_address(key, SignedAddress.ANSWER, delivery_id, 1)
    phone = visit(demo, link, java_script_enabled=False, **PHONE)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    assert phone.context.cookies() == []
    phone.get_by_label("Your answer").fill("She travels free.")
    phone.get_by_role("button", name="Answer").click()
    expect(phone.get_by_role("status").first).to_contain_text("has it now")
    reader = visit(demo, link, color_scheme="dark", **PHONE)
    expect(reader.get_by_role("heading", name="It is no longer waiting for you")).to_be_visible()
    expect(reader.locator("textarea")).to_have_count(0)
    assert serious_axe_findings(reader) == []

    inbox = visit(demo, "/inbox", who="ingrid")
    assert serious_axe_findings(inbox) == []
    inbox.keyboard.press("j")
    expect(inbox.locator(".note-open button").first).to_be_focused()
    row = inbox.locator(f'[data-notification="{note}"]')
    row.locator(".note-open button").focus()
    expect(row.locator(".note-open button")).to_be_focused()
    inbox.keyboard.press("e")
    expect(row.get_by_role("button", name="Mark as read")).to_have_count(0)
    row.locator(".note-open button").focus()
    expect(row.locator(".note-open button")).to_be_focused()
    inbox.keyboard.press("Enter")
    inbox.wait_for_url("**/promises")


def test_an_open_inbox_follows_by_itself_and_takes_no_focus_away(demo: Server, visit: Visits) -> None:
    inbox = visit(demo, "/inbox", who="ingrid")
    button = inbox.locator(".note-open button").last
    button.focus()
    expect(button).to_be_focused()
    told = inbox.locator("[data-notification]", has_text="FERRY-44")
    waits = inbox.get_by_role("link", name="questions are waiting on you")
    expect(waits).to_have_text(re.compile("^3 questions"))
    assert serious_axe_findings(inbox) == []
    count = inbox.locator('.rail .overview a[href="/inbox"] .n')
    before = told.count()
    developer = visit(demo, "/items/FERRY-44/ask", who="anders")
    developer.get_by_label("Question").fill("Which deck is it?")
    developer.get_by_role("button", name="Ask", exact=True).click()
    expect(waits).to_have_text(re.compile("^4 questions"))
    expect(told).to_have_count(before)
    developer.goto("/items/FERRY-44")
    developer.get_by_label("New comment").fill("Have a look, @Ingrid Lund")
    developer.get_by_role("button", name="Comment", exact=True).click()
    expect(told).to_have_count(before + 1, timeout=20_000)
    expect(count).to_have_text(str(inbox.locator(".note.unread").count()), timeout=20_000)
    expect(button).to_be_focused()
