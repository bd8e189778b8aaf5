"""Stakeholders and status updates over the API: drafted from the facts, published once, read with their deliveries."""

from typing import Any

from flask import Response

from kanban import access
from kanban.blueprints.api import answers, asks
from kanban.blueprints.api.calls import api, changed
from kanban.errors import Invalid, Missing, Stale
from kanban.extensions import db
from kanban.models import Product, StatusUpdate, UpdateState
from kanban.policy import Action
from kanban.reads import updates
from kanban.reads.draft import read_unmentioned, saved_words
from kanban.reads.entries import Entry
from kanban.reads.stakeholders import list_stakeholders, welcome
from kanban.status.health import suggest
from kanban.status.written import WORDS

# Stakeholders


@api.get("/products/<key>/stakeholders", responses={200: answers.StakeholderList})
@access.needs(Action.SEE_STAKEHOLDERS)
def list_people(path: asks.OfProduct, query: asks.Page) -> answers.StakeholderList:
    """Who gets the product's updates."""
    product = access.see_product(path.key)
    after = asks.read_id(query.after)
    rows = sorted(list_stakeholders(db.session(), product), key=lambda row: row.id)
    found = [row for row in rows if row.id > after]
    data = [answers.Stakeholder.model_validate(row) for row in found[: query.limit]]
    return answers.StakeholderList(data=data, next=str(data[-1].id) if len(found) > query.limit else None)


@api.post("/products/<key>/stakeholders", responses={201: answers.StakeholderChanged, 200: answers.StakeholderChanged})
@access.needs(Action.EDIT_STAKEHOLDERS)
def add_person(path: asks.OfProduct, body: asks.NewStakeholder) -> Response:
    """Put somebody on the list; who is on it already stays as they are."""
    product = access.change_product(path.key)
    entry = Entry(body.name, body.email, body.organisation, body.level)
    welcomed = welcome(db.session(), product, [entry], by=access.member())
    person = [*welcomed.added, *welcomed.known][0]
    answer = answers.StakeholderChanged(
        id=person.id,
        name=person.name,
        email=person.email,
        organisation=person.organisation,
        level=person.level.value,
    )
    return changed(product, answer, 201)


# Updates


@api.post("/products/<key>/updates", responses={201: answers.UpdateChanged})
@access.needs(Action.DRAFT_UPDATE)
def draft_update(path: asks.OfProduct, body: asks.NewUpdate) -> Response:
    """Begin a draft with the facts since the last update, or with the words of the one that it corrects."""
    product = access.change_product(path.key)
    session = db.session()
    if body.corrects is None:
        beginning = updates.read_beginning(session, product)
    else:
        beginning = updates.beginning_of_correction(_to_correct(product, body.corrects))
    update = StatusUpdate.draft(product, by=access.member(), **beginning.keywords)
    session.add(update)
    session.flush()
    return _changed(update, 201)


def _to_correct(product: Product, update_id: int) -> StatusUpdate:
    found = updates.update_by_id(db.session(), product, update_id)
    if found is None or found.state is not UpdateState.PUBLISHED:
        raise Invalid({"corrects": "There is no published update with this id in this product."})
    return found


def _changed(update: StatusUpdate, status: int = 200) -> Response:
    product, words = update.product, saved_words(update)
    suggestion = suggest(words.moved_dates)
    checks = [
        answers.Check(
            code="unmentioned",
            message=f"{fact['line']['ref'] or fact['line']['text']} {fact['why']}, and no line mentions it.",
            ref=fact["line"]["ref"] or None,
        )
        for fact in read_unmentioned(db.session(), product, words)
    ]
    if words.bare_delays:
        checks.append(answers.Check(code="bare_delay", message="Readers will ask for a delay's new date and cause."))
    if suggestion.contradicts(update.health.value):
        checks.append(
            answers.Check(
                code="health", message=f"The facts suggest {suggestion.health}, the update says {update.health.value}."
            )
        )
    answer = answers.UpdateChanged(**_fields(update), suggested_health=suggestion.health, checks=checks)
    return changed(product, answer, status)


@api.patch("/updates/<int:update_id>", responses={200: answers.UpdateChanged})
@access.needs(Action.DRAFT_UPDATE)
def edit_update(path: asks.OfUpdate, body: asks.UpdateEdit) -> Response:
    """Change what is given of a draft."""
    update = access.change_update(path.update_id)
    _refuse_stale(update, body.revision)
    update.edit(body.model_dump(exclude={"revision"}, exclude_none=True), by=access.member())
    return _changed(update)


def _refuse_stale(update: StatusUpdate, revision: int | None) -> None:
    if revision is not None and revision != update.revision:
        raise Stale({"revision": update.revision, **{name: getattr(update, name) for name in WORDS}})


@api.post("/updates/<int:update_id>/publish", responses={200: answers.UpdatePublished})
@access.needs(Action.PUBLISH)
def publish(path: asks.OfUpdate, body: asks.Publishing) -> Response:
    """Freeze the draft and put one mail a stakeholder into the outbox; answers to how many people.

    With a `revision` only the words that the caller read go out: 409 `stale_revision` where somebody changed them.
    """
    update = access.change_update(path.update_id)
    if update.state is UpdateState.DRAFT:
        _refuse_stale(update, body.revision)
    session, product = db.session(), update.product
    before = updates.last_published(session, product)
    update.publish(
        updates.recipients(session, product, update),
        before=before.health if before else None,
        by=access.member(),
        corrects_number=updates.number_of(session, update.corrects_id),
    )
    return changed(product, answers.UpdatePublished(**_fields(update), deliveries=len(update.deliveries)))


@api.get("/updates/<int:update_id>", responses={200: answers.Update})
@access.needs(Action.SEE)
def show_update(path: asks.OfUpdate) -> answers.Update:
    """An update with its deliveries, where you may see them; drafts are for those who see the stakeholders."""
    update = access.see_update(path.update_id)
    sees_all = access.member().may(Action.SEE_STAKEHOLDERS)
    if update.state is UpdateState.DRAFT and not sees_all:
        raise Missing
    deliveries = None
    if sees_all:
        copies = updates.read_copies(db.session(), update)
        deliveries = [answers.Delivery.model_validate(copy) for copy in copies]
    return answers.Update(**_fields(update), deliveries=deliveries)


def _fields(update: StatusUpdate) -> dict[str, Any]:
    return {
        "id": update.id,
        "number": update.number,
        "product": access.member().product.key,
        "state": update.state.value,
        "headline": update.headline,
        "summary": update.summary,
        "health": update.health.value,
        "health_reason": update.health_reason,
        "sections": update.sections,
        "since": update.since_at,
        "created_at": update.created_at,
        "published_at": update.published_at,
        "corrects": update.corrects_id,
        "revision": update.revision,
    }
