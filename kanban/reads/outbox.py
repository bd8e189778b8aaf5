"""The state of the installation's mail, for those who run it; and a person's own mails, if there is no mail server."""

import datetime as dt
import re
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Delivery, DeliveryState, User

SHOWN_AT_MOST = 50
_ADDRESS = re.compile(r"\S+@\S+")


@dataclass(frozen=True)
class FailedMail:
    """A mail that did not arrive.

    The recipient is not shown and addresses are masked, since a product's mails are its owner's business.
    """

    kind: str
    state: str
    sentence: str
    at: dt.datetime


@dataclass(frozen=True)
class Outbox:
    """How many mails are in each state, since when the oldest waits, and the newest troubles."""

    counts: dict[str, int]
    waiting_since: dt.datetime | None
    troubles: list[FailedMail]


def read_outbox(session: orm.Session) -> Outbox:
    """The outbox of the whole installation; three queries."""
    counts = session.execute(sa.select(Delivery.state, sa.func.count()).group_by(Delivery.state))
    rows = session.execute(
        sa.select(Delivery.kind, Delivery.state, Delivery.trouble, Delivery.created_at)
        .where(Delivery.trouble.is_not(None), Delivery.state.in_((DeliveryState.WAITING, DeliveryState.REFUSED)))
        .order_by(Delivery.id.desc())
        .limit(10)
    )
    return Outbox(
        counts={state.value: count for state, count in counts},
        waiting_since=session.scalar(
            sa.select(sa.func.min(Delivery.created_at)).where(Delivery.state == DeliveryState.WAITING)
        ),
        troubles=[FailedMail(row.kind, row.state.value, _masked(row.trouble or ""), row.created_at) for row in rows],
    )


def _masked(sentence: str) -> str:
    return _ADDRESS.sub("…", sentence)


def kept_mails(session: orm.Session, user: User) -> list[tuple[int, dt.datetime]]:
    """The newest mails kept for this person because there is no mail server: (id, when), newest first."""
    rows = session.execute(
        sa.select(Delivery.id, Delivery.created_at)
        .where(Delivery.user_id == user.id, Delivery.state == DeliveryState.KEPT)
        .order_by(Delivery.id.desc())
        .limit(SHOWN_AT_MOST)
    )
    return [(row.id, row.created_at) for row in rows]
