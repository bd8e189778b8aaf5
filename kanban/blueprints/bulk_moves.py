"""Moving several items of backlog and board into another column at once, all of them or none."""

from collections.abc import Mapping, Sequence

import flask
from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from kanban import access
from kanban.errors import Invalid, Refused
from kanban.extensions import db
from kanban.models import Caution, Column, Item, Place, Product, Stage
from kanban.models.bulk_move import move_together
from kanban.policy import Action
from kanban.reads.backlog.bulk_moves import columns_for, count_criteria, count_standing, liberties_of, read_bulk_move
from kanban.reads.backlog.bulk_ranking import MOST_AT_ONCE, Listed, load_listed
from kanban.reads.board.column_limits import limit_warning, occupancy_words
from kanban.web import cards, forms, move_feedback, panels, replies
from kanban.web.forms import Draft

bp = Blueprint("bulk_moves", __name__, url_prefix="/products/<key>/move")


@bp.get("")
@access.needs(Action.MOVE)
def choose(key: str) -> str:
    """The form for items (`items`: references; without any, the whole backlog is offered) and the column."""
    return _form(access.see_product(key), Draft("move"))


@bp.post("")
@access.needs(Action.MOVE)
def move(key: str) -> Response | tuple[str, int]:
    """Move the items in `items` (references) into the column `column` (its id), each at the place its rank gives it.

    All are moved or none, with one undo. The form asks for one `reason` for all of them if the column's limit requires
    it. A drag on the board (`view=board`) is refused and answered like the move of one card, and sends `limit_reason`.
    """
    product, member = access.change_product(key), access.member()
    moving: list[tuple[Item, Place]] = []
    try:
        column = _column(product)
        moving = read_bulk_move(db.session(), product, forms.references(MOST_AT_ONCE + 1), column)
        meanwhile = move_feedback.concurrent_move_notice([item for item, _place in moving])
        cautions = move_together(moving, by=member, **_reasons())
    except (Invalid, Refused) as refusal:
        if _is_on_board():
            raise
        return _refused(key, refusal, moving)
    numbers = [item.number for item, _place in moving]
    return _answer(product, column, numbers, move_feedback.sum_up(cautions, len(moving)), meanwhile)


def _is_on_board() -> bool:
    return request.form.get("view") == "board"


def _reasons() -> dict[str, str | None]:
    """The keyword arguments of `move_together` for reasons.

    The form has one field, whose words count for both kinds of reason; the board asks only about the limit.
    """
    if _is_on_board():
        return {"limit_reason": request.form.get("limit_reason")}
    return dict.fromkeys(("limit_reason", "passed_over_reason"), request.form.get("reason"))


@bp.post("/<int:version>/reasons")
@access.needs(Action.MOVE)
def explain(key: str, version: int) -> Response:
    """Give one `reason` for all the liberties that the move of this version took, whatever the rules and items."""
    product, member = access.change_product(key), access.member()
    taken = liberties_of(db.session(), product, version)
    if not taken:
        raise Refused(_("That move broke no rule."))
    for item, liberty in taken:
        item.explain(liberty, request.form.get("reason", ""), by=member)
    access.commit(product)
    if not replies.wants_fragment():
        flask.flash(_("Noted."), "good")
    here = replies.own_path(request.form.get("next"), url_for("backlog.show", key=product.key))
    return replies.fragment("moves/_explained.html", otherwise=here, ask=None)


def _answer(
    product: Product, column: Column, numbers: Sequence[int], cautions: list[Caution], meanwhile: str
) -> Response:
    liberties = move_feedback.liberties_of(product)
    changed = access.commit(product)
    told = ngettext(
        "One item moved to %(column)s.", "%(num)d items moved to %(column)s.", len(numbers), column=column.name
    )
    told = f"{told} {meanwhile}".strip() if changed else _("They are already there.")
    url = url_for("bulk_moves.explain", key=product.key, version=product.version)
    question = move_feedback.ask_for_all(product, liberties, url)
    sentence, undo_url = move_feedback.sentence(told, cautions, question), panels.undo_url(product) if changed else ""
    if _is_on_board():
        shown = cards.changes(product, numbers=numbers, sentence=sentence, undo_url=undo_url, ask=question)
        return flask.make_response(shown)
    if not replies.wants_fragment():
        move_feedback.flash(cautions, question)
    otherwise = url_for("backlog.show", key=product.key)
    return replies.toast(sentence, otherwise=otherwise, notice=told, undo_url=undo_url, ask=question)


def _refused(key: str, refusal: Invalid | Refused, moving: Sequence[tuple[Item, Place]]) -> tuple[str, int]:
    if isinstance(refusal, Invalid):
        return _again(key, panels.errors_of(refusal), 422)
    if refusal.code != "reason_required":
        return _again(key, {"move": refusal.sentence}, 409)
    return _again(key, {"reason": f"{refusal.sentence} {_passed(moving)}".strip()}, 422)


def _passed(moving: Sequence[tuple[Item, Place]]) -> str:
    """A sentence about the items that this passes over, since the reason counts for them too; "" if there are none.

    Those who may rank never pass over an item.
    """
    if access.member().may(Action.RANK):
        return ""
    passed = dict.fromkeys(number for _item, place in moving for number in place.higher)
    refs = [f"{moving[0][0].product.key}-{number}" for number in passed]
    return move_feedback.summed("passed_over", refs, len(moving)) if refs else ""


def _again(key: str, errors: dict[str, str], status: int) -> tuple[str, int]:
    """The form with what is wrong; for a page's script a 409 is wrapped in a partial, since htmx swaps in no other."""
    db.session.rollback()
    html = _form(access.see_product(key), Draft.typed("move", errors))
    if status == 409 and replies.wants_fragment():
        html = f'<hx-partial hx-target="#move-several" hx-swap="outerHTML">{html}</hx-partial>'
    return html, status


def _column(product: Product) -> Column:
    wanted = request.form.get("column", type=forms.small_number)
    column = next((each for each in product.standing if each.id == wanted), None)
    if column is None:
        gone = _("That column is gone. Choose another one.")
        raise Invalid({"column": gone if wanted is not None else _("Choose one of the columns.")})
    return column


# The form


def _form(product: Product, draft: Draft) -> str:
    listed = load_listed(db.session(), product, forms.references(MOST_AT_ONCE + 1), of_board=True)
    chosen = [each for each in listed if each.is_chosen]
    columns = columns_for(product, access.member())
    standing = count_standing(db.session(), product, [each.ref for each in chosen])
    return render_template(
        "bulk_moves/_form.html" if replies.wants_fragment() else "bulk_moves/page.html",
        product=product,
        draft=draft,
        listed=listed,
        chosen=chosen,
        columns=_column_options(product, columns, chosen, standing),
        usual=str(_next(product, columns, standing).id),
    )


def _next(product: Product, columns: Sequence[Column], standing: Mapping[int, tuple[int, int]]) -> Column:
    """The column to propose: the one after the first column that holds any of the chosen items."""
    order = [column.id for column in product.standing]
    here = min((order.index(column_id) for column_id, (_all, own) in standing.items() if own), default=0)
    return next((each for each in columns if order.index(each.id) > here), columns[0])


def _column_options(
    product: Product,
    columns: Sequence[Column],
    chosen: Sequence[Listed],
    standing: Mapping[int, tuple[int, int]],
) -> list[tuple[str, str, str]]:
    """The columns to choose from, each as its id, its name with its room, and what moving the chosen items will meet
    there: its limit and unmet criteria."""
    refs = [each.ref for each in chosen]
    criteria = count_criteria(db.session(), product, refs) if refs else {}
    unmet = [ref for ref in refs if criteria.get(ref, (0, 0))[1]]
    found = []
    for column in columns:
        count, own = standing.get(column.id, (0, 0))
        hints = [limit_warning(column, occupancy=count, arriving=len(refs) - own)]
        if unmet and column.stage is Stage.DONE:
            hints.append(move_feedback.summed("criteria_unmet", unmet, len(refs)))
        found.append(
            (str(column.id), f"{column.name} · {occupancy_words(column, count)}", " ".join(filter(None, hints)))
        )
    return found
