"""The answers of views: a fragment for a page's script, a redirect for a form without script, or a file."""

from typing import Any

import flask
from werkzeug.wrappers import Response


def wants_fragment() -> bool:
    """Whether the request comes from a page's script, which wants a fragment rather than a page."""
    return flask.request.headers.get("HX-Request") == "true"


def fragment(template: str, *, otherwise: str, status: int = 200, **context: Any) -> Response:
    """The fragment for a page's script; without script, a redirect to the page `otherwise`, which shows the same."""
    if not wants_fragment():
        return flask.redirect(otherwise, 303)
    return flask.make_response(flask.render_template(template, **context), status)


def toast(sentence: str, *, otherwise: str, notice: str | None = None, **context: Any) -> Response:
    """A sentence about what happened, as a toast for a page's script.

    Without script, a redirect to `otherwise`, where `notice` is shown (the same sentence, unless given). `context` is
    what else components/_toast.html shows, such as the undo.
    """
    if not wants_fragment() and (told := sentence if notice is None else notice):
        flask.flash(told, "good")
    return fragment("components/_toast.html", otherwise=otherwise, sentence=sentence, **context)


def aloud(answer: Response, sentence: str) -> Response:
    """The answer with a sentence for screen readers only, because the page already shows what it says."""
    if wants_fragment():
        told = flask.render_template("components/_aloud.html", sentence=sentence)
        answer.set_data(answer.get_data(as_text=True) + told)
    return answer


def own_path(target: str | None, default: str) -> str:
    """The path to continue with, if it stays in this installation, else the default.

    Only printable paths are accepted: browsers drop tabs and line breaks from an address, so `/<tab>/example.org` would
    lead to another site.
    """
    safe = target and target.isprintable() and target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if safe and target else default


def download(text: str, mimetype: str, name: str) -> flask.Response:
    """A text as a file that the browser saves under this name, which must be ASCII."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-cache"}
    return flask.Response(text, mimetype=mimetype, headers=headers)
