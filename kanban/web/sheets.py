"""The one place where an update becomes HTML: as its readers see it, and as a draft that is being written.

It changes nothing and commits nothing.
"""

from typing import Any

import flask

from kanban import access, clock, translation
from kanban.extensions import db
from kanban.mail.compose import section_title, update_view
from kanban.models import Health, Product, StatusUpdate
from kanban.policy import Action
from kanban.reads.updates import updates
from kanban.reads.updates.draft import as_read_now, judge_saved, read_draft, unmentioned_in
from kanban.reads.updates.handed import read_handed, read_owner
from kanban.reads.updates.honesty import Judgement
from kanban.reads.updates.scheduled import read_scheduled
from kanban.status.draft_text import DraftText
from kanban.web.concurrent_edits import who_changed

HEALTHS = [health.value for health in Health]


def sheet(product: Product, update: StatusUpdate, judgement: Judgement | None = None) -> dict[str, Any]:
    """The view that the macro `sheet` shows: a published update as it was frozen, a draft as it would be now."""
    reader, locale_kwargs = access.member().user_id, translation.locale_kwargs()
    words = as_read_now(db.session(), product, update, owner_id=reader, judgement=judgement, **locale_kwargs)
    return update_view(words, locale=translation.language(), zone=product.time_zone)


def theirs(product: Product, update: StatusUpdate) -> dict[str, Any]:
    """The sheet of a draft that somebody else has saved meanwhile, with a sentence that says who (under `who`)."""
    who = who_changed(product, updates.last_writer(db.session(), update))
    return {**sheet(product, update), "who": who}


def standing(product: Product, update: StatusUpdate) -> dict[str, Any]:
    """Where a draft stands: to whom it was handed, when it goes out or was held back, and the id of the reader."""
    handed = read_handed(db.session(), product, [update]).get(update.number)
    scheduled = read_scheduled(db.session(), product, [update]).get(update.number)
    return {"handed": handed, "scheduled": scheduled, "reader_id": access.member().user_id}


def editor(
    product: Product,
    update: StatusUpdate,
    written: DraftText | None = None,
    *,
    part: str = "drafts/page.html",
    errors: dict[str, str] | None = None,
    theirs: dict[str, Any] | None = None,
) -> str:
    """The form of a draft with its saved words, or with those just `written`.

    Written words may come with the `errors` in them by field, or beside the words that somebody else has saved
    meanwhile (`theirs`, see there).
    """
    page = read_draft(db.session(), product, update, written, **translation.locale_kwargs())
    since = clock.day_of(update.since_at, product.zone) if update.since_at else None
    may_publish, stands = access.member().may(Action.PUBLISH), standing(product, update)
    since_words = flask.current_app.jinja_env.filters["short_day"](since) if since else ""
    return flask.render_template(
        part,
        product=product,
        page=page,
        update=update,
        written=page.written,
        judgement=page.judgement,
        titles={section["kind"]: section_title(section["kind"], since_words) for section in page.written.sections},
        since_words=since_words,
        healths=HEALTHS,
        errors=errors or {},
        theirs=theirs,
        may_publish=may_publish,
        owner=None if may_publish or stands["handed"] else read_owner(db.session(), product),
        **stands,
    )


def judged(product: Product, update: StatusUpdate, *, part: str) -> str:
    """How the facts judge a draft's saved words, as a fragment (`part`) of the page on which it is being written."""
    locale_kwargs = translation.locale_kwargs()
    judgement = judge_saved(db.session(), product, update, **locale_kwargs)
    return flask.render_template(
        part,
        product=product,
        update=update,
        judgement=judgement,
        unmentioned=unmentioned_in(judgement, update.sections, **locale_kwargs),
        **standing(product, update),
    )
