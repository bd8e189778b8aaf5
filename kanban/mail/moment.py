"""The moment in which nobody can know whether a mail was accepted: from its final dot until the outcome is recorded.

A sender that is killed in it has to send the mail again. So the senders of one process go through it one by one: then a
kill repeats one mail, not one for each sender.
"""

import contextlib
import threading
import time
from collections.abc import Iterator

PATIENCE_S = 2.0


class Moment:
    """Lets one sender in at a time; one that stays longer than `patience_s` no longer holds up the others."""

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._changed = threading.Condition()
        self._last: object = None
        self._entered_at = 0.0

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Wait until nobody is inside, or the last one has been inside for too long; then be the one inside."""
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
