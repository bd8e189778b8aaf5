"""My work: what a person holds over all products, what waits on them, and what they could pull next."""

from flask import Blueprint, render_template

from kanban import access, identity
from kanban.extensions import db
from kanban.reads.people.my_work import load_my_work
from kanban.web import replies

bp = Blueprint("my_work", __name__)


@bp.get("/my/work")
@access.signed_in
def show() -> str:
    """The page; for a live screen, only the part that changes."""
    work = load_my_work(db.session(), identity.current_user())
    return render_template("my_work/_work.html" if replies.wants_fragment() else "my_work/page.html", work=work)
