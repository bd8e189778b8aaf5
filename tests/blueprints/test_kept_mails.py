"""Mails of an update that were kept for want of a mail server: once there is one they are sent if somebody says so, each
once, to whoever still should have them."""

import contextvars
import dataclasses
import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import suppress
from email.message import EmailMessage
from typing import Any

import pytest
import sqlalchemy as sa

from kanban import clock
from kanban.background.worker import GIVE_UP_AFTER, Worker
from kanban.mail.links import Purpose
from kanban.mail.office import PostOffice
from kanban.models import Delivery, Level, Stakeholder, StatusUpdate, User
from kanban.models.delivery import ACTS_FOR
from tests.blueprints.test_notices import workday
from tests.blueprints.test_settings import link_in
from tests.builders import World, sound
from tests.counting import counting
from tests.mail.server import Behaviour, MailServer
from tests.reporting import UPDATES, add_stakeholders, begin, deliveries, form_of, found, link_of, person, publish

PAGE = f"{UPDATES}/1"
SEND = f"{PAGE}/mails"
BUTTON = f'action="{SEND}"'
PUBLISHED = dt.datetime(2026, 6, 1, 9, tzinfo=dt.UTC)
LATER = PUBLISHED + ACTS_FOR + dt.timedelta(days=30)


@pytest.fixture(autouse=True)
def _four_months_later() -> Iterator[None]:
    with clock.at(LATER):
        yield


@pytest.fixture
def server() -> Iterator[MailServer]:
    """A mail server, which nobody has named yet."""
    with MailServer().running() as server:
        yield server


def keep(world: World, *names: str) -> None:
    """Publish an update four months ago to these people; its mails were kept."""
    with clock.at(PUBLISHED):
        add_stakeholders(world, *names)
        publish(world, begin(world))
        work(world)


def set_up_mail(world: World, url: str | None = "smtp://localhost:1") -> None:
    world.app.config["KANBAN"] = dataclasses.replace(world.app.config["KANBAN"], smtp_url=url)


def work(world: World) -> None:
    """Let the worker do all that is due."""
    Worker(world.app, PostOffice.from_config(world.app.config["KANBAN"])).drain()


def address(name: str) -> str:
    return f"{name.lower()}@island.example.org"


def test_they_are_sent_once_somebody_says_so(both: World, server: MailServer) -> None:
    keep(both, "Sunniva", "Tor")
    set_up_mail(both, server.url)
    work(both)
    assert server.count == 0
    olga, version = both.browser("olga"), both.version()
    shown = olga.get(PAGE).text
    assert "2 mails were kept here and have reached nobody." in shown and "Send them now" in shown
    assert olga.post(SEND).headers["Location"] == PAGE
    shown = olga.get(PAGE).text
    assert "2 mails are on their way." in shown and BUTTON not in shown
    work(both)
    assert deliveries(both) == [("Sunniva", "sent"), ("Tor", "sent")]
    assert {name: len(mails) for name, mails in server.taken.items()} == {address("Sunniva"): 1, address("Tor"): 1}
    assert both.version() == version
    assert sound(both)


@pytest.mark.parametrize(("url", "kept"), [(None, True), ("smtp://localhost:1", False)])
def test_who_publishes_is_told_at_once_that_no_mail_goes_out(world: World, url: str | None, kept: bool) -> None:
    set_up_mail(world, url)
    add_stakeholders(world, "Sunniva")
    olga, number = world.browser("olga"), begin(world)
    olga.post(f"/products/FE/updates/{number}", form_of(world, number, headline="All is well"))
    olga.post(f"/products/FE/updates/{number}/publish", {"revision": str(found(world, number).revision)})
    shown = olga.get(PAGE).text
    assert "Published to one person." in shown
    assert ("No mail server is set up: the mails are kept here. Once there is one" in shown) == kept


def test_pressed_again_nobody_gets_a_second_one(world: World, server: MailServer) -> None:
    keep(world, "Sunniva")
    set_up_mail(world, server.url)
    olga = world.browser("olga")
    olga.post(SEND)
    olga.post(SEND)
    assert "There is nothing left to send." in olga.get(PAGE).text
    work(world)
    olga.post(SEND)
    work(world)
    assert server.count == 1


def test_of_two_who_press_at_once_one_sends_them(
    both: World, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(both, "Sunniva", "Tor")
    set_up_mail(both, server.url)
    with both.changing() as (_session, product, _owner):
        product.delegates_publish = True
    browsers, both_ask, send = (
        [both.browser(name) for name in ("olga", "dora")],
        threading.Barrier(2),
        StatusUpdate.send_kept,
    )

    def send_together(*given: Any, **named: Any) -> None:
        with suppress(threading.BrokenBarrierError):
            both_ask.wait(1)
        send(*given, **named)

    monkeypatch.setattr(StatusUpdate, "send_kept", send_together)
    contexts = [contextvars.copy_context() for _ in browsers]
    threads = [
        threading.Thread(target=context.run, args=(browser.post, SEND))
        for context, browser in zip(contexts, browsers, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    told = [browser.get(PAGE).text for browser in browsers]
    assert sorted("2 mails are on their way." in page for page in told) == [False, True]
    assert sorted("There is nothing left to send." in page for page in told) == [False, True]
    work(both)
    assert sorted(len(mails) for mails in server.taken.values()) == [1, 1]


def test_who_should_not_have_it_any_more_gets_none(world: World, server: MailServer) -> None:
    keep(world, "Sunniva", "Tor", "Eva", "Lars", "Ida")
    people, olga = "/products/FE/stakeholders", world.browser("olga")
    for name in ("Tor", "Lars"):
        olga.post(f"{people}/{person(world, name).id}/remove")
    olga.post(people, {"name": "Lars", "email": address("Lars"), "level": "full"})
    olga.post(f"{people}/{person(world, 'Eva').id}", {"level": "none"})
    with world.writing() as session:
        session.execute(sa.text("UPDATE stakeholder SET email = 'ida@island.example' WHERE name = 'Ida'"))
    set_up_mail(world, server.url)
    shown = olga.get(PAGE).text
    assert "5 mails were kept" in shown and "Send one of them now" in shown
    assert (
        "Anyone who has since left the list, wants no updates," in shown
        and "has an example address gets none." in shown
    )
    olga.post(SEND)
    work(world)
    assert list(server.taken) == [address("Sunniva")]
    assert deliveries(world) == [(name, "kept") for name in ("Eva", "Ida", "Lars")] + [
        ("Sunniva", "sent"),
        ("Tor", "kept"),
    ]
    assert BUTTON not in olga.get(PAGE).text


def test_whom_nothing_in_it_concerns_is_not_counted(both: World, server: MailServer) -> None:
    keep(both, "Sunniva", "Tor", "Eva")
    both.item("Season cards")
    to = {"item": "FE-1", "due_on": workday(both, 10).isoformat(), "statement": "Season cards"}
    both.browser("olga").post("/products/FE/promises", {**to, "person": str(person(both, "Tor").id)})
    with both.writing() as session:
        update = session.scalars(sa.select(StatusUpdate)).one()
        line = {"text": "Season cards", "ref": "FE-1"}
        update.snapshot = {**(update.snapshot or {}), "sections": [{"kind": "next", "lines": [line]}]}
        session.execute(sa.update(Stakeholder).where(Stakeholder.name != "Sunniva").values(level=Level.MINE))
    set_up_mail(both, server.url)
    olga = both.browser("olga")
    shown = olga.get(PAGE).text
    assert "3 mails were kept" in shown and "Send 2 of them now" in shown
    assert "has nothing here that concerns them" in shown
    olga.post(SEND)
    assert "2 mails are on their way." in olga.get(PAGE).text
    work(both)
    assert deliveries(both) == [("Eva", "kept"), ("Sunniva", "sent"), ("Tor", "sent")]


def test_who_leaves_before_the_worker_comes_gets_none(world: World, server: MailServer) -> None:
    keep(world, "Sunniva")
    set_up_mail(world, server.url)
    olga = world.browser("olga")
    olga.post(SEND)
    olga.post(f"/products/FE/stakeholders/{person(world, 'Sunniva').id}/remove")
    work(world)
    assert (server.count, deliveries(world)) == (0, [("Sunniva", "cancelled")])


def test_what_a_correction_has_replaced_is_not_sent(world: World, server: MailServer) -> None:
    keep(world, "Sunniva")
    olga = world.browser("olga")
    olga.post(f"{PAGE}/correct")
    set_up_mail(world, server.url)
    assert BUTTON in olga.get(PAGE).text
    set_up_mail(world, None)
    publish(world, 2, "All is not well")
    work(world)
    set_up_mail(world, server.url)
    shown = olga.get(PAGE).text
    assert "Update 2 corrects this one, so it is no longer sent to anybody." in shown and BUTTON not in shown
    assert olga.post(SEND).status_code == 409
    assert "Send it now" in olga.get(f"{UPDATES}/2").text
    olga.post(f"{UPDATES}/2/mails")
    work(world)
    (mail,) = server.taken[address("Sunniva")]
    assert mail["Subject"] == "Ferry: All is not well"
    assert deliveries(world) == [("Sunniva", "kept"), ("Sunniva", "sent")]


def test_a_delay_notice_is_sent_to_those_it_was_for(world: World, server: MailServer) -> None:
    with clock.at(PUBLISHED):
        add_stakeholders(world, "Sunniva", "Tor")
        number = begin(world)
        with world.writing() as session:
            session.execute(sa.update(StatusUpdate).values(audience=[person(world, "Tor").id]))
        publish(world, number)
        work(world)
    set_up_mail(world, server.url)
    world.browser("olga").post(SEND)
    work(world)
    assert list(server.taken) == [address("Tor")]


def test_the_first_that_reaches_somebody_says_who_put_them_on_the_list(both: World, server: MailServer) -> None:
    keep(both, "Sunniva")
    number, olga = begin(both), both.browser("olga")
    preview = f"{UPDATES}/{number}/preview/mail?person={person(both, 'Sunniva').id}"
    assert "your first mail" not in olga.get(preview).text
    set_up_mail(both, server.url)
    assert "your first mail" in olga.get(preview).text
    publish(both, number, "All is better")
    work(both)
    with clock.at(LATER + dt.timedelta(minutes=1)):
        olga.post(SEND)
        work(both)
    first, late = server.taken[address("Sunniva")]
    assert (first["Subject"], late["Subject"]) == ("Ferry: All is better", "Ferry: All is well")
    assert ["This is your first mail about" in text_of(mail) for mail in (first, late)] == [True, False]


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def test_its_links_act_as_long_as_those_of_any_mail(world: World) -> None:
    keep(world, "Sunniva")
    set_up_mail(world)
    ask = link_of(world, "Sunniva", Purpose.ASK)
    assert "<textarea" not in world.browser().get(ask).text
    world.browser("olga").post(SEND)
    assert "<textarea" in world.browser().get(ask).text


def test_it_is_tried_as_long_as_any_mail(world: World, server: MailServer) -> None:
    keep(world, "Sunniva")
    set_up_mail(world, server.url)
    server.misbehave(address("Sunniva"), Behaviour.REFUSE_FOR_NOW, times=1)
    world.browser("olga").post(SEND)
    work(world)
    assert deliveries(world) == [("Sunniva", "waiting")]
    with clock.at(LATER + GIVE_UP_AFTER / 2):
        work(world)
    assert (deliveries(world), server.count) == ([("Sunniva", "sent")], 1)


def test_other_mails_that_were_kept_stay_where_they_are(world: World, server: MailServer) -> None:
    keep(world, "Sunniva")
    with clock.at(PUBLISHED):
        world.ask(world.item("Refunds"), "How soon?")
        with world.writing() as session:
            tor = person(world, "Sunniva")
            session.add(Delivery(kind="receipt", stakeholder_id=tor.id, context={}, product_id=tor.product_id))
    with world.writing() as session:
        session.execute(sa.update(Delivery).values(state="kept"))
    set_up_mail(world, server.url)
    world.browser("olga").post(SEND)
    work(world)
    with world.reading() as session:
        states = {kind: state.value for kind, state in session.execute(sa.select(Delivery.kind, Delivery.state))}
    assert states == {"update": "sent", "question_asked": "kept", "receipt": "kept"}


def test_without_a_mail_server_nothing_is_offered_or_sent(world: World) -> None:
    keep(world, "Sunniva")
    olga = world.browser("olga")
    shown = olga.get(PAGE).text
    assert BUTTON not in shown and "Once there is one, you can send it here with one click." in shown
    assert "one click" not in world.browser("lea").get(PAGE).text
    answer = olga.post(SEND)
    assert (answer.status_code, "No mail server is set up" in answer.text) == (409, True)
    assert deliveries(world) == [("Sunniva", "kept")]


def test_whoever_may_publish_sends_them(world: World) -> None:
    keep(world, "Sunniva")
    set_up_mail(world)
    for name in ("dora", "lea"):
        browser = world.browser(name)
        assert "1 mail" not in browser.get(PAGE).text and "one mail was kept" in browser.get(PAGE).text
        assert BUTTON not in browser.get(PAGE).text
        assert browser.post(SEND).status_code == 403
    with world.changing() as (_session, product, _owner):
        product.delegates_publish = True
    assert "Send it now" in world.browser("dora").get(PAGE).text
    assert world.browser("dora").post(SEND).status_code == 303
    assert deliveries(world) == [("Sunniva", "waiting")]


def test_an_archived_product_sends_nothing(world: World) -> None:
    keep(world, "Sunniva")
    set_up_mail(world)
    olga = world.browser("olga")
    olga.post("/products/FE/settings/archive")
    assert BUTTON not in olga.get(PAGE).text
    assert olga.post(SEND).status_code == 409
    assert deliveries(world) == [("Sunniva", "kept")]


def test_the_page_asks_no_more_for_many(world: World) -> None:
    asked = []
    for number, names in ((1, ["Sunniva", "Tor"]), (2, [f"Person{n}" for n in range(40)])):
        set_up_mail(world, None)
        with clock.at(PUBLISHED):
            add_stakeholders(world, *names)
            publish(world, begin(world))
            work(world)
        with world.writing() as session:
            session.execute(sa.update(Stakeholder).where(Stakeholder.id != 1).values(level=Level.MINE))
        set_up_mail(world)
        olga = world.browser("olga")
        olga.get(f"{UPDATES}/{number}")
        with counting() as statements:
            assert "now</button>" in olga.get(f"{UPDATES}/{number}").text
        asked.append(len(statements))
    assert asked[0] == asked[1]


def test_who_was_let_in_without_a_mail_server_is_invited_by_mail_later(world: World) -> None:
    olga, members = world.browser("olga"), "/products/FE/settings/members"
    nora = {"email": "new@example.org", "name": "Nora New", "role": "developer"}
    path = link_in(olga.post(members, nora).text)
    set_up_mail(world)
    with world.reading() as session:
        nora_id = session.scalars(sa.select(User.id).where(User.email == "new@example.org")).one()
    again = f"{members}/{nora_id}/link"
    assert f'action="{again}"' in olga.get(members).text
    assert olga.post(again).status_code == 303
    assert "Nora New has been invited by mail." in olga.get(members).text
    assert world.mails() == [("invitation", "new@example.org")]
    assert world.browser().get(path).status_code == 404
