"""Between the final dot and what is written down one sender is alone, unless the mail server keeps it waiting."""

import threading
import time

import pytest
from flask import Flask

from kanban.mail.acceptance_window import AcceptanceWindow
from tests.mail.application import add_product, publish_update, states
from tests.mail.server import Behaviour, MailServer
from tests.mail.test_worker import sender


class Watch:
    """Counts how many are inside at once, at most."""

    def __init__(self, acceptance_window: AcceptanceWindow) -> None:
        self.acceptance_window, self.inside, self.most, self.lock = acceptance_window, 0, 0, threading.Lock()

    def stay(self, stay_s: float) -> None:
        with self.acceptance_window.exclusive():
            with self.lock:
                self.inside += 1
                self.most = max(self.most, self.inside)
            time.sleep(stay_s)
            with self.lock:
                self.inside -= 1


def run_all(*threads: threading.Thread) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()


def test_one_goes_through_at_a_time() -> None:
    watch = Watch(AcceptanceWindow(patience_s=20))
    run_all(*(threading.Thread(target=watch.stay, args=(0.005,)) for _ in range(20)))
    assert watch.most == 1


def test_who_stays_too_long_holds_up_nobody() -> None:
    acceptance_window, stalled, over = AcceptanceWindow(patience_s=0.05), threading.Event(), threading.Event()

    def stall() -> None:
        with acceptance_window.exclusive():
            stalled.set()
            assert over.wait(20)

    slow = threading.Thread(target=stall)
    slow.start()
    assert stalled.wait(20)
    watch = Watch(acceptance_window)
    run_all(*(threading.Thread(target=watch.stay, args=(0,)) for _ in range(5)))
    over.set()
    slow.join(20)
    watch.stay(0)
    assert watch.most >= 1


def test_an_error_inside_leaves_the_way_free() -> None:
    acceptance_window, began = AcceptanceWindow(patience_s=60), time.monotonic()
    for _ in range(2):
        with pytest.raises(ValueError, match="lost"), acceptance_window.exclusive():
            raise ValueError("lost")
    assert time.monotonic() - began < 30


def test_one_mail_at_a_time_waits_for_the_servers_verdict(app: Flask, server: MailServer) -> None:
    publish_update(app, add_product(app, stakeholders=12))
    server.slow_s = 0.05
    for number in range(12):
        server.misbehave(f"person{number}@example.com", Behaviour.SLOW)
    worker = sender(app, server).start()
    try:
        server.wait_for(12)
    finally:
        worker.stop()
    assert server.most_at_once == 1
    assert states(app) == {"sent": 12}


def test_a_server_that_never_answers_for_one_holds_up_the_others_once(app: Flask, server: MailServer) -> None:
    publish_update(app, add_product(app, stakeholders=8))
    server.misbehave("person0@example.com", Behaviour.STALL_AFTER_DOT)
    worker = sender(app, server)
    worker._acceptance_window = AcceptanceWindow(patience_s=0.2)
    worker.start()
    try:
        server.wait_for(7)
        assert len(server.taken["person0@example.com"]) == 0
    finally:
        worker.stop()
