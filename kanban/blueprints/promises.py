"""Promises: what was promised to whom and for when, and how the dates moved; making, changing and withdrawing them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kanban import access
from kanban.errors import Invalid, Missing
from kanban.extensions import db
from kanban.models import Cause, Commitment, Item, Milestone, Product, Request, Stakeholder
from kanban.policy import Action
from kanban.reads.items.links import find_linkable, resolve_item
from kanban.reads.promises import notices, promises
from kanban.reads.promises.calendar import read_calendar
from kanban.reads.promises.milestones import find_milestone, list_milestones
from kanban.reads.promises.outlook import read_hypothetical_outlook
from kanban.reads.requests import requests
from kanban.reads.stakeholders.entries import read_lines
from kanban.reads.stakeholders.stakeholders import choices_among, list_stakeholders, welcome
from kanban.reads.updates import updates
from kanban.reads.words import cause_choices
from kanban.web import forms, panels, replies
from kanban.web.forms import Draft, day_sent, small_number
from kanban.web.naming import MOST_TYPED, item_named
from kanban.web.replies import own_path

bp = Blueprint("promises", __name__, url_prefix="/products/<key>/promises")


@bp.get("")
@access.needs(Action.SEE)
def show(key: str) -> str:
    """All promises and milestones of a product; for a live screen, only their lists."""
    product = access.see_product(key)
    page = promises.load_promises(db.session(), product, access.member())
    partial = replies.wants_fragment()
    template = "promises/_promises.html" if partial else "promises/page.html"
    running = (line.number for line in page.running) if access.member().may(Action.DRAFT_UPDATE) else ()
    untold = notices.list_untold(db.session(), product, running)
    return render_template(template, page=page, product=product, untold=untold, partial=partial)


# Making one


@bp.get("/new")
@access.needs(Action.PROMISE)
def ask_new(key: str) -> str:
    """The form of a new promise; `?item=REF`, `?milestone=N` or `?request=N` says what it is about."""
    asked = defaultdict(str, request.args.to_dict())
    product = access.see_product(key)
    found = requests.request_in(db.session(), product, _number_asked()) if asked["request"] else None
    return _new_form(product, Draft("promise", asked), [str(one.id) for one in found.people] if found else [])


def _number_asked() -> int:
    return request.values.get("request", type=small_number) or 0


def _new_form(product: Product, draft: Draft, chosen: list[str]) -> str:
    session = db.session()
    return _form(
        "new",
        product,
        draft,
        people=choices_among(list_stakeholders(session, product)),
        milestones=[(line.number, line.name) for line in list_milestones(session, product)],
        about=requests.title_of(session, product, _number_asked()) if draft.values["request"] else None,
        chosen=chosen,
        **_hypothetical(product, draft.values),
    )


@bp.get("/foretold")
@access.needs(Action.PROMISE)
def foretell(key: str) -> str:
    """What the forecast says about the `item`, `milestone` or `request` named so far and `due_on`, for the form."""
    told = _hypothetical(access.see_product(key), request.args)
    return render_template("promises/_foretold.html", **told)


def _hypothetical(product: Product, typed: Mapping[str, str]) -> dict[str, Any]:
    session = db.session()
    subject: Item | Milestone | Request | None = None
    if number := forms.number_or_none(typed.get("request", "")):
        subject = requests.request_in(session, product, number)
    elif number := forms.number_or_none(typed.get("milestone", "")):
        subject = find_milestone(session, product, number)
    elif words := typed.get("item", "")[:MOST_TYPED].strip():
        subject = resolve_item(session, product, None, words)
    try:
        due_on = dt.date.fromisoformat(typed.get("due_on", ""))
    except ValueError:
        due_on = None
    found = read_hypothetical_outlook(session, product, subject, due_on) if subject is not None else None
    return {"foretold": found, "has_day": due_on is not None}


@bp.get("/suggest")
@access.needs(Action.PROMISE)
def suggest(key: str) -> str:
    """Suggest items for what was typed so far (`item`): a reference or letters of a title."""
    found = find_linkable(db.session(), access.see_product(key), None, request.args.get("item", "")[:MOST_TYPED])
    return render_template("items/_link_options.html", found=found)


@bp.post("")
@access.needs(Action.PROMISE)
def make(key: str) -> Response | tuple[str, int]:
    """Promise an item, a milestone or a request for a day."""
    product, session = access.change_product(key), db.session()
    try:
        subject = _subject(product)
        commitment = Commitment.promise(
            product,
            subject,
            due_on=day_sent("due_on"),
            statement=request.form.get("statement", ""),
            people=_people(product),
            calendar=read_calendar(session, product),
            is_promised=promises.is_promised(session, subject),
            is_finished=promises.is_finished(session, product, subject),
            by=access.member(),
        )
    except Invalid as invalid:
        session.rollback()
        draft = Draft.typed("promise", invalid.errors)
        return _new_form(access.see_product(key), draft, request.form.getlist("person")), 422
    session.add(commitment)
    access.commit(product)
    return _done(product, _("Promised."))


def _subject(product: Product) -> Item | Milestone | Request:
    form, session = request.form, db.session()
    if form.get("request"):
        asked = requests.request_in(session, product, _number_asked())
        if asked is None:
            raise Invalid({"item": _("That request is gone.")})
        return asked
    number = form.get("milestone", type=small_number)
    if number and form.get("item", "").strip():
        raise Invalid({"item": _("Name an item or choose a milestone, not both.")})
    if number:
        milestone = find_milestone(session, product, number)
        if milestone is None:
            raise Invalid({"item": _("That milestone is gone.")})
        return milestone
    missing = _("Name an item of this product, such as %(key)s-12, or a milestone.", key=product.key)
    return item_named(product, None, "item", missing=missing)


def _people(product: Product) -> list[Stakeholder]:
    chosen = request.form.getlist("person")
    ids = set(request.form.getlist("person", type=small_number))
    found = promises.stakeholders_named(db.session(), product, ids=list(ids))
    if len(found) != len(set(chosen)):
        raise Invalid({"person": _("One of them is no longer a stakeholder of this product. Choose again.")})
    return list(dict.fromkeys([*found, *_newcomers(product)]))


def _newcomers(product: Product) -> list[Stakeholder]:
    written = request.form.get("newcomer", "")
    if not written.strip():
        return []
    access.member().must(Action.EDIT_STAKEHOLDERS)
    try:
        read = read_lines(written)
        if read.troubles:
            raise Invalid({"newcomer": read.troubles[0].sentence})
        welcomed = welcome(db.session(), product, read.people, by=access.member())
    except Invalid as invalid:
        raise Invalid({"newcomer": " ".join(invalid.errors.values())}) from None
    return [*welcomed.added, *welcomed.known]


# Changing the date, withdrawing


@bp.get("/<int:number>/change")
@access.needs(Action.PROMISE)
def ask_change(key: str, number: int) -> str:
    """The form for a new date with its cause and a sentence; refused if the promise is no longer open."""
    return _verb_form("change", access.see_product(key), number, Draft("change"))


@bp.post("/<int:number>/change")
@access.needs(Action.PROMISE)
def change(key: str, number: int) -> Response | tuple[str, int]:
    """Change the date of a promise; its first date stays on record."""
    product, session = access.change_product(key), db.session()
    commitment, form = _found(product, number), request.form
    try:
        commitment.change(
            day_sent("due_on"),
            cause=_cause(),
            explanation=form.get("explanation", ""),
            mitigation=form.get("mitigation", ""),
            calendar=read_calendar(session, product),
            is_finished=promises.is_finished(session, product, commitment.subject),
            by=access.member(),
        )
    except Invalid as invalid:
        return _again("change", key, number, invalid)
    access.commit(product)
    return _done(product, _("The date is changed. The first one stays on record."))


def _cause() -> Cause:
    given = request.form.get("cause", "")
    if given not in list(Cause):
        raise Invalid({"cause": _("Choose what moved the date.")})
    return Cause(given)


@bp.get("/<int:number>/withdraw")
@access.needs(Action.PROMISE)
def ask_withdraw(key: str, number: int) -> str:
    """The form that asks why the promise is withdrawn."""
    return _verb_form("withdraw", access.see_product(key), number, Draft("withdraw"))


@bp.post("/<int:number>/withdraw")
@access.needs(Action.PROMISE)
def withdraw(key: str, number: int) -> Response | tuple[str, int]:
    """Withdraw a promise; it stays readable."""
    product, session = access.change_product(key), db.session()
    commitment = _found(product, number)
    is_finished = promises.is_finished(session, product, commitment.subject)
    try:
        commitment.withdraw(request.form.get("reason", ""), is_finished=is_finished, by=access.member())
    except Invalid as invalid:
        return _again("withdraw", key, number, invalid)
    access.commit(product)
    return _done(product, _("The promise is withdrawn. It stays on record."))


def _found(product: Product, number: int) -> Commitment:
    found = promises.promise_numbered(db.session(), product, number)
    if found is None:
        raise Missing
    return found


# Answers


def _verb_form(verb: str, product: Product, number: int, draft: Draft) -> str:
    lines = promises.list_promises(db.session(), product, access.member(), Commitment.number == number)
    if not lines:
        raise Missing
    [line] = lines
    line.refuse_over()
    about = {"item": line.ref, "milestone": str(line.milestone or "")}
    told: dict[str, Any] = {}
    if verb == "change":
        told = _hypothetical(product, {**about, "due_on": draft.values["due_on"] or ""})
        number_of_draft = updates.open_draft(db.session(), product)
        told["open_draft"] = updates.find_update(db.session(), product, number_of_draft) if number_of_draft else None
    return _form(verb, product, draft, promise=line, causes=cause_choices(), about=about, **told)


def _again(verb: str, key: str, number: int, invalid: Invalid) -> tuple[str, int]:
    db.session.rollback()
    return _verb_form(verb, access.see_product(key), number, Draft.typed(verb, invalid.errors)), 422


def _form(verb: str, product: Product, draft: Draft, **more: Any) -> str:
    template = f"promises/_{verb}.html" if replies.wants_fragment() else "promises/verb.html"
    back = own_path(request.values.get("next"), url_for("promises.show", key=product.key))
    return render_template(template, product=product, draft=draft, verb=verb, back=back, **more)


def _done(product: Product, sentence: str) -> Response:
    """A toast with an undo; the parts of the page that show the promise then fetch it again."""
    here = own_path(request.form.get("next"), url_for("promises.show", key=product.key))
    return replies.toast(sentence, otherwise=here, undo_url=panels.undo_url(product))
