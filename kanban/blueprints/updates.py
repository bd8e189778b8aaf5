"""Reading the status updates of a product: the list, and each update as it was frozen or, as a draft, as it is now."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, render_template, request

from kanban import access
from kanban.errors import Missing
from kanban.extensions import db
from kanban.models import DeliveryState, Product, StatusUpdate, UpdateState
from kanban.policy import Action
from kanban.reads.decisions import decided
from kanban.reads.problems import list_problems
from kanban.reads.updates import update_questions, updates
from kanban.reads.updates.copies import Recipient, read_recipients
from kanban.reads.updates.corrections import read_corrections
from kanban.reads.updates.draft import judge_saved
from kanban.reads.updates.honesty import Judgement
from kanban.reads.updates.kept import read_kept
from kanban.reads.updates.publishing import read_changed_since_scheduled
from kanban.reads.updates.reactions import reactions_to
from kanban.reads.updates.silence import read_silence
from kanban.web import sheets
from kanban.web.replies import wants_fragment

bp = Blueprint("updates", __name__, url_prefix="/products/<key>/updates")


@bp.get("")
@access.needs(Action.SEE)
def index(key: str) -> str:
    """All updates of the product; drafts only for those who may see stakeholders."""
    product = access.see_product(key)
    sees_all = access.member().may(Action.SEE_STAKEHOLDERS)
    rows = updates.list_updates(db.session(), product, drafts=sees_all)
    return render_template(
        "updates/index.html",
        product=product,
        rows=rows,
        draft=next((row for row in rows if row.is_draft and not (row.corrects or row.is_notice)), None),
        may_draft=access.member().may(Action.DRAFT_UPDATE),
        sees_all=sees_all,
        reader_id=access.member().user_id,
        n_people=len(updates.recipients(db.session(), product)) if sees_all else 0,
        silence=read_silence(db.session(), product),
        problems=list_problems(db.session(), product, only_open=True),
    )


@bp.get("/<int:number>")
@access.needs(Action.SEE)
def show(key: str, number: int) -> str:
    """An update: published as it was frozen, scheduled as it will go out, or the form of a draft.

    The script of an open page fetches parts of it: with `revision`, how the facts judge the draft now, empty if that
    revision is out of date; with `goes_out`, whether a scheduled update will still go out.
    """
    product, member = access.see_product(key), access.member()
    update = updates.find_update(db.session(), product, number)
    if update is None or (update.state is UpdateState.DRAFT and not member.may(Action.SEE_STAKEHOLDERS)):
        raise Missing
    is_written = update.state is UpdateState.DRAFT and not update.is_scheduled and member.may(Action.DRAFT_UPDATE)
    if wants_fragment() and "revision" in request.args:
        is_open = is_written and request.args["revision"] == str(update.revision)
        return sheets.judged(product, update, part="drafts/_now.html") if is_open else ""
    if wants_fragment() and "goes_out" in request.args:
        return render_template("updates/_appointment.html", **_appointment(product, update))
    return sheets.editor(product, update) if is_written else _reader(product, update)


def _reader(product: Product, update: StatusUpdate) -> str:
    session, member = db.session(), access.member()
    sees_all = member.may(Action.SEE_STAKEHOLDERS)
    people = read_recipients(session, update) if sees_all else []
    judgement = judge_saved(session, product, update) if update.is_scheduled else None
    return render_template(
        "updates/show.html",
        is_draft=update.state is UpdateState.DRAFT,
        view=sheets.sheet(product, update, judgement),
        page={"people": updates.recipients(session, product, update) if judgement else []},
        owner=updates.owner_name(session, update, product),
        correction=read_corrections(session, product.id).get(update.id),
        people=people,
        reactions=reactions_to(session, update, people),
        decided=decided.decided_on(session, update),
        asked=update_questions.asked_about(session, update) if sees_all else [],
        n_late=_n_late(product, update, people),
        sees_all=sees_all,
        may_draft=member.may(Action.DRAFT_UPDATE),
        **_appointment(product, update, judgement),
    )


def _n_late(product: Product, update: StatusUpdate, people: Sequence[Recipient]) -> int | None:
    """How many mails were kept without a mail server and can still be sent; None if there are none, or if this member
    may not send them."""
    is_kept = any(person.state == DeliveryState.KEPT for person in people)
    if not is_kept or product.archived_at is not None or not access.member().may(Action.PUBLISH):
        return None
    return len(read_kept(db.session(), product, update))


def _appointment(product: Product, update: StatusUpdate, judgement: Judgement | None = None) -> dict[str, Any]:
    """The context about when a scheduled draft goes out, and what would hold it back now."""
    session = db.session()
    if update.is_scheduled and judgement is None:
        judgement = judge_saved(session, product, update)
    return {
        "product": product,
        "update": update,
        "news": read_changed_since_scheduled(session, product, update, judgement)
        if update.is_scheduled and judgement
        else [],
        "may_publish": access.member().may(Action.PUBLISH),
        **sheets.standing(product, update),
    }
