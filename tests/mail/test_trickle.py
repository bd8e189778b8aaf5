"""A mail server that sends its answers sign by sign: no mail takes longer than its lease, and none goes out twice."""

import contextlib
import datetime as dt
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from kanban import clock
from kanban.background.worker import Worker
from kanban.mail import smtp
from kanban.mail.outbox import LEASE
from kanban.mail.server import SmtpSettings
from kanban.mail.smtp import Temporary, Unknown
from tests.mail.application import add_product, make_office, publish_update, states
from tests.mail.server import MailServer
from tests.mail.test_smtp import SENDER, letter

TIMEOUT_S = 0.2
SIGNS_A_TIMEOUT = 2


class Trickle:
    """Speaks SMTP to one guest after the other; answers named in `slowly` come sign by sign, each in good time. `signs`
    of them were said: how long the guest listened, also where guest and host both wait for the machine."""

    def __init__(self, slowly: dict[str, bytes]) -> None:
        self.slowly = slowly
        self.dots = 0
        self.signs = 0

    @contextlib.contextmanager
    def running(self) -> Iterator[SmtpSettings]:
        with socket.create_server(("127.0.0.1", 0)) as door:
            threading.Thread(target=self._serve, args=(door,), daemon=True).start()
            yield SmtpSettings.parse(f"smtp://127.0.0.1:{door.getsockname()[1]}?tls=none&timeout={TIMEOUT_S}")

    def _serve(self, door: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                guest, _ = door.accept()
                with guest, contextlib.suppress(OSError):
                    self._talk(guest)

    def _talk(self, guest: socket.socket) -> None:
        lines = guest.makefile("rb")
        self._say(guest, "door", b"220 trickle\r\n")
        while line := lines.readline():
            word = line[:4].strip().decode().lower()
            if word != "data":
                self._say(guest, word, b"250 fine\r\n")
                continue
            self._say(guest, word, b"354 go on\r\n")
            while lines.readline() != b".\r\n":
                pass
            self.dots += 1
            self._say(guest, "dot", b"250 taken\r\n")

    def _say(self, guest: socket.socket, word: str, words: bytes) -> None:
        if word not in self.slowly:
            guest.sendall(words)
            return
        for sign in self.slowly[word]:
            guest.sendall(bytes([sign]))
            self.signs += 1
            time.sleep(TIMEOUT_S / SIGNS_A_TIMEOUT)


def hand_in(settings: SmtpSettings) -> None:
    address = "sunniva@example.com"
    smtp.send(settings, letter(address).as_message(), sender=SENDER, recipient=address)


@pytest.mark.parametrize("word", ["door", "ehlo", "data"])
def test_an_answer_that_trickles_is_given_up(word: str) -> None:
    trickle = Trickle({word: b"250-" + b"so slow " * 1000})
    with trickle.running() as settings, pytest.raises(Temporary):
        hand_in(settings)
    assert trickle.signs < 12 * SIGNS_A_TIMEOUT
    assert trickle.dots == 0


def test_a_verdict_that_trickles_counts_from_its_number_on() -> None:
    trickle = Trickle({"dot": b"250 2.0.0 " + b"taken, with many words " * 1000})
    with trickle.running() as settings:
        hand_in(settings)
    assert trickle.signs < 6 * SIGNS_A_TIMEOUT
    assert trickle.dots == 1


def test_a_verdict_without_an_end_is_none() -> None:
    trickle = Trickle({"dot": b"250-so slow\r\n" * 1000})
    with trickle.running() as settings, pytest.raises(Unknown):
        hand_in(settings)
    assert trickle.signs < 6 * SIGNS_A_TIMEOUT


def test_a_conversation_fits_into_its_lease() -> None:
    longest = SmtpSettings.parse("smtp://localhost?timeout=60")
    assert longest.before_the_dot_s < LEASE.total_seconds()
    assert longest.after_the_dot_s < LEASE.total_seconds() / 3


def late(app: Flask, server: MailServer) -> tuple[Worker, Worker]:
    """Two senders and a mail for one person."""
    publish_update(app, add_product(app, stakeholders=1))
    return Worker(app, make_office(server.url)), Worker(app, make_office(server.url))


def test_who_has_lost_the_lease_sends_nothing(app: Flask, server: MailServer) -> None:
    slow, quick = late(app, server)
    taken = slow._take()
    assert taken is not None
    with clock.at(clock.now() + LEASE + dt.timedelta(minutes=1)):
        assert quick.drain() == 1
        slow._deliver(taken)
    assert server.count == 1
    assert states(app) == {"sent": 1}


def test_who_has_lost_the_lease_to_a_sender_of_its_own_sends_nothing_either(app: Flask, server: MailServer) -> None:
    worker, _ = late(app, server)
    slow = worker._take()
    assert slow is not None
    with clock.at(clock.now() + LEASE + dt.timedelta(minutes=1)):
        again = worker._take()
        assert again is not None
        worker._deliver(slow)
        assert (server.count, states(app)) == (0, {"sending": 1})
        worker._deliver(again)
    assert server.count == 1
    assert states(app) == {"sent": 1}


def test_who_is_late_holds_on_to_the_lease_before_the_final_dot(
    app: Flask, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, quick = late(app, server)
    now, await_verdict = clock.now(), smtp._await_verdict

    def meanwhile(*conversation: Any) -> tuple[int, bytes]:
        with clock.at(now + LEASE * 1.2):
            assert quick.drain() == 0
        return await_verdict(*conversation)

    monkeypatch.setattr(smtp, "_await_verdict", meanwhile)
    taken = slow._take()
    assert taken is not None
    with clock.at(now + LEASE * 0.9):
        slow._deliver(taken)
    assert server.count == 1
    assert states(app) == {"sent": 1}
