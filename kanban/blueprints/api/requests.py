"""Requests, over the API: listing them, writing them down, and deciding on them with the same verbs as on the page."""

from typing import Any

from flask import Response

from kanban import access, identity
from kanban.blueprints.api import answers, asks
from kanban.blueprints.api.calls import api, changed
from kanban.blueprints.api.moves import read_wish
from kanban.errors import Invalid, Missing, Refused
from kanban.extensions import db
from kanban.models import Item, Product, Request, RequestState, Stage
from kanban.models.stakeholder import read_address
from kanban.policy import Action
from kanban.reads import locked
from kanban.reads.board.place import read_place
from kanban.reads.people.people import owner_of
from kanban.reads.promises import promises
from kanban.reads.requests import requests, triage
from kanban.reads.requests.triage import TriageLine


@api.get("/products/<key>/requests", responses={200: answers.RequestList})
@access.needs(Action.SEE_REQUESTS)
def list_requests(path: asks.OfProduct, query: asks.RequestPage) -> answers.RequestList:
    """The product's requests, in the order of their ids."""
    product = access.see_product(path.key)
    which = [Request.id > asks.read_id(query.after)]
    if query.state != "all":
        which.append(Request.state == RequestState(query.state))
    lines = triage.list_by_id(db.session(), product, access.member(), *which, limit=query.limit + 1)
    data = [answers.RequestTold(**_api_request(line)) for line in lines[: query.limit]]
    return answers.RequestList(data=data, next=str(data[-1].id) if len(lines) > query.limit else None)


@api.post("/products/<key>/requests", responses={201: answers.RequestChanged})
@access.needs(Action.TRIAGE_REQUESTS)
def write_request(path: asks.OfProduct, body: asks.NewRequest) -> Response:
    """Write down what a stakeholder asked for; they get a mail that says so."""
    product, session = access.change_product(path.key), db.session()
    found = promises.stakeholders_named(session, product, emails=[read_address(body.stakeholder)])
    if not found:
        raise Invalid({"stakeholder": f"{body.stakeholder[:100]} is not a stakeholder of this product."})
    made = Request.ask(
        product,
        body.title,
        body.body,
        person=found[0],
        owner=owner_of(session, product),
        n_open=requests.count_open(session, found[0]),
        by=access.member(),
    )
    session.add(made)
    return _changed(product, made, 201)


@api.post("/requests/<int:request_id>/accept", responses={200: answers.RequestChanged})
@access.needs(Action.TRIAGE_REQUESTS)
def accept_request(path: asks.OfRequest, body: asks.Acceptance) -> Response:
    """Accept a request, as a new item or by joining it to an existing one."""
    product, found = _under_lock(path.request_id)
    found.accept(_item(product, found, body), by=access.member(), words=body.words)
    return _changed(product, found)


def _item(product: Product, found: Request, body: asks.Acceptance) -> Item:
    session = db.session()
    if body.item is not None:
        number = asks.number_in(body.item, product.key)
        item = locked.item_in(session, product, number, ()) if number is not None else None
        if item is None:
            raise Invalid({"item": "There is no such item in this product."})
        return item
    if not found.is_open:
        raise Refused("It has already been decided. Reopen it first.")
    column = product.first_column(Stage.BACKLOG)
    assert column is not None
    place = read_place(session, product, column, read_wish(product, body.place))
    item = Item.create(product, body.title or found.title, place, by=access.member())
    session.flush()
    return item


@api.post("/requests/<int:request_id>/decline", responses={200: answers.RequestChanged})
@access.needs(Action.TRIAGE_REQUESTS)
def decline_request(path: asks.OfRequest, body: asks.Declining) -> Response:
    """Decline a request, with a reason for the people who asked."""
    if not body.reason.strip():
        raise Invalid({"reason": "Say why, in words for the person who asked."})
    product, found = _under_lock(path.request_id)
    found.decline(body.reason, by=access.member())
    return _changed(product, found)


@api.post("/requests/<int:request_id>/merge", responses={200: answers.RequestChanged})
@access.needs(Action.TRIAGE_REQUESTS)
def merge_request(path: asks.OfRequest, body: asks.Merging) -> Response:
    """Merge a request into the one that it repeats."""
    product, found = _under_lock(path.request_id)
    other = requests.request_with_id(db.session(), product, body.into)
    if other is None:
        raise Invalid({"into": "There is no such request in this product."})
    found.mark_duplicate(other, by=access.member(), words=body.words)
    return _changed(product, found)


@api.post("/requests/<int:request_id>/postpone", responses={200: answers.RequestChanged})
@access.needs(Action.TRIAGE_REQUESTS)
def postpone_request(path: asks.OfRequest, body: asks.Putting) -> Response:
    """Put a request off until later."""
    product, found = _under_lock(path.request_id)
    found.postpone(by=access.member(), words=body.words)
    return _changed(product, found)


@api.post("/requests/<int:request_id>/reopen", responses={200: answers.RequestChanged})
@access.needs(Action.TRIAGE_REQUESTS)
def reopen_request(path: asks.OfRequest, body: asks.Putting) -> Response:
    """Take the decision about a request back; the people who asked get another mail."""
    product, found = _under_lock(path.request_id)
    found.reopen(by=access.member(), words=body.words)
    return _changed(product, found)


def _under_lock(request_id: int) -> tuple[Product, Request]:
    place = requests.place_of(db.session(), request_id, identity.current_user().id)
    if place is None:
        raise Missing
    product = access.change_product(place[0])
    found = requests.request_in(db.session(), product, place[1])
    if found is None:
        raise Missing
    return product, found


def _changed(product: Product, request: Request, status: int = 200) -> Response:
    session = db.session()
    session.flush()
    [line] = triage.list_by_id(session, product, access.member(), Request.id == request.id)
    return changed(product, answers.RequestChanged(**_api_request(line)), status)


def _api_request(line: TriageLine) -> dict[str, Any]:
    return {
        "id": line.id,
        "number": line.number,
        "title": line.title,
        "body": line.body,
        "state": line.state,
        "stakeholder": line.asker.email if line.asker else None,
        "supporters": [one.email for one in line.supporters] if line.asker else None,
        "item": line.ref or None,
        "duplicate_of": line.original_id,
        "asked_at": line.asked_at,
        "decided_at": line.decided_at,
        "words": line.last.words if line.last else "",
        "solved": line.solved,
    }
