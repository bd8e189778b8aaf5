"""What a person is told after a move: cautions, and the one-tap question why a rule was bent.

Both come in a toast or, without script, on the next page. The question is asked after the move and never before it, and
may be left unanswered.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace

import flask
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from kanban import access
from kanban.extensions import db
from kanban.models import Caution, Item, Liberty, LibertyKind, Product
from kanban.models.place import NO_CRITERIA
from kanban.policy import Action
from kanban.reads.board.moves import newest_of_others
from kanban.web import replies
from kanban.web.forms import small_number

_ASKED = "why"
_SAID_BY_QUESTION = "passed_over"
_NAMED = 5


@dataclass(frozen=True)
class ReasonQuestion:
    """One question why a rule was bent: where its answer goes, the kind of liberty, its words, and whether they mention
    the WIP limit."""

    url: str
    kind: str
    sentence: str
    says_limit: bool = False


@dataclass(frozen=True)
class Step:
    """The next step that a toast offers: the address of a dialog or a page, with its words and its icon."""

    url: str
    words: str
    icon: str
    is_dialog: bool = True


def step_about(item: Item, cautions: Iterable[Caution]) -> Step | None:
    """Offer to ask for missing acceptance criteria, to those who may ask but may not write criteria; None otherwise."""
    member = access.member()
    if NO_CRITERIA not in cautions or member.may(Action.SET_CRITERIA) or not member.may(Action.ASK):
        return None
    url = flask.url_for("questions.ask_form", ref=item.ref, about="criteria")
    return Step(url, _("Ask for them"), "circle-question-mark")


def open_it(item: Item) -> Step:
    """Offer to open the item that a toast is about."""
    return Step(flask.url_for("items.show", ref=item.ref), _("Open it"), "arrow-right", is_dialog=False)


def step_back(made: Sequence[Item]) -> Step | None:
    """Offer to discard several items that were just made, to those who may; None otherwise.

    Making them has no undo unless they are parts, and a wrong list is easily pasted.
    """
    if len(made) < 2 or not access.member().may(Action.DISCARD):
        return None
    items = " ".join(item.ref for item in made)
    return Step(flask.url_for("discarded.choose", key=made[0].product.key, items=items), _("Discard them…"), "trash-2")


def concurrent_move_notice(items: Sequence[Item]) -> str:
    """A sentence if somebody else has moved one of these items since the version that the mover saw, else "".

    The form says which version that was (`seen`). If several items were moved, the sentence is about the newest move.
    Call it before the items are changed.
    """
    seen = flask.request.form.get("seen", type=small_number)
    changed = [] if seen is None else [item for item in items if item.changed_version > seen]
    newest = newest_of_others(db.session(), changed, seen or 0, access.member()) if changed else None
    if newest is None:
        return ""
    if len(items) == 1:
        return _("While you were moving it: %(sentence)s.", sentence=newest[1])
    return _("While you were moving %(ref)s: %(sentence)s.", ref=newest[0], sentence=newest[1])


def liberties_of(product: Product) -> list[Liberty]:
    """The liberties that the current command took without giving a reason."""
    kinds = set(LibertyKind)
    return [
        Liberty.from_event(event)
        for event in product.recorded
        if event.kind in kinds and event.item is not None and event.data["reason"] is None
    ]


def ask(item: Item, liberties: Iterable[Liberty]) -> ReasonQuestion | None:
    """The question about the first of these liberties that has no reason yet: items passed over come before the limit.

    None if all have one.
    """
    for liberty in sorted(liberties, key=_is_limit):
        if liberty.reason is None:
            url = flask.url_for("moves.explain", ref=item.ref, version=liberty.version)
            return ReasonQuestion(url, liberty.kind.value, _question(item.product, liberty), _is_limit(liberty))
    return None


def _is_limit(liberty: Liberty) -> bool:
    return liberty.kind is LibertyKind.LIMIT_BROKEN


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
    return _("%(over)s Why?", over=_over(product, liberty))


def ask_for_all(product: Product, liberties: Sequence[Liberty], url: str) -> ReasonQuestion | None:
    """The one question about all the liberties that a command took with several items; its answer goes to `url`."""
    passing = [each for each in liberties if each.kind is LibertyKind.PASSED_OVER]
    broken = next(filter(_is_limit, liberties), None)
    if not passing:
        return ReasonQuestion(url, broken.kind.value, _question(product, broken), True) if broken else None
    passed = tuple(dict.fromkeys(number for each in passing for number in each.items))
    question = _question(product, replace(passing[0], items=passed))
    if broken:
        question = f"{_over(product, broken)} {question}"
    return ReasonQuestion(url, LibertyKind.PASSED_OVER.value, question, broken is not None)


def _over(product: Product, liberty: Liberty) -> str:
    name = next((column.name for column in product.columns if column.number == liberty.column), "")
    count, limit = liberty.count_and_limit
    return _("%(column)s holds %(count)s of %(limit)s: over its limit.", column=name, count=count, limit=limit)


# Cautions


def sum_up(cautions: Iterable[tuple[Item, Caution]], count: int) -> list[Caution]:
    """The cautions of a command on `count` items, with those of one kind summed up in one sentence."""
    told, refs = [], defaultdict[str, list[str]](list)
    for item, caution in cautions:
        if count == 1 or caution.code not in _SUMMED:
            told.append(caution)
        else:
            refs[caution.code].append(item.ref)
    return [*told, *(Caution(code, summed(code, each, count)) for code, each in refs.items())]


_SUMMED = ("no_criteria", "criteria_unmet", "open_question", "needs_unfinished", "parts_unfinished", _SAID_BY_QUESTION)


def summed(code: str, refs: Sequence[str], count: int) -> str:
    """The sentence of a caution about these `refs` out of `count` items, naming at most five of them.

    For `passed_over`, the `refs` are not among the items: they are those that were passed over.
    """
    named = ", ".join(refs[:_NAMED])
    if more := len(refs[_NAMED:]):
        named = ngettext("%(refs)s and one more", "%(refs)s and %(num)d more", more, refs=named)
    words = {"all": count, "refs": named}
    match code:
        case "no_criteria":
            return ngettext(
                "%(num)d of %(all)d has no acceptance criteria: %(refs)s.",
                "%(num)d of %(all)d have no acceptance criteria: %(refs)s.",
                len(refs),
                **words,
            )
        case "criteria_unmet":
            return ngettext(
                "%(num)d of %(all)d has acceptance criteria that are not ticked: %(refs)s.",
                "%(num)d of %(all)d have acceptance criteria that are not ticked: %(refs)s.",
                len(refs),
                **words,
            )
        case "parts_unfinished":
            return ngettext(
                "%(num)d of %(all)d has parts that are not finished: %(refs)s.",
                "%(num)d of %(all)d have parts that are not finished: %(refs)s.",
                len(refs),
                **words,
            )
        case "open_question":
            return ngettext(
                "%(num)d of %(all)d has a blocking question that is still open: %(refs)s.",
                "%(num)d of %(all)d have a blocking question that is still open: %(refs)s.",
                len(refs),
                **words,
            )
        case "needs_unfinished":
            return ngettext(
                "%(num)d of %(all)d needs something unfinished: %(refs)s.",
                "%(num)d of %(all)d need something unfinished: %(refs)s.",
                len(refs),
                **words,
            )
    return _("This passes over what could be pulled first: %(refs)s.", refs=named)


def sentence(told: str, cautions: Iterable[Caution], question: ReasonQuestion | None = None) -> str:
    """What happened (`told`) followed by the cautions, leaving out those that the question already covers."""
    known = [each.message for each in _unsaid(cautions, question)]
    return " ".join([told, *known] if told else known)


def _unsaid(cautions: Iterable[Caution], question: ReasonQuestion | None) -> list[Caution]:
    said = {_SAID_BY_QUESTION, "wip_limit"} if question and question.says_limit else {_SAID_BY_QUESTION}
    return [each for each in cautions if each.code not in said]


def flash(cautions: Iterable[Caution], question: ReasonQuestion | None = None) -> None:
    """Keep the cautions and the question for the next page, for people without script."""
    for caution in _unsaid(cautions, question):
        flask.flash(caution.message, "warn")
    if question is not None:
        flask.flash(asdict(question), _ASKED)  # type: ignore[arg-type]


def answer(
    item: Item,
    told: str,
    cautions: Iterable[Caution],
    liberties: Iterable[Liberty],
    otherwise: str,
    *,
    step: Step | None = None,
) -> Response:
    """The toast after an item was made, with `step` as the next step or, without one, a way to open the item.

    Without script, a redirect to the page `otherwise`, which shows the same notices.
    """
    cautions, question = list(cautions), ask(item, liberties)
    if not replies.wants_fragment():
        flash(cautions, question)
    words = sentence(told, cautions, question)
    step = step or step_about(item, cautions) or open_it(item)
    return replies.toast(words, otherwise=otherwise, notice=told, undo_url="", ask=question, step=step)
