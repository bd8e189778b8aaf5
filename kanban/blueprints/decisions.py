"""The decision log of a product: reading, searching, and writing decisions, which are superseded and never edited."""

from collections import defaultdict
from collections.abc import Mapping

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kanban import access, clock
from kanban.errors import Invalid, Missing
from kanban.extensions import db
from kanban.models import Decision, Item, Product
from kanban.policy import Action
from kanban.reads import locked
from kanban.reads.decisions import decisions
from kanban.reads.decisions.asked import read_asked, read_unanswered
from kanban.status.asked import Ask
from kanban.web import replies
from kanban.web.forms import Draft, day_or_none, number_or_none, small_number
from kanban.web.replies import own_path

bp = Blueprint("decisions", __name__, url_prefix="/products/<key>/decisions")


@bp.get("")
@access.needs(Action.SEE)
def index(key: str) -> str:
    """The decisions, newest first; with `q`, only those that contain these words.

    One page of them is shown: from the index `from` on, the one with decision number `at`, or with `all` every one.
    Members who may see stakeholders also get what still waits for a stakeholder's decision, above the first page.
    """
    product, session, asked = access.see_product(key), db.session(), request.args
    words, sees_all = asked.get("q", "")[:200].strip(), access.member().may(Action.SEE_STAKEHOLDERS)
    start, at = asked.get("from", 0, type=small_number), asked.get("at", type=small_number)
    page = decisions.search_decisions(session, product, words, start=start, at=at, whole="all" in asked)
    return render_template(
        "decisions/_list.html" if replies.wants_fragment() else "decisions/page.html",
        product=product,
        words=words,
        page=page,
        step=decisions.SHOWN_AT_MOST,
        waiting=read_unanswered(session, product) if sees_all and not words and not page.start else [],
        today=clock.today(product.zone),
        may_decide=access.member().may(Action.DECIDE),
    )


@bp.get("/new")
@access.needs(Action.DECIDE)
def ask_new(key: str) -> str:
    """The form of a new decision.

    `?item=REF` says what it is about, `?supersedes=N` which decision it replaces, `?update=N` and `?line=N` which line
    of a published update it answers.
    """
    return _form(access.see_product(key), Draft("decision", defaultdict(str, request.args.to_dict())))


@bp.post("")
@access.needs(Action.DECIDE)
def write(key: str) -> Response | tuple[str, int]:
    """Write a decision down."""
    product, session, form = access.change_product(key), db.session(), request.form
    older, is_superseded = _older(product)
    asked, is_decided = _asked(product, form)
    try:
        decision = Decision.write(
            product,
            form.get("body", ""),
            context=form.get("context", ""),
            who=form.get("who", ""),
            decided_on=day_or_none("decided_on"),
            item=_item(product),
            supersedes=older,
            is_superseded=is_superseded,
            on=asked,
            is_decided=is_decided,
            by=access.member(),
        )
    except Invalid as invalid:
        session.rollback()
        return _form(access.see_product(key), Draft.typed("decision", invalid.errors)), 422
    session.add(decision)
    access.commit(product)
    here = own_path(form.get("next"), url_for("decisions.index", key=key))
    return replies.toast(_("Added to the decision log."), otherwise=here)


def _older(product: Product) -> tuple[Decision | None, bool]:
    number = request.form.get("supersedes", type=small_number)
    if not number:
        return None, False
    found = decisions.decision_in(db.session(), product, number)
    if found is None:
        raise Missing
    return found


def _asked(product: Product, given: Mapping[str, str]) -> tuple[Ask | None, bool]:
    """The line of a published update that the decision answers, and whether that line is already decided."""
    if "update" not in given:
        return None, False
    asked = read_asked(db.session(), product)
    found = asked.find(number_or_none(given["update"]), number_or_none(given.get("line", "")))
    if found is None:
        raise Missing
    return found, asked.decision_on(found) is not None


def _item(product: Product) -> Item | None:
    words = request.form.get("item", "").strip()
    if not words:
        return None
    read = locked.read_ref(words)
    item = locked.item_in(db.session(), product, read[1], ()) if read and read[0] == product.key else None
    if item is None:
        raise Invalid({"item": _("Name an item of this product, such as %(key)s-12.", key=product.key)})
    return item


def _form(product: Product, draft: Draft) -> str:
    given = draft.values["supersedes"]
    number = number_or_none(given)
    rows = decisions.list_decisions(db.session(), product, Decision.number == number) if number is not None else []
    if given and not rows:
        raise Missing
    return render_template(
        "decisions/_new.html" if replies.wants_fragment() else "decisions/new.html",
        product=product,
        draft=draft,
        older=rows[0] if rows else None,
        asked=_asked(product, draft.values)[0],
        today=clock.today(product.zone),
        back=own_path(request.values.get("next"), url_for("decisions.index", key=product.key)),
    )
