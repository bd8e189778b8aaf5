"""Several items of the backlog into another column in which items wait, as when some are made ready or a list that came
in is put back."""

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from kanban import access, asking, panels, replies
from kanban.errors import Invalid, Refused
from kanban.extensions import db
from kanban.models import Column, Product
from kanban.policy import Action
from kanban.reads.crossings import read_crossings, waiting_columns
from kanban.reads.ranks import MOST_AT_ONCE, load_listed
from kanban.replies import Draft

bp = Blueprint("crossings", __name__, url_prefix="/products/<key>/move")


@bp.get("")
@access.needs(Action.RANK)
def choose(key: str) -> str:
    """The form: which items of the backlog (`items`, references; all are offered if none is named), and the column."""
    return _form(access.see_product(key), Draft("move"))


@bp.post("")
@access.needs(Action.RANK)
def move(key: str) -> Response | tuple[str, int]:
    """Move the items named by `items` into the column with this id, each at the place in the order that it has; all of
    them or none, with one undo. `limit_reason` where the column's limit asks for one."""
    product, member = access.change_product(key), access.member()
    reason = request.form.get("limit_reason")
    try:
        column = _column(product)
        crossing = read_crossings(db.session(), product, replies.references(MOST_AT_ONCE + 1), column)
        cautions = [c for item, place in crossing for c in item.move_to(place, by=member, limit_reason=reason)]
    except Invalid as invalid:
        return _again(key, panels.errors_of(invalid))
    except Refused as refused:
        if refused.code != "reason_required":
            raise
        return _again(key, {"limit_reason": refused.sentence})
    question = asking.ask(crossing[0][0], asking.liberties_of(product)) if crossing else None
    changed = access.commit(product)
    told = ngettext(
        "One item moved to %(column)s.", "%(num)d items moved to %(column)s.", len(crossing), column=column.name
    )
    told = told if changed else _("They are there already.")
    if not replies.wants_fragment():
        asking.flash(cautions, question)
    return replies.toast(
        asking.sentence(told, cautions),
        otherwise=url_for("backlog.show", key=product.key),
        notice=told,
        undo_url=panels.undo_url(product) if changed else "",
        ask=question,
    )


def _again(key: str, errors: dict[str, str]) -> tuple[str, int]:
    db.session.rollback()
    return _form(access.see_product(key), Draft.typed("move", errors)), 422


def _column(product: Product) -> Column:
    wanted = request.form.get("column", type=replies.small_number)
    column = next((each for each in waiting_columns(product) if each.id == wanted), None)
    if column is None:
        raise Invalid({"column": _("Choose one of the columns.")})
    return column


def _form(product: Product, draft: Draft) -> str:
    listed = load_listed(db.session(), product, replies.references(MOST_AT_ONCE + 1))
    return render_template(
        "ranks/_column.html" if replies.wants_fragment() else "ranks/column.html",
        product=product,
        draft=draft,
        listed=listed,
        chosen=[each for each in listed if each.is_chosen],
        columns=[(str(column.id), column.name, "") for column in waiting_columns(product)],
    )
