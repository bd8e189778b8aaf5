"""The moment in which nobody can know whether a mail was accepted: from its final dot until the outcome is recorded.

A mail whose sender is killed in that moment has to be sent again. The senders of one process therefore pass through it
one by one, so that a kill repeats one mail rather than one for each sender.
"""

import contextlib
import threading
import time
from collections.abc import Iterator

PATIENCE_S = 2.0


class AcceptanceWindow:
    """Lets one sender in at a time; one that stays longer than `patience_s` no longer holds up the others."""

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._changed = threading.Condition()
        self._last: object = None
        self._entered_at = 0.0

    @contextlib.contextmanager
    def exclusive(self) -> Iterator[None]:
        """Enter the moment: wait until nobody is inside, or until the one inside has been there for too long."""
        me = object()
        with self._changed:
            while self._last is not None and (left_s := self._left_s()) > 0:
                self._changed.wait(left_s)
            self._last, self._entered_at = me, time.monotonic()
        try:
            yield
        finally:
            with self._changed:
                if self._last is me:
                    self._last = None
                self._changed.notify()

    def _left_s(self) -> float:
        return self._entered_at + self._patience_s - time.monotonic()
