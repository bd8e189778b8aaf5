"""Status updates, over the API: drafting them from the facts, handing over, publishing, reading their deliveries."""

from typing import Any

from flask import Response

from kanban import access
from kanban.blueprints.api import answers, asks
from kanban.blueprints.api.calls import api, changed
from kanban.errors import Invalid, Missing, Stale
from kanban.extensions import db
from kanban.models import Product, StatusUpdate, UpdateState
from kanban.policy import Action
from kanban.reads.updates import updates
from kanban.reads.updates.beginning import beginning_of_correction, read_beginning
from kanban.reads.updates.copies import read_copies
from kanban.reads.updates.corrections import read_corrections
from kanban.reads.updates.draft import judge_saved, saved_words, unmentioned_in
from kanban.reads.updates.handed import owner_since
from kanban.reads.updates.publishing import read_known, read_publishing
from kanban.status.draft_text import WORDS


@api.post("/products/<key>/updates", responses={201: answers.UpdateChanged})
@access.needs(Action.DRAFT_UPDATE)
def draft_update(path: asks.OfProduct, body: asks.NewUpdate) -> Response:
    """Begin a draft with the facts since the last update, or with the words of the update that it corrects."""
    product = access.change_product(path.key)
    session = db.session()
    if body.corrects is None:
        beginning = read_beginning(session, product)
    else:
        beginning = beginning_of_correction(_to_correct(product, body.corrects))
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
    judgement = judge_saved(db.session(), product, update)
    suggestion = judgement.suggestion
    checks = [
        answers.Check(
            code="unmentioned",
            message=f"{fact['line']['ref'] or fact['line']['text']} {fact['why']}, but no line mentions it.",
            ref=fact["line"]["ref"] or None,
        )
        for fact in unmentioned_in(judgement, words.sections)
    ]
    if words.bare_delays:
        checks.append(answers.Check(code="bare_delay", message="Readers will ask for a delay’s new date and cause."))
    checks += [
        answers.Check(
            code=finding.code,
            message=finding.message,
            ref=finding.ref or None,
            key=finding.key,
            mentioned=is_told,
            reason=reason,
        )
        for finding, reason, is_told in judgement.answered
    ]
    if suggestion.differs(update.health.value) or suggestion.contradicts(update.health.value):
        checks.append(
            answers.Check(
                code="health", message=f"The facts suggest {suggestion.health}, the update says {update.health.value}."
            )
        )
    answer = answers.UpdateChanged(
        **_fields(update), suggested_health=suggestion.health, suggested_because=list(judgement.reasons), checks=checks
    )
    return changed(product, answer, status)


@api.patch("/updates/<int:update_id>", responses={200: answers.UpdateChanged})
@access.needs(Action.DRAFT_UPDATE)
def edit_update(path: asks.OfUpdate, body: asks.UpdateEdit) -> Response:
    """Change the given fields of a draft."""
    update = access.change_update(path.update_id)
    _refuse_stale(update, body.revision)
    changes = body.model_dump(exclude={"revision", "answers"}, exclude_none=True)
    if body.answers is not None:
        changes["answers"] = {each.key: {"mentioned": each.mentioned, "reason": each.reason} for each in body.answers}
    update.edit(changes, by=access.member())
    if body.answers is not None:
        told = [each.key for each in body.answers if each.mentioned]
        judge_saved(db.session(), update.product, update).must_be_mentioned(told)
    return _changed(update)


def _refuse_stale(update: StatusUpdate, revision: int | None) -> None:
    if revision is not None and revision != update.revision:
        words = {name: getattr(update, name) for name in WORDS}
        raise Stale({"revision": update.revision, **words, "sections": update.sections, "answers": update.answers})


@api.post("/updates/<int:update_id>/hand-over", responses={200: answers.UpdateChanged})
@access.needs(Action.DRAFT_UPDATE)
def hand_over_update(path: asks.OfUpdate, body: asks.Publishing) -> Response:
    """Hand a draft that is ready to be published to the product's owner, who is told at once."""
    update = access.change_update(path.update_id)
    if update.state is UpdateState.DRAFT:
        _refuse_stale(update, body.revision)
    session, product = db.session(), update.product
    judged = judge_saved(session, product, update).judged
    update.hand_over(by=access.member(), judged=judged, owner_since=owner_since(session, product))
    return _changed(update)


@api.post("/updates/<int:update_id>/publish", responses={200: answers.UpdatePublished})
@access.needs(Action.PUBLISH)
def publish(path: asks.OfUpdate, body: asks.PublishingAt) -> Response:
    """Freeze a draft and put one mail per stakeholder into the outbox; returns how many people get one.

    With a `revision`, only the words that you have read go out: 409 `stale_revision` if somebody has changed them. With
    `at`, an instant at most 60 days ahead, the draft is published at that time, in your name; until then it can't be
    changed (409 `scheduled`). If by then you may no longer publish, or something has changed, the draft is held back,
    and you and the owner are told.
    """
    update = access.change_update(path.update_id)
    if update.state is UpdateState.DRAFT:
        _refuse_stale(update, body.revision)
    session, product = db.session(), update.product
    judgement = judge_saved(session, product, update)
    if body.at is not None:
        known = read_known(session, product, update, judgement)
        update.schedule(body.at, known=known, by=access.member(), judged=judgement.judged)
    else:
        update.publish(**read_publishing(session, product, update, judgement), by=access.member())
    return changed(product, answers.UpdatePublished(**_fields(update), deliveries=len(update.deliveries)))


@api.post("/updates/<int:update_id>/take-back", responses={200: answers.UpdateChanged})
@access.needs(Action.DRAFT_UPDATE)
def take_back_update(path: asks.OfUpdate) -> Response:
    """Cancel a scheduled draft: it doesn't go out, and can be changed again."""
    update = access.change_update(path.update_id)
    update.take_back(by=access.member())
    return _changed(update)


@api.get("/updates/<int:update_id>", responses={200: answers.Update})
@access.needs(Action.SEE)
def show_update(path: asks.OfUpdate) -> answers.Update:
    """An update, with its deliveries if you may see stakeholders; drafts are only for those who may."""
    update = access.see_update(path.update_id)
    sees_all = access.member().may(Action.SEE_STAKEHOLDERS)
    if update.state is UpdateState.DRAFT and not sees_all:
        raise Missing
    deliveries = None
    if sees_all:
        copies = read_copies(db.session(), update)
        deliveries = [answers.Delivery.model_validate(copy) for copy in copies]
    return answers.Update(**_fields(update), deliveries=deliveries)


def _fields(update: StatusUpdate) -> dict[str, Any]:
    right = read_corrections(db.session(), update.product_id).get(update.id)
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
        "handed_at": update.handed_at if update.state is UpdateState.DRAFT else None,
        "goes_out_at": update.goes_out_at,
        "held_because": update.held["why"] if update.held else None,
        "published_at": update.published_at,
        "corrects": update.corrects_id,
        "corrected_by": right.update_id if right else None,
        "corrected_at": right.published_at if right else None,
        "revision": update.revision,
    }
