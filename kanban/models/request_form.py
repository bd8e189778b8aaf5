"""Opening and closing a product's public form for requests; its link is derived from `form_serial`."""

from typing import TYPE_CHECKING

from kanban.models.member import Member
from kanban.policy import Action

if TYPE_CHECKING:
    from kanban.models.product import Product


def open_form(product: "Product", *, by: Member) -> None:
    """Open the form: anybody who has the link can ask for something."""
    _switch_form(product, by, is_open=True, serial=max(product.form_serial, 1))


def close_form(product: "Product", *, by: Member) -> None:
    """Close the form: only known stakeholders can ask, from their own pages."""
    _switch_form(product, by, is_open=False, serial=product.form_serial)


def renew_form(product: "Product", *, by: Member) -> None:
    """Replace the link to the form; the old one no longer works."""
    _switch_form(product, by, is_open=product.form_open, serial=product.form_serial + 1)


def _switch_form(product: "Product", by: Member, *, is_open: bool, serial: int) -> None:
    by.must(Action.CONFIGURE)
    if (is_open, serial) != (product.form_open, product.form_serial):
        product.form_open, product.form_serial = is_open, serial
        product.record("request_form_changed", by=by, open=is_open, serial=serial)
