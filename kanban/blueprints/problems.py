"""The problem register: listing, adding, editing and closing problems."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kanban import access
from kanban.errors import Invalid, Missing
from kanban.extensions import db
from kanban.models import Problem, Product
from kanban.models.problem import LIMITS
from kanban.policy import Action
from kanban.reads import problems
from kanban.reads.people import people
from kanban.web import replies
from kanban.web.forms import Draft, Edit, as_typed, day_or_none

bp = Blueprint("problems", __name__, url_prefix="/products/<key>/problems")

_FIELDS = (*LIMITS, "due_on")


@bp.get("")
@access.needs(Action.SEE)
def index(key: str) -> str:
    """Open problems, oldest first, and below them the closed ones."""
    product = access.see_product(key)
    rows = problems.list_problems(db.session(), product)
    partial = replies.wants_fragment()
    return render_template(
        "problems/_list.html" if partial else "problems/page.html",
        product=product,
        rows=rows,
        n_open=problems.count_open(rows),
        may_keep=access.member().may(Action.KEEP_PROBLEMS),
        partial=partial,
    )


@bp.get("/new")
@access.needs(Action.KEEP_PROBLEMS)
def ask_new(key: str) -> str:
    """The form of a new problem."""
    return _form(access.see_product(key), Draft("problem"))


@bp.post("")
@access.needs(Action.KEEP_PROBLEMS)
def add(key: str) -> Response | tuple[str, int]:
    """Put a problem into the register."""
    product = access.change_product(key)
    try:
        problem = Problem.raise_in(product, by=access.member(), **_words(), due_on=day_or_none("due_on"))
    except Invalid as invalid:
        return _again(key, invalid)
    db.session.add(problem)
    access.commit(product)
    return _done(key, _("Added to the problem register."))


@bp.get("/<int:number>")
@access.needs(Action.KEEP_PROBLEMS)
def ask_edit(key: str, number: int) -> str:
    """The form for editing a problem."""
    product = access.see_product(key)
    problem = _found(product, number)
    return _form(product, Draft("problem", {name: as_typed(getattr(problem, name)) for name in _FIELDS}), problem)


@bp.post("/<int:number>")
@access.needs(Action.KEEP_PROBLEMS)
def edit(key: str, number: int) -> Response | tuple[str, int]:
    """Change a problem's words, its owner, the next step and its day."""
    product = access.change_product(key)
    problem = _found(product, number)
    try:
        changes: dict[str, Any] = dict(Edit(problem, _FIELDS).changes())
        if "due_on" in changes:
            changes["due_on"] = day_or_none("due_on")
        problem.edit(changes, by=access.member())
    except Invalid as invalid:
        return _again(key, invalid, number)
    access.commit(product)
    return _done(key, _("The problem is changed."))


@bp.get("/<int:number>/close")
@access.needs(Action.KEEP_PROBLEMS)
def ask_close(key: str, number: int) -> str:
    """The form that asks how the problem ended."""
    product = access.see_product(key)
    return _form(product, Draft("close"), _found(product, number), verb="close")


@bp.post("/<int:number>/close")
@access.needs(Action.KEEP_PROBLEMS)
def close(key: str, number: int) -> Response | tuple[str, int]:
    """Close the problem, saying how it ended."""
    product = access.change_product(key)
    problem = _found(product, number)
    try:
        problem.close(request.form.get("ending", ""), by=access.member())
    except Invalid as invalid:
        return _again(key, invalid, number, verb="close")
    access.commit(product)
    return _done(key, _("The problem has been closed."))


def _words() -> dict[str, str]:
    return {name: request.form.get(name, "") for name in LIMITS}


def _found(product: Product, number: int) -> Problem:
    problem = problems.problem_in(db.session(), product, number)
    if problem is None:
        raise Missing
    return problem


def _again(key: str, invalid: Invalid, number: int | None = None, *, verb: str = "problem") -> tuple[str, int]:
    """The form with what was typed; fields of an existing problem that were left alone show its present values."""
    db.session.rollback()
    product = access.see_product(key)
    problem = _found(product, number) if number is not None else None
    draft = Draft.typed(verb, invalid.errors)
    if problem is not None and verb == "problem":
        draft = replace(draft, values=Edit(problem, _FIELDS).values)
    return _form(product, draft, problem, verb=verb), invalid.status


def _form(product: Product, draft: Draft, problem: Problem | None = None, *, verb: str = "problem") -> str:
    values: dict[str, Any] = {"product": product, "draft": draft, "problem": problem, "verb": verb}
    team = people.active_members(db.session(), product) if verb == "problem" else []
    template = f"problems/_{verb}.html" if replies.wants_fragment() else "problems/verb.html"
    return render_template(template, **values, names=dict.fromkeys(each.name for each in team))


def _done(key: str, sentence: str) -> Response:
    return replies.toast(sentence, otherwise=url_for("problems.index", key=key))
