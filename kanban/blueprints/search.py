"""The search over all products of a person, as a page and as options of the command bar."""

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import orm

from kanban import access, identity
from kanban.extensions import db
from kanban.models import User
from kanban.reads.search import findings, spelling
from kanban.reads.search.findings import Found, Group
from kanban.reads.search.inquiry import Inquiry

bp = Blueprint("search", __name__)

_CHOICES = 8


@bp.get("/search")
@access.signed_in
def show() -> str:
    """What contains the words `q`, grouped by kind; `kind` shows more of one kind.

    If nothing does, the page suggests another spelling, provided that it finds something.
    """
    inquiry = Inquiry.read(request.args.get("q", ""))
    kind = request.args.get("kind") if request.args.get("kind") in findings.KINDS else None
    session, user = db.session(), identity.current_user()
    groups = findings.find(session, user, inquiry, kind=kind)
    corrected = None if groups else spelling.correct(session, user, inquiry)
    if corrected is not None and not findings.find(session, user, corrected, kind=kind):
        corrected = None
    return render_template(
        "search/page.html", inquiry=inquiry, groups=groups, kind=kind, place=place_of, meant=corrected
    )


@bp.get("/search/choices")
@access.signed_in
def choices() -> str:
    """The first few matches as options of the command bar: items, then some of each other kind.

    If nothing matches, those of the suggested spelling.
    """
    inquiry = Inquiry.read(request.args.get("q", ""))
    session, user = db.session(), identity.current_user()
    rows = _first(session, user, inquiry)
    if (
        not rows
        and (corrected := spelling.correct(session, user, inquiry))
        and (found := _first(session, user, corrected))
    ):
        inquiry, rows = corrected, found
    return render_template("search/_choices.html", inquiry=inquiry, rows=rows, place=place_of)


def _first(session: orm.Session, user: User, inquiry: Inquiry) -> list[Found]:
    rows = findings.find_items(session, user, inquiry, _CHOICES)
    groups: list[Group] = [] if len(rows) == _CHOICES else findings.find(session, user, inquiry, but="item")
    return [*rows, *(row for group in groups for row in group.rows[:2])][:_CHOICES]


def place_of(found: Found) -> str:
    """The address where a text can be read."""
    match found.kind:
        case "question":
            return url_for("items.show", ref=found.ref, _anchor="questions")
        case "comment":
            return url_for("items.show", ref=found.ref, _anchor="comments")
        case "asked":
            return url_for("updates.show", key=found.key, number=found.number, _anchor=f"asked-{found.entry}")
        case "decision":
            return url_for("decisions.index", key=found.key, at=found.number, _anchor=f"decision-{found.number}")
        case "update":
            return url_for("updates.show", key=found.key, number=found.number)
        case "request":
            return url_for("requests.show", key=found.key, number=found.number)
    return url_for("items.show", ref=found.ref)
