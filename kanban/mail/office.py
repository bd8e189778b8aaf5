"""What all mails of an installation have in common: their sender, the base of their links, and the mail server."""

import email.utils
from dataclasses import dataclass, field

from kanban.config import Config, ConfigError
from kanban.mail import links
from kanban.mail.letter import Mailbox
from kanban.mail.links import Purpose, SignedAddress
from kanban.mail.server import SmtpSettings
from kanban.models import Delivery


@dataclass(frozen=True)
class PostOffice:
    """The sender's side of every mail; without `smtp`, mails are kept in the app. `key` signs the personal links."""

    base_url: str
    key: str = field(repr=False)
    sender: Mailbox
    smtp: SmtpSettings | None

    @classmethod
    def from_config(cls, config: Config) -> "PostOffice":
        """Read KANBAN_SMTP_URL and KANBAN_MAIL_FROM; raises ConfigError with one line if one of them can't be used."""
        return cls(
            base_url=config.base_url,
            key=config.secret_key,
            sender=_read_sender(config.mail_from),
            smtp=_read_smtp(config.smtp_url),
        )

    @property
    def domain(self) -> str:
        """The sender's domain, used on the right of the @ in message and list identifiers."""
        return self.sender.wire_address.rpartition("@")[2].lower()

    def personal_link(self, delivery: Delivery, purpose: Purpose) -> str:
        """The address of a stakeholder's personal link in this mail."""
        assert delivery.stakeholder is not None
        token = links.sign(self.key, purpose, delivery.id, delivery.stakeholder.link_serial)
        return links.personal_address(self.base_url, token)

    def answer_link(self, delivery: Delivery) -> str:
        """Where a member who is mailed about a question can answer without signing in, as long as it waits on them."""
        assert delivery.user is not None
        return self.signed_url(SignedAddress.ANSWER, delivery.id, delivery.user.link_serial)

    def signed_url(self, address: SignedAddress, row_id: int, serial: int) -> str:
        """The URL of a signed address; `SignedAddress` says whose id `row_id` is."""
        return links.signed_url(self.base_url, address, links.sign_address(self.key, address, row_id, serial))


def _read_sender(text: str) -> Mailbox:
    name, address = email.utils.parseaddr(text)
    if not address.isascii() or address.count("@") != 1 or address.startswith("@") or address.endswith("@"):
        raise ConfigError("KANBAN_MAIL_FROM: an address such as updates@example.org, or Name <updates@example.org>.")
    return Mailbox(name or "Kanban", address)


def _read_smtp(url: str | None) -> SmtpSettings | None:
    if url is None:
        return None
    try:
        return SmtpSettings.parse(url)
    except ValueError as error:
        raise ConfigError(f"KANBAN_SMTP_URL: {error}") from None
