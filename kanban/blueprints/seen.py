"""Marks of what a person has seen of a product: what others change after that is new to them.

The page's script sets the mark by a POST after a while. It is the person's own and takes no version.
"""

import flask
from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from kanban import access, clock
from kanban.errors import Missing
from kanban.extensions import db
from kanban.models import SeenMark
from kanban.policy import Action
from kanban.reads import locked
from kanban.reads.seen import find_mark
from kanban.web import forms, replies

bp = Blueprint("seen", __name__)


@bp.post("/products/<key>/seen")
@access.needs(Action.SEE, even_archived=True)
def look(key: str) -> Response:
    """Note that `version` has been on the screen for a while; with `all`, mark everything up to now as seen."""
    product = access.see_product(key)
    shown, is_all = request.form.get("version", type=forms.small_number), bool(request.form.get("all"))
    version = product.version if is_all or shown is None else min(shown, product.version)
    user, session, now = access.begin_change(), db.session(), clock.now()
    if locked.membership(session, product.id, user.id) is None:
        raise Missing
    mark = find_mark(session, product.id, user.id)
    if mark is None:
        session.add(SeenMark.first(user.id, product.id, version, at=now))
    elif is_all:
        mark.clear(version, at=now)
    else:
        mark.look(version, at=now)
    session.commit()
    if replies.wants_fragment():
        return flask.Response(status=204)
    return flask.redirect(replies.own_path(request.form.get("next"), url_for("board.show", key=product.key)), 303)
