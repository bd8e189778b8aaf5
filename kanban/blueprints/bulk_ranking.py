"""Moving several items of the backlog to one place at once: the form that asks for the place, and the command."""

import flask
from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from kanban import access
from kanban.errors import Invalid, Refused
from kanban.extensions import db
from kanban.models import Product
from kanban.models.reorder import reorder
from kanban.policy import Action
from kanban.reads import locked
from kanban.reads.backlog.bulk_ranking import MOST_AT_ONCE, Goal, load_listed, read_ranks
from kanban.reads.promises.outlook import read_promised_queue
from kanban.web import forms, panels, promise_impact, replies
from kanban.web.forms import Draft

bp = Blueprint("bulk_ranking", __name__)


@bp.get("/products/<key>/ranks")
@access.needs(Action.RANK)
def choose(key: str) -> str:
    """The form for items (`items`: references; without any, all are offered) and their place."""
    return _form(access.see_product(key), Draft("rank"))


@bp.post("/products/<key>/ranks")
@access.needs(Action.RANK)
def rank(key: str) -> Response | tuple[str, int]:
    """Put the items in `items` (references) side by side at a `place`, keeping their order; all of them or none.

    `place` is top, bottom, up, down, after:REF, before:REF or a position in the list, counted from 1.
    """
    product = access.change_product(key)
    before = read_promised_queue(db.session(), product)
    try:
        numbers, goal = _numbers(product), _goal(product)
    except Invalid as invalid:
        db.session.rollback()
        return _form(access.see_product(key), Draft.typed("rank", invalid.errors)), 422
    reorder(read_ranks(db.session(), product, numbers, goal), by=access.member())
    db.session.flush()
    after = promise_impact.order_after(product, before)
    changed = access.commit(product)
    turned = promise_impact.impact_notice(product, before if changed else None, after)
    told = f"{_sentence(product, numbers)} {turned.sentence}".strip() if changed else ""
    here = url_for("backlog.show", key=product.key)
    if not replies.wants_fragment():
        flask.flash(told or _("They are already there."), "good")
        return flask.redirect(replies.own_path(request.form.get("next"), here), 303)
    if not changed:
        return Response("", mimetype="text/html")
    undo_url = panels.undo_url(product)
    return replies.toast(told, otherwise=here, undo_url=undo_url, step=turned.step)


def _form(product: Product, draft: Draft) -> str:
    template = "bulk_ranking/_form.html" if replies.wants_fragment() else "bulk_ranking/page.html"
    listed = load_listed(db.session(), product, forms.references(MOST_AT_ONCE + 1))
    chosen = [each for each in listed if each.is_chosen]
    return render_template(template, product=product, draft=draft, listed=listed, chosen=chosen)


def _numbers(product: Product) -> set[int]:
    numbers = set()
    for ref in forms.references(MOST_AT_ONCE + 1):
        key, number = locked.read_ref(ref) or ("", 0)
        if key != product.key:
            raise Refused(
                _("%(ref)s is not in this backlog. Nothing was moved; look again.", ref=ref[:40]), "not_in_backlog"
            )
        numbers.add(number)
    if not numbers:
        raise Invalid({"items": _("Choose one item or more.")})
    return numbers


def _goal(product: Product) -> Goal:
    kind, _sep, ref = request.form.get("place", "").strip().partition(":")
    match kind:
        case "top" | "bottom" | "up" | "down":
            return Goal(kind)
        case "after" | "before":
            key, number = locked.read_ref(ref) or ("", 0)
            return Goal(kind, number) if key == product.key else Goal("bottom")
    if not (kind.isascii() and kind.isdecimal() and 0 < len(kind) < 10 and int(kind)):
        raise Invalid({"place": _("Write the number of the place, such as 3.")})
    return Goal("at", int(kind))


def _sentence(product: Product, numbers: set[int]) -> str:
    if len(numbers) == 1:
        return _("%(ref)s is in its new place now.", ref=f"{product.key}-{next(iter(numbers))}")
    return ngettext("%(num)d item is in its new place now.", "%(num)d items are in their new places now.", len(numbers))
