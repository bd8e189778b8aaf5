"""Status updates of a product: the list, the draft as it is written, publishing it, throwing it away, correcting it."""

import uuid
from collections.abc import Sequence
from typing import Any

import flask
from flask import Blueprint, render_template, request, url_for
from flask_babel import get_locale, gettext, ngettext
from werkzeug.wrappers import Response

from kanban import access, clock
from kanban.errors import Invalid, Missing, Refused
from kanban.extensions import db
from kanban.mail.compose import section_title, update_view
from kanban.models import DeliveryState, Health, Product, StatusUpdate, UpdateState
from kanban.policy import Action
from kanban.reads.decisions import decided
from kanban.reads.problems import list_problems
from kanban.reads.updates import update_questions, updates
from kanban.reads.updates.beginning import Beginning, beginning_of_correction, read_beginning
from kanban.reads.updates.corrections import read_corrections
from kanban.reads.updates.draft import (
    as_read_now,
    judge_saved,
    read_draft,
    read_unmentioned,
    saved_words,
    unmentioned_in,
)
from kanban.reads.updates.handed import owner_since, read_handed, read_owner
from kanban.reads.updates.honesty import Judgement, judge
from kanban.reads.updates.kept import read_kept
from kanban.reads.updates.publishing import read_news, read_publishing
from kanban.reads.updates.reactions import reactions_to
from kanban.reads.updates.scheduled import read_scheduled
from kanban.reads.updates.silence import read_silence
from kanban.reads.updates.updates import Recipient
from kanban.status.written import Written
from kanban.web import outside
from kanban.web.replies import wants_fragment

bp = Blueprint("updates", __name__, url_prefix="/products/<key>/updates")

_HEALTHS = [health.value for health in Health]


@bp.get("")
@access.needs(Action.SEE)
def index(key: str) -> str:
    """All updates of the product; drafts only for the owner's side and leads."""
    product = access.see_product(key)
    sees_all = access.member().may(Action.SEE_STAKEHOLDERS)
    rows = updates.list_updates(db.session(), product, drafts=sees_all)
    return render_template(
        "updates/index.html",
        product=product,
        rows=rows,
        draft=next((row for row in rows if row.is_draft and not (row.corrects or row.is_notice)), None),
        may_draft=access.member().may(Action.DRAFT_UPDATE),
        sees_all=sees_all,
        reader_id=access.member().user_id,
        n_people=len(updates.recipients(db.session(), product)) if sees_all else 0,
        silence=read_silence(db.session(), product),
        problems=list_problems(db.session(), product, only_open=True),
    )


@bp.post("")
@access.needs(Action.DRAFT_UPDATE)
def begin(key: str) -> Response:
    """Begin a draft with the facts since the last update, or go on with the one that is being written."""
    product = access.change_product(key)
    known = updates.open_draft(db.session(), product)
    return _go_on(product, known) or _begin(product, read_beginning(db.session(), product, **_tongue()))


@bp.post("/<int:number>/correct")
@access.needs(Action.DRAFT_UPDATE)
def correct(key: str, number: int) -> Response:
    """Begin a correction with the words of what was published, or go on with the one that is being written."""
    product = access.change_product(key)
    wrong = _to_change(product, number)
    known = updates.open_draft(db.session(), product, corrects_id=wrong.id)
    return _go_on(product, known) or _begin(product, beginning_of_correction(wrong))


def _go_on(product: Product, number: int | None) -> Response | None:
    if number is None:
        return None
    access.commit(product)
    return flask.redirect(url_for("updates.show", key=product.key, number=number), 303)


def _begin(product: Product, beginning: Beginning) -> Response:
    draft = StatusUpdate.draft(product, by=access.member(), **beginning.keywords)
    db.session.add(draft)
    access.commit(product)
    return flask.redirect(url_for("updates.show", key=product.key, number=draft.number), 303)


@bp.get("/<int:number>")
@access.needs(Action.SEE)
def show(key: str, number: int) -> str:
    """A published update as it was frozen; a draft as it is being written, and to its open page (`revision`) what the
    facts say of it now; one that is scheduled, and to its open page (`goes_out`) whether it still will."""
    product = access.see_product(key)
    update, member = _to_see(product, number), access.member()
    if update.state is UpdateState.DRAFT and not member.may(Action.SEE_STAKEHOLDERS):
        raise Missing
    is_written = update.state is UpdateState.DRAFT and not update.is_scheduled and member.may(Action.DRAFT_UPDATE)
    if wants_fragment() and "revision" in request.args:
        is_open = is_written and request.args["revision"] == str(update.revision)
        return _told(product, update, part="updates/_now.html") if is_open else ""
    if wants_fragment() and "goes_out" in request.args:
        return render_template("updates/_appointment.html", **_appointment(product, update))
    if is_written:
        return _editor(product, update)
    return _reader(product, update)


def _appointment(product: Product, update: StatusUpdate, judgement: Judgement | None = None) -> dict[str, Any]:
    """When a draft goes out, and what would hold it back now."""
    session = db.session()
    if update.is_scheduled and judgement is None:
        judgement = judge_saved(session, product, update)
    return {
        "product": product,
        "update": update,
        "news": read_news(session, product, update, judgement) if update.is_scheduled and judgement else [],
        "may_publish": access.member().may(Action.PUBLISH),
        **_standing(product, update),
    }


def _reader(product: Product, update: StatusUpdate) -> str:
    session, member = db.session(), access.member()
    sees_all = member.may(Action.SEE_STAKEHOLDERS)
    people = updates.read_recipients(session, update) if sees_all else []
    judgement = judge_saved(session, product, update) if update.is_scheduled else None
    return render_template(
        "updates/show.html",
        is_draft=update.state is UpdateState.DRAFT,
        view=_view(product, update, judgement),
        page={"people": updates.recipients(session, product, update) if judgement else []},
        owner=updates.owner_name(session, update, product),
        correction=read_corrections(session, product.id).get(update.id),
        people=people,
        reactions=reactions_to(session, update, people),
        decided=decided.decided_on(session, update),
        asked=update_questions.asked_about(session, update) if sees_all else [],
        n_late=_n_late(product, update, people),
        sees_all=sees_all,
        may_draft=member.may(Action.DRAFT_UPDATE),
        **_appointment(product, update, judgement),
    )


def _n_late(product: Product, update: StatusUpdate, people: Sequence[Recipient]) -> int | None:
    """How many mails that were kept whoever looks may send now; None where that is not for them, or there is no mail
    server."""
    is_kept = any(person.state == DeliveryState.KEPT for person in people)
    may_send = outside.sends_mail() and product.archived_at is None and access.member().may(Action.PUBLISH)
    if not (is_kept and may_send):
        return None
    return len(read_kept(db.session(), update))


def _view(product: Product, update: StatusUpdate, judgement: Judgement | None = None) -> dict[str, Any]:
    reader = access.member().user_id
    words = as_read_now(db.session(), product, update, owner_id=reader, judgement=judgement, **_tongue())
    return update_view(words, locale=_language(), zone=product.time_zone)


# Writing


@bp.post("/<int:number>")
@access.needs(Action.DRAFT_UPDATE)
def edit(key: str, number: int) -> Response:
    """Save the draft; `act` says what else the pressed button means."""
    product = access.change_product(key)
    update = _to_change(product, number)
    act = request.form.get("act", "")
    written = Written.read(request.form, healths=_HEALTHS)
    if written.revision != update.revision and update.state is UpdateState.DRAFT:
        return _conflict(key, number, written)
    written.arrange(act)
    filled = _fill(product, update, written, act)
    try:
        given = _answers(product, update, written, act)
        update.edit({**written.changes, "answers": given}, by=access.member(), filled=filled)
    except Invalid as invalid:
        return _with_errors(key, number, written, invalid)
    lacks = _hand_over(product, update) if act == "hand-over" else None
    access.commit(product)
    return _with_errors(key, number, written, lacks) if lacks else _saved(key, number, act)


def _hand_over(product: Product, update: StatusUpdate) -> Invalid | None:
    """Leave the words to the owner; answers what they lack for that, which does not keep them from being saved."""
    session = db.session()
    judged, since = judge_saved(session, product, update, **_tongue()).judged, owner_since(session, product)
    try:
        update.hand_over(by=access.member(), judged=judged, owner_since=since)
    except Invalid as invalid:
        return invalid
    name = read_owner(session, product).first_name
    flask.flash(gettext("%(name)s has it now.", name=name), "good")
    return None


def _fill(product: Product, update: StatusUpdate, written: Written, act: str) -> list[dict[str, str]]:
    """Add the fact, or bring up to date the lines, that the pressed button names; answers what the facts gave."""
    verb, _space, which = act.partition(" ")
    if verb == "mention":
        return written.mention(read_unmentioned(db.session(), product, written, **_tongue()), which)
    if verb == "renew":
        found = judge(db.session(), product, update, written, **_tongue()).case.outdated
        return written.renew(found, which.removeprefix("H17:"))
    return []


def _answers(product: Product, update: StatusUpdate, written: Written, act: str) -> dict[str, Any]:
    """Reasons as they were typed, and the button "mentioned" or "not mentioned" of one finding."""
    reasons = zip(request.form.getlist("answer_key"), request.form.getlist("answer_reason"), strict=False)
    given = {key: {**update.answers.get(key, {}), "reason": reason} for key, reason in reasons}
    verb, _space, key = act.partition(" ")
    if verb in ("told", "untold"):
        if verb == "told":
            judge(db.session(), product, update, written, **_tongue()).must_be_mentioned([key])
        given[key] = {**update.answers.get(key, {}), **given.get(key, {}), "mentioned": verb == "told"}
    return given


def _saved(key: str, number: int, act: str) -> Response:
    """An autosave gets the new revision, a button that moved lines gets the form, and without script it is a page."""
    goals = {"publish": "updates.confirm", "later": "schedules.ask", "preview": "mails.preview"}
    if act in goals:
        return flask.redirect(url_for(goals[act], key=key, number=number), 303)
    if not wants_fragment():
        return flask.redirect(url_for("updates.show", key=key, number=number), 303)
    product = access.see_product(key)
    update = _to_see(product, number)
    if not act:
        return flask.make_response(_told(product, update, part="updates/_saved.html"))
    return flask.make_response(_editor(product, update, part="updates/_rewritten.html"))


def _told(product: Product, update: StatusUpdate, *, part: str) -> str:
    """What the facts say of the words as they are saved."""
    judgement = judge_saved(db.session(), product, update, **_tongue())
    unmentioned = unmentioned_in(judgement, update.sections, **_tongue())
    return render_template(
        part,
        product=product,
        update=update,
        judgement=judgement,
        unmentioned=unmentioned,
        **_standing(product, update),
    )


def _standing(product: Product, update: StatusUpdate) -> dict[str, Any]:
    """With whom the draft is, when it goes out or was held back, and who reads that."""
    handed = read_handed(db.session(), product, [update]).get(update.number)
    scheduled = read_scheduled(db.session(), product, [update]).get(update.number)
    return {"handed": handed, "scheduled": scheduled, "reader_id": access.member().user_id}


def _conflict(key: str, number: int, mine: Written) -> Response:
    """Both texts are kept: mine in the form, theirs beside it."""
    db.session.rollback()
    product = access.see_product(key)
    update = _to_see(product, number)
    theirs = _view(product, update)
    if wants_fragment():
        html = render_template("updates/_conflict_partial.html", product=product, update=update, theirs=theirs)
    else:
        html = _editor(product, update, mine, theirs=theirs)
    return flask.make_response(html, 409)


def _with_errors(key: str, number: int, mine: Written, invalid: Invalid) -> Response:
    if wants_fragment():
        raise invalid
    db.session.rollback()
    product = access.see_product(key)
    html = _editor(product, _to_see(product, number), mine, errors=invalid.errors)
    return flask.make_response(html, 422)


def _editor(
    product: Product,
    update: StatusUpdate,
    written: Written | None = None,
    *,
    part: str = "updates/draft.html",
    errors: dict[str, str] | None = None,
    theirs: dict[str, Any] | None = None,
) -> str:
    page = read_draft(db.session(), product, update, written, **_tongue())
    since = clock.day_of(update.since_at, product.zone) if update.since_at else None
    may_publish, standing = access.member().may(Action.PUBLISH), _standing(product, update)
    since_words = flask.current_app.jinja_env.filters["short_day"](since) if since else ""
    return render_template(
        part,
        product=product,
        page=page,
        update=update,
        written=page.written,
        judgement=page.judgement,
        titles={section["kind"]: section_title(section["kind"], since_words) for section in page.written.sections},
        since_words=since_words,
        healths=_HEALTHS,
        errors=errors or {},
        theirs=theirs,
        may_publish=may_publish,
        owner=None if may_publish or standing["handed"] else read_owner(db.session(), product),
        **standing,
    )


# Publishing and throwing away


@bp.get("/<int:number>/publish")
@access.needs(Action.PUBLISH)
def confirm(key: str, number: int) -> str:
    """Ask for confirmation, showing what will be sent to whom."""
    product = access.see_product(key)
    update = _to_see(product, number)
    if update.state is not UpdateState.DRAFT:
        raise Refused(gettext("It is published already."))
    words = saved_words(update)
    judgement = judge_saved(db.session(), product, update, **_tongue())
    return render_template(
        "updates/publish.html",
        product=product,
        update=update,
        view=_view(product, update, judgement),
        people=updates.recipients(db.session(), product, update),
        judgement=judgement,
        bare_delays=words.bare_delays,
        keeps_mail=not outside.sends_mail(),
        command=uuid.uuid4().hex,
    )


@bp.post("/<int:number>/publish")
@access.needs(Action.PUBLISH)
def publish(key: str, number: int) -> Response:
    """Freeze the draft that the person looked at, and put one mail a person into the outbox."""
    product = access.change_product(key)
    session, update = db.session(), _to_change(product, number)
    if update.state is UpdateState.DRAFT and request.form.get("revision") != str(update.revision):
        raise Refused(gettext("The draft changed since you looked. Read it again, then publish."))
    judgement = judge_saved(session, product, update, **_tongue())
    given = read_publishing(session, product, update, judgement)
    try:
        update.publish(**given, by=access.member())
    except Invalid as invalid:
        raise Refused(invalid.sentence) from invalid
    access.commit(product)
    people = given["people"]
    to_all = ngettext("Published to one person.", "Published to %(num)d people.", len(people))
    if people and not outside.sends_mail():
        to_all += " " + gettext("No mail server is set up: the mails are kept here.")
    flask.flash(to_all if people else gettext("Published."), "good")
    return flask.redirect(url_for("updates.show", key=key, number=number), 303)


@bp.get("/<int:number>/throw-away")
@access.needs(Action.DRAFT_UPDATE)
def ask_throw_away(key: str, number: int) -> str:
    """Ask for confirmation: what is thrown away is gone."""
    product = access.see_product(key)
    template = "updates/_throw_away.html" if wants_fragment() else "updates/throw_away.html"
    return render_template(template, product=product, update=_to_see(product, number))


@bp.post("/<int:number>/throw-away")
@access.needs(Action.DRAFT_UPDATE)
def throw_away(key: str, number: int) -> Response:
    """Delete a draft; the log says that there was one."""
    product = access.change_product(key)
    update = _to_change(product, number)
    update.throw_away(by=access.member())
    db.session.delete(update)
    access.commit(product)
    flask.flash(gettext("The draft is thrown away."), "plain")
    return flask.redirect(url_for("updates.index", key=key), 303)


def _to_change(product: Product, number: int) -> StatusUpdate:
    update = updates.update_under_lock(db.session(), product, number)
    if update is None:
        raise Missing
    return update


def _to_see(product: Product, number: int) -> StatusUpdate:
    update = updates.find_update(db.session(), product, number)
    if update is None:
        raise Missing
    return update


def _language() -> str:
    return str(get_locale() or "en")


def _tongue() -> dict[str, Any]:
    return {"locale": _language(), "gettext": gettext}
