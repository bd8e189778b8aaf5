"""Pages for whoever holds a link and signs in nowhere: none stays on the device or leads back to the link."""

from typing import Any

import flask
from flask_babel import gettext as _
from werkzeug.wrappers import Response


def page(template: str, *, status: int = 200, **context: Any) -> Response:
    """A page that sets no cookie, shows nothing of who is signed in here, is found by no search engine, and tells no
    other site where one came from."""
    html = flask.render_template(template, csrf_token=lambda: "", **context)
    response = flask.make_response(html, status)
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def dead(template: str = "public/dead.html") -> Response:
    """The page of a link that leads nowhere, or no longer."""
    return page(template, status=404)


def sends_mail() -> bool:
    """Tell whether mail goes out from here; without a mail server nothing may promise one."""
    return flask.current_app.config["KANBAN"].smtp_url is not None


def who_hears() -> str:
    """What whoever decides on a request is told of its people."""
    if sends_mail():
        return _("Its people get a mail.")
    return _("No mail server is set up: its people read it on their pages.")


def by_link() -> str:
    """What limits are counted by: a mail provider opens many people's mails from one address of its own."""
    return str((flask.request.view_args or {}).get("token", ""))
