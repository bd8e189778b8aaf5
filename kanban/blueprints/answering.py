"""The page behind the link in a question's mail: the question, on an item or about an update, and one field to answer.

It is for the member whom the mail went to, and needs no sign-in, cookie or script; it gives access to nothing else. GET
shows the question, POST answers it. The link expires, and ends with the person's access or when they sign out
everywhere. When it is no longer that person's turn, the page says so and shows nothing of the question.
"""

from typing import Any

from flask import Blueprint, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kanban import access
from kanban.errors import Forbidden, Invalid, Missing, Refused
from kanban.extensions import db, limiter, settings
from kanban.mail import links
from kanban.mail.links import SignedAddress
from kanban.models import Turn, UpdateQuestion
from kanban.reads.questions import answer_link
from kanban.reads.questions.answer_link import Addressed
from kanban.reads.questions.questions import load_thread
from kanban.web import link_answers, link_pages

_DEAD = "public/answer_dead.html"

bp = Blueprint("answering", __name__, url_prefix="/answer")


@bp.get("/<token>")
@access.personal_link
@limiter.limit("120 per minute", key_func=link_pages.by_link)
def show(token: str) -> Response:
    """Show the question; mail scanners may open it as often as they like, since GET changes nothing."""
    addressed = _seen(token)
    return _page(token, addressed) if addressed is not None else link_pages.dead(_DEAD)


@bp.post("/<token>")
@access.personal_link
@limiter.limit("30 per minute", key_func=link_pages.by_link)
def say(token: str) -> Response:
    """Answer the question, or reply to what was asked back; the signed address is the only proof of who does."""
    claim = _claim(token)
    try:
        addressed = link_answers.answer_by_link(*claim, request.form.get("body", "")) if claim is not None else None
    except Missing:
        addressed = None
    except (Forbidden, Invalid, Refused) as trouble:
        db.session.rollback()
        seen = _seen(token)
        return (
            _page(token, seen, status=trouble.status, trouble=trouble.sentence)
            if seen is not None
            else link_pages.dead(_DEAD)
        )
    if addressed is None:
        db.session.rollback()
        return link_pages.dead(_DEAD)
    if not addressed.product.recorded:
        db.session.rollback()
        said = _seen(token)
        return _page(token, said, is_done=True) if said is not None else link_pages.dead(_DEAD)
    db.session.commit()
    return _page(token, addressed, is_done=True)


def _seen(token: str) -> Addressed | None:
    claim = _claim(token)
    return answer_link.see_question(db.session(), *claim) if claim is not None else None


def _claim(token: str) -> tuple[int, int] | None:
    return links.read_signed_address(settings().secret_key, token, SignedAddress.ANSWER)


def _page(token: str, addressed: Addressed, *, is_done: bool = False, status: int = 200, trouble: str = "") -> Response:
    is_over = bool(addressed.over) and not is_done
    sheet, about = _sheet(addressed)
    return link_pages.page(
        "public/answer_over.html" if is_over else sheet,
        token=token,
        person=addressed.member.user,
        product=addressed.product,
        over=addressed.over,
        is_done=is_done,
        trouble=trouble,
        typed=request.form.get("body", ""),
        status=410 if is_over and status < 400 else status,
        **about,
    )


def _sheet(addressed: Addressed) -> tuple[str, dict[str, Any]]:
    """The template for the question, which is on an item or about an update, and its context."""
    key = addressed.product.key
    match addressed.question:
        case UpdateQuestion() as asked:
            number = asked.update.number
            return "public/answer_update.html", {
                "asked": asked,
                "title": asked.update.headline,
                "is_reply": False,
                "label": _("update %(number)s", number=number),
                "place": url_for("updates.show", key=key, number=number, _anchor=f"asked-{asked.number}"),
                "place_words": _("The whole update, signed in"),
            }
        case question:
            ref = f"{key}-{question.item.number}"
            return "public/answer_item.html", {
                "thread": load_thread(db.session(), question, addressed.member),
                "title": question.item.title,
                "is_reply": question.turn is Turn.ASKER,
                "label": ref,
                "place": url_for("items.show", ref=ref),
                "place_words": _("The whole item, signed in"),
            }
