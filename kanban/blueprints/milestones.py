"""Milestones: making, editing and removing one, its burn-up, and setting the milestone of one or several items."""

from collections import defaultdict

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from kanban import access
from kanban.errors import Invalid, Missing
from kanban.extensions import db
from kanban.models import Milestone, Product
from kanban.models.milestone import MOST_ITEMS
from kanban.policy import Action
from kanban.reads import locked
from kanban.reads.backlog.bulk_ranking import load_listed
from kanban.reads.promises.burn_up import load_burn_up
from kanban.reads.promises.milestones import find_milestone, finish_of, items_named, list_milestones, numbers_in
from kanban.reads.promises.promises import is_promised
from kanban.web import forms, panels, replies
from kanban.web.forms import Draft, small_number

bp = Blueprint("milestones", __name__)


@bp.get("/products/<key>/milestones/new")
@access.needs(Action.PROMISE)
def ask_new(key: str) -> str:
    """The form of a new milestone."""
    return _form(access.see_product(key), Draft("milestone"))


@bp.post("/products/<key>/milestones")
@access.needs(Action.PROMISE)
def make(key: str) -> Response | tuple[str, int]:
    """Make a milestone: a named set of items, or the next N to be finished."""
    product, form = access.change_product(key), request.form
    session = db.session()
    try:
        counts = form.get("kind") == "top"
        milestone = Milestone.make(product, form.get("name", ""), top=_top() if counts else None, by=access.member())
        session.add(milestone)
        session.flush()
        if not counts:
            _gather(product, milestone)
    except Invalid as invalid:
        session.rollback()
        return _form(access.see_product(key), Draft.typed("milestone", invalid.errors)), 422
    access.commit(product)
    return _done(key, _("%(name)s is a milestone now.", name=milestone.name))


def _top() -> int:
    top = request.form.get("top", type=small_number)
    if top is None:
        raise Invalid({"top": _("Give a number of items.")})
    return top


def _gather(product: Product, milestone: Milestone) -> None:
    """Make exactly the named items belong to the milestone, but keep what others have changed meanwhile.

    `had` lists the items that belonged to it when the form was drawn.
    """
    session, had = db.session(), request.form.get("had")
    wanted = items_named(session, product, request.form.get("items", ""))
    numbers = {item.number for item in wanted}
    if had is not None:
        seen, now = {(locked.read_ref(ref) or ("", 0))[1] for ref in had.split()}, set(numbers_in(session, milestone))
        wanted = [item for item in wanted if item.number not in seen - now]
        numbers |= now - seen
    gone = [number for number in numbers_in(session, milestone) if number not in numbers]
    is_reached = finish_of(session, product, milestone) is not None
    for item in items_named(session, product, [f"{product.key}-{number}" for number in gone]):
        item.aim_for(None, is_reached=False, by=access.member())
    for item in wanted:
        item.aim_for(milestone, is_reached=is_reached, by=access.member())


@bp.get("/products/<key>/milestones/<int:number>/burn-up")
@access.needs(Action.SEE)
def show(key: str, number: int) -> str:
    """The burn-up of a milestone: its scope and what was done day by day, and the forecast of the rest."""
    product = access.see_product(key)
    page = load_burn_up(db.session(), product, access.member(), number)
    if page is None:
        raise Missing
    return render_template("promises/milestone.html", page=page, product=product)


@bp.get("/products/<key>/milestones/<int:number>")
@access.needs(Action.PROMISE)
def ask_edit(key: str, number: int) -> str:
    """The form with the milestone's name and items."""
    product = access.see_product(key)
    milestone = _found(product, number)
    refs = " ".join(f"{product.key}-{each}" for each in numbers_in(db.session(), milestone))
    drawn = {"name": milestone.name, "called": milestone.name, "items": refs, "had": refs}
    return _form(product, Draft("milestone", defaultdict(str, drawn)), milestone)


@bp.post("/products/<key>/milestones/<int:number>")
@access.needs(Action.PROMISE)
def edit(key: str, number: int) -> Response | tuple[str, int]:
    """Change the milestone's name and which items belong to it."""
    product = access.change_product(key)
    milestone = _found(product, number)
    try:
        if request.form.get("name", "") != request.form.get("called"):
            milestone.rename(request.form.get("name", ""), by=access.member())
        if milestone.top is None and "items" in request.form:
            _gather(product, milestone)
    except Invalid as invalid:
        db.session.rollback()
        product = access.see_product(key)
        return _form(product, Draft.typed("milestone", invalid.errors), _found(product, number)), 422
    access.commit(product)
    return _done(key, _("%(name)s is changed.", name=milestone.name))


@bp.post("/products/<key>/milestones/<int:number>/remove")
@access.needs(Action.PROMISE)
def remove(key: str, number: int) -> Response:
    """Remove a milestone that was never promised; its items stay."""
    product = access.change_product(key)
    session = db.session()
    milestone = _found(product, number)
    refs = [f"{product.key}-{each}" for each in numbers_in(session, milestone, discarded=True)]
    promised = is_promised(session, milestone, ever=True)
    milestone.remove(is_promised=promised, by=access.member())
    for item in items_named(session, product, refs):
        item.leave_milestone(by=access.member())
    access.commit(product)
    return _done(key, _("%(name)s is removed.", name=milestone.name))


def _found(product: Product, number: int) -> Milestone:
    milestone = find_milestone(db.session(), product, number)
    if milestone is None:
        raise Missing
    return milestone


@bp.post("/items/<ref>/milestone")
@access.needs(Action.PROMISE)
def aim(ref: str) -> Response:
    """Make an item belong to the milestone with the number `milestone`, or to none."""
    item = access.change_item(ref, ("assignees", "labels", "criteria", "blocks", "milestone"))
    session, number = db.session(), request.form.get("milestone", "").strip()
    milestone = _found(item.product, _number(number)) if number else None
    is_reached = milestone is not None and finish_of(session, item.product, milestone) is not None
    item.aim_for(milestone, is_reached=is_reached, by=access.member())
    if not access.commit(item.product):
        return panels.answer(item)
    sentence = _("%(ref)s belongs to no milestone now.", ref=item.ref)
    if milestone is not None:
        sentence = _("%(ref)s belongs to %(name)s now.", ref=item.ref, name=milestone.name)
    return panels.answer(item, sentence, undo_url=panels.undo_url(item.product))


@bp.get("/products/<key>/milestones/items")
@access.needs(Action.PROMISE)
def choose_many(key: str) -> str:
    """The form for items (`items`: references; without any, the whole backlog is offered) and their milestone."""
    return _form_of_many(access.see_product(key), Draft("milestone"))


@bp.post("/products/<key>/milestones/items")
@access.needs(Action.PROMISE)
def aim_many(key: str) -> Response | tuple[str, int]:
    """Make the items in `items` (references) belong to a new milestone called `name`, to the one with the number
    `milestone`, or to none; all of them are changed or none."""
    product, session = access.change_product(key), db.session()
    is_new = bool(request.form.get("name", "").strip())
    try:
        items = items_named(session, product, forms.references(MOST_ITEMS + 1))
        if not items:
            raise Invalid({"items": _("Choose one item or more.")})
        milestone = _aimed_for(product)
        is_reached = milestone is not None and not is_new and finish_of(session, product, milestone) is not None
        for item in items:
            item.aim_for(milestone, is_reached=is_reached, by=access.member())
    except Invalid as invalid:
        session.rollback()
        return _form_of_many(access.see_product(key), Draft.typed("milestone", panels.errors_of(invalid))), 422
    told = _summarise(milestone, len(items))
    changed = access.commit(product)
    return replies.toast(
        told if changed else _("Nothing changed."),
        otherwise=url_for("backlog.show", key=key),
        undo_url=panels.undo_url(product) if changed and not is_new else "",
    )


def _aimed_for(product: Product) -> Milestone | None:
    """The milestone that the form names, None for none; a new one takes precedence over an existing one."""
    session, name, number = db.session(), request.form.get("name", ""), request.form.get("milestone", "").strip()
    if not name.strip():
        return _found(product, _number(number)) if number else None
    milestone = Milestone.make(product, name, by=access.member())
    session.add(milestone)
    session.flush()
    return milestone


def _summarise(milestone: Milestone | None, n: int) -> str:
    if milestone is None:
        return ngettext("One item belongs to no milestone now.", "%(num)d items belong to no milestone now.", n)
    return ngettext("One item belongs to %(to)s now.", "%(num)d items belong to %(to)s now.", n, to=milestone.name)


def _form_of_many(product: Product, draft: Draft) -> str:
    session, refs = db.session(), forms.references(MOST_ITEMS + 1)
    listed = load_listed(session, product, refs, of_board=True)
    return render_template(
        "promises/_milestone_of_many.html" if replies.wants_fragment() else "promises/verb.html",
        product=product,
        draft=draft,
        verb="milestone_of_many",
        listed=listed,
        chosen=[each for each in listed if each.is_chosen],
        joinable=[line for line in list_milestones(session, product) if line.top is None and line.finished_by is None],
    )


def _number(text: str) -> int:
    try:
        return small_number(text)
    except ValueError:
        raise Invalid({"milestone": _("That is not the number of a milestone.")}) from None


def _form(product: Product, draft: Draft, milestone: Milestone | None = None) -> str:
    template = "promises/_milestone.html" if replies.wants_fragment() else "promises/verb.html"
    return render_template(template, product=product, draft=draft, milestone=milestone, verb="milestone")


def _done(key: str, sentence: str) -> Response:
    return replies.toast(sentence, otherwise=url_for("promises.show", key=key))
