"""Making items: one, from the form or from the line at either end of the backlog, or many at once."""

import uuid
from dataclasses import replace

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from kanban import access, plain
from kanban.errors import Invalid, Refused
from kanban.extensions import db
from kanban.models import Column, Item, ItemType, Product, Stage
from kanban.policy import Action
from kanban.reads import locked
from kanban.reads.board.place import BOTTOM, TOP, TargetPosition, read_block, read_place
from kanban.reads.items.labels import labels_named
from kanban.reads.search.alike import items_alike
from kanban.reads.words import type_choices, type_chosen
from kanban.web import forms, move_feedback, refusals, replies, rows
from kanban.web.forms import Draft

bp = Blueprint("new_items", __name__)

MOST_AT_ONCE = 500


@bp.get("/items/new")
@access.needs(Action.CREATE_ITEM)
def new() -> str:
    """The form for a new item of the product whose key is `product`."""
    product = access.see_product(request.args.get("product", ""))
    return _new_form(product, Draft("new"))


@bp.get("/products/<key>/items/alike")
@access.needs(Action.CREATE_ITEM)
def alike(key: str) -> str:
    """Tell of open items with nearly the `title` that is being typed; they open beside the list in `view=backlog`."""
    product, title = access.see_product(key), request.args.get("title", "")
    found = items_alike(db.session(), product, title) if len(title.splitlines()) == 1 else []
    return render_template("items/_alike.html", found=found, is_beside=request.args.get("view") == "backlog")


@bp.post("/products/<key>/items")
@access.needs(Action.CREATE_ITEM)
def create(key: str) -> Response | tuple[str, int]:
    """Make one item, from the form or from the line at either end of the backlog; several lines there make several."""
    product, title = access.change_product(key), request.form.get("title", "")
    if _is_line() and len(plain.bare_lines(title)) > 1:
        return _make_all(product, title)
    try:
        item = _create(product, title)
    except Invalid as invalid:
        db.session.rollback()
        return _not_made(key, invalid)
    liberties = move_feedback.liberties_of(product)
    access.commit(product)
    if _is_line():
        return _backlog(product, "", [item])
    told = _("%(ref)s has been added to %(column)s.", ref=item.ref, column=item.column.name)
    return move_feedback.answer(item, told, item.cautions, liberties, url_for("items.show", ref=item.ref))


def _is_line() -> bool:
    """Whether this comes from the field at the top or bottom of the backlog."""
    return request.form.get("view") == "backlog"


def _create(product: Product, title: str) -> Item:
    form = request.form
    return Item.create(
        product,
        title,
        read_place(db.session(), product, _column(product, form.get("column")), _wish(product)),
        by=access.member(),
        description=form.get("description", ""),
        type=type_chosen(form.get("type", ItemType.FEATURE)),
        size=form.get("size", ""),
        labels=labels_named(db.session(), product, form.get("labels", "").split(",")),
        limit_reason=form.get("limit_reason"),
    )


def _wish(product: Product) -> TargetPosition:
    """Which end of the column the new item goes to.

    At the top it goes below the item that was added there just before (`below`), so that items written one after
    another stand in that order.
    """
    if request.form.get("place") != "top" or not access.member().may(Action.RANK):
        return BOTTOM
    ref = locked.read_ref(request.form.get("below", ""))
    return replace(TOP, after=ref[1]) if ref is not None and ref[0] == product.key else TOP


def _column(product: Product, given: str | None) -> Column:
    if not given:
        backlog = product.first_column(Stage.BACKLOG)
        assert backlog is not None
        return backlog
    column = locked.column_in(product, forms.number_or_none(given) or 0)
    if column is None:
        raise Invalid({"column": _("That column is gone.")})
    return column


def _not_made(key: str, invalid: Invalid) -> Response | tuple[str, int]:
    if _is_line() and replies.wants_fragment():
        return refusals.answer(422, invalid.sentence, invalid.code)
    product = access.see_product(key)
    return _new_form(product, Draft.typed("new", invalid.errors)), 422


def _new_form(product: Product, draft: Draft) -> str:
    may_place = access.member().may(Action.RANK)
    columns = [(c.id, c.name) for c in product.standing if c.stage is not Stage.DONE] if may_place else []
    template = "items/_new.html" if replies.wants_fragment() else "items/new.html"
    return render_template(
        template, product=product, draft=draft, columns=columns, types=type_choices(), command=uuid.uuid4().hex
    )


def _backlog(product: Product, told: str, made: list[Item], step: move_feedback.Step | None = None) -> Response:
    here, cautions = url_for("backlog.show", key=product.key), made[0].cautions
    if not replies.wants_fragment():
        if told:
            flash(told, "good")
        move_feedback.flash(cautions)
    page = rows.page_of(product) if replies.wants_fragment() else {}
    sentence = move_feedback.sentence(told, cautions)
    answer = replies.fragment("backlog/_list.html", otherwise=here, partial=True, sentence=sentence, step=step, **page)
    answer.headers["X-Kanban-Made"] = made[-1].ref
    return answer


@bp.get("/products/<key>/items/many")
@access.needs(Action.CREATE_ITEM)
def many(key: str) -> str:
    """The form for many items at once, one per line."""
    return _many_form(access.see_product(key), Draft("many"))


@bp.post("/products/<key>/items/many")
@access.needs(Action.CREATE_ITEM)
def create_many(key: str) -> Response | tuple[str, int]:
    """Make an item of each line, in their order; all of them or none."""
    return _make_all(access.change_product(key), request.form.get("titles", ""))


def _make_all(product: Product, text: str) -> Response | tuple[str, int]:
    key = product.key
    try:
        made = _create_many(product, plain.bare_lines(text))
    except (Invalid, Refused) as problem:
        if problem.code == "reason_required" or (_is_line() and replies.wants_fragment()):
            raise
        db.session.rollback()
        draft = Draft.typed("many", {"titles": problem.sentence}, more={"titles": text})
        return _many_form(access.see_product(key), draft), 422
    liberties = move_feedback.liberties_of(product)
    access.commit(product)
    told = ngettext(
        "One item has been added to the backlog.", "%(num)d items have been added to the backlog.", len(made)
    )
    if _is_line():
        return _backlog(product, told, made, move_feedback.step_back(made))
    here = url_for("backlog.show", key=product.key)
    return move_feedback.answer(made[0], told, made[0].cautions, liberties, here, step=move_feedback.step_back(made))


def _create_many(product: Product, titles: list[str]) -> list[Item]:
    if not 1 <= len(titles) <= MOST_AT_ONCE:
        raise Invalid({"titles": _("Write 1 to %(most)s lines, one item each.", most=MOST_AT_ONCE)})
    places = read_block(db.session(), product, _column(product, None), _wish(product), len(titles))
    made, reason = [], request.form.get("limit_reason")
    for line, (title, place) in enumerate(zip(titles, places, strict=True), start=1):
        try:
            made.append(Item.create(product, title, place, by=access.member(), limit_reason=reason))
        except Invalid as invalid:
            sentence = _("Line %(line)s: %(problem)s", line=line, problem=invalid.errors["title"])
            raise Invalid({"titles": sentence}) from invalid
    return made


def _many_form(product: Product, draft: Draft) -> str:
    template = "backlog/_many.html" if replies.wants_fragment() else "backlog/many.html"
    may_rank = access.member().may(Action.RANK)
    return render_template(template, product=product, draft=draft, may_rank=may_rank, most=MOST_AT_ONCE)
