"""Making requests: through the public form, where a request waits until its address is confirmed, or through a
stakeholder's own link.

Both end in the verbs of a request, under the product's lock; the caller commits.
"""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy import orm
from werkzeug.datastructures import FileStorage

from kanban.attachments import Store, StoredFile
from kanban.config import MOST_PRODUCT_BYTES
from kanban.errors import Invalid, Missing, Refused
from kanban.models import (
    Delivery,
    Level,
    Newcomer,
    Product,
    Request,
    RequestFile,
    RequestState,
    Stakeholder,
)
from kanban.models.newcomer import MOST_FILES
from kanban.reads import locked
from kanban.reads.people import newcomers
from kanban.reads.people.people import owner_of
from kanban.reads.requests import requests
from kanban.reads.stakeholders.stakeholders import known_addresses
from kanban.web.forms import number_or_none
from kanban.web.link_actions import TOO_OLD, LinkAction

#: The largest file that may come with a request.
MOST_FILE_BYTES = 5_000_000
#: How many unconfirmed requests one product holds.
WAITING_AT_MOST = 200
#: How many confirmation mails one address gets before it is silently ignored.
MAILS_AT_MOST = 3


def keep_files(store: Store, form: Mapping[str, str], sent: Sequence[FileStorage]) -> list[StoredFile]:
    """Store the files that came with a new request. Raises Invalid if there are too many or one is too large.

    Nothing is stored for a "me too" or a verdict, which take no files.
    """
    files = [file for file in sent if file.filename and not form.get("supports") and form.get("act") != "solved"]
    if len(files) > MOST_FILES:
        raise Invalid({"file": f"At most {MOST_FILES} files come with a request."})
    kept = store.keep_all(files) if files else []
    with store.dropped_on_failure(kept):
        for file in kept:
            if file.size > MOST_FILE_BYTES:
                raise Invalid({"file": f"{file.name} is larger than {MOST_FILE_BYTES // 1_000_000} MB."})
    return kept


# Through the public form


def submit(session: orm.Session, product: Product, form: Mapping[str, str], kept: Sequence[StoredFile]) -> bool:
    """Note what a newcomer asks for, and put a mail into the outbox by which they confirm their address.

    Returns False, with nothing noted, if this address has had enough such mails. The page then looks the same as ever:
    somebody who floods other people's mailboxes should learn nothing from it. Raises Refused if too many requests wait.
    """
    newcomer = Newcomer.come(
        product.id,
        name=form.get("name", ""),
        email=form.get("email", ""),
        title=form.get("title", ""),
        body=form.get("body", ""),
        supports=_supported(session, product, form),
    )
    newcomers.hold_form(session, product.id, newcomer.email)
    n_waiting, n_mails, size = newcomers.count_waiting(session, product.id, newcomer.email)
    if n_waiting >= WAITING_AT_MOST or size + sum(file.size for file in kept) > MOST_PRODUCT_BYTES:
        raise Refused("So many requests have come in lately that there is no room for more. Try again tomorrow.")
    if n_mails >= MAILS_AT_MOST:
        return False
    session.add(newcomer)
    session.flush()
    _name_files(session, kept, newcomer_id=newcomer.id)
    told = Delivery.to_newcomer("request_confirm", newcomer)
    told.product_id = product.id
    session.add(told)
    return True


def _supported(session: orm.Session, product: Product, form: Mapping[str, str]) -> Request | None:
    if not form.get("supports"):
        return None
    request = newcomers.public_request(session, product, number_or_none(form["supports"]) or 0)
    if request is None:
        raise Refused("That request is no longer open to others.")
    return request


def confirm(session: orm.Session, product_id: int, delivery_id: int) -> tuple[int, int] | None:
    """Turn what a newcomer confirmed into a request or support for one.

    The newcomer becomes a stakeholder who gets no updates, unless they were already one. Returns the id of the newest
    mail to them and the serial of their links, or None if it was already confirmed or has expired.
    """
    product = locked.lock_product(session, product_id)
    newcomer = newcomers.newcomer_behind(session, delivery_id)
    if product is None or newcomer is None:
        return None
    if product.archived_at is not None:
        raise Refused("This product is closed: nobody reads requests any more.")
    person, owner = _person(session, product, newcomer), owner_of(session, product)
    if newcomer.supports_id is not None:
        _support(session, product, newcomer.supports_id, person)
    else:
        n_open = requests.count_open(session, person)
        request = Request.ask(product, newcomer.title, newcomer.body, person=person, owner=owner, n_open=n_open)
        session.add(request)
        session.flush()
        mine = sa.update(RequestFile).where(RequestFile.newcomer_id == newcomer.id)
        session.execute(mine.values(request_id=request.id, newcomer_id=None).execution_options(**_AS_IT_IS))
    session.flush()
    session.expunge(newcomer)
    session.execute(sa.delete(Newcomer).where(Newcomer.id == newcomer.id).execution_options(**_AS_IT_IS))
    newest = session.scalar(sa.select(sa.func.max(Delivery.id)).where(Delivery.stakeholder_id == person.id))
    return newest or 0, person.link_serial


_AS_IT_IS = {"synchronize_session": False}


def _person(session: orm.Session, product: Product, newcomer: Newcomer) -> Stakeholder:
    person = known_addresses(session, product, [newcomer.email]).get(newcomer.email)
    if person is not None and person.removed_at is None:
        return person
    if person is None:
        person = Stakeholder(product_id=product.id, name=newcomer.name, email=newcomer.email)
        session.add(person)
    person.come(newcomer.name, "", Level.NONE, reason=_("You asked for something yourself."))
    session.flush()
    product.record("stakeholder_added", by=None, stakeholder=person.id, level=person.level.value)
    return person


def _support(session: orm.Session, product: Product, request_id: int, person: Stakeholder) -> None:
    """Support this request, or the one that it turned out to repeat."""
    request = session.get(Request, request_id)
    found = requests.request_in(session, product, request.number) if request is not None else None
    while found is not None and found.duplicate_of is not None:
        found = requests.request_in(session, product, found.duplicate_of.number)
    if found is not None:
        found.support(person)


# Through a stakeholder's own link


def carry_out(act: LinkAction, form: Mapping[str, str], kept: Sequence[StoredFile]) -> bool:
    """Ask for something, say "me too", or say whether what was done helps; False if that changes nothing.

    Raises Refused, Invalid and Missing.
    """
    if act.product.archived_at is not None:
        raise Refused("This product is closed. Reply to the mail instead.")
    if form.get("act") == "solved":
        return _judge(act, form)
    if not act.delivery.is_open_to_acts:
        raise Refused(TOO_OLD)
    if form.get("supports"):
        return _say_me_too(act, form)
    return _ask(act, form, kept)


def _ask(act: LinkAction, form: Mapping[str, str], kept: Sequence[StoredFile]) -> bool:
    session, product, person = act.session, act.product, act.person
    owner, n_open = owner_of(session, product), requests.count_open(session, person)
    title, body = form.get("title", ""), form.get("body", "")
    with session.no_autoflush:
        request = Request.ask(product, title, body, person=person, owner=owner, n_open=n_open)
        if requests.asks_already(session, person, request.title, request.body):
            return False
    session.add(request)
    session.flush()
    _name_files(session, kept, request_id=request.id)
    return True


def _say_me_too(act: LinkAction, form: Mapping[str, str]) -> bool:
    request = newcomers.public_request(act.session, act.product, number_or_none(form["supports"]) or 0)
    found = requests.request_in(act.session, act.product, request.number) if request is not None else None
    if found is None:
        raise Refused("That request is no longer open to others.")
    return found.support(act.person)


def _judge(act: LinkAction, form: Mapping[str, str]) -> bool:
    request = requests.request_in(act.session, act.product, number_or_none(form.get("request", "")) or 0)
    if request is None or request.stakeholder_id != act.person.id:
        raise Missing
    if form.get("solved") not in ("yes", "no"):
        raise Invalid({"solved": "Choose whether it solves it."})
    if request.state is not RequestState.DONE:
        raise Refused("It is no longer done. The newest step says why.")
    owner = owner_of(act.session, act.product)
    is_new = request.say_solved(form["solved"] == "yes", form.get("words", ""), person=act.person, owner=owner)
    return is_new and act.receipt("judged", request=request.number)


def _name_files(session: orm.Session, kept: Sequence[StoredFile], **whose: int) -> None:
    for number, file in enumerate(kept, start=1):
        row = RequestFile.of(file, number)
        row.request_id, row.newcomer_id = whose.get("request_id"), whose.get("newcomer_id")
        session.add(row)
