"""Mails about requests: please confirm, it has arrived, what became of it, and what the owner is told."""

from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy import orm

from kanban.formatting import long_day
from kanban.mail.links import Purpose, SignedAddress
from kanban.mail.office import PostOffice
from kanban.models import Delivery, Product, Request, RequestStep, Stakeholder, User
from kanban.reads.requests import requested
from kanban.reads.requests.requested import RequestLine

KINDS = ("request_confirm", "request_received", "request_outcome", "request_heard")


def context_of(
    session: orm.Session, delivery: Delivery, product: Product, office: PostOffice, language: str
) -> dict[str, Any]:
    """What the templates of KINDS need beyond what every mail has."""
    if delivery.kind == "request_confirm":
        return {"confirm_url": office.signed_url(SignedAddress.CONFIRM, delivery.id, 1)}
    if delivery.kind == "request_heard":
        return _heard(session, delivery, product, office)
    assert delivery.stakeholder is not None
    line = requested.read_one(session, product, delivery.stakeholder, delivery.context["request"])
    assert line is not None
    owner = session.get(User, _step(session, product, delivery).by_id or 0)
    return {
        "number": line.number,
        "title": line.title or _("Request %(number)s", number=line.number),
        "body": line.body,
        "is_mine": line.is_mine,
        "kind": _step(session, product, delivery).kind.value,
        "words": _step(session, product, delivery).words,
        "author_name": owner.name if owner is not None else "",
        "stands": "" if line.state == "new" else outcome_words(line.state, line),
        "outcome": outcome_words(_step(session, product, delivery).kind.value, line),
        "window": window_words(line, language),
        "mine_url": mine_link(office, delivery),
        "preferences_url": office.personal_link(delivery, Purpose.PREFERENCES),
    }


def outcome_words(kind: str, line: RequestLine) -> str:
    """What happened to the request, in one plain sentence for whoever asked."""
    match kind:
        case "accepted":
            return _("It has been accepted and is part of the planned work.")
        case "later":
            return _("It won’t be taken up for now. It stays on the list and will be looked at again.")
        case "declined":
            return _("It won’t be taken up.")
        case "duplicate":
            return _repeated_words(line.original)
        case "reopened":
            return _("It is being looked at again.")
        case "done":
            return _("It is done.")
        case "resumed":
            return _("It isn’t done after all: work on it continues.")
        case "dropped":
            return _("The work planned for it was dropped. It will be decided again, and you will hear the outcome.")
    return _("It has arrived.")


def _repeated_words(original: RequestLine | None) -> str:
    """What to say about a request that repeats another one, depending on what has become of that one by now."""
    if original is None:
        return _("Somebody asked for the same thing before.")
    match original.state:
        case "declined":
            return _("Somebody asked for the same thing before, as request %(number)s. It won’t be taken up.",
                     number=original.number)  # fmt: skip
        case "done":
            return _("Somebody asked for the same thing before, as request %(number)s. It is done.",
                     number=original.number)  # fmt: skip
    return _("Somebody asked for the same thing before. It continues as request %(number)s, and you will hear of it.",
             number=original.number)  # fmt: skip


def window_words(line: RequestLine, language: str) -> str:
    """The likely dates of an accepted request, or ""."""
    dates = (line.standing or (line.original.standing if line.original else None) or _NONE).dates
    if dates is None or dates.half is None:
        return ""
    if dates.sure is None:
        return _("In half of the likely futures, it is done by %(day)s.", day=long_day(dates.half, language))
    return _(
        "Likely done between %(half)s and %(sure)s: in half of the likely futures it is done by the first day, in "
        "85 %% by the second. This is a forecast, not a promise.",
        half=long_day(dates.half, language),
        sure=long_day(dates.sure, language),
    )


_NONE = requested.ItemProgress("waiting", None)


def judged_words(session: orm.Session, delivery: Delivery, product: Product) -> str:
    """What a receipt says about a judgement whether the request is solved."""
    request = _request(session, product, delivery.context["request"])
    if request.solved:
        return _("You told us that “%(title)s” is solved.", title=request.title)
    return _("You told us that “%(title)s” is not solved yet.", title=request.title)


def author_of(session: orm.Session, delivery: Delivery, product: Product) -> User | Stakeholder | None:
    """Who receives a reply: the stakeholder it is about, the member who decided, or nobody."""
    if delivery.kind == "request_confirm":
        return None
    if delivery.user is not None:
        return reachable(session, _request(session, product, delivery.context["request"]).stakeholder_id)
    by_id = _step(session, product, delivery).by_id
    return session.get(User, by_id) if by_id is not None else None


def is_settled(session: orm.Session, delivery: Delivery) -> bool:
    """Whether a mail would report a request as new that has been decided meanwhile."""
    if delivery.kind != "request_heard" or delivery.context["what"] != "asked":
        return False
    decided = sa.select(Request.decided_at).where(
        Request.product_id == delivery.product_id, Request.number == delivery.context["request"]
    )
    return session.scalar(decided) is not None


def reachable(session: orm.Session, stakeholder_id: int | None) -> Stakeholder | None:
    """The stakeholder, if a reply can reach them; an erased one has no address."""
    found = session.get(Stakeholder, stakeholder_id) if stakeholder_id else None
    return found if found is not None and found.erased_at is None else None


def mine_link(office: PostOffice, delivery: Delivery) -> str:
    """The stakeholder's link to their own requests."""
    assert delivery.stakeholder is not None
    return office.signed_url(SignedAddress.MINE, delivery.id, delivery.stakeholder.link_serial)


def _heard(session: orm.Session, delivery: Delivery, product: Product, office: PostOffice) -> dict[str, Any]:
    request = _request(session, product, delivery.context["request"])
    person = session.get_one(Stakeholder, request.stakeholder_id)
    return {
        "what": delivery.context["what"],
        "author_name": person.name,
        "number": request.number,
        "title": request.title,
        "body": request.body if delivery.context["what"] == "asked" else _step(session, product, delivery).words,
        "link": f"{office.base_url}/products/{product.key}/requests/{request.number}",
    }


def _request(session: orm.Session, product: Product, number: int) -> Request:
    return session.scalars(sa.select(Request).where(Request.product_id == product.id, Request.number == number)).one()


def _step(session: orm.Session, product: Product, delivery: Delivery) -> RequestStep:
    """The step of the request that the mail reports."""
    return session.scalars(
        sa.select(RequestStep)
        .join(Request, Request.id == RequestStep.request_id)
        .where(
            Request.product_id == product.id,
            Request.number == delivery.context["request"],
            RequestStep.number == delivery.context["step"],
        )
    ).one()
