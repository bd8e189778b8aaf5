"""Requests, as the owner's side sees them: listing, postponing, joining duplicates, declining, taking a decision back,
and writing down what somebody asked for.

Accepting a request is in `accepting`; what stakeholders see is in `request_forms` and `request_pages`.
"""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kanban import access
from kanban.errors import Invalid, Missing
from kanban.extensions import db
from kanban.models import Product, Request
from kanban.policy import Action
from kanban.reads.people.people import owner_of
from kanban.reads.requests import requests, triage
from kanban.reads.requests.triage import Tab, TriageLine
from kanban.reads.stakeholders.stakeholders import choices_among, find_stakeholder, list_stakeholders
from kanban.web import link_pages, replies
from kanban.web.forms import Draft, small_number
from kanban.web.replies import own_path

bp = Blueprint("requests", __name__, url_prefix="/products/<key>/requests")


@bp.get("")
@access.needs(Action.SEE_REQUESTS)
def index(key: str) -> str:
    """One of the lists (`?tab=`), with one request unfolded (`?open=`); for a live screen, only the list."""
    product = access.see_product(key)
    given, partial = request.args.get("tab", ""), replies.wants_fragment()
    page = triage.load_triage(
        db.session(),
        product,
        access.member(),
        Tab(given) if given in list(Tab) else Tab.NEW,
        request.args.get("open", type=small_number),
    )
    template = "requests/_list.html" if partial else "requests/page.html"
    return render_template(template, page=page, product=product, partial=partial)


@bp.get("/<int:number>")
@access.needs(Action.SEE_REQUESTS)
def show(key: str, number: int) -> Response:
    """Redirect to one request, unfolded in the list that it is in now."""
    line = _line(access.see_product(key), number)
    return redirect(_home(key, line), 303)


def _home(key: str, line: TriageLine) -> str:
    tab = triage.tab_of(line.state)
    return url_for("requests.index", key=key, tab=tab.value, open=line.number, _anchor=f"request-{line.number}")


# Deciding


@bp.get("/<int:number>/later")
@access.needs(Action.TRIAGE_REQUESTS)
def ask_later(key: str, number: int) -> str:
    """The form that postpones a request, with words for whoever asked."""
    return _verb_form("later", access.see_product(key), number, Draft("later"))


@bp.post("/<int:number>/later")
@access.needs(Action.TRIAGE_REQUESTS)
def postpone(key: str, number: int) -> Response | tuple[str, int]:
    """Postpone a request."""
    told = _("Request %(number)s is put off.", number=number)
    return _decide("later", key, number, lambda found: found.postpone(by=access.member(), words=_words()), told)


@bp.get("/<int:number>/duplicate")
@access.needs(Action.TRIAGE_REQUESTS)
def ask_duplicate(key: str, number: int) -> str:
    """The form that asks which other request this one repeats."""
    return _verb_form("duplicate", access.see_product(key), number, Draft("duplicate"))


@bp.post("/<int:number>/duplicate")
@access.needs(Action.TRIAGE_REQUESTS)
def mark_duplicate(key: str, number: int) -> Response | tuple[str, int]:
    """Join a request with the one that it repeats."""
    product = access.change_product(key)
    found, chosen = _found(product, number), request.form.get("of", type=small_number)
    try:
        other = requests.request_in(db.session(), product, chosen) if chosen else None
        if other is None:
            raise Invalid({"of": _("Choose the request it repeats.")})
        found.mark_duplicate(other, by=access.member(), words=_words())
    except Invalid as invalid:
        return _again("duplicate", key, number, invalid)
    told = _("Request %(number)s is joined with request %(other)s.", number=number, other=other.number)
    return _done(product, told)


@bp.get("/<int:number>/decline")
@access.needs(Action.TRIAGE_REQUESTS)
def ask_decline(key: str, number: int) -> str:
    """The form that asks for the reason to decline a request."""
    return _verb_form("decline", access.see_product(key), number, Draft("decline"))


@bp.post("/<int:number>/decline")
@access.needs(Action.TRIAGE_REQUESTS)
def decline(key: str, number: int) -> Response | tuple[str, int]:
    """Decline a request, with a reason."""
    told = _("Request %(number)s is declined.", number=number)
    return _decide("decline", key, number, lambda found: found.decline(_words(), by=access.member()), told)


@bp.get("/<int:number>/reopen")
@access.needs(Action.TRIAGE_REQUESTS)
def ask_reopen(key: str, number: int) -> str:
    """The form that takes the decision about a request back."""
    return _verb_form("reopen", access.see_product(key), number, Draft("reopen"))


@bp.post("/<int:number>/reopen")
@access.needs(Action.TRIAGE_REQUESTS)
def reopen(key: str, number: int) -> Response | tuple[str, int]:
    """Take the decision about a request back; those who were mailed about it get another mail."""
    told = _("Request %(number)s is waiting for a decision again.", number=number)
    return _decide("reopen", key, number, lambda found: found.reopen(by=access.member(), words=_words()), told)


def _decide(verb: str, key: str, number: int, act: Callable[[Request], None], told: str) -> Response | tuple[str, int]:
    """Carry out a decision under the lock; if its form was filled in wrongly, show it again."""
    product = access.change_product(key)
    found = _found(product, number)
    try:
        act(found)
    except Invalid as invalid:
        return _again(verb, key, number, invalid)
    return _done(product, told)


@bp.post("/<int:number>/title")
@access.needs(Action.TRIAGE_REQUESTS)
def show_title(key: str, number: int) -> Response:
    """Show a request's title to others who are about to ask (`public=1`), or hide it again."""
    product = access.change_product(key)
    is_public = request.form.get("public") == "1"
    _found(product, number).show_title(is_public, by=access.member())
    access.commit(product)
    told = _("Others who ask see its title.") if is_public else _("Its title is hidden from others.")
    return _toast(key, told)


# Writing one down


@bp.get("/new")
@access.needs(Action.TRIAGE_REQUESTS)
def ask_new(key: str) -> str:
    """The form for writing down what a stakeholder asked for in some other way."""
    return _new_form(access.see_product(key), Draft("request"))


@bp.post("")
@access.needs(Action.TRIAGE_REQUESTS)
def write(key: str) -> Response | tuple[str, int]:
    """Write down what a stakeholder asked for; they get a mail that says so."""
    product, session, form = access.change_product(key), db.session(), request.form
    member = access.member()
    try:
        person_id = form.get("person", type=small_number)
        if not person_id:
            raise Invalid({"person": _("Choose who asked for it.")})
        person = find_stakeholder(session, product, person_id)
        made = Request.ask(
            product,
            form.get("title", ""),
            form.get("body", ""),
            person=person,
            owner=owner_of(session, product),
            n_open=requests.count_open(session, person),
            by=member,
        )
    except Invalid as invalid:
        session.rollback()
        return _new_form(access.see_product(key), Draft.typed("request", invalid.errors)), 422
    session.add(made)
    return _done(product, _("Written down as request %(number)s.", number=made.number))


def _new_form(product: Product, draft: Draft) -> str:
    return render_template(
        "requests/_new.html" if replies.wants_fragment() else "requests/verb.html",
        product=product,
        draft=draft,
        verb="new",
        people=choices_among(list_stakeholders(db.session(), product)),
        back=_back(product),
    )


# Common to all


def _words() -> str:
    return request.form.get("words", "")


def _found(product: Product, number: int) -> Request:
    found = requests.request_in(db.session(), product, number)
    if found is None:
        raise Missing
    return found


def _line(product: Product, number: int) -> TriageLine:
    lines = triage.list_requests(db.session(), product, access.member(), Request.number == number)
    if not lines:
        raise Missing
    return lines[0]


def _verb_form(verb: str, product: Product, number: int, draft: Draft) -> str:
    more: dict[str, Any] = {}
    if verb == "duplicate":
        more["others"] = triage.repeatable(db.session(), product, number)
    return render_template(
        f"requests/_{verb}.html" if replies.wants_fragment() else "requests/verb.html",
        product=product,
        row=_line(product, number),
        draft=draft,
        verb=verb,
        back=_back(product),
        **more,
    )


def _back(product: Product) -> str:
    return own_path(request.values.get("next"), url_for("requests.index", key=product.key))


def _again(verb: str, key: str, number: int, invalid: Invalid) -> tuple[str, int]:
    db.session.rollback()
    return _verb_form(verb, access.see_product(key), number, Draft.typed(verb, invalid.errors)), 422


def _done(product: Product, sentence: str) -> Response:
    here = own_path(request.form.get("next"), url_for("requests.index", key=product.key))
    access.commit(product, {"next": here})
    return _toast(product.key, f"{sentence} {link_pages.who_hears()}")


def _toast(key: str, sentence: str) -> Response:
    here = own_path(request.form.get("next"), url_for("requests.index", key=key))
    return replies.toast(sentence, otherwise=here)
