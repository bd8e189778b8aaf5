"""Sends one message over one SMTP connection and tells what the outcome means; retries are up to the worker."""

import contextlib
import email.generator
import email.message
import email.policy
import io
import re
import smtplib
import ssl
import time
from collections.abc import Callable

from kanban.mail.deadline import Conversation, DeadlineSMTP, DeadlineSMTPS
from kanban.mail.server import SmtpSettings

_NOT_OUR_RECIPIENT = {530, 534, 535, 538}


class MailError(Exception):
    """A mail that did not (or may not) arrive, with one sentence for the person who looks at the delivery."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Temporary(MailError):
    """Not accepted, but worth another try."""


class Final(MailError):
    """Not accepted, and never will be."""


class Unknown(MailError):
    """The connection was lost after the final dot: the mail may or may not have been accepted."""


def _go_on() -> None:
    """Do nothing at the final dot."""


def send(
    settings: SmtpSettings,
    message: email.message.EmailMessage,
    *,
    sender: str,
    recipient: str,
    at_the_dot: Callable[[], None] = _go_on,
) -> None:
    """Hand one message to the server for one recipient; returning means that the server has accepted it.

    `at_the_dot` is called when everything but the final dot has been sent: a sender that dies after that can't know
    whether the mail was accepted.

    Raises Temporary, Final or Unknown. A wrong password or certificate is Temporary: the installation has to be fixed,
    and no recipient is at fault. Takes about five minutes at the very worst.
    """
    connection = _connect(settings)
    try:
        _hand_in(connection, settings, message, sender, recipient, at_the_dot)
    finally:
        connection.close()


def _connect(settings: SmtpSettings) -> Conversation:
    ends_at = time.monotonic() + settings.before_the_dot_s
    connection: Conversation
    try:
        if settings.tls == "implicit":
            connection = DeadlineSMTPS(
                settings.host,
                settings.port,
                ends_at=ends_at,
                timeout=settings.timeout_s,
                context=_tls_context(settings),
            )
        else:
            connection = DeadlineSMTP(settings.host, settings.port, ends_at=ends_at, timeout=settings.timeout_s)
    except ssl.SSLError as error:
        raise Temporary(_certificate_sentence(settings, error)) from error
    except smtplib.SMTPResponseException as error:
        raise Temporary(f"The mail server {settings.place} turned the connection down: {_said(error)}") from error
    except (OSError, smtplib.SMTPException) as error:
        raise Temporary(f"The mail server {settings.place} can’t be reached: {_words(error)}") from error
    try:
        _greet(connection, settings)
    except BaseException:
        connection.close()
        raise
    return connection


def _greet(connection: Conversation, settings: SmtpSettings) -> None:
    try:
        connection.ehlo_or_helo_if_needed()
        if settings.tls == "starttls":
            if not connection.has_extn("starttls"):
                raise Temporary(f"The mail server {settings.place} offers no STARTTLS, so nothing was sent.")
            connection.starttls(context=_tls_context(settings))
            connection.ehlo()
        if settings.user is not None and settings.password is not None:
            connection.login(settings.user, settings.password)
    except ssl.SSLError as error:
        raise Temporary(_certificate_sentence(settings, error)) from error
    except smtplib.SMTPAuthenticationError as error:
        raise Temporary(f"The mail server rejected the user or password: {_said(error)}") from error
    except smtplib.SMTPResponseException as error:
        raise Temporary(f"The mail server {settings.place} turned the connection down: {_said(error)}") from error
    except smtplib.SMTPNotSupportedError as error:
        raise Temporary(f"The mail server {settings.place} offers no sign-in, but a user is set.") from error
    except (OSError, smtplib.SMTPException) as error:
        raise Temporary(f"The mail server {settings.place} stopped answering: {_words(error)}") from error


def _hand_in(
    connection: Conversation,
    settings: SmtpSettings,
    message: email.message.EmailMessage,
    sender: str,
    recipient: str,
    at_the_dot: Callable[[], None],
) -> None:
    wide = not (sender.isascii() and recipient.isascii()) or message.policy == email.policy.SMTPUTF8
    if wide and not connection.has_extn("smtputf8"):
        raise Final("The mail server can’t send to an address with letters outside a to z before the @.")
    content = _bytes_of(message, wide=wide)
    try:
        _expect(connection.mail(sender, ["SMTPUTF8", "BODY=8BITMIME"] if wide else []), "our address")
        _expect(connection.rcpt(recipient), "the recipient")
        connection.putcmd("data")
        _expect(connection.getreply(), "the mail", good=354)
        connection.send(content)
    except (OSError, smtplib.SMTPException) as error:
        raise Temporary(f"The mail server stopped answering before it had the mail: {_words(error)}") from error
    at_the_dot()
    _expect(_await_verdict(connection, settings), "the mail")
    with contextlib.suppress(OSError, smtplib.SMTPException):
        connection.putcmd("quit")  # don't wait for the goodbye: a sender killed while waiting would send the mail again


def _await_verdict(connection: Conversation, settings: SmtpSettings) -> tuple[int, bytes]:
    """Send the final dot and wait for the answer; a connection lost from here on proves nothing.

    The number of the answer is enough: a server that never finishes the words after it has decided all the same.
    """
    connection.timeout = settings.after_the_dot_s
    connection.ends_at = time.monotonic() + settings.after_the_dot_s
    try:
        connection.send(b".\r\n")
        return connection.getreply()
    except (OSError, smtplib.SMTPException) as error:
        judged = re.match(rb"(\d{3}) (.*)", connection.received)
        if judged:
            return int(judged[1]), judged[2]
        raise Unknown(
            f"The connection was lost before the mail server said whether it accepted the mail: {_words(error)}"
        ) from error


def _expect(reply: tuple[int, bytes], what: str, good: int = 250) -> None:
    code, words = reply
    if code == good or (good == 250 and code == 251):
        return
    sentence = f"The mail server refused {what}: {code} {_one_line(words)}"
    if code == -1:
        raise Temporary("The mail server closed the connection.")
    if 500 <= code < 600 and code not in _NOT_OUR_RECIPIENT:
        raise Final(sentence)
    raise Temporary(sentence)


def _bytes_of(message: email.message.EmailMessage, *, wide: bool) -> bytes:
    """The message as it goes over the wire: dots stuffed, ending in a line break, without the final dot."""
    stream = io.BytesIO()
    policy = email.policy.SMTPUTF8 if wide else email.policy.SMTP
    email.generator.BytesGenerator(stream, policy=policy).flatten(message)
    lines = stream.getvalue().split(b"\r\n")
    if lines[-1] == b"":
        lines.pop()
    return b"".join((b"." if line.startswith(b".") else b"") + line + b"\r\n" for line in lines)


def _tls_context(settings: SmtpSettings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
    except OSError as error:
        raise Temporary(f"The certificates in {settings.ca_file} can’t be read: {_words(error)}") from error
    if not settings.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _certificate_sentence(settings: SmtpSettings, error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"The certificate of the mail server {settings.place} can’t be trusted: {error.verify_message}"
    return f"No TLS connection with the mail server {settings.place}: {_words(error)}"


def _said(error: smtplib.SMTPResponseException) -> str:
    return f"{error.smtp_code} {_one_line(error.smtp_error)}"


def _one_line(words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return " ".join(text.split())[:300]


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time."
    return _one_line(str(error)) or type(error).__name__
