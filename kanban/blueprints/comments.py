"""Comments on an item: adding one, reading them page by page, rewording one's own, removing."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kanban import access
from kanban.errors import Invalid
from kanban.extensions import db
from kanban.models import Item
from kanban.policy import Action
from kanban.reads.items.comments import load_talk, mark_of, newly_mentioned
from kanban.reads.people.people import member_names
from kanban.web import forms, replies
from kanban.web.panels import keeps

bp = Blueprint("comments", __name__)


@bp.get("/items/<ref>/comments")
@access.needs(Action.SEE)
def show(ref: str) -> str:
    """The comments before the one with the id `before`, or the newest ones."""
    item = access.see_item(ref)
    session, product, before = db.session(), item.product, request.args.get("before", type=forms.small_number)
    talk = load_talk(session, item, lambda: member_names(session, product), reader=access.member(), before=before)
    return render_template("items/comments.html", item=item, product=product, talk=talk)


@bp.post("/items/<ref>/comments")
@access.needs(Action.COMMENT)
@keeps("comment")
def add(ref: str) -> Response:
    """Add a comment."""
    item = access.change_item(ref)
    item.comment(request.form.get("body", ""), by=access.member())
    return _commit_and_list(item, _("Your comment has been added."))


@bp.post("/items/<ref>/comments/<int:comment_id>")
@access.needs(Action.COMMENT)
@keeps("comment")
def reword(ref: str, comment_id: int) -> Response:
    """Replace a comment's words, unless they have changed since the form was drawn.

    The form says from which version of the comment the writer `began` (see mark_of).
    """
    item, comment = access.change_comment(ref, comment_id)
    if request.form.get("began", mark_of(comment)) != mark_of(comment):
        sentence = _("You have changed this comment in another window in the meantime. Saving once more replaces that.")
        raise Invalid({"body": sentence})
    words = request.form.get("body", "")
    people = newly_mentioned(db.session(), item.product, comment.body, words)
    comment.reword(words, people, item=item, by=access.member())
    return _commit_and_list(item, _("Your comment has been changed."))


@bp.post("/items/<ref>/comments/<int:comment_id>/remove")
@access.needs(Action.COMMENT)
def remove(ref: str, comment_id: int) -> Response:
    """Remove a comment for good."""
    item, comment = access.change_comment(ref, comment_id)
    comment.remove(item=item, by=access.member())
    return _commit_and_list(item, _("The comment has been removed."))


def _commit_and_list(item: Item, sentence: str) -> Response:
    """Commit, and answer with all comments; the rest of the screen is brought up to date as on everybody's screen."""
    access.commit(item.product)
    session, product = db.session(), item.product
    talk = load_talk(session, item, lambda: member_names(session, product), reader=access.member())
    shown: dict[str, Any] = {"ref": item.ref, "talk": talk, "may_comment": True, "draft": None}
    answer = replies.fragment("items/_comments.html", otherwise=url_for("items.show", ref=item.ref), **shown)
    return replies.aloud(answer, sentence)
