"""The list of discarded items, and discarding several at once; restoring one is in `items`."""

from flask import Blueprint, render_template, request, url_for
from flask_babel import ngettext
from werkzeug.wrappers import Response

from kanban import access
from kanban.errors import Invalid
from kanban.extensions import db
from kanban.models import Product
from kanban.policy import Action
from kanban.reads.backlog.bulk_ranking import MOST_AT_ONCE, load_listed
from kanban.reads.backlog.discarded import list_discarded, read_items_to_discard
from kanban.web import forms, panels, replies
from kanban.web.forms import Draft

bp = Blueprint("discarded", __name__)


@bp.get("/products/<key>/discarded")
@access.needs(Action.SEE)
def show(key: str) -> str:
    """Discarded items, the latest first, each with its reason and a button to restore it for those who may."""
    product = access.see_product(key)
    found, count = list_discarded(db.session(), product)
    template = "discarded/_list.html" if replies.wants_fragment() else "discarded/page.html"
    may_restore = access.member().may(Action.DISCARD)
    return render_template(template, product=product, found=found, count=count, may_restore=may_restore)


@bp.get("/products/<key>/discard")
@access.needs(Action.DISCARD)
def choose(key: str) -> str:
    """The form for items of the backlog (`items`: references; without any, all are offered) and the reason."""
    return _form(access.see_product(key), Draft("discard"))


@bp.post("/products/<key>/discard")
@access.needs(Action.DISCARD)
def discard(key: str) -> Response | tuple[str, int]:
    """Discard the backlog items in `items` (references) for one `reason`; all of them or none, with one undo."""
    product = access.change_product(key)
    try:
        to_discard = read_items_to_discard(db.session(), product, forms.references(MOST_AT_ONCE + 1))
        for item, after in to_discard:
            item.discard(request.form.get("reason", ""), by=access.member(), after=after)
    except Invalid as invalid:
        db.session.rollback()
        return _form(access.see_product(key), Draft.typed("discard", panels.errors_of(invalid))), 422
    access.commit(product)
    told = ngettext("One item is discarded.", "%(num)d items are discarded.", len(to_discard))
    here = url_for("backlog.show", key=product.key)
    return replies.toast(told, otherwise=here, undo_url=panels.undo_url(product))


def _form(product: Product, draft: Draft) -> str:
    template = "discarded/_several.html" if replies.wants_fragment() else "discarded/several.html"
    listed = load_listed(db.session(), product, forms.references(MOST_AT_ONCE + 1))
    chosen = [each for each in listed if each.is_chosen]
    return render_template(template, product=product, draft=draft, listed=listed, chosen=chosen)
