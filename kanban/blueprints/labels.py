"""Labelling items: a small form for one item, and one that puts labels on several items or takes them off.

What others have changed since the form was drawn stays.
"""

from itertools import islice

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from kanban import access
from kanban.errors import Invalid
from kanban.extensions import db
from kanban.models import Item, Product
from kanban.policy import Action
from kanban.reads.backlog.bulk_ranking import MOST_AT_ONCE, load_listed
from kanban.reads.items.bulk import read_chosen
from kanban.reads.items.labels import all_labels, called_now, count_labels, labels_named, labels_of, relabel
from kanban.web import forms, panels, replies
from kanban.web.forms import Draft

bp = Blueprint("labels", __name__)

_MOST_TYPED = 1_000
_OFFERED = 8


@bp.get("/items/<ref>/labels")
@access.needs(Action.EDIT_ITEM)
def choose(ref: str) -> str:
    """The form for the labels of one item."""
    return _form(access.see_item(ref), Draft("label"))


@bp.post("/items/<ref>/labels")
@access.needs(Action.EDIT_ITEM)
def label(ref: str) -> Response | tuple[str, int]:
    """Add the labels that were ticked or are new, and remove those that were unticked.

    The labels that were ticked when the form was drawn are in `was`.
    """
    item = access.change_item(ref, ("assignees", "labels", "criteria", "blocks"))
    try:
        item.edit(
            {"labels": labels_named(db.session(), item.product, _wanted(item))},
            revision=item.revision,
            by=access.member(),
        )
    except Invalid as invalid:
        db.session.rollback()
        return _form(access.see_item(ref), Draft.typed("label", invalid.errors)), 422
    changed = access.commit(item.product)
    return replies.toast(
        _("The labels of %(ref)s are changed.", ref=item.ref) if changed else _("Nothing changed."),
        otherwise=url_for("items.show", ref=item.ref),
        undo_url=panels.undo_url(item.product) if changed else "",
    )


def _wanted(item: Item) -> list[str]:
    ticked, was = (set(_chosen(item.product, field)) for field in ("label", "was"))
    kept = [each.name for each in item.labels if each.name not in was - ticked]
    return [*kept, *(ticked - was), *request.form.get("new", "").split(",")]


def _chosen(product: Product, field: str) -> list[str]:
    """The labels ticked in this field, by their present names if they were renamed since the form was drawn."""
    names, drawn = request.form.getlist(field), request.form.get("version", type=forms.small_number)
    if drawn is None or drawn >= product.version - 1:
        return names
    return called_now(db.session(), product, names, since=drawn)


def _form(item: Item, draft: Draft) -> str:
    template = "items/_label.html" if replies.wants_fragment() else "items/verb.html"
    session = db.session()
    was = labels_of(session, item) if request.method == "GET" else request.form.getlist("was")
    return render_template(
        template,
        item=item,
        product=item.product,
        draft=draft,
        verb="label",
        labels=all_labels(session, item.product),
        was=was,
        ticked=was if request.method == "GET" else request.form.getlist("label"),
    )


@bp.get("/products/<key>/labels/suggest")
@access.needs(Action.EDIT_ITEM)
def suggest(key: str) -> str:
    """Options for what was typed so far (`labels`): the last of the labels there, found by a few letters, behind the
    others."""
    product = access.see_product(key)
    before, comma, letters = request.args.get("labels", "")[:_MOST_TYPED].rpartition(",")
    named, letters = {name.strip().casefold() for name in before.split(",")}, letters.strip().casefold()
    fitting = (name for name in all_labels(db.session(), product) if letters in name.casefold())
    fresh = islice((name for name in fitting if name.casefold() not in named), _OFFERED)
    found = [(f"{before}{comma} {name}".strip(), "") for name in fresh]
    return render_template("items/_link_options.html", found=found)


@bp.get("/products/<key>/labels")
@access.needs(Action.EDIT_ITEM)
def choose_many(key: str) -> str:
    """The form for items (`items`: references; without any, the whole backlog is offered) and labels."""
    return _form_of_many(access.see_product(key), Draft("label"))


@bp.post("/products/<key>/labels")
@access.needs(Action.EDIT_ITEM)
def label_many(key: str) -> Response | tuple[str, int]:
    """Put the labels in `on` and `new` (separated by commas) on the items in `items`, and take those in `off` off them.

    All items are changed or none, with one undo.
    """
    product = access.change_product(key)
    on, off = [*_chosen(product, "on"), *request.form.get("new", "").split(",")], _chosen(product, "off")
    try:
        items = read_chosen(db.session(), product, forms.references(MOST_AT_ONCE + 1), Item.labels)
        for item, labels in relabel(db.session(), product, items, on=on, off=off):
            item.edit({"labels": labels}, revision=item.revision, by=access.member())
    except Invalid as invalid:
        db.session.rollback()
        return _form_of_many(access.see_product(key), Draft.typed("label", panels.errors_of(invalid))), 422
    count = len(product.recorded)
    told = ngettext("The labels of one item are changed.", "The labels of %(num)d items are changed.", count)
    return panels.settle_several(product, told)


def _form_of_many(product: Product, draft: Draft) -> str:
    session, refs = db.session(), forms.references(MOST_AT_ONCE + 1)
    listed = load_listed(session, product, refs, of_board=True)
    chosen = [each for each in listed if each.is_chosen]
    counts = count_labels(session, product, [each.ref for each in chosen or listed])
    labels = all_labels(session, product)
    return render_template(
        "labels/_many.html" if replies.wants_fragment() else "labels/many.html",
        product=product,
        draft=draft,
        listed=listed,
        chosen=chosen,
        may_come=[name for name in labels if not chosen or counts[name] < len(chosen)],
        may_go=[(name, counts[name]) for name in labels if counts[name]],
        ticked=request.form,
    )
