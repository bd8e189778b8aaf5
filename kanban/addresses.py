"""Web addresses that somebody typed in: which are valid, and which of the machines behind them may be called."""

import ipaddress
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import SplitResult, urlsplit

from kanban.errors import Invalid

LONGEST = 1000


class Reach(StrEnum):
    """Which machines an installation may call.

    Public: those on the public internet, over TLS. Private: besides them those of private networks and this one, even
    without TLS. Off: none.
    """

    PUBLIC = "public"
    PRIVATE = "private"
    OFF = "off"


@dataclass(frozen=True)
class Target:
    """Where a request goes: `host` for name and certificate, `path` with its query."""

    host: str
    port: int
    path: str
    is_tls: bool

    @classmethod
    def read(cls, address: str, reach: Reach) -> "Target":
        """Take an address apart; Invalid for the field `address` unless it may be called.

        No name is looked up here: the machine behind it is judged when it is called.
        """
        parts, port = _split(address)
        host = parts.hostname or ""
        if parts.scheme != "https" and (parts.scheme, reach) != ("http", Reach.PRIVATE):
            raise _wrong("An address begins with https://.")
        if parts.username is not None or parts.password is not None:
            raise _wrong("Leave the name and the password out: what is sent is signed.")
        if parts.fragment:
            raise _wrong("Leave out what stands behind the #: it is never sent.")
        is_tls = parts.scheme == "https"
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if not may_call_name(host, reach):
            raise _wrong("This address leads into a private network, which is not called from here.")
        return cls(host, port or (443 if is_tls else 80), path, is_tls)


def _split(address: str) -> tuple[SplitResult, int | None]:
    if len(address) > LONGEST:
        raise _wrong(f"An address can have at most {LONGEST:,} characters.")
    if not address.isascii() or not address.isprintable() or " " in address or "\\" in address:
        raise _wrong("An address holds no spaces and only plain letters; write others as %C3%A9, and a host as xn--….")
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise _wrong("This can’t be an address.") from None
    if not parts.hostname or port == 0:
        raise _wrong("Give a whole address, such as https://example.org/hook.")
    return parts, port


def _wrong(sentence: str) -> Invalid:
    return Invalid({"address": sentence})


def may_call_name(host: str, reach: Reach) -> bool:
    """Whether a host may be called as far as its name tells; a name that must be looked up may."""
    if reach is not Reach.PRIVATE and (host == "localhost" or host.endswith(".localhost")):
        return False
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return True
    return may_call(host, reach)


def may_call(ip: str, reach: Reach) -> bool:
    """Whether the machine with this IP address may be called.

    An IPv6 address that wraps an IPv4 one (mapped, NAT64, 6to4) is judged by that. Addresses at which clouds hand out
    secrets to their machines are never called, link-local or not.
    """
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inner = _wrapped(address)
        if inner is not None:
            return may_call(str(inner), reach)
        if address not in _UNICAST and address not in _UNIQUE_LOCAL and not address.is_loopback:
            return False
    if reach is Reach.OFF or address.is_multicast or address.is_link_local or address.is_unspecified:
        return False
    if address in _KEEPERS:
        return False
    if reach is Reach.PRIVATE and (address.is_loopback or any(address in each for each in _PRIVATE)):
        return True
    return address.is_global and not address.is_reserved and not any(address in each for each in _SPECIAL)


#: Where AWS, Google, Alibaba and Azure hand out keys to their machines, besides the link-local 169.254.169.254.
_KEEPERS = [
    ipaddress.ip_address(each) for each in ("fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "168.63.129.16")
]
_UNICAST = ipaddress.ip_network("2000::/3")
_UNIQUE_LOCAL = ipaddress.ip_network("fc00::/7")
_PRIVATE = [
    ipaddress.ip_network(each)
    for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
]
#: Tunnels and relays, which may lead anywhere.
_SPECIAL = [ipaddress.ip_network(each) for each in ("192.88.99.0/24", "2001::/23")]
_WRAPPING = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("::/96"))


def _wrapped(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address.ipv4_mapped is not None or address.sixtofour is not None:
        return address.ipv4_mapped or address.sixtofour
    is_wrapped = any(address in each for each in _WRAPPING) and int(address) > 1
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if is_wrapped else None
