"""Somebody without an account on a phone: asks, sees what others asked for, confirms, and finds where it stands."""

from typing import Any

import sqlalchemy as sa
from playwright.sync_api import Page, expect

from kanban.mail import links
from kanban.mail.links import SignedAddress
from tests.browser.conftest import Visits, serious_axe_findings
from tests.server import Server

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True}


def confirmation(server: Server) -> str:
    """The address in the mail that asks to confirm."""
    engine = sa.create_engine(f"sqlite:///{server.folder / 'kanban.sqlite3'}", poolclass=sa.NullPool)
    with engine.connect() as connection:
        found = connection.execute(sa.text("SELECT max(id) FROM delivery WHERE newcomer_id IS NOT NULL")).scalar_one()
    engine.dispose()
    key = (server.folder / "secret_key").read_text().strip()
    return "/requests/confirm/" + links.sign_address(key, SignedAddress.CONFIRM, found, 1)


def fill(page: Page, title: str, email: str) -> None:
    page.get_by_label("What do you need?").fill(title)
    page.get_by_label("Your name").fill("Rita Moe")
    page.get_by_label("Your e-mail address").fill(email)


def test_asked_on_a_phone_confirmed_from_the_mail_and_found_again_and_the_next_one_says_me_too(
    mailing: Server, visit: Visits
) -> None:
    owner = visit(mailing, "/products/FERRY/settings/requests", who="ingrid")
    owner.get_by_role("button", name="Open the form").click()
    expect(owner.locator(".form-link a")).to_be_visible()
    form = owner.locator(".form-link a").get_attribute("href") or ""
    assert serious_axe_findings(owner) == []
    phone = visit(mailing, "/requests/" + form.rpartition("/")[2], java_script_enabled=False, **PHONE)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    trap = phone.locator(".not-for-people").bounding_box()
    assert trap is not None and trap["width"] <= 1
    fill(phone, "Zebras on the car deck", "rita@quay.example")
    phone.get_by_role("button", name="Send").click()
    expect(phone.get_by_role("status").first).to_contain_text("rita@quay.example")
    phone.goto(confirmation(mailing))
    phone.get_by_role("button", name="Yes, send it").click()
    expect(phone.get_by_role("status").first).to_contain_text("You have confirmed this")
    expect(phone.locator("#request-1, .request").filter(has_text="Zebras on the car deck")).to_have_count(1)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    mine = phone.url.partition("?")[0]

    engine = sa.create_engine(f"sqlite:///{mailing.folder / 'kanban.sqlite3'}", poolclass=sa.NullPool)
    with engine.begin() as connection:  # what the owner does on the page of requests
        connection.execute(sa.text("UPDATE request SET is_public = true WHERE title LIKE 'Zebras%'"))
    engine.dispose()
    other = visit(mailing, "/requests/" + form.rpartition("/")[2], color_scheme="dark", **PHONE)
    fill(other, "A zebra on deck", "tom@quay.example")
    other.get_by_label("Zebras on the car deck").check()
    assert serious_axe_findings(other) == []
    other.get_by_role("button", name="Send").click()
    expect(other.get_by_role("status").first).to_contain_text("tom@quay.example")
    other.goto(confirmation(mailing))
    other.get_by_role("button", name="Yes, send it").click()
    expect(other.get_by_text("you said “me too”")).to_be_visible()
    assert serious_axe_findings(other) == []
    reader = visit(mailing, mine, **PHONE)
    expect(reader.get_by_text("one other said “me too”")).to_be_visible()
    assert serious_axe_findings(reader) == []
