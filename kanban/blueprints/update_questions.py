"""Answering what a stakeholder asked about an update; the answer goes to them by mail."""

import flask
from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kanban import access, identity
from kanban.errors import Invalid, Missing
from kanban.extensions import db, settings
from kanban.models import Product, UpdateQuestion
from kanban.policy import Action
from kanban.reads.questions.questions import Tab, load_queue
from kanban.reads.updates import update_questions
from kanban.web import replies
from kanban.web.forms import Draft

bp = Blueprint("update_questions", __name__, url_prefix="/products/<key>/asked")


@bp.get("/<int:number>")
@access.needs(Action.ANSWER)
def show(key: str, number: int) -> str:
    """One question with the field for its answer."""
    return _page(access.see_product(key), number, Draft("answer"))


@bp.post("/<int:number>/answer")
@access.needs(Action.ANSWER)
def answer(key: str, number: int) -> Response | tuple[str, int]:
    """Answer the question, from the queue (`view=queue`) or from the update's page."""
    product = access.change_product(key)
    question = _found(product, number)
    here = _home(key, question)
    try:
        question.reply(request.form.get("body", ""), by=access.member())
    except Invalid as invalid:
        if replies.wants_fragment():
            raise
        db.session.rollback()
        return _page(access.see_product(key), number, Draft.typed("answer", invalid.errors)), 422
    told = _summarise(question)
    access.commit(product, {"next": here})
    if not replies.wants_fragment():
        flask.flash(told, "good")
        return replies.fragment("", otherwise=here)
    queue = load_queue(db.session(), identity.current_user(), Tab.YOURS)
    first = queue.rows[0].thread.id if queue.rows else None
    html = render_template("questions/_queue.html", queue=queue, open_id=first, draft=None, partial=True)
    return Response(html + render_template("components/_toast.html", sentence=told), mimetype="text/html")


def _summarise(question: UpdateQuestion) -> str:
    """A sentence that says how the answer reaches whoever asked."""
    if question.stakeholder is None or not question.reaches_asker:
        return _("The answer is kept, but nobody gets it: they are no longer on the list.")
    name = question.stakeholder.name
    if settings().sends_mail:
        return _("%(name)s gets the answer by mail.", name=name)
    return _("%(name)s can read the answer through their link.", name=name)


def _page(product: Product, number: int, draft: Draft) -> str:
    question = _found(product, number)
    rows = update_questions.asked_about(db.session(), question.update)
    row = next(row for row in rows if row.number == number)
    template = "update_questions/_one.html" if replies.wants_fragment() else "update_questions/page.html"
    view = request.values.get("view", "update")
    return render_template(template, product=product, row=row, draft=draft, view=view)


def _found(product: Product, number: int) -> UpdateQuestion:
    found = update_questions.question_in(db.session(), product, number)
    if found is None:
        raise Missing
    return found


def _home(key: str, question: UpdateQuestion) -> str:
    if request.form.get("view") == "queue":
        return url_for("questions.queue")
    return url_for("updates.show", key=key, number=question.update.number, _anchor="asked")
