"""The mail of the installation: its state and a test for administrators, and everybody's own kept mails."""

import dataclasses

import flask
from flask import Blueprint, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kanban import access, identity
from kanban.background.worker import Worker
from kanban.extensions import db, settings
from kanban.mail import prepare
from kanban.mail.compose import renderer
from kanban.mail.office import PostOffice
from kanban.mail.outbox import Outcome
from kanban.models import DeliveryState
from kanban.reads import outbox

bp = Blueprint("outgoing_mail", __name__, url_prefix="/mail")

#: A test mail gives up after this many seconds, since somebody waits for the page.
TEST_TIMEOUT_S = 8.0


@bp.get("")
@access.admin
def show() -> str:
    """The mail server, how many mails are waiting, and what has gone wrong lately."""
    office = _office()
    return render_template("outgoing_mail/page.html", office=office, outbox=outbox.read_outbox(db.session()))


@bp.post("/test")
@access.admin
def test() -> Response:
    """Send a test mail to the administrator at once, and say in plain words what became of it."""
    user_id, address = access.begin_change().id, identity.current_user().email
    db.session.rollback()
    app: flask.Flask = flask.current_app._get_current_object()  # type: ignore[attr-defined]
    office = _office()
    if office.smtp is not None:
        smtp = dataclasses.replace(office.smtp, timeout_s=min(office.smtp.timeout_s, TEST_TIMEOUT_S))
        office = dataclasses.replace(office, smtp=smtp)
    outcome = Worker(app, office).send_test(user_id)
    flask.flash(*_summarise(outcome, office, address))
    return flask.redirect(url_for("outgoing_mail.show"), 303)


def _summarise(outcome: Outcome, office: PostOffice, address: str) -> tuple[str, str]:
    if outcome.state is DeliveryState.SENT and office.smtp is not None:
        words = _(
            "%(server)s accepted the test mail for %(address)s. Check that it arrives; look in the spam folder too.",
            server=office.smtp.place,
            address=address,
        )
        return words, "good"
    if outcome.state is DeliveryState.KEPT:
        return _("No mail server is set up, so the test mail was kept. Set KANBAN_SMTP_URL to have mail sent."), "warn"
    return _("The test mail did not go out. %(trouble)s", trouble=outcome.trouble or ""), "bad"


@bp.get("/mine")
@access.signed_in
def mine() -> str:
    """The person's own mails that were kept without a mail server, as text with their links masked."""
    session, office = db.session(), _office()
    render = renderer(flask.current_app.jinja_env)
    mails = []
    for delivery_id, at in outbox.kept_mails(session, identity.current_user()):
        delivery = prepare.load(session, delivery_id)
        if delivery is not None and not prepare.objection(session, delivery):
            mails.append((at, prepare.kept_copy(session, delivery, office, render, show_links=False)))
    return render_template("outgoing_mail/mine.html", mails=mails, keeps_mail=office.smtp is None)


def _office() -> PostOffice:
    return PostOffice.from_config(settings())
