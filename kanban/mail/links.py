"""Mailed links that are proved by a signature alone, so no row stores them; single-use links are made in `keys`."""

import base64
import hmac
import re
from dataclasses import dataclass
from enum import StrEnum

_TOKEN = re.compile(r"([a-z])-([1-9][0-9]{0,18})-([1-9][0-9]{0,8})-([a-z2-7]{32})")
_SECRET_PART = re.compile(
    r"(/(?:u|answer|sign-in/link)/|/requests/(?:mine/|confirm/)?(?=[fcq]-[0-9])|/roadmap/(?=m-[0-9]))[^/\s\"'<>?#&]+"
)
MASK = "…"


class Purpose(StrEnum):
    """What a personal link is for; a link made for one purpose is worthless for another."""

    READ = "read"
    ASK = "ask"
    DECIDE = "decide"
    PREFERENCES = "preferences"
    STOP = "stop"
    REPORT = "report"


_LETTERS = {
    Purpose.READ: "r",
    Purpose.ASK: "a",
    Purpose.DECIDE: "d",
    Purpose.PREFERENCES: "p",
    Purpose.STOP: "s",
    Purpose.REPORT: "n",
}


class SignedAddress(StrEnum):
    """The other signed addresses; each is worthless as any other.

    FORM: a product's form for requests; its id is the product's. CONFIRM: a newcomer's confirmation; the id of the mail
    that brought it. MINE: a stakeholder's own requests; the id of any mail to them. ANSWER: one question, on an item or
    about an update, that waits on a member; the id of the mail that told them. ROADMAP: a product's public roadmap; the
    product's id.
    """

    FORM = "f"
    CONFIRM = "c"
    MINE = "q"
    ANSWER = "w"
    ROADMAP = "m"


_PURPOSES = {letter: purpose for purpose, letter in _LETTERS.items()}


@dataclass(frozen=True)
class LinkClaim:
    """What a genuine token of a delivery says; whether its serial still counts, only the stakeholder's row can tell."""

    purpose: Purpose | SignedAddress
    delivery_id: int
    serial: int


def sign(key: str | bytes, purpose: Purpose, delivery_id: int, serial: int) -> str:
    """The token for one purpose and delivery; only letters, digits and hyphens, so that no mail program cuts it."""
    return _signed(key, _LETTERS[purpose], delivery_id, serial)


def sign_address(key: str | bytes, address: SignedAddress, row_id: int, serial: int) -> str:
    """The token of a signed address; `SignedAddress` says whose id `row_id` is."""
    return _signed(key, address.value, row_id, serial)


def read_signed_address(key: str | bytes, token: str, address: SignedAddress) -> tuple[int, int] | None:
    """The id and serial in the token; None unless it is genuine and for this address."""
    claim = _genuine(key, token)
    return claim[1:] if claim is not None and claim[0] == address.value else None


def read(key: str | bytes, token: str, *purposes: Purpose) -> LinkClaim | None:
    """The claim in the token; None unless it is genuine and for one of these purposes. Takes constant time."""
    claim = _genuine(key, token)
    purpose = _PURPOSES.get(claim[0]) if claim is not None else None
    if claim is None or purpose is None or purpose not in purposes:
        return None
    return LinkClaim(purpose, *claim[1:])


def _genuine(key: str | bytes, token: str) -> tuple[str, int, int] | None:
    """The letter, id and serial in a token that was signed here, else None; compared in constant time."""
    match = _TOKEN.fullmatch(token)
    if match is None:
        return None
    letter, row_id, serial, signature = match.groups()
    genuine = hmac.compare_digest(signature, _signature(key, f"{letter}-{row_id}-{serial}"))
    return (letter, int(row_id), int(serial)) if genuine else None


def personal_address(base_url: str, token: str) -> str:
    """The address of a stakeholder's personal link."""
    return f"{base_url.rstrip('/')}/u/{token}"


def signed_url(base_url: str, address: SignedAddress, token: str) -> str:
    """The URL of a signed address."""
    way = {
        SignedAddress.FORM: "requests",
        SignedAddress.CONFIRM: "requests/confirm",
        SignedAddress.MINE: "requests/mine",
        SignedAddress.ANSWER: "answer",
        SignedAddress.ROADMAP: "roadmap",
    }[address]
    return f"{base_url.rstrip('/')}/{way}/{token}"


def mask_links(text: str) -> str:
    """Mask the secret part of every mailed link in a text, for mails that are kept and shown in the app."""
    return _SECRET_PART.sub(rf"\g<1>{MASK}", text)


def _signed(key: str | bytes, letter: str, row_id: int, serial: int) -> str:
    body = f"{letter}-{row_id}-{serial}"
    return f"{body}-{_signature(key, body)}"


def _signature(key: str | bytes, body: str) -> str:
    secret = key.encode("utf-8") if isinstance(key, str) else key
    own_key = hmac.digest(secret, b"kanban personal link", "sha256")
    return base64.b32encode(hmac.digest(own_key, body.encode("ascii"), "sha256")[:20]).decode("ascii").lower()
