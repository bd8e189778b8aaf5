"""Changing who holds several items at once: some people are assigned, others taken off."""

from flask import Blueprint, render_template, request
from flask_babel import ngettext
from werkzeug.wrappers import Response

from kanban import access
from kanban.errors import Invalid
from kanban.extensions import db
from kanban.models import Item, Product
from kanban.policy import Action
from kanban.reads.backlog.bulk_ranking import MOST_AT_ONCE, load_listed
from kanban.reads.items.assignees import count_held, regroup
from kanban.reads.items.bulk import read_chosen
from kanban.reads.people.people import active_members
from kanban.web import forms, panels, replies
from kanban.web.forms import Draft

bp = Blueprint("assigning", __name__)


@bp.get("/products/<key>/assign")
@access.needs(Action.ASSIGN)
def choose(key: str) -> str:
    """The form for items (`items`: references; without any, the whole backlog is offered) and people."""
    return _form(access.see_product(key), Draft("assign"))


@bp.post("/products/<key>/assign")
@access.needs(Action.ASSIGN)
def assign(key: str) -> Response | tuple[str, int]:
    """Assign the people in `on` (ids) to the items in `items` (references), and take those in `off` off them.

    All items are changed or none, with one undo.
    """
    product = access.change_product(key)
    on, off = (set(request.form.getlist(name, type=forms.small_number)) for name in ("on", "off"))
    try:
        items = read_chosen(db.session(), product, forms.references(MOST_AT_ONCE + 1), Item.assignees)
        for item, people in regroup(db.session(), product, items, on=on, off=off):
            item.assign(people, by=access.member())
    except Invalid as invalid:
        db.session.rollback()
        return _form(access.see_product(key), Draft.typed("assign", panels.errors_of(invalid))), 422
    count = len(product.recorded)
    told = ngettext("Changed the people on one item.", "Changed the people on %(num)d items.", count)
    return panels.settle_several(product, told)


def _form(product: Product, draft: Draft) -> str:
    session, refs, me = db.session(), forms.references(MOST_AT_ONCE + 1), access.member().user_id
    listed = load_listed(session, product, refs, of_board=True)
    chosen = [each for each in listed if each.is_chosen]
    counts = count_held(session, product, [each.ref for each in chosen or listed])
    team = sorted(
        active_members(session, product, who_may=Action.TAKE_PART_IN_QUESTION), key=lambda person: person.id != me
    )
    return render_template(
        "assigning/_form.html" if replies.wants_fragment() else "assigning/page.html",
        product=product,
        draft=draft,
        listed=listed,
        chosen=chosen,
        may_come=[person for person in team if not chosen or counts[person.id] < len(chosen)],
        may_go=[(person, counts[person.id]) for person in team if counts[person.id]],
        ticked=request.form,
    )
