"""What requests hold about one person: exported for them, and erased with them."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Newcomer, Product, Request, RequestFile, Stakeholder
from kanban.reads.requests import requested

_AS_IT_IS = {"synchronize_session": False}


def export_requests(session: orm.Session, product: Product, person: Stakeholder) -> list[dict[str, Any]]:
    """What the person asked for or said "me too" to, with every step."""
    return [
        {
            "number": line.number,
            "title": line.title,
            "body": line.body,
            "asked_by_them": line.is_mine,
            "asked_at": line.asked_at.isoformat(),
            "state": line.state,
            "solved": line.solved,
            "files": list(line.files),
            "steps": [
                {"kind": step.kind, "words": step.words, "by": step.by, "at": step.at.isoformat()}
                for step in line.steps
            ],
        }
        for line in requested.read_mine(session, product, person, limit=None)
    ]


def forget_person(session: orm.Session, product: Product, person: Stakeholder) -> list[str]:
    """Remove the person's name and address from everything written in requests.

    Also deletes what is unconfirmed under the address, and the files that came with the person's requests. Returns the
    keys of those files, to be deleted after the commit.
    """
    query = sa.select(Request).where(Request.product_id == product.id).options(orm.selectinload(Request.steps))
    for request in session.scalars(query.execution_options(populate_existing=True)):
        request.forget(person.name, person.email)
    waiting = sa.select(Newcomer.id).where(Newcomer.product_id == product.id, Newcomer.email == person.email)
    own = sa.select(Request.id).where(Request.product_id == product.id, Request.stakeholder_id == person.id)
    theirs = sa.or_(RequestFile.request_id.in_(own), RequestFile.newcomer_id.in_(waiting))
    keys = list(session.scalars(sa.select(RequestFile.key).where(theirs)))
    session.execute(sa.delete(RequestFile).where(theirs).execution_options(**_AS_IT_IS))
    session.execute(sa.delete(Newcomer).where(Newcomer.id.in_(waiting)).execution_options(**_AS_IT_IS))
    return keys
