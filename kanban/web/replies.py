"""The answers of views: a fragment for a page whose script asked, a redirect for a form without script, a file."""

from typing import Any

import flask
from werkzeug.wrappers import Response


def wants_fragment() -> bool:
    """Tell whether the page's script asked, and so wants a fragment rather than a page."""
    return flask.request.headers.get("HX-Request") == "true"


def fragment(template: str, *, otherwise: str, status: int = 200, **context: Any) -> Response:
    """The fragment for a page's script; without script a redirect to the page that shows the same."""
    if not wants_fragment():
        return flask.redirect(otherwise, 303)
    return flask.make_response(flask.render_template(template, **context), status)


def toast(sentence: str, *, otherwise: str, notice: str | None = None, **context: Any) -> Response:
    """A sentence about what happened, as a toast for a page's script; without script as a `notice` (the same sentence,
    unless given) on the page to go to. `context`: the way back and what else components/_toast.html shows."""
    if not wants_fragment() and (told := sentence if notice is None else notice):
        flask.flash(told, "good")
    return fragment("components/_toast.html", otherwise=otherwise, sentence=sentence, **context)


def aloud(answer: Response, sentence: str) -> Response:
    """The answer to a page's script with a sentence that is only spoken: what it tells is to be seen already."""
    if wants_fragment():
        told = flask.render_template("components/_aloud.html", sentence=sentence)
        answer.set_data(answer.get_data(as_text=True) + told)
    return answer


def own_path(target: str | None, default: str) -> str:
    """The path to continue with, if it is one of this installation; anything else becomes the default.

    Browsers drop tabs and line breaks from an address, so `/<tab>/example.org` would lead elsewhere.
    """
    safe = target and target.isprintable() and target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if safe and target else default


def download(text: str, mimetype: str, name: str) -> flask.Response:
    """A text as a file that the browser keeps under this name (ASCII)."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-cache"}
    return flask.Response(text, mimetype=mimetype, headers=headers)
