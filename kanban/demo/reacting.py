"""What the demo's stakeholders did with its updates: they asked back and were answered, and made decisions."""

import datetime as dt
from functools import partial

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock
from kanban.demo.workspace import Workspace
from kanban.models import (
    Decision,
    Delivery,
    Response,
    ResponseKind,
    Stakeholder,
    StatusUpdate,
    UpdateQuestion,
    UpdateState,
)
from kanban.reads.decisions import decided

_QUESTION = "Can we still tell schools that they can pay by invoice this winter?"
_ANSWER = (
    "Please don’t promise it until the register is connected. For now, schools book by card; if that doesn’t work, we"
    " take the booking by hand, as we did for Ferry Day."
)
_REMARK = "Let’s look at it again when the first three companies have paid on time."


def tell(ferry: Workspace) -> None:
    """Schedule their questions, answers and decisions."""
    for days, hours, act in ((13, 6, _ask), (13, 2, _answer), (12, 5, _decide), (9, 3, _supersede)):
        ferry.ago(partial(act, ferry), days=days, hours=hours)


def _ask(ferry: Workspace) -> None:
    update, copy = _copy(ferry, "Kari Strand")
    person = copy.stakeholder
    assert person is not None
    ferry.session.add(UpdateQuestion.ask(update, _QUESTION, person=person, owner=ferry.owner().user, n_open=0))
    _note(copy, ResponseKind.ASKED)


def _answer(ferry: Workspace) -> None:
    ferry.lock()
    query = sa.select(UpdateQuestion).options(
        orm.joinedload(UpdateQuestion.update), orm.joinedload(UpdateQuestion.stakeholder)
    )
    question = ferry.session.scalars(query.where(UpdateQuestion.body == _QUESTION)).one()
    question.reply(_ANSWER, by=ferry.owner())


def _decide(ferry: Workspace) -> None:
    update, copy = _copy(ferry, "Sunniva Berg")
    asked = decided.asked_in(ferry.session, copy)[0]
    option = asked.options[0] if asked.options else "Yes"
    assert copy.stakeholder is not None
    ferry.session.add(
        Decision.choose(update, asked.line, option, context=asked.with_remark(_REMARK), person=copy.stakeholder)
    )
    _note(copy, ResponseKind.DECIDED)


def _supersede(ferry: Workspace) -> None:
    product = ferry.lock()
    older = ferry.session.scalars(
        sa.select(Decision).where(Decision.product_id == product.id, Decision.body.startswith("Yes, up to 100"))
    ).one()
    written = Decision.write(
        product,
        "Duplicates of up to 250 euros are refunded without asking. Above that, Finance looks first.",
        context="Nine in ten duplicates are group bookings, and the limit of 100 euros stopped most of them.",
        who="Finance and Customer service",
        supersedes=older,
        by=ferry.owner(),
    )
    ferry.session.add(written)


def _copy(ferry: Workspace, name: str) -> tuple[StatusUpdate, Delivery]:
    """The newest update and this person's copy of it, with the product locked."""
    product = ferry.lock()
    query = sa.select(Delivery).join(Delivery.stakeholder).join(Delivery.update)
    query = query.where(Stakeholder.name == name, StatusUpdate.state == UpdateState.PUBLISHED)
    loaded = (
        orm.joinedload(Delivery.stakeholder),
        orm.joinedload(Delivery.update),
        orm.selectinload(Delivery.responses),
    )
    copy = ferry.session.scalars(
        query.where(StatusUpdate.product_id == product.id)
        .order_by(StatusUpdate.number.desc())
        .limit(1)
        .options(*loaded)
        .execution_options(populate_existing=True)
    ).one()
    assert copy.update is not None
    orm.attributes.set_committed_value(copy.update, "product", product)
    return copy.update, copy


def _note(copy: Delivery, kind: ResponseKind) -> None:
    now = clock.now()
    if all(response.kind is not ResponseKind.ACKNOWLEDGED for response in copy.responses):
        read_at = now - dt.timedelta(minutes=3)
        copy.responses.append(Response(kind=ResponseKind.ACKNOWLEDGED, body="", at=read_at))
    copy.responses.append(Response(kind=kind, body="", at=now))
