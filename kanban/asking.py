"""What a person is told after a card has arrived: cautions, and the one-tap question why a rule was bent. It comes in a
toast, or without script on the next page; always after the move, never before it, and may be left unanswered."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

import flask
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from kanban import replies
from kanban.models import Caution, Item, Liberty, LibertyKind, Product

_ASKED = "why"
_SAID_BY_QUESTION = "passed_over"


@dataclass(frozen=True)
class Ask:
    """One question: where its answer goes, about which liberty, and its words."""

    url: str
    kind: str
    sentence: str


def liberties_of(product: Product) -> list[Liberty]:
    """The liberties that the current command took without giving a reason."""
    kinds = set(LibertyKind)
    return [
        Liberty.told_by(event)
        for event in product.recorded
        if event.kind in kinds and event.item is not None and event.data["reason"] is None
    ]


def ask(item: Item, liberties: Iterable[Liberty]) -> Ask | None:
    """The question about one of these liberties: about items passed over first, then about the limit."""
    for liberty in sorted(liberties, key=lambda each: each.kind is LibertyKind.LIMIT_BROKEN):
        if liberty.reason is None:
            url = flask.url_for("moves.explain", ref=item.ref, version=liberty.version)
            return Ask(url, liberty.kind.value, _question(item.product, liberty))
    return None


def _question(product: Product, liberty: Liberty) -> str:
    if liberty.kind is LibertyKind.PASSED_OVER:
        more = len(liberty.items) - 1
        ref = f"{product.key}-{liberty.items[0]}"
        if not more:
            return _("You passed over %(ref)s. Why?", ref=ref)
        return ngettext(
            "You passed over %(ref)s and one more. Why?",
            "You passed over %(ref)s and %(num)d more. Why?",
            more,
            ref=ref,
        )
    name = next((column.name for column in product.columns if column.number == liberty.column), "")
    return _("%(column)s is over its limit. Why?", column=name)


def sentence(told: str, cautions: Iterable[Caution]) -> str:
    """What happened and what people should know about it, leaving out what the question already says."""
    known = [each.message for each in cautions if each.code != _SAID_BY_QUESTION]
    return " ".join([told, *known] if told else known)


def flash(cautions: Iterable[Caution], question: Ask | None = None) -> None:
    """Keep the cautions and the question for the next page, for people without script."""
    for caution in cautions:
        if caution.code != _SAID_BY_QUESTION:
            flask.flash(caution.message, "warn")
    if question is not None:
        flask.flash(asdict(question), _ASKED)  # type: ignore[arg-type]


def answer(
    item: Item, told: str, cautions: Iterable[Caution], liberties: Iterable[Liberty], otherwise: str
) -> Response:
    """The toast after something has moved into a column, or without script the page `otherwise` with the same
    notices."""
    question = ask(item, liberties)
    if not replies.wants_fragment():
        flash(cautions, question)
    words = sentence(told, cautions)
    return replies.toast(words, otherwise=otherwise, notice=told, undo_url="", ask=question)
