"""Probes for whether the process is alive and ready to serve, and the front page."""

import sqlalchemy as sa
from flask import Blueprint, Response, redirect, url_for
from werkzeug.wrappers import Response as BaseResponse

from kanban import access, identity
from kanban.extensions import db
from kanban.policy import Role
from kanban.reads import shell
from kanban.reads.people.accounts import is_anybody_here

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@access.public
def live() -> Response:
    """Liveness: the process answers."""
    return Response("ok\n", mimetype="text/plain")


@bp.get("/readyz")
@access.public
def ready() -> Response:
    """Readiness: the database answers too."""
    db.session.execute(sa.text("SELECT 1"))
    return Response("ready\n", mimetype="text/plain")


@bp.get("/")
@access.public
def front() -> BaseResponse:
    """Redirect to where the person's work is, to sign-in, or to the welcome page of a new installation."""
    user = identity.maybe_user()
    if user is None:
        return redirect(url_for("auth.sign_in" if is_anybody_here(db.session()) else "auth.welcome"))
    products = shell.products_of(db.session(), user.id)
    if not products:
        return redirect(url_for("auth.start"))
    if len(products) > 1 and all(each.role == Role.LEAD for each in products):
        return redirect(url_for("portfolio.show"))
    first = products[0]
    return redirect(url_for("board.show" if first.role == "developer" else "backlog.show", key=first.key))
