"""The one HTTP client for addresses that somebody typed in, so it guards against SSRF and hostile receivers.

It resolves the name once, checks the addresses it got, connects only to those, follows no redirect, and never waits or
reads longer than it may. `http.client` speaks the protocol over a connection made here; the certificate is checked
against the host's name, not its IP address.
"""

import datetime as dt
import http.client
import io
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from werkzeug.http import parse_date

from kanban import clock
from kanban.addresses import Reach, Target, may_call
from kanban.errors import Invalid

WITHIN_S = 7.0
MOST_BYTES = 100_000
WORDS_KEPT = 200
NO_PAUSE = dt.timedelta(0)
PAUSE_AT_MOST = dt.timedelta(days=1)
_SENT_AT_ONCE_BYTES = 16_384


class Failed(Exception):
    """No answer came; its text is a sentence for people."""


@dataclass(frozen=True)
class Answer:
    """What came back: status, the first words of the body on one line, and how long to leave the receiver alone."""

    status: int
    words: str
    asks_for: dt.timedelta = NO_PAUSE


def look_up(host: str, port: int) -> list[str]:
    """The IP addresses of a host, as the system resolves them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


@cache
def _context() -> ssl.SSLContext:
    return ssl.create_default_context()


@dataclass(frozen=True)
class Client:
    """Calls only what `reach` allows, takes at most `within_s` seconds in all and reads at most `most_bytes`.

    The time includes the look-up of the host's name.
    """

    reach: Reach
    within_s: float = WITHIN_S
    most_bytes: int = MOST_BYTES
    context: Callable[[], ssl.SSLContext] = _context
    look_up: Callable[[str, int], list[str]] = look_up

    def post(self, address: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post the body to an address; raises Failed with the reason if no answer comes."""
        if self.reach is Reach.OFF:
            raise Failed("Whoever runs this installation has switched webhooks off.")
        ends_at = time.monotonic() + self.within_s
        try:
            target = Target.read(address, self.reach)
            with self._connect(target, ends_at) as connection:
                return self._exchange(target, _DeadlineSocket(connection, ends_at, self.most_bytes), body, headers)
        except Invalid as invalid:
            raise Failed(invalid.sentence) from None
        except TimeoutError:
            raise Failed(f"No answer came within {self.within_s:g} seconds.") from None
        except ssl.SSLCertVerificationError as error:
            raise Failed(f"Its certificate can’t be trusted: {error.verify_message}.") from None
        except ssl.SSLError as error:
            raise Failed(f"No TLS connection came about ({error.reason or 'broken off'}).") from None
        except (http.client.HTTPException, ValueError):
            raise Failed("What came back was no HTTP answer.") from None
        except OSError as error:
            raise Failed(f"It could not be reached ({error.strerror or 'cut off'}).") from None

    def _connect(self, target: Target, ends_at: float) -> socket.socket:
        """Try the allowed addresses in turn, each with an equal share of the time that is left."""
        addresses = [ip for ip in self._resolve(target, ends_at) if may_call(ip, self.reach)]
        if not addresses:
            raise Failed("This address leads into a private network, which is not called from here.")
        for place, ip in enumerate(addresses):
            connection = socket.socket(socket.AF_INET6 if ":" in ip else socket.AF_INET, socket.SOCK_STREAM)
            is_last = place + 1 == len(addresses)
            try:
                connection.settimeout(_left_s(ends_at) / (len(addresses) - place))
                connection.connect((ip, target.port))
                connection.settimeout(_left_s(ends_at))
                if target.is_tls:
                    return self.context().wrap_socket(connection, server_hostname=target.host)
                return connection
            except OSError as error:
                connection.close()
                if is_last or isinstance(error, ssl.SSLError):
                    raise
        raise AssertionError("the last address connects or raises")

    def _resolve(self, target: Target, ends_at: float) -> list[str]:
        """Look the host up in a thread, since nothing else limits how long the system takes."""
        results: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

        def find() -> None:
            try:
                results.put(self.look_up(target.host, target.port))
            except (OSError, UnicodeError) as error:
                results.put(error)

        threading.Thread(target=find, name="look-up", daemon=True).start()
        try:
            found = results.get(timeout=_left_s(ends_at))
        except queue.Empty:
            raise TimeoutError from None
        if isinstance(found, Exception) or not found:
            raise Failed("There is no such host.")
        return found

    def _exchange(
        self, target: Target, connection: "_DeadlineSocket", body: bytes, headers: Mapping[str, str]
    ) -> Answer:
        asked = http.client.HTTPConnection(target.host, target.port)
        asked.default_port = 443 if target.is_tls else 80
        asked.auto_open = 0
        asked.sock = connection
        asked.request("POST", target.path, body, {**headers, "Connection": "close"})
        answer = asked.getresponse()
        asks_for = _pause_in(answer.headers.get("Retry-After", ""))
        return Answer(answer.status, _first_words(answer, self.most_bytes), asks_for)


def _pause_in(header: str) -> dt.timedelta:
    """The pause that a Retry-After header asks for, in seconds or until a date; at most a day."""
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(dt.timedelta(seconds=int(text[:9])), PAUSE_AT_MOST)
    until = parse_date(text)
    return min(max(until - clock.now(), NO_PAUSE), PAUSE_AT_MOST) if until is not None else NO_PAUSE


def _first_words(answer: http.client.HTTPResponse, most_bytes: int) -> str:
    """Read the body to its end or the limit, so that the receiver is not cut off, and return its first words.

    Errors are ignored, since the status is known by now.
    """
    read = b""
    try:
        while len(read) < most_bytes and (piece := answer.read1(8192)):
            read += piece
    except (OSError, http.client.HTTPException, ValueError):
        pass
    text = read[: 4 * WORDS_KEPT].decode(errors="replace")
    shown = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return shown if len(shown) <= WORDS_KEPT else f"{shown[: WORDS_KEPT - 1]}…"


def _left_s(ends_at: float) -> float:
    left_s = ends_at - time.monotonic()
    if left_s <= 0:
        raise TimeoutError
    return left_s


class _DeadlineSocket:
    """A socket as `http.client` uses it that stops at a deadline and after a number of received bytes.

    Each wait is cut to the time that is left in all.
    """

    def __init__(self, connection: socket.socket, ends_at: float, most_bytes: int) -> None:
        self._connection, self._ends_at, self._left = connection, ends_at, most_bytes

    def sendall(self, words: Any) -> None:
        """Send in pieces, none of which waits beyond the deadline."""
        for start in range(0, len(words), _SENT_AT_ONCE_BYTES):
            self._connection.settimeout(_left_s(self._ends_at))
            self._connection.sendall(words[start : start + _SENT_AT_ONCE_BYTES])

    def makefile(self, _mode: str) -> io.BufferedReader:
        """The stream from which `http.client` reads the answer."""
        return io.BufferedReader(_SocketReader(self))

    def recv_into(self, buffer: Any) -> int:
        """Receive the next bytes into the buffer and return their number; 0 once the limit has been read."""
        if not self._left:
            return 0
        self._connection.settimeout(_left_s(self._ends_at))
        count = self._connection.recv_into(memoryview(buffer)[: self._left])
        self._left -= count
        return count

    def close(self) -> None:
        """Leave the socket open: `Client.post`, which made it, closes it once the answer has been read."""


class _SocketReader(io.RawIOBase):
    def __init__(self, connection: _DeadlineSocket) -> None:
        self._connection = connection

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._connection.recv_into(buffer)
