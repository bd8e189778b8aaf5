"""Items over HTTP: making them, reading one in full, and every change to one but its place, see moves."""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from kanban import access, replies, rows
from kanban.errors import Invalid, Refused, Stale
from kanban.extensions import db
from kanban.models import Item, ItemType, Product, Stage
from kanban.policy import Action
from kanban.reads import locked
from kanban.reads.item import ItemPage, has_parts, load_item
from kanban.reads.labels import labels_named
from kanban.reads.place import BOTTOM, TOP, read_block, read_place
from kanban.reads.words import type_choices
from kanban.replies import Draft

bp = Blueprint("items", __name__)

MOST_AT_ONCE = 500
_ALL = ("assignees", "labels", "criteria", "blocks")


View = Callable[..., Any]


def keeps(form: str) -> Callable[[View], View]:
    """Answer what a verb finds invalid with the item again, that form open and filled as it was sent."""

    def around(view: View) -> View:
        @wraps(view)
        def answered(ref: str, **values: Any) -> Any:
            try:
                return view(ref, **values)
            except Invalid as invalid:
                db.session.rollback()
                more = {name: str(value) for name, value in values.items()}
                return _show(ref, Draft.typed(form, invalid.errors, more=more), 422)

        return answered

    return around


# Reading


@bp.get("/items/<ref>")
@access.needs(Action.SEE)
def show(ref: str) -> Response:
    """One item: a page, or the fragment for the panel and live screens."""
    return _show(ref)


def _show(ref: str, draft: Draft | None = None, status: int = 200) -> Response:
    item = access.see_item(ref)
    page = load_item(db.session(), item.product, item, access.member())
    template = "items/_item.html" if replies.wants_fragment() else "items/page.html"
    return Response(render_template(template, item=page, draft=draft), status, mimetype="text/html")


def _changed(item: Item) -> Response:
    """Commit and answer with the item as it stands now."""
    access.commit(item.product)
    return replies.fragment("items/_item.html", otherwise=url_for("items.show", ref=item.ref), **_page(item))


def _page(item: Item) -> dict[str, Any]:
    if not replies.wants_fragment():
        return {}
    page: ItemPage = load_item(db.session(), item.product, item, access.member())
    return {"item": page, "draft": None}


# Making


@bp.get("/items/new")
@access.needs(Action.CREATE_ITEM)
def new() -> str:
    """The form for a new item of the product named by `product`."""
    product = access.see_product(request.args.get("product", ""))
    return _new_form(product, Draft("new"))


@bp.post("/products/<key>/items")
@access.needs(Action.CREATE_ITEM)
def create(key: str) -> Response | tuple[str, int]:
    """Make one item, from the form or from a line at the top or bottom of the backlog."""
    product = access.change_product(key)
    try:
        item = _create(product, request.form.get("title", ""))
    except Invalid as invalid:
        db.session.rollback()
        return _not_made(key, invalid)
    access.commit(product)
    if request.form.get("view") == "backlog":
        return _backlog(product)
    sentence = _("%(ref)s is in %(column)s.", ref=item.ref, column=item.column.name)
    return replies.fragment(
        "components/_toast.html", otherwise=url_for("items.show", ref=item.ref), sentence=sentence, undo_url=""
    )


def _create(product: Product, title: str) -> Item:
    form, member = request.form, access.member()
    column = _column(product, form.get("column"))
    wish = TOP if form.get("place") == "top" and member.may(Action.RANK) else BOTTOM
    return Item.create(
        product,
        title,
        read_place(db.session(), product, column, wish),
        by=member,
        description=form.get("description", ""),
        type=_type(form.get("type", ItemType.FEATURE)),
        size=form.get("size", ""),
        labels=labels_named(db.session(), product, form.get("labels", "").split(",")),
    )


def _column(product: Product, given: str | None) -> Any:
    backlog = product.first_column(Stage.BACKLOG)
    if not given:
        return backlog
    column = locked.column_in(product, int(given)) if given.isdecimal() and len(given) < 10 else None
    if column is None:
        raise Invalid({"column": _("That column is gone.")})
    return column


def _type(given: str) -> ItemType:
    if given not in list(ItemType):
        raise Invalid({"type": _("Choose one of the types.")})
    return ItemType(given)


def _not_made(key: str, invalid: Invalid) -> Response | tuple[str, int]:
    if request.form.get("view") == "backlog" and replies.wants_fragment():
        return replies.answer(422, next(iter(invalid.errors.values())), invalid.code)
    product = access.see_product(key)
    return _new_form(product, Draft.typed("new", invalid.errors)), 422


def _new_form(product: Product, draft: Draft) -> str:
    may_place = access.member().may(Action.RANK)
    columns = [(c.id, c.name) for c in product.standing if c.stage is not Stage.DONE] if may_place else []
    template = "items/_new.html" if replies.wants_fragment() else "items/new.html"
    return render_template(
        template, product=product, draft=draft, columns=columns, types=type_choices(), command=uuid.uuid4().hex
    )


def _backlog(product: Product) -> Response:
    here = url_for("backlog.show", key=product.key)
    page = rows.page_of(product) if replies.wants_fragment() else {}
    return replies.fragment("backlog/_list.html", otherwise=here, partial=True, **page)


@bp.get("/products/<key>/items/many")
@access.needs(Action.CREATE_ITEM)
def many(key: str) -> str:
    """The form for many items at once, one a line."""
    return _many_form(access.see_product(key), Draft("many"))


@bp.post("/products/<key>/items/many")
@access.needs(Action.CREATE_ITEM)
def create_many(key: str) -> Response | tuple[str, int]:
    """Make an item of each line, in that order, all of them or none."""
    product = access.change_product(key)
    try:
        count = _create_many(product, [line for line in request.form.get("titles", "").splitlines() if line.strip()])
    except (Invalid, Refused) as problem:
        db.session.rollback()
        errors = problem.errors if isinstance(problem, Invalid) else {"titles": problem.sentence}
        return _many_form(access.see_product(key), Draft.typed("many", errors)), 422
    access.commit(product)
    sentence = ngettext("One item is in the backlog.", "%(num)d items are in the backlog.", count)
    here = url_for("backlog.show", key=product.key)
    return replies.fragment("components/_toast.html", otherwise=here, sentence=sentence, undo_url="")


def _create_many(product: Product, titles: list[str]) -> int:
    if not 1 <= len(titles) <= MOST_AT_ONCE:
        raise Invalid({"titles": _("Write 1 to %(most)s lines, one item each.", most=MOST_AT_ONCE)})
    top = request.form.get("place") == "top" and access.member().may(Action.RANK)
    places = read_block(db.session(), product, _column(product, None), TOP if top else BOTTOM, len(titles))
    for line, (title, place) in enumerate(zip(titles, places, strict=True), start=1):
        try:
            Item.create(product, title, place, by=access.member())
        except Invalid as invalid:
            sentence = _("Line %(line)s: %(problem)s", line=line, problem=invalid.errors["title"])
            raise Invalid({"titles": sentence}) from invalid
    return len(titles)


def _many_form(product: Product, draft: Draft) -> str:
    template = "backlog/_many.html" if replies.wants_fragment() else "backlog/many.html"
    may_rank = access.member().may(Action.RANK)
    return render_template(
        template, product=product, draft=draft, may_rank=may_rank, most=MOST_AT_ONCE, command=uuid.uuid4().hex
    )


# Text and people


@bp.post("/items/<ref>/edit")
@access.needs(Action.EDIT_ITEM)
def edit(ref: str) -> Response:
    """Change what the form holds of title, description, type, size and labels; both texts are kept on a conflict."""
    form = "facts" if request.form.get("section") == "facts" else "text"
    item = access.change_item(ref, _ALL)
    try:
        item.edit(_changes(item.product), revision=_revision(), by=access.member())
    except Invalid as invalid:
        db.session.rollback()
        return _show(ref, Draft.typed(form, invalid.errors), 422)
    except Stale:
        db.session.rollback()
        return _conflict(ref, Draft.typed(form, {}, is_stale=True))
    return _changed(item)


def _changes(product: Product) -> dict[str, Any]:
    form = request.form
    changes: dict[str, Any] = {name: form[name] for name in ("title", "description", "size") if name in form}
    if "type" in form:
        changes["type"] = _type(form["type"])
    if "labels" in form:
        changes["labels"] = labels_named(db.session(), product, form["labels"].split(","))
    return changes


def _revision() -> int:
    given = request.form.get("revision", "")
    return int(given) if given.isdecimal() and len(given) < 10 else 0


def _conflict(ref: str, draft: Draft) -> Response:
    """409 with their text and yours; for a page's script inside a partial, since a 409 replaces nothing by itself."""
    response = _show(ref, draft, 409)
    if replies.wants_fragment():
        inner = response.get_data(as_text=True)
        response.set_data(f'<hx-partial hx-target="#item" hx-swap="outerHTML">{inner}</hx-partial>')
    return response


@bp.post("/items/<ref>/assign")
@access.needs(Action.ASSIGN)
def assign(ref: str) -> Response:
    """Set exactly the people who are ticked; only members count."""
    item = access.change_item(ref, _ALL)
    wanted = [int(given) for given in request.form.getlist("people") if given.isdecimal() and len(given) < 10]
    people = locked.members_named(db.session(), item.product, wanted)
    if len(people) != len(set(wanted)):
        raise Refused(_("One of these people is no longer in this product. Look again."))
    item.assign(people, by=access.member())
    return _changed(item)


@bp.post("/items/<ref>/assign-me")
@access.needs(Action.ASSIGN)
def assign_me(ref: str) -> Response:
    """Put the person beside whoever has the item already."""
    item = access.change_item(ref, _ALL)
    member = access.member()
    item.assign([user for user in item.assignees if user.id != member.user_id] + [member.user], by=member)
    return _changed(item)


# Criteria


@bp.post("/items/<ref>/criteria")
@access.needs(Action.SET_CRITERIA)
@keeps("criterion")
def add_criterion(ref: str) -> Response:
    """Add a criterion at the end."""
    item = access.change_item(ref, _ALL)
    item.add_criterion(request.form.get("text", ""), by=access.member())
    return _changed(item)


@bp.post("/items/<ref>/criteria/<int:number>")
@access.needs(Action.SET_CRITERIA)
@keeps("criterion")
def change_criterion(ref: str, number: int) -> Response:
    """Word a criterion differently."""
    item = access.change_item(ref, _ALL)
    item.change_criterion(number, request.form.get("text", ""), by=access.member())
    return _changed(item)


@bp.post("/items/<ref>/criteria/<int:number>/remove")
@access.needs(Action.SET_CRITERIA)
def remove_criterion(ref: str, number: int) -> Response:
    """Take a criterion away."""
    item = access.change_item(ref, _ALL)
    item.remove_criterion(number, by=access.member())
    return _changed(item)


@bp.post("/items/<ref>/criteria/<int:number>/tick")
@access.needs(Action.TICK_CRITERION)
def tick(ref: str, number: int) -> Response:
    """Mark a criterion as met, or no longer."""
    item = access.change_item(ref, _ALL)
    item.tick(number, met=request.form.get("met") == "1", by=access.member())
    return _changed(item)


# Talk


@bp.post("/items/<ref>/comments")
@access.needs(Action.COMMENT)
@keeps("comment")
def comment(ref: str) -> Response:
    """Add a comment."""
    item = access.change_item(ref, _ALL)
    item.comment(request.form.get("body", ""), by=access.member())
    return _changed(item)


# Parts


@bp.post("/items/<ref>/parts")
@access.needs(Action.CREATE_ITEM)
@keeps("part")
def add_part(ref: str) -> Response:
    """Make a new item at the bottom of the backlog that is a part of this one."""
    item = access.change_item(ref, _ALL)
    part = _create(item.product, request.form.get("title", ""))
    db.session.flush()
    part.make_part_of(item, has_parts=False, by=access.member())
    return _changed(item)


@bp.post("/items/<ref>/part-of")
@access.needs(Action.EDIT_ITEM)
@keeps("part_of")
def part_of(ref: str) -> Response:
    """Make the item a part of the one that is named, or of none."""
    item = access.change_item(ref, _ALL)
    whole = _whole(item.product, request.form.get("whole", "").strip())
    item.make_part_of(whole, has_parts=has_parts(db.session(), item), by=access.member())
    return _changed(item)


def _whole(product: Product, ref: str) -> Item | None:
    if not ref:
        return None
    key, number = locked.read_ref(ref) or ("", 0)
    whole = locked.item_in(db.session(), product, number, ()) if key == product.key else None
    if whole is None:
        raise Invalid({"whole": _("There is no such item in this product.")})
    return whole


# Blocked


@bp.get("/items/<ref>/block")
@access.needs(Action.BLOCK)
def block(ref: str) -> str:
    """The small form that asks for the reason."""
    return _verb_form("block", access.see_item(ref), Draft("block"))


@bp.post("/items/<ref>/block")
@access.needs(Action.BLOCK)
def do_block(ref: str) -> Response | tuple[str, int]:
    """Flag the item as unable to go on."""
    item = access.change_item(ref, _ALL)
    form = request.form
    try:
        item.block(form.get("reason", ""), waiting_for=form.get("waiting_for", ""), by=access.member())
    except Invalid as invalid:
        return _ask_again("block", ref, invalid)
    return _done(item, _("%(ref)s is blocked.", ref=item.ref))


@bp.post("/items/<ref>/unblock")
@access.needs(Action.BLOCK)
def unblock(ref: str) -> Response:
    """Let the item go on."""
    item = access.change_item(ref, _ALL)
    item.unblock(by=access.member())
    return _changed(item)


# Leaving and coming back


@bp.get("/items/<ref>/discard")
@access.needs(Action.DISCARD)
def discard(ref: str) -> str:
    """The small form that asks why."""
    return _verb_form("discard", access.see_item(ref), Draft("discard"))


@bp.post("/items/<ref>/discard")
@access.needs(Action.DISCARD)
def do_discard(ref: str) -> Response | tuple[str, int]:
    """Take the item out of the order."""
    item = access.change_item(ref, _ALL)
    try:
        item.discard(request.form.get("reason", ""), by=access.member())
    except Invalid as invalid:
        return _ask_again("discard", ref, invalid)
    return _done(item, _("%(ref)s is discarded.", ref=item.ref))


@bp.post("/items/<ref>/restore")
@access.needs(Action.DISCARD)
def restore(ref: str) -> Response:
    """Bring a discarded item back to the end of its column."""
    item = access.change_item(ref, _ALL)
    item.restore(read_place(db.session(), item.product, item.column, BOTTOM, item=item), by=access.member())
    return _changed(item)


def _verb_form(verb: str, item: Item, draft: Draft) -> str:
    template = f"items/_{verb}.html" if replies.wants_fragment() else "items/verb.html"
    return render_template(template, item=item, product=item.product, draft=draft, verb=verb)


def _ask_again(verb: str, ref: str, invalid: Invalid) -> tuple[str, int]:
    db.session.rollback()
    return _verb_form(verb, access.see_item(ref), Draft.typed(verb, invalid.errors)), 422


def _done(item: Item, sentence: str) -> Response:
    """Commit and answer with a notice; what shows the item fetches it again."""
    access.commit(item.product)
    here = url_for("items.show", ref=item.ref)
    return replies.fragment("components/_toast.html", otherwise=here, sentence=sentence, undo_url="")
