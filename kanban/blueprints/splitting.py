"""Splitting an item: a form asks for the new titles and for what goes where, and one command carries it out."""

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from kanban import access, plain
from kanban.errors import Invalid, Refused
from kanban.extensions import db
from kanban.models import Item
from kanban.models.split import MOST_PARTS, Split, Target, split_item
from kanban.policy import Action
from kanban.reads.backlog.splitting import load_split, needing, read_split_places
from kanban.reads.items.links import needs_in
from kanban.web import move_feedback, panels, replies
from kanban.web.forms import Draft, number_or_none

bp = Blueprint("splitting", __name__)

_LOADS = ("assignees", "labels", "criteria", "blocks", "links", "milestone")


@bp.get("/items/<ref>/split")
@access.needs(Action.SPLIT)
def choose(ref: str) -> str:
    """The form for the titles of the new items, and for which of them takes over each criterion and link."""
    return _form(access.see_item(ref, ("labels",)), Draft("split"))


def _form(item: Item, draft: Draft) -> str:
    template = "splitting/_form.html" if replies.wants_fragment() else "splitting/page.html"
    page = load_split(db.session(), item.product, item, access.member())
    return render_template(template, page=page, product=item.product, draft=draft, most=MOST_PARTS)


@bp.post("/items/<ref>/split")
@access.needs(Action.SPLIT)
def split(ref: str) -> Response | tuple[str, int]:
    """Split an item into the `titles`, one per line.

    With `rest`, the first line is the new title of what remains of the item. `criterion-NUMBER` and `link-NUMBER` name
    the line (from 1) that takes over a criterion or link; `all` keeps a link and gives every new item a copy. `labels`
    and `milestone` say whether the new items get these too.
    """
    item = access.change_item(ref, _LOADS)
    try:
        made = _split(item)
    except (Invalid, Refused) as problem:
        if problem.code == "reason_required":
            raise
        db.session.rollback()
        errors = panels.errors_of(problem) if isinstance(problem, Invalid) else {"titles": problem.sentence}
        return _form(access.see_item(ref, ("labels",)), Draft.typed("split", errors)), 422
    cautions = list(dict.fromkeys(caution for each in made for caution in each.cautions))
    access.commit(item.product)
    refs = ", ".join(each.ref for each in made)
    told = ngettext(
        "%(refs)s has been split from %(ref)s.", "%(refs)s have been split from %(ref)s.", len(made), refs=refs, ref=ref
    )
    if not replies.wants_fragment():
        move_feedback.flash(cautions)
    return replies.toast(
        move_feedback.sentence(told, cautions),
        notice=told,
        otherwise=url_for("items.show", ref=item.ref),
        undo_url=panels.undo_url(item.product),
        undo_of=item.ref,
    )


def _split(item: Item) -> list[Item]:
    session, product = db.session(), item.product
    wanted = _read()
    places = read_split_places(session, product, item, len(wanted.titles))
    others = needing(session, product, item, list(wanted.links))
    needs, reason = needs_in(session, product), request.form.get("limit_reason")
    return split_item(item, wanted, places, needing=others, needs=needs, by=access.member(), limit_reason=reason)


def _read() -> Split:
    form = request.form
    lines = plain.bare_lines(form.get("titles", ""))
    first = 2 if form.get("rest") == "1" else 1
    titles = lines[first - 1 :]
    if not 1 <= len(titles) <= MOST_PARTS:
        raise Invalid({"titles": _("Write 1 to %(most)s titles of new items, one per line.", most=MOST_PARTS)})
    criteria = {number: to for number, to in _targets("criterion", first).items() if to != "all"}
    return Split(
        titles,
        rest=lines[0] if first > 1 else "",
        criteria=criteria,
        links=_targets("link", first),
        with_labels=form.get("labels") == "1",
        with_milestone=form.get("milestone") == "1",
    )


def _targets(what: str, first: int) -> dict[int, Target]:
    """The new item (from 0, or "all") that takes over each criterion or link, by the number of the latter.

    What stays with the item is left out, and so is what goes to the first line if that is the rest of the item.
    """
    found: dict[int, Target] = {}
    for name, chosen in request.form.items():
        kind, _dash, digits = name.partition("-")
        number, line = number_or_none(digits), number_or_none(chosen)
        if kind != what or number is None:
            continue
        if chosen == "all":
            found[number] = "all"
        elif line is not None and line >= first:
            found[number] = line - first
    return found
