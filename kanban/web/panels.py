"""The one place where an item in full becomes a response: its page, the fragment for the panel, and both again after a
form was rejected. Only `settle_several` commits."""

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
from kanban.web import move_feedback, replies
from kanban.web.concurrent_edits import who_changed
from kanban.web.forms import Draft

View = Callable[..., Any]


def show(ref: str, draft: Draft | None = None, status: int = 200) -> Response:
    """One item in full: a page, or the fragment for the panel and live screens."""
    return page(access.see_item(ref), draft, status)


def page(item: Item, draft: Draft | None = None, status: int = 200, *, fresh: int | None = None) -> Response:
    """Like show, for an item that is already loaded; the question with the id `fresh` is scrolled into view."""
    loaded = load_item(db.session(), item.product, item, access.member())
    template = "items/_item.html" if replies.wants_fragment() else "items/page.html"
    asked = move_feedback.ask(item, loaded.unexplained)
    html = flask.render_template(template, item=loaded, draft=draft, fresh=fresh, asked=asked)
    return Response(html, status, mimetype="text/html")


def answer(item: Item, sentence: str = "", *, undo_url: str = "", ask: object = None) -> Response:
    """The item as it is after a change, with a toast if there is something to say or to `ask` (see asking).

    A form on a card (`view=card`) gets the toast alone; without script, the answer is a redirect to the item's page.
    """
    otherwise = flask.url_for("items.show", ref=item.ref)
    if not replies.wants_fragment():
        return replies.fragment("", otherwise=otherwise)
    toast: dict[str, Any] = {"sentence": sentence, "undo_url": undo_url, "undo_of": item.ref, "ask": ask}
    if flask.request.form.get("view") == "card":
        return replies.fragment("components/_toast.html", otherwise=otherwise, **toast) if sentence else Response("")
    loaded = load_item(db.session(), item.product, item, access.member())
    asked = move_feedback.ask(item, loaded.unexplained)
    response = replies.fragment(
        "items/_answer.html", otherwise=otherwise, item=loaded, draft=None, toast=toast, asked=asked
    )
    response.headers["X-Kanban-Revision"] = str(item.revision)
    return response


def overtaken(ref: str, form: str, by: int | None) -> Draft:
    """The draft of a form whose text somebody has changed meanwhile; `by` is that user's id, None if unknown."""
    sentence = who_changed(access.see_item(ref).product, by)
    return Draft.typed(form, {}, is_stale=True, more={"meanwhile": sentence})


def conflict(ref: str, draft: Draft) -> Response:
    """A 409 that shows both texts, the saved one and the typed one.

    For a page's script it is wrapped in a partial, since htmx swaps nothing in for a 409 by itself.
    """
    response = show(ref, draft, 409)
    if replies.wants_fragment():
        inner = response.get_data(as_text=True)
        response.set_data(f'<hx-partial hx-target="#item" hx-swap="outerHTML">{inner}</hx-partial>')
    response.headers["X-Kanban-Code"] = "stale"
    return response


def keeps(form: str) -> Callable[[View], View]:
    """Decorate a view: if its verb raises Invalid, respond with the item, with this form open and filled in as sent."""

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
    """The error sentences by field; or only one, if the same form was already sent once with other words."""
    if "command" in invalid.errors:
        return {"command": _("This form has already been sent once. Send it again to add this as well.")}
    return dict(invalid.errors)


def previewed(draft_form: str, html: Markup) -> Draft:
    """The draft of a form as it was typed, with a preview of its text."""
    return Draft.typed(draft_form, {}, more={"preview": html})


def settle_several(product: Product, told: str) -> Response:
    """Commit what a command did to several items, and answer with the sentence `told` and one undo."""
    changed = access.commit(product)
    return replies.toast(
        told if changed else _("Nothing changed."),
        otherwise=flask.url_for("backlog.show", key=product.key),
        undo_url=undo_url(product) if changed else "",
    )


def undo_url(product: Product) -> str:
    """The address that undoes the command that was just committed."""
    return flask.url_for("undo.take_back", key=product.key, version=product.version)
