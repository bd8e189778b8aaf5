"""Delay notices: which moved dates are not known yet to those they were promised to, and the words to tell them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.errors import Refused
from kanban.formatting import short_day
from kanban.models import (
    Commitment,
    CommitmentChange,
    Health,
    Item,
    Level,
    Member,
    Product,
    Stakeholder,
    StatusUpdate,
    UpdateState,
    commitment_stakeholder,
)
from kanban.reads.promises import outlook
from kanban.reads.updates import updates
from kanban.reads.words import cause_word
from kanban.status.gettext import Gettext
from kanban.status.outlook import Outlook

_LINE_AT_MOST = 1000


@dataclass(frozen=True)
class Untold:
    """A promise whose date moved without telling those it was made to.

    The date they know, the present date, how many of them get mail, and the number of the notice being drafted, if any.
    """

    number: int
    statement: str
    from_on: dt.date
    to_on: dt.date
    n_people: int
    draft: int | None


def list_untold(session: orm.Session, product: Product, numbers: Iterable[int]) -> dict[int, Untold]:
    """Those of these promises (by number) about whose new date people have yet to be told; three queries.

    A promise whose date moved and came back is not among them.
    """
    wanted = list(numbers)
    rows = session.execute(_waiting(product, wanted)).all() if wanted else []
    if not rows:
        return {}
    people = _reached(session, {row.commitment_id for row in rows})
    mentions = _mentions(session, product, min(row.at for row in rows))
    changes: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        if people.get(row.commitment_id) and not any(_tells(product, mention, row) for mention in mentions):
            changes[row.number].append(row)
    return {
        number: Untold(
            number,
            rows[-1].statement,
            rows[0].from_on,
            rows[-1].to_on,
            people[rows[0].commitment_id],
            rows[-1].draft,
        )
        for number, rows in changes.items()
        if rows[0].from_on != rows[-1].to_on
    }


def _waiting(product: Product, numbers: Sequence[int]) -> sa.Select[*tuple[Any, ...]]:
    """The changes that no published notice reports, by promise and in order."""
    return (
        sa.select(
            CommitmentChange.commitment_id,
            CommitmentChange.from_on,
            CommitmentChange.to_on,
            CommitmentChange.at,
            Commitment.number,
            Commitment.statement,
            Item.number.label("item"),
            StatusUpdate.number.label("draft"),
        )
        .join(Commitment, Commitment.id == CommitmentChange.commitment_id)
        .outerjoin(Item, Item.id == Commitment.item_id)
        .outerjoin(StatusUpdate, StatusUpdate.id == CommitmentChange.notice_id)
        .where(
            Commitment.product_id == product.id,
            Commitment.number.in_(numbers),
            Commitment.withdrawn_at.is_(None),
            sa.or_(StatusUpdate.id.is_(None), StatusUpdate.state == UpdateState.DRAFT),
        )
        .order_by(Commitment.number, CommitmentChange.number)
    )


def _reached(session: orm.Session, commitments: Iterable[int]) -> dict[int, int]:
    """By promise id, how many of the people it was made to get mail at all."""
    rows = session.execute(
        sa.select(commitment_stakeholder.c.commitment_id, sa.func.count())
        .join(Stakeholder, Stakeholder.id == commitment_stakeholder.c.stakeholder_id)
        .where(
            commitment_stakeholder.c.commitment_id.in_(list(commitments)),
            Stakeholder.removed_at.is_(None),
            Stakeholder.level != Level.NONE,
        )
        .group_by(commitment_stakeholder.c.commitment_id)
    )
    return {commitment_id: count for commitment_id, count in rows}


@dataclass(frozen=True)
class _Mention:
    """A delay that an update for everybody reported, and when that update was begun and published."""

    line: Mapping[str, Any]
    drafted_at: dt.datetime
    published_at: dt.datetime


def _mentions(session: orm.Session, product: Product, since: dt.datetime) -> list[_Mention]:
    rows = session.execute(
        sa.select(StatusUpdate.snapshot, StatusUpdate.created_at, StatusUpdate.published_at).where(
            StatusUpdate.product_id == product.id, updates.FOR_EVERYBODY, StatusUpdate.published_at >= since
        )
    )
    return [
        _Mention(line, row.created_at, row.published_at)
        for row in rows
        for section in row.snapshot["sections"]
        if section["kind"] == "delays"
        for line in section["lines"]
    ]


def _tells(product: Product, mention: _Mention, change: Any) -> bool:
    """Whether this line reported this change: it is about the same promise, and has the new date."""
    ref = f"{product.key}-{change.item}" if change.item else None
    if (mention.line.get("ref") or None) != ref or (ref is None and mention.line.get("text") != change.statement):
        return False
    with_year = short_day(change.to_on, "en", today=dt.date.min)
    days = (change.to_on.isoformat(), short_day(change.to_on, "en"), with_year)
    knew = mention.drafted_at >= change.at or mention.line.get("new_date") in days
    return knew and mention.published_at >= change.at


# The words of a notice


@dataclass(frozen=True)
class Notice:
    """A short update about one promise: what it says, who gets it (`people`), and who wants no mail (`silent`)."""

    headline: str
    health: Health
    sections: list[dict[str, Any]]
    audience: list[int]
    people: list[Stakeholder]
    silent: list[Stakeholder]
    changes: list[CommitmentChange]

    def draft(self, product: Product) -> StatusUpdate:
        """The update as it would be, for a preview; it belongs to no session."""
        return StatusUpdate(
            product=product,
            product_id=product.id,
            number=product.next_update,
            state=UpdateState.DRAFT,
            headline=self.headline,
            summary="",
            health=self.health,
            health_reason="",
            sections=self.sections,
            since_version=product.version,
            since_at=None,
            revision=1,
            answers={},
            filled=[],
            audience=self.audience,
        )

    def begin(self, session: orm.Session, product: Product, *, by: Member) -> StatusUpdate:
        """Save the notice as a draft update of the product, and have its changes refer to it; under the lock."""
        update = StatusUpdate.draft(
            product,
            by=by,
            sections=self.sections,
            since_version=product.version,
            since_at=None,
            health=self.health,
            audience=self.audience,
        )
        update.headline = self.headline
        session.add(update)
        session.flush()
        for change in self.changes:
            change.notice_id = update.id
        return update


def drafted(session: orm.Session, commitment: Commitment) -> int | None:
    """The number of the draft notice about this promise, or None."""
    ids = [change.notice_id for change in commitment.changes if change.notice_id is not None]
    query = sa.select(sa.func.max(StatusUpdate.number))
    return session.scalar(query.where(StatusUpdate.id.in_(ids), StatusUpdate.state == UpdateState.DRAFT))


def write_notice(
    session: orm.Session, product: Product, commitment: Commitment, *, locale: str, gettext: Gettext
) -> Notice:
    """What to tell people about this promise now; Refused if there is nothing to tell, or nobody to tell it to."""
    if commitment.is_withdrawn:
        raise Refused(gettext("This promise was withdrawn."))
    changes = [change for change in commitment.changes if change.notice_id is None]
    if not changes or changes[0].from_on == commitment.due_on:
        raise Refused(gettext("There is nothing to tell: they already know the current date."))
    people = [person for person in commitment.stakeholders if person.gets_updates]
    if not people:
        raise Refused(gettext("Nobody it was promised to gets mail."))
    ahead = _outlook(session, product, commitment)
    old_on, new_on = changes[0].from_on, commitment.due_on
    days = {
        "new": short_day(new_on, locale, today=clock.today(product.zone)),
        "old": short_day(old_on, locale, today=new_on),
    }
    what = commitment.statement if len(commitment.statement) <= 140 else f"{commitment.statement[:139]}…"
    return Notice(
        headline=gettext("%(what)s: moved from %(old)s to %(new)s", what=what, **days),
        health=_health(session, product, ahead, slips=new_on > old_on),
        sections=[{"kind": "delays", "lines": [_line(product, commitment, changes, ahead, locale, gettext)]}],
        audience=sorted(person.id for person in commitment.stakeholders),
        people=people,
        silent=[person for person in commitment.stakeholders if person not in people and person.erased_at is None],
        changes=changes,
    )


def _outlook(session: orm.Session, product: Product, commitment: Commitment) -> Outlook | None:
    ahead = outlook.read_ahead(session, product, outlook.read_queue(session, product))
    return next((promise for promise in ahead.promises if promise.number == commitment.number), None)


def _health(session: orm.Session, product: Product, ahead: Outlook | None, *, slips: bool) -> Health:
    """The health of the promise with its new date, or, if nothing can be said, that of the last published update.

    A slip is at risk at best: for those who know the earlier date it is late, however safe the new one is.
    """
    if ahead is not None and ahead.health is not None:
        health = Health(ahead.health)
    else:
        last = updates.last_published(session, product)
        health = last.health if last is not None else Health.UNKNOWN
    return Health.AT_RISK if slips and health in (Health.ON_TRACK, Health.DONE, Health.UNKNOWN) else health


def _line(
    product: Product,
    commitment: Commitment,
    changes: Sequence[CommitmentChange],
    ahead: Outlook | None,
    locale: str,
    gettext: Gettext,
) -> dict[str, str]:
    first = short_day(commitment.first_on, locale, today=commitment.due_on)
    causes = [f"{cause_word(change.cause)}: {change.explanation}" for change in changes]
    notes = [
        gettext("First promised for %(day)s.", day=first) if commitment.first_on < changes[0].from_on else "",
        gettext("Until then: %(what)s", what=changes[-1].mitigation) if changes[-1].mitigation else "",
        _range(ahead, locale, gettext),
    ]
    return {
        "ref": f"{product.key}-{commitment.item.number}" if commitment.item else "",
        "text": commitment.statement,
        "note": " ".join(filter(None, notes)),
        "old_date": changes[0].from_on.isoformat(),
        "new_date": commitment.due_on.isoformat(),
        "cause": " ".join(causes) if len(" ".join(causes)) <= _LINE_AT_MOST else causes[-1],
    }


def _range(ahead: Outlook | None, locale: str, gettext: Gettext) -> str:
    """What the forecast says besides the promised day, or ""."""
    dates = ahead.dates if ahead is not None else None
    if dates is None or dates.half is None or dates.sure is None:
        return ""
    half, sure = (short_day(day, locale, today=dates.half) for day in (dates.half, dates.sure))
    return gettext("Our forecast today: %(half)s (50\u00a0%%) to %(sure)s (85\u00a0%%).", half=half, sure=sure)
