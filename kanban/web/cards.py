"""Cards and the fragments that bring a board up to date: the one place where a card becomes HTML."""

from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Any

import flask
from flask_babel import gettext as _
from markupsafe import Markup

from kanban import access, clock, identity, translation
from kanban.extensions import db
from kanban.models import Product, Stage
from kanban.policy import Action
from kanban.reads.board.board import Head
from kanban.reads.board.cards import Card
from kanban.reads.board.changes import load_changes
from kanban.reads.board.filters import Filter
from kanban.web.move_feedback import ReasonQuestion, Step


def draw(cards: Iterable[Card], changed: Collection[str] = ()) -> Markup:
    """The HTML of these cards; those whose reference is in `changed` carry the mark of what is new to this reader.

    Each card is drawn and cached once for all readers who share a language, a day and whether they may move it.
    """
    locale, day = translation.language(), clock.today(identity.current_user().time_zone)
    may_move = access.member().may(Action.MOVE)
    drawn = [(card.ref, _drawn(card, locale, day, may_move)) for card in cards]
    return Markup("").join([_marked(html) if ref in changed else html for ref, html in drawn])


def _marked(html: Markup) -> Markup:
    """The card with a dot that says it has changed, and with the same in words for screen readers."""
    said = Markup('<span class="sr">{}</span></article>').format(_("changed since you last looked"))
    begun = str(html).replace('class="card"', 'class="card is-news"', 1).removesuffix("</article>")
    return Markup(begun + str(said))  # noqa: S704 (both escaped already)


@lru_cache(maxsize=5_000)  # four boards of seven long columns; 50 MB if every card is as long as can be
def _drawn(card: Card, _locale: str, _day: object, may_move: bool) -> Markup:
    template = flask.current_app.jinja_env.get_template("board/_card.html")
    return Markup(template.render(card=card, may_move=may_move))  # noqa: S704 (escaped by the template)


def draw_counts(heads: Iterable[Head]) -> Markup:
    """The counts in the heads of columns; equal ones are drawn once for all readers of a language."""
    locale = translation.language()
    return Markup("").join([_counted(head, locale) for head in heads])


@lru_cache(maxsize=5_000)
def _counted(head: Head, _locale: str) -> Markup:
    macros: Any = flask.current_app.jinja_env.get_template("board/_count.html").module
    return Markup(macros.count(head))  # noqa: S704 (escaped by the template)


def changes(
    product: Product,
    *,
    since: int | None = None,
    numbers: Iterable[int] = (),
    sentence: str = "",
    undo_url: str = "",
    ask: ReasonQuestion | None = None,
    step: Step | None = None,
) -> str:
    """The fragment that brings a board up to date: the cards changed `since` a version, or those with these `numbers`.

    It also carries the sentence, undo, question and next step that are given. The filter of the screen is read from the
    request's address.
    """
    only = Filter.read(flask.request.args, reader=identity.current_user().id)
    changed = load_changes(db.session(), product, access.member(), since=since, numbers=numbers, only=only)
    told = {
        "in_part": _is_in_part(product),
        "sentence": sentence,
        "undo_url": undo_url,
        "ask": ask,
        "step": step,
    }
    return flask.render_template("board/_changes.html", changes=changed, draw=draw, draw_counts=draw_counts, **told)


def _is_in_part(product: Product) -> bool:
    """Whether this fragment may lack some of what is new.

    That is so if only some cards were asked for, or if the command just carried out also changes cards that depend on
    its own: finishing, discarding or restoring an item shows on those that need it. They are not looked up here; the
    screen fetches them when it hears of the new version.
    """
    return not product.recorded or any(
        event.kind in ("discarded", "restored")
        or (
            event.kind == "moved" and (event.data["from_stage"] == Stage.DONE) != (event.data["to_stage"] == Stage.DONE)
        )
        for event in product.recorded
    )
