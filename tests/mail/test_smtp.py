"""Handing a mail in: a real conversation with STARTTLS and AUTH, and what every way of failing means."""

import datetime as dt
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from kanban.mail import smtp
from kanban.mail.letter import Letter, Mailbox
from kanban.mail.server import SmtpSettings
from kanban.mail.smtp import Final, Temporary, Unknown
from tests.mail.server import Behaviour, MailServer

SENDER = "kanban@example.org"


def letter(address: str = "sunniva@example.com", text: str = "All is well.\n") -> Letter:
    return Letter(
        from_=Mailbox("Ferry tickets", SENDER),
        to=Mailbox("Sunniva Dahl", address),
        subject="Company invoices",
        text=text,
        html="<p>All is well.</p>",
        message_id="1@example.org",
        date=dt.datetime(2026, 11, 24, tzinfo=dt.UTC),
    )


def hand_in(server: MailServer, address: str = "sunniva@example.com", text: str = "All is well.\n") -> None:
    smtp.send(SmtpSettings.parse(server.url), letter(address, text).as_message(), sender=SENDER, recipient=address)


@pytest.fixture(scope="module")
def running() -> Iterator[MailServer]:
    with MailServer(stall_s=5).running() as server:
        yield server


@pytest.fixture
def server(running: MailServer) -> MailServer:
    running.taken.clear()
    running.tries.clear()
    running._scripts.clear()
    return running


def test_a_mail_arrives_over_starttls_with_a_password(server: MailServer) -> None:
    hand_in(server)
    (message,) = server.taken["sunniva@example.com"]
    assert message["To"] == "Sunniva Dahl <sunniva@example.com>"
    assert message.get_body(("plain",)).get_content().replace("\r\n", "\n") == "All is well.\n"  # type: ignore[union-attr]


def test_lines_of_dots_arrive_as_they_were(server: MailServer) -> None:
    text = ".\n..\n.hidden\nafter\n"
    hand_in(server, text=text)
    (message,) = server.taken["sunniva@example.com"]
    assert message.get_body(("plain",)).get_content().replace("\r\n", "\n") == text  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        (Behaviour.REFUSE_FOREVER, Final),
        (Behaviour.REFUSE_FOR_NOW, Temporary),
        (Behaviour.REFUSE_CONTENT, Final),
        (Behaviour.DEFER_CONTENT, Temporary),
        (Behaviour.STALL_AT_RECIPIENT, Temporary),
        (Behaviour.DROP_AT_DATA, Temporary),
        (Behaviour.STALL_AFTER_DOT, Unknown),
        (Behaviour.DROP_AFTER_DOT_UNSAVED, Unknown),
        (Behaviour.DROP_AFTER_DOT_TAKEN, Unknown),
    ],
)
def test_each_failure_means_one_thing(server: MailServer, behaviour: Behaviour, outcome: type[smtp.MailError]) -> None:
    server.misbehave("sunniva@example.com", behaviour)
    began = time.monotonic()
    with pytest.raises(outcome) as trouble:
        hand_in(server)
    assert time.monotonic() - began < 4
    assert trouble.value.sentence.startswith("The ")
    assert "\n" not in trouble.value.sentence


def test_a_slow_server_is_waited_for(server: MailServer) -> None:
    server.misbehave("sunniva@example.com", Behaviour.SLOW)
    hand_in(server)
    assert server.count == 1


def test_a_mail_that_was_taken_does_not_wait_for_the_goodbye() -> None:
    with MailServer(goodbye_s=5).running() as server:
        began = time.monotonic()
        hand_in(server)
        assert time.monotonic() - began < 0.9, "The goodbye was waited for, until the timeout of a second"
        assert server.count == 1


def test_a_wrong_password_is_nobodys_refusal(server: MailServer) -> None:
    settings = replace(SmtpSettings.parse(server.url), password="wrong")
    with pytest.raises(Temporary, match="rejected the user or password"):
        smtp.send(settings, letter().as_message(), sender=SENDER, recipient="sunniva@example.com")


def test_an_unknown_certificate_is_not_trusted(server: MailServer) -> None:
    settings = replace(SmtpSettings.parse(server.url), ca_file=None)
    with pytest.raises(Temporary, match="can’t be trusted"):
        smtp.send(settings, letter().as_message(), sender=SENDER, recipient="sunniva@example.com")
    smtp.send(replace(settings, verify=False), letter().as_message(), sender=SENDER, recipient="sunniva@example.com")
    assert server.count == 1


def test_a_certificate_for_another_name_is_not_trusted(server: MailServer) -> None:
    settings = replace(SmtpSettings.parse(server.url), host="127.0.0.2")
    with pytest.raises(Temporary, match=r"can’t be (trusted|reached)"):
        smtp.send(settings, letter().as_message(), sender=SENDER, recipient="sunniva@example.com")


def test_a_mail_arrives_where_tls_begins_with_the_first_byte() -> None:
    with MailServer(tls="implicit").running() as server:
        assert server.url.startswith("smtps://")
        hand_in(server)
        hand_in(server, "tor@example.com")
        assert [len(server.taken[name]) for name in ("sunniva@example.com", "tor@example.com")] == [1, 1]
        server.misbehave("nobody@example.com", Behaviour.REFUSE_FOREVER)
        with pytest.raises(Final):
            hand_in(server, "nobody@example.com")
        untrusted = replace(SmtpSettings.parse(server.url), ca_file=None)
        with pytest.raises(Temporary):
            smtp.send(untrusted, letter().as_message(), sender=SENDER, recipient="sunniva@example.com")
        assert server.count == 2


def test_a_server_without_starttls_gets_nothing() -> None:
    with MailServer(tls="none", sign_in=False).running() as server:
        hand_in(server)
        settings = replace(SmtpSettings.parse(server.url), tls="starttls")
        with pytest.raises(Temporary, match="offers no STARTTLS"):
            smtp.send(settings, letter().as_message(), sender=SENDER, recipient="sunniva@example.com")
        assert server.count == 1


def test_letters_beyond_ascii_go_through_or_are_explained(server: MailServer) -> None:
    hand_in(server, "jürgen@example.com")
    assert server.taken["jürgen@example.com"][0]["Subject"] == "Company invoices"
    with MailServer(utf8=False).running() as old, pytest.raises(Final, match="letters outside a to z"):
        hand_in(old, "jürgen@example.com")


def test_nobody_at_the_port_is_temporary() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(Temporary, match="can’t be reached"):
        smtp.send(
            SmtpSettings.parse(f"smtp://127.0.0.1:{port}?tls=none"),
            letter().as_message(),
            sender=SENDER,
            recipient="sunniva@example.com",
        )


def test_a_server_that_sends_us_away_at_the_door_refuses_nobody() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:

        def turn_away() -> None:
            guest, _ = door.accept()
            with guest:
                guest.sendall(b"554 5.7.1 Not you\r\n")

        threading.Thread(target=turn_away, daemon=True).start()
        with pytest.raises(Temporary, match="turned the connection down: 554"):
            smtp.send(
                SmtpSettings.parse(f"smtp://127.0.0.1:{door.getsockname()[1]}?tls=none"),
                letter().as_message(),
                sender=SENDER,
                recipient="sunniva@example.com",
            )
