"""Publishing a draft, now or at a scheduled time: the last look at what goes out to whom, and taking it back."""

import datetime as dt
import uuid
from typing import Any
from zoneinfo import ZoneInfo

import flask
from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from kanban import access, clock, translation
from kanban.errors import Invalid, Missing, Refused
from kanban.extensions import db, settings
from kanban.models import Product, StatusUpdate, UpdateState
from kanban.models.status_update import FARTHEST
from kanban.policy import Action
from kanban.reads.decisions.decided import is_asked_of
from kanban.reads.promises.calendar import read_calendar
from kanban.reads.updates import updates
from kanban.reads.updates.draft import judge_saved, saved_words
from kanban.reads.updates.publishing import read_known, read_publishing
from kanban.web import link_pages, sheets

bp = Blueprint("publishing", __name__, url_prefix="/products/<key>/updates/<int:number>")

#: The time of day that the form proposes for a scheduled update.
_MORNING = dt.time(9)


@bp.get("/publish")
@access.needs(Action.PUBLISH)
def confirm(key: str, number: int) -> str:
    """Ask for confirmation, showing what will be sent to whom."""
    product = access.see_product(key)
    return render_template("publishing/publish.html", **_last_look(product, _to_see(product, number)))


@bp.post("/publish")
@access.needs(Action.PUBLISH)
def publish(key: str, number: int) -> Response:
    """Publish the draft that the person looked at: freeze it, and put one mail per recipient into the outbox."""
    product = access.change_product(key)
    session, update = db.session(), _looked_at(product, number)
    judgement = judge_saved(session, product, update, **translation.locale_kwargs())
    given = read_publishing(session, product, update, judgement)
    try:
        update.publish(**given, by=access.member())
    except Invalid as invalid:
        raise Refused(invalid.sentence) from invalid
    access.commit(product)
    to_all = ngettext("Published to one person.", "Published to %(num)d people.", n := len(given["people"]))
    flask.flash(link_pages.told_to(to_all) if n else gettext("Published."), "good")
    return _to_page(key, number)


@bp.get("/schedule")
@access.needs(Action.PUBLISH)
def choose_time(key: str, number: int) -> str:
    """Ask when the draft is to go out, showing what will be sent to whom."""
    product = access.see_product(key)
    update = _to_see(product, number)
    return _schedule_page(product, update, _proposed(product, update))


@bp.post("/schedule")
@access.needs(Action.PUBLISH)
def schedule(key: str, number: int) -> Response:
    """Schedule the draft that the person looked at to go out at the chosen time."""
    product = access.change_product(key)
    session, update = db.session(), _looked_at(product, number)
    judgement = judge_saved(session, product, update)
    try:
        known = read_known(session, product, update, judgement)
        update.schedule(_chosen(), known=known, by=access.member(), judged=judgement.judged)
    except Invalid as invalid:
        return _with_errors(key, number, invalid)
    access.commit(product)
    flask.flash(gettext("It is scheduled. Until it goes out you can take it back."), "good")
    return _to_page(key, number)


@bp.post("/take-back")
@access.needs(Action.DRAFT_UPDATE)
def take_back(key: str, number: int) -> Response:
    """Cancel a scheduled update: it doesn't go out, and can be edited again."""
    product = access.change_product(key)
    _to_change(product, number).take_back(by=access.member())
    if access.commit(product):
        flask.flash(gettext("It is taken back and won’t go out."), "plain")
    return _to_page(key, number)


def _to_see(product: Product, number: int) -> StatusUpdate:
    update = updates.find_update(db.session(), product, number)
    if update is None:
        raise Missing
    if update.state is not UpdateState.DRAFT:
        raise Refused(gettext("It is already published."))
    return update


def _to_change(product: Product, number: int) -> StatusUpdate:
    update = updates.update_under_lock(db.session(), product, number)
    if update is None:
        raise Missing
    return update


def _looked_at(product: Product, number: int) -> StatusUpdate:
    """The draft, under the lock. Raises Refused if its words have changed since the person looked at them."""
    update = _to_change(product, number)
    if update.state is UpdateState.DRAFT and request.form.get("revision") != str(update.revision):
        raise Refused(gettext("The draft has changed since you looked. Read it again, then publish."))
    return update


def _last_look(product: Product, update: StatusUpdate) -> dict[str, Any]:
    """The context of the last look: every word that goes out, to whom, and what to consider before."""
    session, words = db.session(), saved_words(update)
    judgement = judge_saved(session, product, update, **translation.locale_kwargs())
    people = updates.recipients(session, product, update)
    return {
        "product": product,
        "update": update,
        "view": sheets.sheet(product, update, judgement),
        "people": people,
        "judgement": judgement,
        "bare_delays": words.bare_delays,
        "of_nobody": [line for line in words.asked if not any(is_asked_of(one, line["note"]) for one in people)],
        "keeps_mail": not settings().sends_mail,
        "command": uuid.uuid4().hex,
    }


def _schedule_page(
    product: Product, update: StatusUpdate, typed: tuple[str, str], *, errors: dict[str, str] | None = None
) -> str:
    today = clock.today(_zone())
    return render_template(
        "publishing/schedule.html",
        zone=_zone(),
        days=(today, today + FARTHEST),
        typed=typed,
        errors=errors or {},
        **_last_look(product, update),
    )


def _chosen() -> dt.datetime:
    """The instant that was chosen, given as day and time in the person's own time zone.

    Raises Invalid for a local time that does not exist or happens twice because the clocks change.
    """
    try:
        day = dt.date.fromisoformat(request.form.get("day", ""))
        time = dt.time.fromisoformat(request.form.get("time", ""))
        found = clock.instants_of(day, time.replace(second=0, microsecond=0, tzinfo=None), _zone())
    except (ValueError, OverflowError):  # OverflowError: on the first and last days of the calendar in some zones
        raise Invalid({"day": gettext("Choose a day and a time.")}) from None
    if not found:
        raise Invalid({"time": gettext("The clocks go forward past that time on that day. Choose another one.")})
    if len(found) > 1:
        raise Invalid(
            {"time": gettext("The clocks go back on that day, and that time happens twice. Choose another one.")}
        )
    return found[0]


def _proposed(product: Product, update: StatusUpdate) -> tuple[str, str]:
    """The day and time that the form starts with: those already scheduled, or the morning of the next working day."""
    if update.goes_out_at is not None:
        local = update.goes_out_at.astimezone(ZoneInfo(_zone()))
        return local.date().isoformat(), f"{local:%H:%M}"
    tomorrow = clock.today(_zone()) + dt.timedelta(days=1)
    return read_calendar(db.session(), product).next_working(tomorrow).isoformat(), f"{_MORNING:%H:%M}"


def _with_errors(key: str, number: int, invalid: Invalid) -> Response:
    db.session.rollback()
    product = access.see_product(key)
    typed = request.form.get("day", ""), request.form.get("time", "")
    return flask.make_response(_schedule_page(product, _to_see(product, number), typed, errors=invalid.errors), 422)


def _zone() -> str:
    return access.member().user.time_zone


def _to_page(key: str, number: int) -> Response:
    return flask.redirect(url_for("updates.show", key=key, number=number), 303)
