"""A stakeholder on a phone, without script, and the owner who answers: asked, answered, read; nothing serious for axe."""

from typing import Any

import sqlalchemy as sa
from playwright.sync_api import expect

from kanban.mail import links
from kanban.mail.links import Purpose, SignedAddress
from tests.browser.conftest import Visits, serious_axe_findings
from tests.server import Server

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True}


def link_of(server: Server, name: str) -> str:
    """The link in the newest update that went to this stakeholder."""
    query = (
        "SELECT max(delivery.id), max(link_serial) FROM delivery JOIN stakeholder ON stakeholder.id = stakeholder_id"
        " WHERE name = :name AND update_id IS NOT NULL"
    )
    key, delivery_id, serial = _looked_up(server, query, name=name)
    return "/u/" + links.sign(key, Purpose.READ, delivery_id, serial)


def link_to_answer(server: Server) -> str:
    """The link in the newest mail of what a stakeholder asked."""
    query = (
        'SELECT delivery.id, link_serial FROM delivery JOIN "user" ON "user".id = user_id'
        " WHERE kind = 'stakeholder_asked' ORDER BY delivery.id DESC LIMIT 1"
    )
    key, delivery_id, serial = _looked_up(server, query)
    return "/answer/" + links.sign_address(key, SignedAddress.ANSWER, delivery_id, serial)


def _looked_up(server: Server, query: str, **values: str) -> tuple[str, int, int]:
    engine = sa.create_engine(f"sqlite:///{server.folder / 'kanban.sqlite3'}", poolclass=sa.NullPool)
    with engine.connect() as connection:
        delivery_id, serial = connection.execute(sa.text(query), values).one()
    engine.dispose()
    return (server.folder / "secret_key").read_text().strip(), delivery_id, serial


def test_a_question_is_answered_from_its_mail_on_a_phone_and_read_behind_the_link(demo: Server, visit: Visits) -> None:
    link = link_of(demo, "Lars Vik")
    phone = visit(demo, link, java_script_enabled=False, **PHONE)
    phone.get_by_text("Ask about it").click()
    phone.get_by_label("Ask Ingrid Lund").fill("Who carries " + "very" * 40 + " heavy luggage?")
    phone.get_by_role("button", name="Ask", exact=True).click()
    answer = link_to_answer(demo)
    assert serious_axe_findings(visit(demo, answer, color_scheme="dark", **PHONE)) == []
    owner = visit(demo, answer, java_script_enabled=False, **PHONE)
    assert owner.evaluate("document.documentElement.scrollWidth") <= 360
    assert owner.context.cookies() == []
    expect(owner.get_by_text("Lars Vik (Harbour office) asked on")).to_be_visible()
    owner.get_by_label("Your answer").fill("The crew does.")
    owner.get_by_role("button", name="Answer").click()
    expect(owner.get_by_role("status").first).to_contain_text("There is nothing else to do.")
    over = visit(demo, answer, color_scheme="dark", **PHONE)
    expect(over.get_by_text("You have answered it.")).to_be_visible()
    assert serious_axe_findings(over) == []
    reader = visit(demo, link, **PHONE)
    expect(reader.get_by_text("The crew does.")).to_be_visible()


def test_a_question_from_a_phone_is_answered_in_the_queue_and_read_behind_the_link(demo: Server, visit: Visits) -> None:
    link = link_of(demo, "Lars Vik")
    phone = visit(demo, link, java_script_enabled=False, **PHONE)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    phone.get_by_text("Ask about it").click()
    phone.get_by_label("Ask Ingrid Lund").fill("When do the scanners come?")
    phone.get_by_role("button", name="Ask", exact=True).click()
    expect(phone.get_by_role("status").first).to_contain_text("Ingrid Lund has your question")
    queue = visit(demo, "/questions", who="ingrid")
    asked = queue.locator(".q.outside", has_text="When do the scanners come?")
    assert serious_axe_findings(queue) == []
    asked.get_by_role("textbox").fill("On 12 December.")
    asked.get_by_role("button", name="Answer").click()
    expect(asked).to_have_count(0)
    expect(queue.get_by_role("link", name="Your turn 3")).to_be_visible()
    reader = visit(demo, link, color_scheme="dark", **PHONE)
    expect(reader.get_by_text("On 12 December.")).to_be_visible()
    assert serious_axe_findings(reader) == []
    reader.emulate_media(media="print")
    expect(reader.locator("article.letter h1")).to_be_visible()
    for private in ("#ask", "#acknowledge", ".earlier", ".letter .foot"):
        expect(reader.locator(private)).to_be_hidden()
    paper = visit(demo, "/products/FERRY/updates/7", who="ingrid", **PHONE)
    paper.emulate_media(media="print")
    expect(paper.locator(".top .sub")).to_contain_text("Ferry tickets")
    for private in ("#people", "#asked", ".rail", ".sheet .on-phone"):
        expect(paper.locator(private)).to_be_hidden()
    log = visit(demo, "/products/FERRY/decisions", who="ingrid")
    log.keyboard.press("c")
    log.get_by_label("What is decided").fill("Scanners before tablets")
    log.get_by_role("button", name="Save").click()
    expect(log.locator("#decisions").get_by_text("Scanners before tablets")).to_be_visible()
    old = log.locator("#decision-4")
    old.get_by_role("link", name="Supersede decision 4").press("Enter")
    log.get_by_label("What is decided").fill("Tablets after all")
    log.keyboard.press("Control+Enter")
    expect(old).to_contain_text("superseded by")
    expect(old).to_be_focused()
    assert serious_axe_findings(log) == []
