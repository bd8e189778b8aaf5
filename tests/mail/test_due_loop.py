"""What is due goes out, however slow those are to whom it goes."""

import itertools
import threading

import pytest
from flask import Flask

from kanban.background.due_loop import AT_ONCE, DueLoop


class Endless(DueLoop[int]):
    """Never runs out of things to send, and each waits until it is let go; counts what is done between the rounds."""

    def __init__(self) -> None:
        super().__init__(Flask(__name__), name="test")
        self.let_go = threading.Event()
        self.between = threading.Semaphore(0)
        self.under_way = threading.Semaphore(0)
        self._numbers = itertools.count()

    def _take(self) -> int | None:
        return next(self._numbers)

    def _deliver(self, leased: int) -> None:
        self.under_way.release()
        self.let_go.wait(20)

    def _after_each_round(self) -> None:
        self.between.release()


@pytest.fixture
def rounds() -> Endless:
    return Endless()


def test_what_is_done_between_the_rounds_does_not_wait_for_slow_receivers(rounds: Endless) -> None:
    rounds.start()
    try:
        assert all(rounds.under_way.acquire(timeout=20) for _ in range(AT_ONCE)), "all are busy with slow ones"
        assert all(rounds.between.acquire(timeout=20) for _ in range(2))
        assert not rounds.under_way.acquire(blocking=False), "and no more are taken than can be sent"
    finally:
        rounds.let_go.set()
        rounds.stop()


def test_what_is_done_between_the_rounds_does_not_wait_until_nothing_is_due_any_more(rounds: Endless) -> None:
    rounds.let_go.set()
    rounds.start()
    try:
        assert all(rounds.between.acquire(timeout=20) for _ in range(2))
    finally:
        rounds.stop()


def test_a_system_that_can_start_no_thread_for_a_moment_does_not_end_the_sending(
    rounds: Endless, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    start, refused = threading.Thread.start, threading.Event()

    def start_or_refuse_once(thread: threading.Thread) -> None:
        if thread.name.startswith("test_") and not refused.is_set():
            refused.set()
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_or_refuse_once)
    monkeypatch.setattr("kanban.background.due_loop.POLL_S", 0.05)
    rounds.let_go.set()
    rounds.start()
    try:
        assert all(rounds.under_way.acquire(timeout=20) for _ in range(2)), "what was taken first goes out as well"
    finally:
        rounds.stop()
    assert refused.is_set()
    assert "the test met an error" in caplog.text
