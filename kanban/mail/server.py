"""The mail server that KANBAN_SMTP_URL names: where it is, how it is spoken to, and how long it may take."""

from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

COMMAND_TIMEOUT_S = 30.0
_PORTS = {"starttls": 587, "implicit": 465, "none": 25}
_OPTIONS = {"tls", "verify", "ca", "timeout"}


@dataclass(frozen=True)
class SmtpSettings:
    """How to reach the mail server; `tls` is starttls, implicit or none, and the password never shows in its repr."""

    host: str
    port: int
    tls: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    verify: bool = True
    ca_file: str | None = None
    timeout_s: float = COMMAND_TIMEOUT_S

    @classmethod
    def parse(cls, url: str) -> "SmtpSettings":
        """Read `smtp://user:password@host:587?tls=starttls` or `smtps://…`; raises ValueError with a sentence.

        Options: `tls=starttls` (the default of smtp) or `tls=none` · `ca=FILE` trusts the certificates in that file ·
        `verify=no` takes any certificate, for a server on the same machine or in a test · `timeout=SECONDS`.
        """
        parts = urlsplit(url.strip())
        if parts.scheme not in ("smtp", "smtps"):
            raise ValueError("It starts with smtp:// or smtps://.")
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
        _refuse_odd_options(options)
        tls = _read_tls(parts.scheme, options)
        settings = cls(
            host=parts.hostname or "",
            port=_read_port(parts, tls),
            tls=tls,
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password is not None else None,
            verify=options.get("verify", "yes") == "yes",
            ca_file=options.get("ca") or None,
            timeout_s=_read_timeout(options),
        )
        settings._check(parts.path)
        return settings

    def _check(self, path: str) -> None:
        if not self.host:
            raise ValueError("It names no host: smtp://user:password@mail.example.org:587?tls=starttls.")
        if path not in ("", "/"):
            raise ValueError("Nothing may follow the port but options such as ?tls=starttls.")
        if self.user is not None and self.tls == "none":
            raise ValueError(
                "A password is never sent without TLS. Use tls=starttls or smtps://, or leave the user out."
            )
        if (self.user is None) != (self.password is None):
            raise ValueError("It needs both a user and a password, or neither.")

    @property
    def place(self) -> str:
        """Host and port as sentences name the server; never the password."""
        return f"{self.host}:{self.port}"

    @property
    def before_the_dot_s(self) -> float:
        """How long everything up to the final dot may take in all, however the server spreads its answers."""
        return 8 * self.timeout_s

    @property
    def after_the_dot_s(self) -> float:
        """How long the server may take to say whether it accepted the mail."""
        return 2 * self.timeout_s


def _read_tls(scheme: str, options: dict[str, str]) -> str:
    if scheme == "smtps":
        if options.get("tls", "implicit") != "implicit":
            raise ValueError("smtps:// is TLS from the first byte; tls= belongs to smtp://.")
        return "implicit"
    tls = options.get("tls", "starttls")
    if tls not in ("starttls", "none"):
        raise ValueError("tls must be starttls or none; for TLS from the first byte use smtps://.")
    return tls


def _refuse_odd_options(options: dict[str, str]) -> None:
    odd = sorted(set(options) - _OPTIONS)
    if odd:
        raise ValueError(f"There is no option {odd[0]}; the options are tls, verify, ca and timeout.")
    if options.get("verify", "yes") not in ("yes", "no"):
        raise ValueError("verify must be yes or no.")


def _read_port(parts: SplitResult, tls: str) -> int:
    try:
        return parts.port or _PORTS[tls]
    except ValueError as error:
        raise ValueError(
            "The port must be a number; write characters such as # / ? @ in a password as %23 %2F %3F %40."
        ) from error


def _read_timeout(options: dict[str, str]) -> float:
    try:
        timeout_s = float(options.get("timeout", COMMAND_TIMEOUT_S))
    except ValueError as error:
        raise ValueError("timeout must be a number of seconds.") from error
    if not 0.1 <= timeout_s <= 60:
        raise ValueError("timeout must be from 0.1 to 60 seconds.")
    return timeout_s
