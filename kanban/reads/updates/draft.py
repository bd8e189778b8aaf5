"""What the page of a draft shows besides its words: recipients, what the facts suggest, and what it leaves out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import orm

from kanban import clock
from kanban.models import Product, Stakeholder, StatusUpdate
from kanban.reads.updates import updates
from kanban.reads.updates.facts import read_facts
from kanban.reads.updates.honesty import Judgement, judge
from kanban.status import lines
from kanban.status.draft_text import WORDS, DraftText
from kanban.status.gettext import Gettext, plain


@dataclass(frozen=True)
class DraftPage:
    """One draft; `unmentioned` holds current facts that no line mentions, as {kind, line, why}."""

    update: StatusUpdate
    written: DraftText
    people: Sequence[Stakeholder]
    corrects: int | None
    judgement: Judgement
    unmentioned: list[dict[str, Any]]


def read_draft(
    session: orm.Session,
    product: Product,
    update: StatusUpdate,
    written: DraftText | None = None,
    *,
    locale: str = "en",
    gettext: Gettext = plain,
) -> DraftPage:
    """The page of a draft, with its saved words or with the `written` ones that were just sent."""
    words = written or saved_words(update)
    judgement = judge(session, product, update, words, locale=locale, gettext=gettext)
    return DraftPage(
        update=update,
        written=words,
        people=updates.recipients(session, product, update),
        corrects=updates.number_of(session, update.corrects_id),
        judgement=judgement,
        unmentioned=unmentioned_in(judgement, words.sections, locale=locale, gettext=gettext),
    )


def saved_words(update: StatusUpdate) -> DraftText:
    """The words of a draft as they are saved."""
    words = {name: str(getattr(update, name)) for name in WORDS}
    return DraftText.of(update.revision, words, update.sections)


def unmentioned_in(
    judgement: Judgement, sections: Sequence[Mapping[str, Any]], *, locale: str = "en", gettext: Gettext = plain
) -> list[dict[str, Any]]:
    """Facts that these words do not mention, among those that they were judged by."""
    return lines.unmentioned(judgement.facts, sections, locale=locale, gettext=gettext)


def read_unmentioned(
    session: orm.Session, product: Product, written: DraftText, *, locale: str = "en", gettext: Gettext = plain
) -> list[dict[str, Any]]:
    """Current facts that these words do not mention."""
    return lines.unmentioned(read_facts(session, product), written.sections, locale=locale, gettext=gettext)


def judge_saved(
    session: orm.Session, product: Product, update: StatusUpdate, *, locale: str = "en", gettext: Gettext = plain
) -> Judgement:
    """Judge the saved words of a draft by the current facts."""
    return judge(session, product, update, saved_words(update), locale=locale, gettext=gettext)


def as_read_now(
    session: orm.Session,
    product: Product,
    update: StatusUpdate,
    *,
    owner_id: int,
    judgement: Judgement | None = None,
    locale: str = "en",
    gettext: Gettext = plain,
) -> dict[str, Any]:
    """What its readers see: the snapshot, or what it would be if this draft were published now.

    Pass `judgement` if its words have been judged already.
    """
    if update.snapshot is not None:
        return update.snapshot
    before = updates.last_published(session, product)
    if judgement is None:
        judgement = judge_saved(session, product, update, locale=locale, gettext=gettext)
    return update.as_read(
        clock.now(),
        owner_id=owner_id,
        before=before.health if before else None,
        corrects_number=updates.number_of(session, update.corrects_id),
        judged=judgement.judged,
    )
