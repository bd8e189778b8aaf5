"""Sending stakeholders their lost links again; the answer never reveals whether an address is known."""

import datetime as dt

from flask import Blueprint, render_template, request
from flask_babel import gettext as _

from kanban import access, clock
from kanban.errors import Invalid
from kanban.evenly import evenly
from kanban.extensions import limiter
from kanban.models import Delivery
from kanban.models.user import read_email
from kanban.reads.updates import public
from kanban.transactions import begin_write

bp = Blueprint("lost_links", __name__, url_prefix="/lost-link")

_AGAIN_AFTER = dt.timedelta(minutes=15)


@bp.get("")
@access.public
def ask() -> str:
    """The form that asks for the address."""
    return render_template("public/lost.html", is_sent=False, email="", error=None)


@bp.post("")
@access.public
@limiter.limit("5 per minute; 30 per hour")
@evenly
def send() -> tuple[str, int] | str:
    """Mail the links to the people with this address, each at most every 15 minutes; the answer is always the same."""
    given = request.form.get("email", "")[:300]
    try:
        email = read_email(given)
    except Invalid as invalid:
        sentence = next(iter(invalid.errors.values()), _("Enter your e-mail address."))
        return render_template("public/lost.html", is_sent=False, email=given, error=sentence), 422
    session = begin_write()
    since = clock.now() - _AGAIN_AFTER
    for person in public.people_with_address(session, email):
        if not public.was_sent_lately(session, person, since):
            told = Delivery.to_stakeholder("lost_link", person)
            told.product_id = person.product_id
            session.add(told)
    session.commit()
    return render_template("public/lost.html", is_sent=True, email=email, error=None)
