"""A webhook: an address that is told what a product's log records, as it happens; and the outcome of each message.

The row holds no signing secret: that is derived from `nonce` and the installation's key (see `webhooks.signing`), so
neither a backup nor an export gives it away. Log entries about a webhook name its host and never the whole address,
which often is a secret itself.
"""

import datetime as dt
import secrets
from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from kanban import clock
from kanban.addresses import Reach, Target
from kanban.errors import Invalid, Refused
from kanban.models.base import Model, enum_type
from kanban.models.member import Member
from kanban.policy import Action

if TYPE_CHECKING:
    from kanban.models.product import Product

MOST = 20
NAME_AT_MOST = 100
#: A webhook whose receiver has failed for this long is switched off.
PATIENCE = dt.timedelta(days=7)


class Hears(StrEnum):
    """The groups of events that a webhook can be told of; the last one is everything that is in none of the others."""

    ITEMS = "items"
    QUESTIONS = "questions"
    PROMISES = "promises"
    UPDATES = "updates"
    REQUESTS = "requests"
    REST = "rest"


class StopReason(StrEnum):
    """Why the program, and not a member, switched it off."""

    GONE = "gone"
    FAILING = "failing"


class Webhook(Model):
    """One address; `number` identifies it in its product, `uid` in the ids of its messages.

    `told` is the version of the log up to which it has been told, version by version: if the receiver does not accept
    a message, that one and the ones behind it wait until `due_at`. `lease` names who is sending just now.
    """

    __tablename__ = "webhook"

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("product.id", ondelete="CASCADE"))
    number: Mapped[int]
    name: Mapped[str]
    address: Mapped[str]
    hears: Mapped[list[Any]]
    uid: Mapped[str]
    nonce: Mapped[str]
    is_on: Mapped[bool]
    stopped: Mapped[StopReason | None] = mapped_column(enum_type(StopReason))
    told: Mapped[int]
    due_at: Mapped[dt.datetime]
    tries: Mapped[int]
    failing_since: Mapped[dt.datetime | None]
    lease: Mapped[str | None]
    lease_until: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime]

    product: Mapped["Product"] = orm.relationship(lazy="raise_on_sql")

    __table_args__ = (
        sa.UniqueConstraint("product_id", "number"),
        sa.CheckConstraint("NOT (is_on AND stopped IS NOT NULL)", name="stopped"),
    )

    @classmethod
    def add(
        cls, product: "Product", *, name: str, address: str, hears: Iterable[str], reach: Reach, known: int, by: Member
    ) -> "Webhook":
        """Create a webhook that is told whatever happens from now on; `known` is how many the product has."""
        by.must(Action.CONFIGURE)
        _must_be_called(reach)
        if known >= MOST:
            raise Refused(f"A product can have at most {MOST} webhooks. Remove one first.")
        hook = cls(product=product, product_id=product.id, is_on=True, told=product.version, created_at=clock.now())
        hook._take_over(*_read(name, address, hears, reach))
        hook.uid, hook.nonce, hook.stopped = secrets.token_hex(8), secrets.token_hex(16), None
        hook._begin_afresh()
        hook.number, product.next_webhook = product.next_webhook, product.next_webhook + 1
        hook._record("webhook_added", by=by, **hook._log_data())
        return hook

    def edit(self, *, name: str, address: str, hears: Iterable[str], reach: Reach, by: Member) -> None:
        """Change its name, its address or what it hears of.

        With another address, or other groups of events, a message that waits for its next try is due at once.
        """
        by.must(Action.CONFIGURE)
        before, was = self._log_data(), self.address
        wanted = _read(name, address, hears, reach, standing=was)
        if wanted == (self.name, was, self.hears):
            return
        self._take_over(*wanted)
        if self.is_on and self.address != was:
            self._begin_afresh()
        elif self.hears != before["hears"]:
            self.due_at = clock.now()
        changes = {field: [before[field], now] for field, now in self._log_data().items() if before[field] != now}
        self._record("webhook_changed", by=by, changes=changes)

    def switch_on(self, *, reach: Reach, by: Member) -> None:
        """Switch it on: it is told what happens from now on or, if it was stopped for failing, from where it failed."""
        by.must(Action.CONFIGURE)
        _must_be_called(reach)
        if self.is_on:
            return
        if self.stopped is not StopReason.FAILING:
            self.told = self.product.version
        self.is_on, self.stopped = True, None
        self._begin_afresh()
        self._record("webhook_switched_on", by=by)

    def switch_off(self, *, by: Member) -> None:
        """Switch it off: nothing is sent until it is switched on again."""
        by.must(Action.CONFIGURE)
        if self.is_on:
            self.is_on = False
            self._begin_afresh()
            self._record("webhook_switched_off", by=by)

    def stop(self, reason: StopReason) -> None:
        """Switch it off because the receiver said that it is gone, or has failed for too long."""
        if self.is_on:
            self.is_on, self.stopped, self.lease = False, reason, None
            self._record("webhook_stopped", by=None, reason=reason.value)

    def renew_secret(self, *, by: Member) -> None:
        """Sign with another secret from now on."""
        by.must(Action.CONFIGURE)
        self.nonce = secrets.token_hex(16)
        self._record("webhook_secret_renewed", by=by)

    def skip(self, version: int, *, by: Member) -> None:
        """Skip the message of this version, if it is still the one that holds up the others."""
        by.must(Action.CONFIGURE)
        if self.failing_since is None or version != self.told + 1:
            raise Refused("This message no longer holds up the others.")
        self.told = version
        self._begin_afresh()
        self._record("webhook_skipped", by=by, of_version=version)

    def pass_over(self, upto: int) -> None:
        """Go on after this version, since nothing up to it concerns the webhook; earlier failures are forgotten."""
        if upto > self.told:
            self.told, self.tries, self.failing_since = upto, 0, None

    def remove(self, *, by: Member) -> None:
        """Note that it is removed; the caller deletes the row."""
        by.must(Action.CONFIGURE)
        self._record("webhook_removed", by=by)

    @property
    def host(self) -> str:
        """The host in its address, without the parts that may be secret."""
        return self.address.partition("://")[2].partition("/")[0].partition("?")[0]

    def _log_data(self) -> dict[str, Any]:
        return {"name": self.name, "host": self.host, "hears": self.hears}

    def _take_over(self, name: str, address: str, hears: list[str]) -> None:
        self.name, self.address, self.hears = name, address, hears

    def _begin_afresh(self) -> None:
        """Forget earlier tries and end the lease of a try that is under way."""
        self.due_at, self.tries, self.failing_since = clock.now(), 0, None
        self.lease = self.lease_until = None

    def _record(self, kind: str, *, by: Member | None, **what: Any) -> None:
        self.product.record(kind, by=by, webhook=self.number, **what)


class WebhookMessage(Model):
    """The outcome of the last try to send one message to one webhook; `version` is None for a test message."""

    __tablename__ = "webhook_message"

    id: Mapped[int] = mapped_column(primary_key=True)
    webhook_id: Mapped[int] = mapped_column(sa.ForeignKey("webhook.id", ondelete="CASCADE"))
    version: Mapped[int | None]
    tries: Mapped[int]
    at: Mapped[dt.datetime]
    took_ms: Mapped[int]
    status: Mapped[int | None]
    answer: Mapped[str]
    trouble: Mapped[str | None]

    __table_args__ = (sa.UniqueConstraint("webhook_id", "version"),)


def _must_be_called(reach: Reach) -> None:
    if reach is Reach.OFF:
        raise Refused("Whoever runs this installation has switched webhooks off.")


def _read(
    name: str, address: str, hears: Iterable[str], reach: Reach, *, standing: str | None = None
) -> tuple[str, str, list[str]]:
    """The name, address and groups as they are stored; Invalid if one of them can't be used.

    The address that is stored already (`standing`) is not judged again.
    """
    errors = {}
    name, address, wanted = " ".join(name.replace("\x00", "").split()), address.strip(), set(hears)
    if not 1 <= len(name) <= NAME_AT_MOST:
        errors["name"] = f"Give it a name of 1 to {NAME_AT_MOST} characters."
    if not wanted or wanted - set(Hears):
        errors["hears"] = "Choose at least one thing it should hear about."
    try:
        if address != standing:
            Target.read(address, reach)
    except Invalid as invalid:
        errors |= invalid.errors
    if errors:
        raise Invalid(errors)
    return name, address, [each.value for each in Hears if each.value in wanted]
