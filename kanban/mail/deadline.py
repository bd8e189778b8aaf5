"""SMTP connections that limit not only each wait for the mail server, but all waits together.

`smtplib` has a timeout only for each piece that arrives. A server that keeps sending one character just in time would
hold the sender until its lease ran out and another sender sent the same mail a second time.
"""

import io
import smtplib
import time
from typing import TYPE_CHECKING, Any

_SENT_AT_ONCE_BYTES = 16_384

if TYPE_CHECKING:
    _Base = smtplib.SMTP
else:
    _Base = object


class _DeadlineConnection(_Base):
    """An SMTP connection that ends at `ends_at` (monotonic clock) at the latest; `received` is the answer so far."""

    def __init__(self, host: str, port: int, *, ends_at: float, **others: Any) -> None:
        self.ends_at = ends_at
        self.received = b""
        super().__init__(host, port, **others)

    def getreply(self) -> tuple[int, bytes]:
        """Read one answer, waiting no longer than the time that is left."""
        self.received = b""
        if self.file is None:
            self.file = io.BufferedReader(_DeadlineReader(self))
        return super().getreply()

    def send(self, s: Any) -> None:
        """Send in pieces, waiting for each no longer than the time that is left."""
        words = s.encode(self.command_encoding) if isinstance(s, str) else bytes(s)
        for start in range(0, len(words), _SENT_AT_ONCE_BYTES):
            self.wait_at_most()
            super().send(words[start : start + _SENT_AT_ONCE_BYTES])

    def wait_at_most(self) -> None:
        """Limit the next wait to the time that is left; raises TimeoutError if there is none."""
        left_s = self.ends_at - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("timed out")
        if self.sock is not None:
            self.sock.settimeout(min(left_s, self.timeout))


class _DeadlineReader(io.RawIOBase):
    """Reads from the connection's current socket, which STARTTLS replaces."""

    def __init__(self, conversation: _DeadlineConnection) -> None:
        self._conversation = conversation

    def readable(self) -> bool:
        """Whether it can be read: always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Wait for the next bytes and add them to `received`."""
        self._conversation.wait_at_most()
        assert self._conversation.sock is not None
        count = self._conversation.sock.recv_into(buffer)
        self._conversation.received += bytes(buffer[:count])
        return count


class DeadlineSMTP(_DeadlineConnection, smtplib.SMTP):
    """Begins in plain text; STARTTLS may follow."""


class DeadlineSMTPS(_DeadlineConnection, smtplib.SMTP_SSL):
    """Uses TLS from the first byte."""


Conversation = DeadlineSMTP | DeadlineSMTPS
