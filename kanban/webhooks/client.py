"""The one client for addresses that somebody typed in: it looks the name up once, judges what it found, connects to
that and to nothing else, follows no redirect, and never waits or reads longer than it was told.

`http.client` does the talking over a connection made here, and the certificate is checked for the name, not the number.
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
    """What came back: the status, the first words of the body on one line, and how long it asks to be left alone."""

    status: int
    words: str
    asks_for: dt.timedelta = NO_PAUSE


def look_up(host: str, port: int) -> list[str]:
    """The IP addresses of a host, as the system finds them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


@cache
def _context() -> ssl.SSLContext:
    return ssl.create_default_context()


@dataclass(frozen=True)
class Client:
    """Calls what `reach` allows, within `within_s` in all, the look-up included, and reads `most_bytes` at most."""

    reach: Reach
    within_s: float = WITHIN_S
    most_bytes: int = MOST_BYTES
    context: Callable[[], ssl.SSLContext] = _context
    look_up: Callable[[str, int], list[str]] = look_up

    def post(self, address: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send the body there; Failed with the reason if no answer comes."""
        if self.reach is Reach.OFF:
            raise Failed("Whoever runs this installation has switched webhooks off.")
        ends_at = time.monotonic() + self.within_s
        try:
            target = Target.read(address, self.reach)
            with self._connect(target, ends_at) as connection:
                return self._ask(target, _Line(connection, ends_at, self.most_bytes), body, headers)
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
        """Try the addresses in turn; each gets its share of the time."""
        addresses = [ip for ip in self._found(target, ends_at) if may_call(ip, self.reach)]
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

    def _found(self, target: Target, ends_at: float) -> list[str]:
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

    def _ask(self, target: Target, line: "_Line", body: bytes, headers: Mapping[str, str]) -> Answer:
        asked = http.client.HTTPConnection(target.host, target.port)
        asked.default_port = 443 if target.is_tls else 80
        asked.auto_open = 0
        asked.sock = line
        asked.request("POST", target.path, body, {**headers, "Connection": "close"})
        answer = asked.getresponse()
        asks_for = _pause_in(answer.headers.get("Retry-After", ""))
        return Answer(answer.status, _first_words(answer, self.most_bytes), asks_for)


def _pause_in(header: str) -> dt.timedelta:
    """What Retry-After asks for, in seconds or until a date; at most a day."""
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(dt.timedelta(seconds=int(text[:9])), PAUSE_AT_MOST)
    until = parse_date(text)
    return min(max(until - clock.now(), NO_PAUSE), PAUSE_AT_MOST) if until is not None else NO_PAUSE


def _first_words(answer: http.client.HTTPResponse, most_bytes: int) -> str:
    """Read to the end or the limit, so that the other side is not cut off; what goes wrong now changes nothing."""
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


class _Line:
    """A connection as `http.client` uses it, each of whose waits is cut to the time left in all; from which so many
    bytes come and no more."""

    def __init__(self, connection: socket.socket, ends_at: float, most_bytes: int) -> None:
        self._connection, self._ends_at, self._left = connection, ends_at, most_bytes

    def sendall(self, words: Any) -> None:
        """Send in pieces, none of which waits beyond the end."""
        for start in range(0, len(words), _SENT_AT_ONCE_BYTES):
            self._connection.settimeout(_left_s(self._ends_at))
            self._connection.sendall(words[start : start + _SENT_AT_ONCE_BYTES])

    def makefile(self, _mode: str) -> io.BufferedReader:
        """What comes back."""
        return io.BufferedReader(_Ear(self))

    def hear(self, buffer: Any) -> int:
        """Wait for the next bytes; none when as many came as are read."""
        if not self._left:
            return 0
        self._connection.settimeout(_left_s(self._ends_at))
        count = self._connection.recv_into(memoryview(buffer)[: self._left])
        self._left -= count
        return count

    def close(self) -> None:
        """Stay open: who made the connection closes it when the answer was read."""


class _Ear(io.RawIOBase):
    def __init__(self, line: _Line) -> None:
        self._line = line

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._line.hear(buffer)
