"""The one place where an item read in full becomes a response: its page, the fragment for the panel, and both again
after a form that was rejected. It changes nothing and commits nothing."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import flask
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from kanban import access
from kanban.errors import Invalid
from kanban.extensions import db
from kanban.models import Item, Product
from kanban.reads.items.item import load_item
from kanban.web import asking, replies
from kanban.web.forms import Draft
from kanban.web.meanwhile import who_changed

View = Callable[..., Any]


def show(ref: str, draft: Draft | None = None, status: int = 200) -> Response:
    """One item for reading: a page, or the fragment for the panel and live screens."""
    return page(access.see_item(ref), draft, status)


def page(item: Item, draft: Draft | None = None, status: int = 200, *, fresh: int | None = None) -> Response:
    """The same of an item that was loaded already; the question with the id `fresh` comes into sight."""
    loaded = load_item(db.session(), item.product, item, access.member())
    template = "items/_item.html" if replies.wants_fragment() else "items/page.html"
    asked = asking.ask(item, loaded.unexplained)
    html = flask.render_template(template, item=loaded, draft=draft, fresh=fresh, asked=asked)
    return Response(html, status, mimetype="text/html")


def answer(item: Item, sentence: str = "", *, undo_url: str = "", ask: object = None) -> Response:
    """The item as it is after a change, with a toast if there is something to say or to `ask` (see asking)."""
    otherwise = flask.url_for("items.show", ref=item.ref)
    if not replies.wants_fragment():
        return replies.fragment("", otherwise=otherwise)
    toast: dict[str, Any] = {"sentence": sentence, "undo_url": undo_url, "undo_of": item.ref, "ask": ask}
    if flask.request.form.get("view") == "card":
        return replies.fragment("components/_toast.html", otherwise=otherwise, **toast) if sentence else Response("")
    loaded = load_item(db.session(), item.product, item, access.member())
    asked = asking.ask(item, loaded.unexplained)
    response = replies.fragment(
        "items/_answer.html", otherwise=otherwise, item=loaded, draft=None, toast=toast, asked=asked
    )
    response.headers["X-Kanban-Revision"] = str(item.revision)
    return response


def overtaken(ref: str, form: str, by: int | None) -> Draft:
    """A form as it was typed whose text was changed meanwhile, and by whom (a user's id, where that is known)."""
    sentence = who_changed(access.see_item(ref).product, by)
    return Draft.typed(form, {}, is_stale=True, more={"meanwhile": sentence})


def conflict(ref: str, draft: Draft) -> Response:
    """409 with their text and yours; for a page's script it is wrapped in a partial, since a 409 replaces nothing by
    itself."""
    response = show(ref, draft, 409)
    if replies.wants_fragment():
        inner = response.get_data(as_text=True)
        response.set_data(f'<hx-partial hx-target="#item" hx-swap="outerHTML">{inner}</hx-partial>')
    response.headers["X-Kanban-Code"] = "stale"
    return response


def keeps(form: str) -> Callable[[View], View]:
    """If a verb raises Invalid, respond with the item again, with that form open and filled in as it was sent."""

    def around(view: View) -> View:
        @wraps(view)
        def answered(ref: str, **values: Any) -> Any:
            try:
                return view(ref, **values)
            except Invalid as invalid:
                db.session.rollback()
                more = {name: str(value) for name, value in values.items()}
                return show(ref, Draft.typed(form, errors_of(invalid), more=more), 422)

        return answered

    return around


def errors_of(invalid: Invalid) -> dict[str, str]:
    """The sentences by field; if the form had been sent before with other words, it says so."""
    if "command" in invalid.errors:
        return {"command": _("This form has already been sent once. Send it again to add this as well.")}
    return dict(invalid.errors)


def previewed(draft_form: str, html: Markup) -> Draft:
    """A form as it was typed, with a preview of its text."""
    return Draft.typed(draft_form, {}, more={"preview": html})


def settle_several(product: Product, told: str) -> Response:
    """Keep what a command did to several items, and tell it with one undo."""
    changed = access.commit(product)
    return replies.toast(
        told if changed else _("Nothing changed."),
        otherwise=flask.url_for("backlog.show", key=product.key),
        undo_url=undo_url(product) if changed else "",
    )


def undo_url(product: Product) -> str:
    """The address that undoes the command just committed."""
    return flask.url_for("undo.take_back", key=product.key, version=product.version)
