"""The loop that mail worker and courier share: take one due thing after another, each delivered in a thread of a pool.

A slow receiver thus holds up only its own delivery.
"""

import abc
import contextlib
import datetime as dt
import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, Self, TypeVar

from flask import Flask

Leased = TypeVar("Leased")

POLL_S = 2.0
AT_ONCE = 4
_PAUSES_S = (5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800)
log = logging.getLogger(__name__)


class DueLoop(abc.ABC, Generic[Leased]):
    """Sends what is due until it is stopped.

    Start it after the fork, since it holds threads. A subclass says how one thing is taken (under a lease) and
    delivered, and may do more in `_after_each_round`, after each round.
    """

    def __init__(self, app: Flask, *, name: str) -> None:
        self.app = app
        self._name = name
        self._woken = threading.Event()
        self._stopping = threading.Event()
        self._slots = threading.Semaphore(AT_ONCE)
        self._thread: threading.Thread | None = None

    def start(self) -> Self:
        """Run in a thread of this process."""
        self._thread = threading.Thread(target=self.run, name=self._name, daemon=True)
        self._thread.start()
        return self

    def stop(self, timeout_s: float = 10.0) -> None:
        """Take nothing new, and wait for what is being sent."""
        self._stopping.set()
        self._woken.set()
        if self._thread is not None:
            self._thread.join(timeout_s)

    def wake(self) -> None:
        """Look for due things now instead of after the next pause."""
        self._woken.set()

    def run(self) -> None:
        """Send until stopped."""
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix=self._name) as pool:
            with self._errors_logged():
                self._begin()
            while not self._stopping.is_set():
                self._woken.clear()
                with self._errors_logged():
                    self._send_due(pool)
                with self._errors_logged():
                    self._after_each_round()
                self._woken.wait(POLL_S)

    def drain(self) -> int:
        """Send everything that is due now, one after another, in this thread; returns how many were taken."""
        count = 0
        while (leased := self._take()) is not None:
            self._deliver(leased)
            count += 1
        return count

    @abc.abstractmethod
    def _take(self) -> Leased | None:
        """Lease the next due thing; None if there is none."""

    @abc.abstractmethod
    def _deliver(self, leased: Leased) -> None:
        """Deliver it and record the outcome."""

    def _begin(self) -> None:
        """Do what must happen before the first round."""

    def _after_each_round(self) -> None:
        """Do what must happen after each round."""

    def _send_due(self, pool: ThreadPoolExecutor) -> None:
        """Send what is due, for POLL_S at most: slow receivers, or many, must not hold up what is done between the
        rounds. The next one follows at once if there may be more."""
        ends_at = time.monotonic() + POLL_S
        while not self._stopping.is_set() and (left_s := ends_at - time.monotonic()) > 0:
            if not self._slots.acquire(timeout=left_s):
                break
            leased = None
            with self._errors_logged():
                leased = self._take()
            if leased is None:
                self._slots.release()
                return
            pool.submit(self._deliver_in_slot, leased)
        self._woken.set()

    def _deliver_in_slot(self, leased: Leased) -> None:
        try:
            with self._errors_logged():
                self._deliver(leased)
        finally:
            self._slots.release()

    def _errors_logged(self) -> contextlib.AbstractContextManager[None]:
        return errors_logged(self._name)


@contextlib.contextmanager
def errors_logged(whose: str) -> Iterator[None]:
    """Log any error and go on: a database that is away comes back, and leases run out."""
    try:
        yield
    except Exception:
        log.exception("the %s met an error", whose)


def pause_after(tries: int, salt: int) -> dt.timedelta:
    """How long to wait after `tries` failures; `salt` lengthens it by up to 17.5 %, so that retries don't coincide."""
    pause_s = _PAUSES_S[min(tries, len(_PAUSES_S)) - 1]
    return dt.timedelta(seconds=pause_s * (1 + salt % 8 / 40))
