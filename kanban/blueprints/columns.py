"""The columns of a product: their name, limit, policy and order, adding and removing.

The same views serve the settings page and the board, where columns are edited in their heads (`view=board`).
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

import flask
from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kanban import access
from kanban.errors import Invalid, Missing, Refused
from kanban.extensions import db
from kanban.models import Column, Product, Stage, WipMode
from kanban.policy import Action
from kanban.reads import locked
from kanban.reads.board.board import load_board
from kanban.reads.board.cards import DONE_SHOWN
from kanban.reads.board.filters import Filter
from kanban.reads.settings import list_columns, standing_in
from kanban.web import cards, forms, replies
from kanban.web.forms import Draft, Edit

bp = Blueprint("columns", __name__, url_prefix="/products/<key>/settings/columns")


@bp.get("")
@access.needs(Action.SEE)
def index(key: str) -> str:
    """All columns in their order."""
    return _page(key)


def _page(
    key: str, wrong: str = "", errors: Mapping[str, str] | None = None, typed: Mapping[str, str] | None = None
) -> str:
    product = access.see_product(key)
    return render_template(
        "settings/columns.html",
        product=product,
        columns=list_columns(db.session(), product),
        may_change=access.member().may(Action.CONFIGURE) and product.archived_at is None,
        wrong=wrong,
        errors=errors or {},
        typed=typed or {},
    )


@bp.get("/new")
@access.needs(Action.CONFIGURE)
def ask_new(key: str) -> str:
    """The form for a new column right after another one (`?behind=ID`)."""
    product = access.see_product(key)
    return _new_form(product, _behind(product, request.args.get("behind")), Draft("column-new"))


def _new_form(product: Product, behind: Column | None, draft: Draft) -> str:
    stages = product.stages_behind(behind) if behind else list(Stage)
    first = behind.stage if behind else Stage.DOING
    return _form("new", product, draft, behind=behind, stages=[stage.value for stage in stages], first=first.value)


@bp.post("")
@access.needs(Action.CONFIGURE)
def add(key: str) -> Response:
    """Add a column after the one that is named or, without one, after the last column of its stage."""
    product, form = access.change_product(key), request.form
    behind = _behind(product, form.get("behind"))
    try:
        column = Column.add(product, form.get("name", ""), _stage(form.get("stage")), by=access.member(), behind=behind)
    except Invalid as invalid:
        db.session.rollback()
        if not _is_on_board():
            return flask.make_response(_page(key, "column-new", invalid.errors, request.form), 422)
        product = access.see_product(key)
        behind = _behind(product, form.get("behind"))
        return flask.make_response(_new_form(product, behind, Draft.typed("column-new", invalid.errors)), 422)
    access.commit(product, result={"next": url_for("board.show", key=key)})
    return _done(product, column if _is_on_board() else None)


def _behind(product: Product, given: str | None) -> Column | None:
    """The column with this id; None if none is given or it is gone."""
    return locked.column_in(product, forms.number_or_none(given or "") or 0)


@bp.get("/<int:column_id>")
@access.needs(Action.CONFIGURE)
def ask_edit(key: str, column_id: int) -> str:
    """The form with everything that can be set about one column."""
    product = access.see_product(key)
    return _edit_form(product, column_id, Draft("column"))


def _edit_form(product: Product, column_id: int, draft: Draft) -> str:
    column = _column(product, column_id)
    return _form("edit", product, draft, column=column)


@bp.post("/<int:column_id>")
@access.needs(Action.CONFIGURE)
def edit(key: str, column_id: int) -> Response:
    """Change what the form changed (see Edit) of name, limit, policy and acceptance, or the name alone.

    The stage can be changed as long as no item has ever been in the column.
    """
    product, column = _change(key, column_id)
    stage = column.stage
    try:
        column.change(by=access.member(), **_settings(Edit(column, _fields()).changes()))
    except Invalid as invalid:
        db.session.rollback()
        product = access.see_product(key)
        column = _column(product, column_id)
        edit = Edit(column, _fields())
        errors = {**invalid.errors, **edit.clashes}
        if _is_left():
            return _saved(column, trouble=" ".join(errors.values()))
        if not _is_on_board():
            return flask.make_response(_page(key, f"column-{column_id}", errors, edit.values), 422)
        draft = Draft("column", defaultdict(str, edit.values), defaultdict(lambda: None, errors))
        return flask.make_response(_edit_form(product, column_id, draft), 422)
    access.commit(product)
    if not _is_left():
        return _done(product, column)
    sentence = _("%(column)s is saved.", column=column.name)
    if column.stage is stage:
        return _saved(column, sentence=sentence)
    answer = _done(product, column, sentence)
    answer.headers["HX-Retarget"] = "#columns"  # the whole list: a column of another stage has another place in it
    return answer


def _is_left() -> bool:
    """Whether the settings page's script is saving a field that somebody has just left."""
    return replies.wants_fragment() and not _is_on_board()


def _saved(column: Column, *, sentence: str = "", trouble: str = "") -> Response:
    html = render_template("settings/_column_saved.html", column=column, sentence=sentence, trouble=trouble)
    return flask.make_response(html, 422 if trouble else 200)


def _fields() -> list[str]:
    """The fields that the form has; one that only renames has no others."""
    settings = ["wip_limit", "wip_mode", "policy", "accepts"] if "wip_mode" in request.form else []
    return ["name", *settings, *(["stage"] if "stage" in request.form else [])]


def _settings(changed: Mapping[str, str]) -> dict[str, Any]:
    return {name: _READERS.get(name, str)(said) for name, said in changed.items()}


@bp.post("/<int:column_id>/move")
@access.needs(Action.CONFIGURE)
def move(key: str, column_id: int) -> Response:
    """Move the column one place up or down (`way`), or beside another one (`place`: after:ID or before:ID)."""
    product, column = _change(key, column_id)
    order = _beside(product, column) if "place" in request.form else _one_step(product, column)
    product.order_columns(order, by=access.member())
    access.commit(product)
    return _done(product, column)


def _one_step(product: Product, column: Column) -> list[int]:
    numbers = [each.number for each in product.standing]
    here = numbers.index(column.number)
    there = here + (1 if request.form.get("way") == "down" else -1)
    if 0 <= there < len(numbers):
        numbers[here], numbers[there] = numbers[there], numbers[here]
    return numbers


def _beside(product: Product, column: Column) -> list[int]:
    way, _colon, given = request.form.get("place", "").partition(":")
    other = _behind(product, given)
    if other is None or other is column or way not in ("after", "before"):
        raise Refused(_("The columns have changed in the meantime. Look again and repeat the move."))
    numbers = [each.number for each in product.standing if each is not column]
    numbers.insert(numbers.index(other.number) + (way == "after"), column.number)
    return numbers


@bp.post("/<int:column_id>/remove")
@access.needs(Action.CONFIGURE)
def remove(key: str, column_id: int) -> Response:
    """Remove an empty column."""
    product, column = _change(key, column_id)
    column.remove(occupancy=standing_in(db.session(), column), by=access.member())
    access.commit(product)
    return _done(product, None, _("%(column)s is removed.", column=column.name))


def _change(key: str, column_id: int) -> tuple[Product, Column]:
    product = access.change_product(key)
    return product, _column(product, column_id)


def _column(product: Product, column_id: int) -> Column:
    column = locked.column_in(product, column_id)
    if column is None:
        raise Missing
    return column


def _stage(value: str | None) -> Stage:
    if value not in list(Stage):
        raise Invalid({"stage": _("Choose a stage.")})
    return Stage(value)


def _mode(value: str | None) -> WipMode:
    if value not in list(WipMode):
        raise Invalid({"wip_mode": _("Choose what happens at the limit.")})
    return WipMode(value)


def _limit(text: str) -> int | None:
    text = text.strip()
    if text and not (text.isascii() and text.isdecimal() and len(text) < 6):
        raise Invalid({"wip_limit": _("A limit is a whole number from 1 to 10,000, or empty.")})
    return int(text) if text else None


_READERS: dict[str, Callable[[str], Any]] = {
    "wip_limit": _limit,
    "wip_mode": _mode,
    "accepts": lambda text: text == "1",
    "stage": _stage,
}


def _is_on_board() -> bool:
    """Whether the form is on the board or in a dialog over it."""
    return request.form.get("view") == "board"


def _form(kind: str, product: Product, draft: Draft, **more: object) -> str:
    template = f"settings/_column_{kind}.html" if replies.wants_fragment() else "settings/column.html"
    return render_template(template, kind=kind, product=product, draft=draft, **more)


def _done(product: Product, column: Column | None, sentence: str = "") -> Response:
    """The board or the settings' list of columns, drawn again; without script, a redirect to the page of either."""
    if not replies.wants_fragment():
        page, lead = ("board.show", "col-") if _is_on_board() else ("columns.index", "column-")
        anchor = f"{lead}{column.id}" if column else None
        return flask.redirect(url_for(page, key=product.key, _anchor=anchor), 303)
    session, member = db.session(), access.member()
    if _is_on_board():
        board = load_board(session, product, member, Filter.read(request.args))
        html = render_template("board/_board.html", board=board, draw=cards.draw, most=DONE_SHOWN)
    else:
        html = render_template(
            "settings/_columns.html",
            product=product,
            columns=list_columns(session, product),
            may_change=True,
            wrong="",
            typed={},
            errors={},
        )
    told = render_template("components/_toast.html", sentence=sentence) if sentence else ""
    return flask.make_response(html + told)
