"""The labels of a product, on a page of its settings: how many items carry each; renaming, merging and removing."""

import flask
from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from kanban import access
from kanban.errors import Invalid, Missing, Refused
from kanban.extensions import db
from kanban.models import Label, Product
from kanban.policy import Action
from kanban.reads.items.labels import LabelRow, label_called, label_in, list_labels
from kanban.web import forms, panels, replies
from kanban.web.forms import Draft, Edit

bp = Blueprint("label_settings", __name__, url_prefix="/products/<key>/settings/labels")


@bp.get("")
@access.needs(Action.SEE)
def index(key: str) -> str:
    """All labels in alphabetical order; members who may not change them can read them."""
    return _page(access.see_product(key), Draft(""))


def _page(product: Product, draft: Draft, twin: LabelRow | None = None) -> str:
    """The page, or its list for a page's script; `twin` is the label that already has the name just chosen."""
    return render_template(
        "settings/_labels.html" if replies.wants_fragment() else "settings/labels.html",
        product=product,
        labels=[(row, _found_url(product, row.name)) for row in list_labels(db.session(), product)],
        may_change=access.member().may(Action.KEEP_LABELS) and product.archived_at is None,
        draft=draft,
        twin=twin,
    )


def _found_url(product: Product, name: str) -> str:
    """The address of a search for items with this label; the filtered board if the search can't quote the name."""
    if '"' in name:
        return url_for("board.show", key=product.key, label=name)
    return url_for("search.show", q=f'label:"{name}" product:{product.key}')


@bp.post("/<int:label_id>")
@access.needs(Action.KEEP_LABELS)
def rename(key: str, label_id: int) -> Response:
    """Rename a label. If another label already has the name, ask whether to merge; `into`, its id, confirms that."""
    product = access.change_product(key)
    label, session = _label(product, label_id), db.session()
    try:
        name = Edit(label, ["name"]).changes().get("name", label.name)
        twin = label_called(session, product, name)
    except Invalid as invalid:
        return _again(key, label_id, invalid.errors)
    into = forms.number_or_none(request.form.get("into", ""))
    if twin is not None and twin is not label and twin.id != into:
        return _again(key, label_id, {}, twin_id=twin.id)
    if twin is None and into is not None:
        raise Refused(_("There is no label “%(name)s” any more, so nothing was merged.", name=name))
    was = label.name
    if twin is not None and twin is not label:
        label.merge_into(product, twin, by=access.member())
        return _done(product, _("“%(was)s” is merged into “%(name)s”.", was=was, name=twin.name))
    label.rename(product, name, by=access.member())
    return _done(product, _("“%(was)s” is now “%(name)s”.", was=was, name=label.name), may_undo=True)


def _again(key: str, label_id: int, errors: dict[str, str], *, twin_id: int | None = None) -> Response:
    db.session.rollback()
    product = access.see_product(key)
    twin = label_in(db.session(), product, twin_id) if twin_id is not None else None
    rows = list_labels(db.session(), product, twin) if twin is not None else []
    draft = Draft.typed(f"label-{label_id}", errors)
    return flask.make_response(_page(product, draft, next(iter(rows), None)), 422)


@bp.get("/<int:label_id>/remove")
@access.needs(Action.KEEP_LABELS)
def ask_remove(key: str, label_id: int) -> str:
    """Ask for confirmation, and say how many items carry the label."""
    product = access.see_product(key)
    [row] = list_labels(db.session(), product, _label(product, label_id))
    template = "settings/_label_remove.html" if replies.wants_fragment() else "settings/label_remove.html"
    return render_template(template, product=product, label=row)


@bp.post("/<int:label_id>/remove")
@access.needs(Action.KEEP_LABELS)
def remove(key: str, label_id: int) -> Response:
    """Take a label off every item and remove it; refused if more items carry it now than the form said (`seen`)."""
    product = access.change_product(key)
    label = _label(product, label_id)
    name, seen = label.name, forms.number_or_none(request.form.get("seen", "")) or 0
    count = label.remove(product, by=access.member(), seen=seen)
    access.commit(product)
    told = ngettext(
        "“%(name)s” is removed from one item.", "“%(name)s” is removed from %(num)d items.", count, name=name
    )
    return replies.toast(told if count else _("“%(name)s” is removed.", name=name), otherwise=_url(product))


def _label(product: Product, label_id: int) -> Label:
    label = label_in(db.session(), product, label_id)
    if label is None:
        raise Missing(_("This label is gone: it was removed, or merged into another one."))
    return label


def _done(product: Product, told: str, *, may_undo: bool = False) -> Response:
    """Commit, and answer with the list and a toast if anything changed; without script, a redirect to the page."""
    changed = access.commit(product)
    if not replies.wants_fragment():
        if changed:
            flask.flash(told, "good")
        return flask.redirect(_url(product), 303)
    html = _page(product, Draft(""))
    if changed:
        undo_url = panels.undo_url(product) if may_undo else ""
        html += render_template("components/_toast.html", sentence=told, undo_url=undo_url)
    return flask.make_response(html)


def _url(product: Product) -> str:
    return url_for("label_settings.index", key=product.key)
