"""The test mail over a real conversation with its outcome in plain words, the outbox, and one's own kept mails."""

import dataclasses
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from kanban.background.worker import Worker
from kanban.mail.office import PostOffice
from kanban.models import Delivery, DeliveryState, User
from tests.builders import World
from tests.mail.server import Behaviour, MailServer
from tests.reporting import add_stakeholders, begin, publish


@pytest.fixture(scope="module")
def running() -> Iterator[MailServer]:
    with MailServer(stall_s=2).running() as server:
        yield server


@pytest.fixture
def server(running: MailServer) -> MailServer:
    running.taken.clear()
    running.tries.clear()
    running._scripts.clear()
    return running


def hand_in_at(world: World, url: str | None) -> None:
    world.app.config["KANBAN"] = dataclasses.replace(world.app.config["KANBAN"], smtp_url=url)


def make_admin(world: World, name: str = "olga") -> None:
    with world.writing() as session:
        session.execute(sa.update(User).where(User.email.startswith(f"{name}@")).values(is_admin=True))


def outcome(world: World) -> str:
    browser = world.browser("olga")
    assert browser.post("/mail/test").headers["Location"] == "/mail"
    return browser.get("/mail").text


def address(world: World) -> str:
    with world.reading() as session:
        return session.scalars(sa.select(User.email).where(User.is_admin)).one()


def test_the_test_mail_arrives_over_starttls_with_a_password(world: World, server: MailServer) -> None:
    make_admin(world)
    hand_in_at(world, server.url)
    assert "accepted the test mail" in outcome(world)
    [mail] = server.taken[address(world)]
    assert "works" in mail["Subject"]
    assert mail["Auto-Submitted"] == "auto-generated"
    with world.reading() as session:
        assert session.scalars(sa.select(Delivery.state)).all() == [DeliveryState.SENT]


@pytest.mark.parametrize("behaviour", [Behaviour.REFUSE_FOREVER, Behaviour.REFUSE_FOR_NOW, Behaviour.DROP_AT_DATA])
def test_whatever_the_server_answers_is_told_and_not_tried_again(
    world: World, server: MailServer, behaviour: Behaviour
) -> None:
    make_admin(world)
    hand_in_at(world, server.url)
    server.misbehave(address(world), behaviour)
    page = outcome(world)
    assert "The test mail did not go out." in page
    with world.reading() as session:
        assert session.scalars(sa.select(Delivery.state)).all() == [DeliveryState.REFUSED]
    Worker(world.app, PostOffice.from_config(world.app.config["KANBAN"])).drain()
    with world.reading() as session:
        assert session.scalars(sa.select(Delivery.state)).all() == [DeliveryState.REFUSED]


def test_a_wrong_password_and_nobody_there_are_told_apart_and_never_show_the_password(
    world: World, server: MailServer
) -> None:
    make_admin(world)
    hand_in_at(world, server.url.replace(":", ":x", 2).replace("smtp:x", "smtp:", 1))
    page = outcome(world)
    assert "rejected the user or password" in page
    hand_in_at(world, "smtp://ann:geheim@127.0.0.1:9?timeout=1")
    page = outcome(world)
    assert "can’t be reached" in page
    assert "geheim" not in page


def test_without_a_server_it_is_kept_and_its_reader_finds_it(world: World) -> None:
    make_admin(world)
    assert "No mail server is set up, so the test mail was kept" in outcome(world)
    assert "Mail from" in world.browser("olga").get("/mail/mine").text
    assert "No mail is kept for you" in world.browser("dev").get("/mail/mine").text


def test_only_administrators_see_the_outbox_and_none_of_its_addresses(world: World) -> None:
    make_admin(world)
    add_stakeholders(world, "Sunniva")
    publish(world, begin(world))
    with world.writing() as session:
        session.execute(sa.update(Delivery).values(trouble="550 <sunniva@island.example.org> unknown"))
    page = world.browser("olga").get("/mail").text
    assert "1 waiting" in page
    assert "unknown" in page
    assert "sunniva@" not in page
    for name in ("dora", "dev", "sam"):
        assert world.browser(name).get("/mail").status_code == 404
        assert world.browser(name).post("/mail/test").status_code == 404
    assert world.browser().get("/mail").status_code in (302, 303)


def test_a_question_kept_for_me_is_read_by_me_alone(world: World) -> None:
    world.item("Which colour")
    world.ask("FE-1", "Red or blue?", by="dev")
    Worker(world.app, PostOffice.from_config(world.app.config["KANBAN"])).drain()
    assert "Red or blue?" in world.browser("olga").get("/mail/mine").text
    for name in ("dev", "sam", "dora"):
        assert "Red or blue?" not in world.browser(name).get("/mail/mine").text
