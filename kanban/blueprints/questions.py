"""Questions: asking on an item, what the person whose turn it is may do, and the queue over all products."""

from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kanban import access, identity
from kanban.errors import Invalid
from kanban.extensions import db
from kanban.models import Becomes, Item, Question, User
from kanban.policy import Action
from kanban.reads import locked
from kanban.reads.items.item import askable
from kanban.reads.people.people import owner_of
from kanban.reads.questions.orphaned import heir_of
from kanban.reads.questions.questions import QueuePage, Tab, load_queue
from kanban.web import panels, replies
from kanban.web.forms import Draft, day_or_none, number_or_none, small_number

bp = Blueprint("questions", __name__)

View = Callable[..., Any]


@bp.get("/questions")
@access.signed_in
def queue() -> str:
    """The person's questions over all products; for a live screen, only the list."""
    return _queue(_tab(), request.args.get("open", type=small_number), None)


def _tab() -> Tab:
    given = request.values.get("tab", "")
    return Tab(given) if given in list(Tab) else Tab.YOURS


def _queue(tab: Tab, open_id: int | None, draft: Draft | None) -> str:
    page = load_queue(db.session(), identity.current_user(), tab)
    partial = replies.wants_fragment()
    return render_template(
        "questions/_queue.html" if partial else "questions/page.html",
        queue=page,
        open_id=_open(page, open_id),
        draft=draft,
        partial=partial,
    )


def _open(page: QueuePage, wanted: int | None) -> int | None:
    """The id of the unfolded question: the wanted one if it is on the page, or else the first."""
    ids = [row.thread.id for row in page.rows]
    return wanted if wanted in ids else ids[0] if ids else None


# Asking


@bp.post("/items/<ref>/questions")
@access.needs(Action.ASK)
def ask(ref: str) -> Response:
    """Ask a question on an item; it goes to the owner unless somebody else is named."""
    item = access.change_item(ref, ("assignees", "labels", "criteria", "blocks"))
    try:
        addressee = _addressee(item)
        question = Question.ask(
            item,
            request.form.get("body", ""),
            by=access.member(),
            addressee=addressee,
            blocking=request.form.get("blocking") == "1",
            needed_by=day_or_none("needed_by"),
            assumption=request.form.get("assumption", ""),
            assumed_until=day_or_none("assumed_until"),
        )
    except Invalid as invalid:
        db.session.rollback()
        draft = Draft.typed("question", invalid.errors)
        if request.form.get("view") == "card":
            return Response(_ask_form(access.see_item(ref), draft), 422, mimetype="text/html")
        return panels.show(ref, draft, 422)
    return _asked(item, question)


@bp.get("/items/<ref>/ask")
@access.needs(Action.ASK)
def ask_form(ref: str) -> str:
    """The small form of a question, beside a board; with `about=criteria` it begins with a question about criteria."""
    begun = {"body": _("What must hold before this is accepted?")} if request.args.get("about") == "criteria" else {}
    return _ask_form(access.see_item(ref), Draft("ask", defaultdict(str, begun)))


def _ask_form(item: Item, draft: Draft) -> str:
    session, product = db.session(), item.product
    others = [one for one in askable(session, product) if one.id != access.member().user_id]
    return render_template(
        "items/_ask.html" if replies.wants_fragment() else "items/verb.html",
        item=item,
        product=product,
        draft=draft,
        verb="ask",
        people=[(one.id, one.listed) for one in others],
        owner_id=owner_of(session, product).id,
    )


def _addressee(item: Item) -> User:
    given = request.form.get("addressee", "")
    if not given:
        return owner_of(db.session(), item.product)
    user_id = number_or_none(given) or 0
    may_answer = user_id in {person.id for person in askable(db.session(), item.product)}
    people = locked.members_named(db.session(), item.product, [user_id]) if may_answer else []
    if not people:
        raise Invalid({"addressee": _("That person can’t answer here. Choose somebody else.")})
    return people[0]


def _asked(item: Item, question: Question) -> Response:
    access.commit(item.product)
    if request.form.get("view") == "card":
        return panels.answer(item, _("Asked on %(ref)s.", ref=item.ref))
    if not replies.wants_fragment():
        return replies.fragment("", otherwise=url_for("items.show", ref=item.ref))
    return replies.aloud(panels.page(item, fresh=question.id), _("Your question has been sent."))


# Answering and what follows


def _thread_verb(view: View) -> View:
    """Make a view of a function that changes a question and returns the sentence to say about it.

    The question is loaded under the lock and committed afterwards; the answer is the item or the queue, whichever the
    form was on. If the function raises Invalid, the form comes back there, filled in as it was sent.
    """

    @wraps(view)
    def answered(question_id: int) -> Response:
        question = access.change_question(question_id)
        try:
            sentence = view(question)
        except Invalid as invalid:
            db.session.rollback()
            form = "assume" if "assumption" in request.form else "thread"
            return _shown(question_id, Draft.typed(f"{form}-{question_id}", invalid.errors), 422)
        access.commit(question.item.product, {"next": _home(question)})
        return replies.aloud(_shown(question_id, None), sentence)

    return answered


def _is_on_item() -> bool:
    return request.form.get("view") != "queue"


def _home(question: Question) -> str:
    """The address of the page that the form was on."""
    here = url_for("items.show", ref=question.item.ref, _anchor="questions")
    return here if _is_on_item() else url_for("questions.queue", tab=_tab() if "tab" in request.form else None)


def _shown(question_id: int, draft: Draft | None, status: int = 200) -> Response:
    if draft is None and not replies.wants_fragment():
        return replies.fragment("", otherwise=_home(access.see_question(question_id)))
    if _is_on_item():
        return panels.page(access.see_question(question_id).item, draft, status)
    if draft is not None:
        access.see_question(question_id)  # loads the product again for the rail: the refused change was rolled back
    html = _queue(_tab(), question_id if draft else None, draft)
    return Response(html, status, mimetype="text/html")


def _body() -> str:
    return request.form.get("body", "")


def _n_seen() -> int | None:
    """How many entries of the thread were on the page that sent the form; None if it doesn't say."""
    return request.form.get("seen", type=small_number)


@bp.post("/questions/<int:question_id>/answer")
@access.needs(Action.TAKE_PART_IN_QUESTION)
@_thread_verb
def answer(question: Question) -> str:
    """Answer the question, and keep the answer as a criterion or a decision if that was ticked."""
    question.answer(_body(), becomes=_becomes(), by=access.member())
    return _("Your answer has been sent.")


@bp.post("/questions/<int:question_id>/answer-anew")
@access.needs(Action.TAKE_PART_IN_QUESTION)
@_thread_verb
def answer_again(question: Question) -> str:
    """Give an answer that replaces the last one."""
    question.must_be_seen(_n_seen())
    question.answer_again(_body(), becomes=_becomes(), by=access.member())
    return _("Your new answer has been sent.")


@bp.post("/questions/<int:question_id>/assume")
@access.needs(Action.TAKE_PART_IN_QUESTION)
@_thread_verb
def assume(question: Question) -> str:
    """Go on with an assumption unless told otherwise by a given day."""
    question.assume(request.form.get("assumption", ""), day_or_none("assumed_until"), by=access.member())
    return _("Work goes on with the assumption.")


def _becomes() -> Becomes | None:
    ticked = request.form.getlist("becomes")
    if len(ticked) > 1:
        raise Invalid({"becomes": _("Keep it as a criterion or as a decision, not both.")})
    if ticked and ticked[0] not in list(Becomes):
        raise Invalid({"becomes": _("It can be kept as a criterion or as a decision.")})
    return Becomes(ticked[0]) if ticked else None


@bp.post("/questions/<int:question_id>/ask-back")
@access.needs(Action.TAKE_PART_IN_QUESTION)
@_thread_verb
def ask_back(question: Question) -> str:
    """Ask the asker something instead of answering."""
    question.ask_back(_body(), by=access.member())
    return _("Your question has been sent.")


@bp.post("/questions/<int:question_id>/reply")
@access.needs(Action.TAKE_PART_IN_QUESTION)
@_thread_verb
def reply(question: Question) -> str:
    """Reply to what was asked back."""
    question.reply(_body(), by=access.member(), heir=heir_of(db.session(), question))
    return _("Your reply has been sent.")


@bp.post("/questions/<int:question_id>/accept")
@access.needs(Action.TAKE_PART_IN_QUESTION)
@_thread_verb
def accept(question: Question) -> str:
    """Accept the answer, which closes the question."""
    question.must_be_seen(_n_seen())
    question.accept(by=access.member())
    return _("The answer is accepted.")


@bp.post("/questions/<int:question_id>/return")
@access.needs(Action.TAKE_PART_IN_QUESTION)
@_thread_verb
def send_back(question: Question) -> str:
    """Return an answer that does not help, with what is missing."""
    question.must_be_seen(_n_seen())
    question.send_back(_body(), by=access.member(), heir=heir_of(db.session(), question))
    return _("The answer is returned.")


@bp.post("/questions/<int:question_id>/withdraw")
@access.needs(Action.TAKE_PART_IN_QUESTION)
@_thread_verb
def withdraw(question: Question) -> str:
    """Withdraw the question."""
    question.withdraw(by=access.member())
    return _("The question is withdrawn.")
