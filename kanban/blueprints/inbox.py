"""A person's notifications over all their products: listing, opening and marking them as read."""

import flask
from flask import Blueprint, render_template, url_for
from werkzeug.wrappers import Response

from kanban import access, identity
from kanban.errors import Missing
from kanban.extensions import db
from kanban.reads.inbox import inbox
from kanban.reads.inbox.inbox import Line
from kanban.reads.people.my_products import read_my_products
from kanban.reads.questions.waiting import read_waits
from kanban.web import replies

bp = Blueprint("inbox", __name__, url_prefix="/inbox")


@bp.get("")
@access.signed_in
def show() -> str:
    """The notifications, newest first, below a line about waiting questions; for a page's script only the list."""
    session, user = db.session(), identity.current_user()
    my_products = read_my_products(session, user.id)
    lines = inbox.read_inbox(session, user.id, also=my_products.also)
    template = "inbox/_list.html" if replies.wants_fragment() else "inbox/page.html"
    return render_template(
        template,
        lines=lines,
        n_unread=sum(not line.is_read for line in lines),
        waits=read_waits(session, user.id),
        products=my_products.products,
    )


@bp.post("/<int:notification_id>/open")
@access.signed_in
def follow(notification_id: int) -> Response:
    """Mark a notification as read and go where it leads."""
    line = _read(notification_id)
    return flask.redirect(line.path if line is not None else url_for("inbox.show"), 303)


@bp.post("/<int:notification_id>/read")
@access.signed_in
def read(notification_id: int) -> Response:
    """Mark a notification as read."""
    _read(notification_id)
    return flask.redirect(url_for("inbox.show"), 303)


def _read(notification_id: int) -> Line | None:
    """Mark a notification as read and return it; None if the person may no longer see what it is about."""
    user = access.begin_change()
    if not inbox.is_ones_own(db.session(), user.id, notification_id):
        raise Missing
    line = inbox.find_line(db.session(), user.id, notification_id)
    inbox.mark_read(db.session(), user.id, notification_id)
    db.session.commit()
    return line


@bp.post("/read")
@access.signed_in
def read_all() -> Response:
    """Mark all notifications as read."""
    user = access.begin_change()
    inbox.mark_read(db.session(), user.id)
    db.session.commit()
    return flask.redirect(url_for("inbox.show"), 303)
