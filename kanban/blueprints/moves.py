"""Moving an item: the form that also works without script, and the move itself; taking it back is in `undo`."""

import uuid

import flask
from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kanban import access
from kanban.errors import Invalid, Refused
from kanban.extensions import db
from kanban.models import Caution, Column, Item, Liberty, Product, Stage
from kanban.policy import Action
from kanban.reads import locked
from kanban.reads.board import moves
from kanban.reads.board.liberties import liberties_at
from kanban.reads.board.place import BOTTOM, TOP, TargetPosition, read_place
from kanban.web import cards, move_feedback, promise_impact, replies

bp = Blueprint("moves", __name__)

_LOADS = ("assignees", "criteria", "blocks")
_MOST_TYPED = 300


@bp.get("/items/<ref>/move")
@access.needs(Action.MOVE)
def choose(ref: str) -> str:
    """The form of a move: column and place; `find` narrows the neighbours offered in a long `column`."""
    item = access.see_item(ref)
    return _form(item, {})


def _form(item: Item, errors: dict[str, str]) -> str:
    wanted, find = request.values.get("column", type=int), request.args.get("find", "")[:_MOST_TYPED]
    page = moves.load_choices(db.session(), item, access.member(), wanted=wanted, find=find)
    in_dialog = replies.wants_fragment()
    return render_template(
        "moves/_form.html" if in_dialog else "moves/page.html",
        page=page,
        errors=errors,
        command=uuid.uuid4().hex,
        form=request.form,
        after=url_for("items.show", ref=item.ref) if in_dialog else "",
    )


@bp.post("/items/<ref>/move")
@access.needs(Action.MOVE)
def move(ref: str) -> Response:
    """Put an item into a column, at a place there.

    The form has `column` (an id; without one, the item's own), and `place` (top, bottom, after:REF or before:REF) or
    `way` (up or down); `limit_reason` and `passed_over_reason` if they are asked for. `seen` is the product's version
    that the mover saw: if somebody else has moved the item since, the answer says so.
    """
    item = access.change_item(ref)
    meanwhile = move_feedback.concurrent_move_notice([item])
    column = _column(item)
    _load_what_follows(item, column)
    place = read_place(db.session(), item.product, column, _wish(item, column), item=item)
    is_rank, before = column.id == item.column_id, promise_impact.order_before(item, column)
    cautions = item.move_to(
        place,
        by=access.member(),
        limit_reason=request.form.get("limit_reason"),
        passed_over_reason=request.form.get("passed_over_reason"),
    )
    liberties = move_feedback.liberties_of(item.product)
    after = promise_impact.order_after(item.product, before)
    changed = access.commit(item.product)
    turned = promise_impact.impact_notice(item.product, before if changed else None, after)
    told = f"{_in_place(item) if is_rank else _in_column(item)} {meanwhile}".strip()
    return _answer(item, cautions, liberties, told if changed else "", turned)


def _load_what_follows(item: Item, column: Column) -> None:
    """Load people, criteria and blocks if the move can change or check them.

    Moves within a column, or between the stages doing and review, touch none of them.
    """
    if column.id != item.column_id and not {item.column.stage, column.stage} <= {Stage.DOING, Stage.REVIEW}:
        locked.load_belongings(db.session(), item, _LOADS)


def _answer(
    item: Item, cautions: list[Caution], liberties: list[Liberty], told: str, turned: promise_impact.ImpactNotice
) -> Response:
    product = item.product
    told = f"{told} {turned.sentence}".strip()
    where = "backlog.show" if item.column.stage is Stage.BACKLOG else "board.show"
    page = replies.own_path(request.form.get("next"), url_for(where, key=product.key))
    question = move_feedback.ask(item, liberties)
    if not replies.wants_fragment():
        if told:
            flask.flash(told, "good")
        move_feedback.flash(cautions, question)
        return flask.redirect(page, 303)
    return flask.make_response(
        cards.changes(
            product,
            numbers=[item.number],
            sentence=move_feedback.sentence(told, cautions, question) if told else "",
            undo_url=url_for("undo.take_back", key=product.key, version=product.version) if told else "",
            ask=question,
            step=turned.step or move_feedback.step_about(item, cautions),
        )
    )


def _in_column(item: Item) -> str:
    return _("%(ref)s moved to %(column)s.", ref=item.ref, column=item.column.name)


def _in_place(item: Item) -> str:
    return _("%(ref)s is in its new place now.", ref=item.ref)


@bp.post("/items/<ref>/reasons/<int:version>")
@access.needs(Action.MOVE)
def explain(ref: str, version: int) -> Response:
    """Store why the move of this version bent a rule: `kind` is the rule, `reason` the words."""
    item = access.change_item(ref)
    liberties = liberties_at(db.session(), item, version)
    liberty = next((each for each in liberties if each.kind == request.form.get("kind")), None)
    if liberty is None:
        raise Refused(_("That move broke no rule."))
    item.explain(liberty, request.form.get("reason", ""), by=access.member())
    access.commit(item.product)
    question = move_feedback.ask(item, [each for each in liberties if each is not liberty])
    if not replies.wants_fragment():
        flask.flash(_("Noted."), "good")
        move_feedback.flash((), question)
    board = url_for("board.show", key=item.product.key)
    here = replies.own_path(request.form.get("next"), board)
    return replies.fragment("moves/_explained.html", otherwise=here, ask=question)


def _column(item: Item) -> Column:
    wanted = request.form.get("column", type=int)
    if wanted is None:
        return item.column
    column = locked.column_in(item.product, wanted)
    if column is None:
        raise Invalid({"column": _("That column is gone. Choose another one.")})
    return column


def _wish(item: Item, column: Column) -> TargetPosition:
    way = request.form.get("way")
    if way in ("up", "down"):
        return _step(item.product, item, way)
    kind, _sep, ref = (way or request.form.get("place", "bottom")).partition(":")
    if kind in ("after", "before"):
        read = locked.read_ref(ref)
        if read is None or read[0] != item.product.key:
            return BOTTOM
        return TargetPosition(after=read[1]) if kind == "after" else TargetPosition(before=read[1])
    return TOP if kind == "top" else BOTTOM


def _step(product: Product, item: Item, way: str) -> TargetPosition:
    """The wish to go one place up or down in the item's list: backlog and ready together, or else its column."""
    found = moves.neighbour(db.session(), product, item, up=way == "up")
    if found is None:
        return TOP if way == "up" else BOTTOM
    return TargetPosition(before=found) if way == "up" else TargetPosition(after=found)
