"""A receiver of webhooks for tests: a real HTTP server on this machine that checks signatures by itself and answers as it
is told."""

import base64
import contextlib
import hashlib
import hmac
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

#: How the receiver answers one request; it writes to the connection by itself.
Behaviour = Callable[[BaseHTTPRequestHandler], None]


@dataclass(frozen=True)
class Taken:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def told(self) -> Any:
        """What the body says."""
        return json.loads(self.body)

    def is_genuine(self, secret: str) -> bool:
        """Whether its signature is that of the standard, worked out here from the secret as people copy it."""
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        stamp = self.headers["webhook-timestamp"]
        signed = b".".join([self.id.encode(), stamp.encode(), self.body])
        wanted = b"v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
        return abs(int(stamp) - time.time()) < 300 and self.headers["webhook-signature"].encode() == wanted


@dataclass
class Receiver:
    """Runs in threads of its own on a free port of 127.0.0.1; `taken` holds every request, `next` how the next ones are
    answered, after them with 200."""

    context: ssl.SSLContext | None = None
    taken: list[Taken] = field(default_factory=list)
    next: list[Behaviour] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        """An address that leads here."""
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def versions(self) -> list[int]:
        """The versions it was told of, in the order in which they came."""
        return [each.told["data"]["version"] for each in self.taken]

    @contextlib.contextmanager
    def running(self) -> Iterator["Receiver"]:
        """Listen inside the block."""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # noqa: N802
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.taken.append(Taken(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                behave = receiver.next.pop(0) if receiver.next else answer(200)
                with contextlib.suppress(OSError):
                    behave(self)
                self.close_connection = True

            def log_message(self, *_words: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        server.daemon_threads = True
        if self.context is not None:
            server.socket = self.context.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *_which: None  # type: ignore[method-assign]
        self.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()


def answer(status: int, words: str = "", **headers: str) -> Behaviour:
    """Answer at once."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(words.encode())))
        handler.end_headers()
        handler.wfile.write(words.encode())

    return behave


def say(words: bytes, *, times: int = 1, every_s: float = 0) -> Behaviour:
    """Send these bytes as they are, again and again."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        for _ in range(times):
            handler.wfile.write(words)
            handler.wfile.flush()
            time.sleep(every_s)

    return behave


def wait_for(release: threading.Event) -> Behaviour:
    """Say nothing until the test is done."""

    def behave(_handler: BaseHTTPRequestHandler) -> None:
        release.wait(20)

    return behave
