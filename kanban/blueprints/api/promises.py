"""Milestones and promises, over the API: listing them with their delay log, making them, changing and withdrawing
promises."""

from typing import Any

from flask import Response

from kanban import access
from kanban.blueprints.api import answers, asks
from kanban.blueprints.api.calls import api, changed
from kanban.errors import Invalid
from kanban.extensions import db
from kanban.models import Commitment, Item, Milestone, Product, Request, Stakeholder
from kanban.models.stakeholder import read_address
from kanban.policy import Action
from kanban.reads import locked
from kanban.reads.promises import promises
from kanban.reads.promises.calendar import read_calendar
from kanban.reads.promises.growth import Dates, MilestoneAhead, read_milestones_ahead
from kanban.reads.promises.milestones import MilestoneLine, items_named, list_milestones, milestone_in
from kanban.reads.promises.promises import PromiseLine
from kanban.reads.requests import requests

# Milestones


@api.get("/products/<key>/milestones", responses={200: answers.MilestoneList})
@access.needs(Action.SEE)
def list_of_milestones(path: asks.OfProduct, query: asks.Page) -> answers.MilestoneList:
    """The product's milestones with their items, promised dates and forecasts."""
    product, session = access.see_product(path.key), db.session()
    after = asks.read_id(query.after)
    lines = list_milestones(session, product)
    promised = _promised(product, lines)
    found = sorted((line for line in lines if line.id > after), key=lambda line: line.id)
    _, ahead = read_milestones_ahead(session, product, found[: query.limit])
    data = [
        answers.Milestone(**_milestone(line, promised.get(line.id), ahead.get(line.number)))
        for line in found[: query.limit]
    ]
    return answers.MilestoneList(data=data, next=str(data[-1].id) if len(found) > query.limit else None)


def _promised(product: Product, lines: list[MilestoneLine]) -> dict[int | None, PromiseLine]:
    of_some = (Commitment.milestone_id.is_not(None), Commitment.withdrawn_at.is_(None))
    found = promises.list_promises(db.session(), product, access.member(), *of_some, milestones=lines)
    return {promise.milestone_id: promise for promise in found}


def _milestone(line: MilestoneLine, promise: PromiseLine | None, ahead: MilestoneAhead | None = None) -> dict[str, Any]:
    return {
        "id": line.id,
        "name": line.name,
        "top": line.top,
        "items": [item.ref for item in line.items],
        "total": line.total,
        "done": line.done,
        "finished_on": line.finished_on,
        "promised_on": promise.due_on if promise else None,
        "commitment": promise.id if promise else None,
        "dates": _dates(ahead.dates if ahead else None),
        "dates_growing": _dates(ahead.growing if ahead else None),
    }


def _dates(told: Dates | None) -> answers.DatesByShare | None:
    return answers.DatesByShare(**{f"p{share}": day for share, day in told.items()}) if told else None


@api.post("/products/<key>/milestones", responses={201: answers.MilestoneChanged})
@access.needs(Action.PROMISE)
def make_milestone(path: asks.OfProduct, body: asks.NewMilestone) -> Response:
    """Make a milestone of these items, each of which leaves the one that it was in, or of the next `top` items."""
    product, session = access.change_product(path.key), db.session()
    if body.top is not None and body.items:
        raise Invalid({"items": "A milestone has items of its own, or counts the next ones; not both."})
    milestone = Milestone.make(product, body.name, top=body.top, by=access.member())
    session.add(milestone)
    session.flush()
    for item in items_named(session, product, body.items):
        item.aim_for(milestone, is_reached=False, by=access.member())
    session.flush()
    line = next(line for line in list_milestones(session, product) if line.id == milestone.id)
    return changed(product, answers.MilestoneChanged(**_milestone(line, None)), 201)


# Promises


@api.get("/products/<key>/commitments", responses={200: answers.CommitmentList})
@access.needs(Action.SEE)
def list_commitments(path: asks.OfProduct, query: asks.Page) -> answers.CommitmentList:
    """The product's promises, with their state and how their dates moved."""
    product = access.see_product(path.key)
    after = asks.read_id(query.after)
    lines = promises.list_promises(db.session(), product, access.member())
    found = sorted((line for line in lines if line.id > after), key=lambda line: line.id)
    data = [answers.Commitment(**_commitment(line)) for line in found[: query.limit]]
    return answers.CommitmentList(data=data, next=str(data[-1].id) if len(found) > query.limit else None)


@api.post("/products/<key>/commitments", responses={201: answers.CommitmentChanged})
@access.needs(Action.PROMISE)
def make_commitment(path: asks.OfProduct, body: asks.NewCommitment) -> Response:
    """Promise an item, a milestone or a request for a working day in the future."""
    product, session = access.change_product(path.key), db.session()
    subject = _subject(product, body.subject)
    commitment = Commitment.promise(
        product,
        subject,
        due_on=body.due_on,
        statement=body.statement,
        people=_people(product, body.stakeholders),
        calendar=read_calendar(session, product),
        is_promised=promises.is_promised(session, subject),
        is_finished=promises.is_finished(session, product, subject),
        by=access.member(),
    )
    session.add(commitment)
    return _changed(product, commitment, 201)


def _subject(product: Product, given: asks.Subject) -> Item | Milestone | Request:
    session = db.session()
    if sum(each is not None for each in (given.item, given.milestone, given.request)) != 1:
        raise Invalid({"subject": "Name an item, a milestone or a request."})
    if given.request is not None:
        request = requests.request_with_id(session, product, given.request)
        if request is None:
            raise Invalid({"subject": "There is no such request in this product."})
        return request
    if given.milestone is not None:
        milestone = milestone_in(session, product, given.milestone)
        if milestone is None:
            raise Invalid({"subject": "There is no such milestone in this product."})
        return milestone
    number = asks.number_in(given.item or "", product.key)
    item = locked.item_in(session, product, number, ()) if number is not None else None
    if item is None:
        raise Invalid({"subject": "There is no such item in this product."})
    return item


def _people(product: Product, addresses: list[str]) -> list[Stakeholder]:
    wanted = {read_address(address) for address in addresses}
    found = promises.stakeholders_named(db.session(), product, emails=list(wanted))
    unknown = sorted(wanted - {person.email for person in found})
    if unknown:
        raise Invalid({"stakeholders": f"{unknown[0][:100]} is not a stakeholder of this product."})
    return found


@api.post("/commitments/<int:commitment_id>/changes", responses={201: answers.CommitmentChanged})
@access.needs(Action.PROMISE)
def change_commitment(path: asks.OfCommitment, body: asks.NewCommitmentChange) -> Response:
    """Change the date of a promise, with the cause and one sentence about it."""
    commitment = access.change_commitment(path.commitment_id)
    product, session = commitment.product, db.session()
    commitment.change(
        body.due_on,
        cause=body.cause,
        explanation=body.explanation,
        mitigation=body.mitigation,
        calendar=read_calendar(session, product),
        is_finished=promises.is_finished(session, product, commitment.subject),
        by=access.member(),
    )
    return _changed(product, commitment, 201)


@api.post("/commitments/<int:commitment_id>/withdraw", responses={200: answers.CommitmentChanged})
@access.needs(Action.PROMISE)
def withdraw_commitment(path: asks.OfCommitment, body: asks.Reason) -> Response:
    """Withdraw a promise, with a reason; it stays on record."""
    commitment = access.change_commitment(path.commitment_id)
    product = commitment.product
    subject = commitment.subject
    is_finished = promises.is_finished(db.session(), product, subject)
    commitment.withdraw(body.reason, is_finished=is_finished, by=access.member())
    return _changed(product, commitment)


def _changed(product: Product, commitment: Commitment, status: int = 200) -> Response:
    session = db.session()
    session.flush()
    [line] = promises.list_promises(session, product, access.member(), Commitment.id == commitment.id)
    return changed(product, answers.CommitmentChanged(**_commitment(line)), status)


def _commitment(line: PromiseLine) -> dict[str, Any]:
    return {
        "id": line.id,
        "subject": answers.CommitmentSubject(
            item=line.ref or None, milestone=line.milestone_id, request=line.request_id
        ),
        "statement": line.statement,
        "first_due_on": line.first_on,
        "due_on": line.due_on,
        "state": line.standing,
        "late_days": line.late_days,
        "finished_on": line.finished_on,
        "made_at": line.made_at,
        "withdrawn_at": line.withdrawn_at,
        "withdrawn_reason": line.withdrawn_reason,
        "stakeholders": [person.email for person in line.people] if line.people is not None else None,
        "changes": [answers.CommitmentChange.model_validate(each) for each in line.changes],
        "slipped": answers.Slips.model_validate(line.slips),
    }
