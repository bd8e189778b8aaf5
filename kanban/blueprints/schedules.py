"""Publishing a draft later: the last look with a day and a time, and taking it back."""

import datetime as dt
import uuid
from typing import Any
from zoneinfo import ZoneInfo

import flask
from flask import Blueprint, render_template, request, url_for
from flask_babel import get_locale, gettext
from werkzeug.wrappers import Response

from kanban import access, clock
from kanban.errors import Invalid, Missing, Refused
from kanban.extensions import db
from kanban.mail.compose import update_view
from kanban.models import Product, StatusUpdate, UpdateState
from kanban.models.status_update import FARTHEST
from kanban.policy import Action
from kanban.reads.promises.calendar import read_calendar
from kanban.reads.updates import updates
from kanban.reads.updates.draft import as_read_now, judge_saved, saved_words
from kanban.reads.updates.publishing import read_known
from kanban.web import outside

bp = Blueprint("schedules", __name__, url_prefix="/products/<key>/updates/<int:number>")

_MORNING = dt.time(9)


@bp.get("/schedule")
@access.needs(Action.PUBLISH)
def ask(key: str, number: int) -> str:
    """Ask when it is to go out, showing what will be sent to whom."""
    product = access.see_product(key)
    update = updates.find_update(db.session(), product, number)
    if update is None:
        raise Missing
    if update.state is not UpdateState.DRAFT:
        raise Refused(gettext("It is published already."))
    return _page(product, update, _proposed(product, update))


@bp.post("/schedule")
@access.needs(Action.PUBLISH)
def schedule(key: str, number: int) -> Response:
    """Press the button for later: the draft that the person looked at goes out at the time that they chose."""
    product = access.change_product(key)
    session, update = db.session(), _to_change(product, number)
    if update.state is UpdateState.DRAFT and request.form.get("revision") != str(update.revision):
        raise Refused(gettext("The draft changed since you looked. Read it again, then publish."))
    judgement = judge_saved(session, product, update)
    try:
        known = read_known(session, product, update, judgement)
        update.schedule(_chosen(), known=known, by=access.member(), judged=judgement.judged)
    except Invalid as invalid:
        return _with_errors(key, number, invalid)
    access.commit(product)
    flask.flash(gettext("It goes out by itself. Until then you can take it back."), "good")
    return flask.redirect(url_for("updates.show", key=key, number=number), 303)


@bp.post("/take-back")
@access.needs(Action.DRAFT_UPDATE)
def take_back(key: str, number: int) -> Response:
    """Don't send it: it is a draft to go on with."""
    product = access.change_product(key)
    _to_change(product, number).take_back(by=access.member())
    if access.commit(product):
        flask.flash(gettext("It is taken back and will not go out."), "plain")
    return flask.redirect(url_for("updates.show", key=key, number=number), 303)


def _to_change(product: Product, number: int) -> StatusUpdate:
    update = updates.update_under_lock(db.session(), product, number)
    if update is None:
        raise Missing
    return update


def _chosen() -> dt.datetime:
    """The instant that was chosen, in the person's own time zone."""
    try:
        day = dt.date.fromisoformat(request.form.get("day", ""))
        time = dt.time.fromisoformat(request.form.get("time", ""))
        found = clock.instants_of(day, time.replace(second=0, microsecond=0, tzinfo=None), _zone())
    except (ValueError, OverflowError):  # at both ends of the calendar, some zones have no instant
        raise Invalid({"day": gettext("Choose a day and a time.")}) from None
    if not found:
        raise Invalid({"time": gettext("The clocks go forward past that time on that day. Choose another one.")})
    if len(found) > 1:
        raise Invalid(
            {"time": gettext("The clocks go back on that day, and that time comes twice. Choose another one.")}
        )
    return found[0]


def _proposed(product: Product, update: StatusUpdate) -> tuple[str, str]:
    """The day and time that the form begins with: those it has, or the next working morning."""
    if update.goes_out_at is not None:
        local = update.goes_out_at.astimezone(ZoneInfo(_zone()))
        return local.date().isoformat(), f"{local:%H:%M}"
    tomorrow = clock.today(_zone()) + dt.timedelta(days=1)
    return read_calendar(db.session(), product).next_working(tomorrow).isoformat(), f"{_MORNING:%H:%M}"


def _with_errors(key: str, number: int, invalid: Invalid) -> Response:
    db.session.rollback()
    product = access.see_product(key)
    update = updates.find_update(db.session(), product, number)
    if update is None:
        raise Missing
    typed = request.form.get("day", ""), request.form.get("time", "")
    return flask.make_response(_page(product, update, typed, errors=invalid.errors), 422)


def _page(
    product: Product, update: StatusUpdate, typed: tuple[str, str], *, errors: dict[str, str] | None = None
) -> str:
    session, today = db.session(), clock.today(_zone())
    tongue: dict[str, Any] = {"locale": str(get_locale() or "en"), "gettext": gettext}
    judgement = judge_saved(session, product, update, **tongue)
    words = as_read_now(session, product, update, owner_id=access.member().user_id, judgement=judgement, **tongue)
    return render_template(
        "updates/schedule.html",
        product=product,
        update=update,
        view=update_view(words, locale=tongue["locale"], zone=product.time_zone),
        people=updates.recipients(session, product, update),
        judgement=judgement,
        bare_delays=saved_words(update).bare_delays,
        keeps_mail=not outside.sends_mail(),
        zone=_zone(),
        days=(today, today + FARTHEST),
        typed=typed,
        errors=errors or {},
        command=uuid.uuid4().hex,
    )


def _zone() -> str:
    return access.member().user.time_zone
