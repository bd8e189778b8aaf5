"""Pages for people who have a link and do not sign in: they set no cookie and never pass the link on as a referrer."""

from typing import Any

import flask
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kanban.extensions import settings


def page(template: str, *, status: int = 200, **context: Any) -> Response:
    """A page that sets no cookie, shows nothing about a person who may be signed in, is not indexed, and sends no
    referrer."""
    html = flask.render_template(template, csrf_token=lambda: "", **context)
    response = flask.make_response(html, status)
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def dead(template: str = "public/dead.html") -> Response:
    """The page of a link that leads nowhere, or no longer does."""
    return page(template, status=404)


def who_hears() -> str:
    """A sentence for whoever decides on a request: how those who asked will hear of the decision."""
    if settings().sends_mail:
        return _("Those who asked get a mail.")
    return _("No mail server is set up: those who asked can read it on their own pages.")


def told_to(people: str) -> str:
    """The sentence `people` (who is told something), followed without a mail server by where their mails are kept."""
    if settings().sends_mail:
        return people
    kept = _("No mail server is set up: the mails are kept here. Once there is one, you can send them with one click.")
    return f"{people} {kept}"


def by_link() -> str:
    """The link's token, as the key of rate limits.

    IP addresses would not do: a mail provider opens many people's mails from one address.
    """
    return str((flask.request.view_args or {}).get("token", ""))
