"""A field that names another item: by its reference, its number, or letters of its title."""

import flask
from flask_babel import gettext as _

from kanban.errors import Invalid
from kanban.extensions import db
from kanban.models import Item, Product
from kanban.reads.items.links import find_linkable, resolve_item

#: The most characters of such a field that are looked at.
MOST_TYPED = 300


def item_named(
    product: Product, item: Item | None, field: str, load: tuple[str, ...] = (), *, missing: str = ""
) -> Item:
    """The item of the product that the sent `field` means, other than `item`; `load` names what is loaded with it.

    Raises Invalid if several fit, naming them, or if none does, with the sentence `missing` if that is given.
    """
    session, words = db.session(), flask.request.form.get(field, "")[:MOST_TYPED]
    named = resolve_item(session, product, item, words, load)
    if named is not None:
        return named
    found = [f"{ref} “{title}”" for ref, title in find_linkable(session, product, item, words)]
    if len(found) > 1:
        raise Invalid({field: _("Several items fit: %(items)s. Give the reference of one.", items=", ".join(found))})
    raise Invalid({field: missing or _("There is no such item in this product.")})
