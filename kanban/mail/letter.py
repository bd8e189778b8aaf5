"""A mail as plain values and as a MIME message; who gets it and why is decided elsewhere."""

import base64
import datetime as dt
import email.message
import email.policy
import email.utils
import re
import unicodedata
from dataclasses import dataclass

from kanban.errors import Refused

_SHORT_LINE = 76
_CHUNK_BYTES = 42
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")


@dataclass(frozen=True)
class Mailbox:
    """A name and an address."""

    name: str
    address: str

    @property
    def wire_address(self) -> str:
        """The address for SMTP and headers: the domain in ASCII (IDNA), the part before the @ unchanged."""
        local, at, domain = self.address.rpartition("@")
        if not local or not at or any(c.isspace() or c in "<>\x00" for c in self.address):
            raise Refused("That is not an e-mail address.", code="bad_address")
        try:
            return f"{local}@{domain if domain.isascii() else domain.encode('idna').decode('ascii')}"
        except UnicodeError as error:
            raise Refused("That is not an e-mail address.", code="bad_address") from error


@dataclass(frozen=True)
class Letter:
    """One mail to one person; `from_` is the installation, `reply_to` the person who acted, if any.

    `message_id` and `references` come without angle brackets; `list_id` is (name, identifier). A CR, LF or NUL in
    anything that becomes a header raises Refused; it is never silently removed.
    """

    from_: Mailbox
    to: Mailbox
    subject: str
    text: str
    html: str
    message_id: str
    date: dt.datetime
    reply_to: Mailbox | None = None
    references: tuple[str, ...] = ()
    list_id: tuple[str, str] | None = None
    unsubscribe_url: str | None = None

    @property
    def needs_utf8(self) -> bool:
        """Whether an address has letters beyond ASCII before its @, which needs a server with SMTPUTF8."""
        boxes = (self.from_, self.to, *((self.reply_to,) if self.reply_to else ()))
        return not all(box.wire_address.isascii() for box in boxes)

    def as_message(self) -> email.message.EmailMessage:
        """The message with its headers and with text and HTML as alternatives, encoded in seven bits."""
        message = email.message.EmailMessage(email.policy.SMTPUTF8 if self.needs_utf8 else email.policy.SMTP)
        for name, words in self._headers():
            message[name] = _Folded(name, words)
        message.set_content(_body(self.text), cte="quoted-printable")
        message.add_alternative(_body(self.html), subtype="html", cte="quoted-printable")
        return message

    def _headers(self) -> list[tuple[str, list[str]]]:
        headers = [("From", _box(self.from_)), ("To", _box(self.to))]
        if self.reply_to is not None:
            headers.append(("Reply-To", _box(self.reply_to)))
        headers += [
            ("Subject", _phrase(" ".join(_plain(self.subject).split()))),
            ("Date", [email.utils.format_datetime(self.date)]),
            ("Message-ID", [_id(self.message_id)]),
        ]
        if self.references:
            headers.append(("References", [_id(reference) for reference in self.references]))
        if self.list_id is not None:
            headers.append(("List-Id", [*_name(self.list_id[0]), _id(self.list_id[1])]))
        headers.append(("Auto-Submitted", ["auto-generated"]))
        if self.unsubscribe_url is not None:
            headers.append(("List-Unsubscribe", [_id(self.unsubscribe_url)]))
            headers.append(("List-Unsubscribe-Post", ["List-Unsubscribe=One-Click"]))
        return headers


class _Folded(str):
    """A header that is already encoded and folded; the standard library loses quotes when it folds long names."""

    name: str
    words: tuple[str, ...]

    def __new__(cls, name: str, words: list[str]) -> "_Folded":
        folded = super().__new__(cls, " ".join(words))
        folded.name, folded.words = name, tuple(words)
        return folded

    def fold(self, *, policy: email.policy.Policy) -> str:
        """Join the words into lines of at most 76 characters, where possible."""
        lines, line = [], f"{self.name}:"
        for word in self.words:
            if len(line) + 1 + len(word) > _SHORT_LINE and line != f"{self.name}:":
                lines.append(line)
                line = ""
            line += f" {word}"
        return policy.linesep.join([*lines, line]) + policy.linesep


def _box(box: Mailbox) -> list[str]:
    return [*_name(box.name), f"<{_plain(box.wire_address)}>"]


def _name(name: str) -> list[str]:
    """A display name as header words: bare if it is made of atoms only, otherwise quoted or encoded."""
    text = " ".join(_plain(name).split())
    if not text:
        return []
    if not text.isascii() or "=?" in text or len(text) > _SHORT_LINE - 4:
        return _encoded(text)
    return [text] if _ATOMS.fullmatch(text) else ['"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"']


def _phrase(text: str) -> list[str]:
    """Free text as header words, between which a line may be folded."""
    words = text.split(" ")
    if text.isascii() and "=?" not in text and max(map(len, words)) <= _SHORT_LINE - 12:
        return words
    return _encoded(text)


def _encoded(text: str) -> list[str]:
    """Encoded words (RFC 2047) of at most 75 characters, cut after a space if possible and never inside a character."""
    chunks, chunk = [], b""
    for word in re.findall(r"[^ ]* ?", text):
        if chunk and len(chunk) + len(word.encode("utf-8")) > _CHUNK_BYTES:
            chunks.append(chunk)
            chunk = b""
        for character in word:
            encoded = character.encode("utf-8")
            if len(chunk) + len(encoded) > _CHUNK_BYTES:
                chunks.append(chunk)
                chunk = b""
            chunk += encoded
    return [f"=?utf-8?b?{base64.b64encode(piece).decode('ascii')}?=" for piece in (*chunks, chunk) if piece]


def _id(value: str) -> str:
    if not value.isascii() or any(c.isspace() or c in "<>" for c in _plain(value)):
        raise Refused("That can’t be part of a mail header.", code="bad_header")
    return f"<{value}>"


def _plain(value: str) -> str:
    """The text for a header: CR, LF, NUL and lone surrogates are refused, other control characters become spaces."""
    if any(c in "\r\n\x00" or unicodedata.category(c) == "Cs" for c in value):
        raise Refused("A line break can’t be part of a mail header.", code="bad_header")
    return "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in value)


def _body(text: str) -> str:
    if "\x00" in text or any(unicodedata.category(c) == "Cs" for c in text):
        raise Refused("A mail can’t hold broken characters.", code="bad_body")
    return "\n".join(re.split(r"\r\n|\r|\n", text)).rstrip("\n") + "\n"
