"""A mail server for tests: a real SMTP conversation with STARTTLS and AUTH, and misbehaviour on demand."""

import asyncio
import contextlib
import datetime as dt
import email
import email.message
import email.policy
import ssl
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "kanban", "s3cret/pass"


class Behaviour(StrEnum):
    """What the server does with one recipient; each can be limited to the first so many tries."""

    REFUSE_FOREVER = "550 5.1.1 No such person here"
    REFUSE_FOR_NOW = "450 4.2.1 Mailbox busy, come again"
    REFUSE_CONTENT = "554 5.7.1 We do not like this mail"
    DEFER_CONTENT = "451 4.3.0 Try later"
    STALL_AT_RECIPIENT = "stall at recipient"
    STALL_AFTER_DOT = "stall after the final dot"
    DROP_AT_DATA = "drop at data"
    DROP_AFTER_DOT_UNSAVED = "drop after the final dot without having taken it"
    DROP_AFTER_DOT_TAKEN = "drop after the final dot having taken it"
    SLOW = "slow"


@dataclass
class MailServer:
    """Runs in a thread of its own on a free port of 127.0.0.1; `taken` holds what it answered 250 for (or took),
    `most_at_once` how many mails at most had their final dot and no answer yet."""

    tls: str = "starttls"
    sign_in: bool = True
    utf8: bool = True
    stall_s: float = 30.0
    slow_s: float = 0.3
    goodbye_s: float = 0.0
    taken: dict[str, list[email.message.EmailMessage]] = field(default_factory=lambda: defaultdict(list))
    tries: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    port: int = 0
    at_once: int = 0
    most_at_once: int = 0
    _scripts: dict[str, tuple[Behaviour, int | None]] = field(default_factory=dict)

    def misbehave(self, recipient: str, behaviour: Behaviour, *, times: int | None = None) -> None:
        """Treat this recipient so, for ever or the first `times` tries."""
        self._scripts[recipient] = (behaviour, times)

    @property
    def url(self) -> str:
        """The value of KANBAN_SMTP_URL for this server."""
        login = f"{USER}:{PASSWORD.replace('/', '%2F')}@" if self.sign_in else ""
        if self.tls == "implicit":
            return f"smtps://{login}localhost:{self.port}?ca={self.ca_file}&timeout=1"
        return f"smtp://{login}localhost:{self.port}?tls={self.tls}&ca={self.ca_file}&timeout=1"

    @property
    def count(self) -> int:
        """How many mails were taken in all."""
        return sum(map(len, self.taken.values()))

    def wait_for(self, count: int, timeout_s: float = 20.0) -> None:
        """Block until so many mails were taken; AssertionError when they do not come."""
        end = time.monotonic() + timeout_s
        while self.count < count:
            assert time.monotonic() < end, f"{self.count} of {count} mails came"
            time.sleep(0.02)

    def newest_to(self, recipient: str, count: int, timeout_s: float = 60.0) -> email.message.EmailMessage:
        """The last of so many mails that this recipient has got by now; AssertionError when they do not come."""
        end = time.monotonic() + timeout_s
        while len(self.taken[recipient]) < count:
            assert time.monotonic() < end, f"{len(self.taken[recipient])} of {count} mails came to {recipient}"
            time.sleep(0.02)
        subjects = [str(message["Subject"]) for message in self.taken[recipient]]
        assert len(subjects) == count, subjects
        return self.taken[recipient][-1]

    @contextlib.contextmanager
    def running(self) -> Iterator["MailServer"]:
        """Serve inside the block."""
        with tempfile.TemporaryDirectory() as folder:
            self.ca_file = str(Path(folder) / "ca.pem")
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(self.ca_file, write_certificate(Path(self.ca_file)))
            ready = threading.Event()
            thread = threading.Thread(target=self._serve, args=(ready,), name="mail-server", daemon=True)
            thread.start()
            assert ready.wait(10)
            try:
                yield self
            finally:
                self._loop.call_soon_threadsafe(self._stop.set)
                thread.join(10)

    def _serve(self, ready: threading.Event) -> None:
        asyncio.run(self._main(ready))

    async def _main(self, ready: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        context = self._context if self.tls == "implicit" else None
        server = await self._loop.create_server(self._conversation, "127.0.0.1", self.port, ssl=context)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await self._stop.wait()
        server.close()

    def _conversation(self) -> SMTP:
        starttls = self.tls == "starttls"
        conversation = _Conversation(
            _Handler(self),
            hostname="localhost",
            enable_SMTPUTF8=self.utf8,
            tls_context=self._context if starttls else None,
            require_starttls=starttls,
            auth_required=self.sign_in,
            auth_require_tls=True,
            authenticator=_authenticate if self.sign_in else None,
            loop=self._loop,
        )
        if self.tls == "implicit":
            conversation._tls_protocol = object()  # type: ignore[assignment]  # what it asks before it lets anybody sign in
        return conversation

    def _next_behaviour(self, recipient: str) -> Behaviour | None:
        behaviour, times = self._scripts.get(recipient, (None, None))
        return behaviour if times is None or self.tries[recipient] <= times else None

    def _take(self, envelope: Envelope) -> None:
        message = email.message_from_bytes(envelope.original_content or b"", policy=email.policy.default)
        assert isinstance(message, email.message.EmailMessage)
        for recipient in envelope.rcpt_tos:
            self.taken[recipient].append(message)


def write_certificate(file: Path) -> Path:
    """A certificate that vouches for itself and for localhost, valid for a day; returns where its key lies."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file = file.with_name("key.pem")
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return key_file


class _Conversation(SMTP):
    """aiosmtpd's protocol, able to drop the line when the client wants to send its mail, and slow to say goodbye."""

    async def smtp_QUIT(self, arg: str) -> None:  # noqa: N802
        await asyncio.sleep(self.event_handler.server.goodbye_s)
        await super().smtp_QUIT(arg)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        handler: _Handler = self.event_handler
        recipients = self.envelope.rcpt_tos if self.envelope else []
        if recipients and handler.server._next_behaviour(recipients[0]) is Behaviour.DROP_AT_DATA:
            assert isinstance(self.transport, asyncio.Transport)
            self.transport.abort()
            return
        await super().smtp_DATA(arg)


class _Handler:
    """aiosmtpd's hooks, answering as the test has scripted."""

    def __init__(self, server: MailServer) -> None:
        self.server = server

    async def handle_RCPT(  # noqa: N802
        self, _smtp: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        self.server.tries[address] += 1
        match self.server._next_behaviour(address):
            case Behaviour.REFUSE_FOREVER | Behaviour.REFUSE_FOR_NOW as refusal:
                return refusal.value
            case Behaviour.STALL_AT_RECIPIENT:
                await asyncio.sleep(self.server.stall_s)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, smtp: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.server.at_once += 1
        self.server.most_at_once = max(self.server.most_at_once, self.server.at_once)
        try:
            return await self._judge(smtp, envelope)
        finally:
            self.server.at_once -= 1

    async def _judge(self, smtp: SMTP, envelope: Envelope) -> str:
        behaviour = self.server._next_behaviour(envelope.rcpt_tos[0])
        match behaviour:
            case Behaviour.REFUSE_CONTENT | Behaviour.DEFER_CONTENT:
                return behaviour.value
            case Behaviour.STALL_AFTER_DOT:
                await asyncio.sleep(self.server.stall_s)
            case Behaviour.SLOW:
                await asyncio.sleep(self.server.slow_s)
            case Behaviour.DROP_AFTER_DOT_UNSAVED | Behaviour.DROP_AFTER_DOT_TAKEN:
                if behaviour is Behaviour.DROP_AFTER_DOT_TAKEN:
                    self.server._take(envelope)
                assert isinstance(smtp.transport, asyncio.Transport)
                smtp.transport.abort()
                return "250 never heard"
        self.server._take(envelope)
        return "250 OK"


def _authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, login: Any) -> AuthResult:
    good = isinstance(login, LoginPassword) and (login.login, login.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=good, handled=False) if not good else AuthResult(success=True)
