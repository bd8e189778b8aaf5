"""The requests in a product's exported document: everything but who asked, since stakeholders are never exported."""

from collections import defaultdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Item, Product, Request, RequestFile, RequestStep, User
from kanban.models.request import request_support


def list_requests(session: orm.Session, product: Product) -> list[dict[str, Any]]:
    """Every request by its number, with its steps; three queries.

    Members who decided are given by address; supporters are only counted.
    """
    original = orm.aliased(Request)
    wanted_by = sa.select(sa.func.count()).where(request_support.c.request_id == Request.id).scalar_subquery()
    rows = session.execute(
        sa.select(Request, Item.number.label("item"), original.number.label("original"), wanted_by.label("others"))
        .outerjoin(Item, Item.id == Request.item_id)
        .outerjoin(original, original.id == Request.duplicate_of_id)
        .where(Request.product_id == product.id)
        .order_by(Request.number)
    ).all()
    steps, files = _steps(session, product), _files(session, product)
    return [
        {
            "number": row.Request.number,
            "title": row.Request.title,
            "body": row.Request.body,
            "state": row.Request.state.value,
            "title_is_public": row.Request.is_public,
            "supporters": row.others,
            "item": f"{product.key}-{row.item}" if row.item else None,
            "duplicate_of": row.original,
            "asked_at": row.Request.asked_at,
            "decided_at": row.Request.decided_at,
            "solved": row.Request.solved,
            "attachments": files[row.Request.id],
            "steps": steps[row.Request.id],
        }
        for row in rows
    ]


def _steps(session: orm.Session, product: Product) -> dict[int, list[dict[str, Any]]]:
    query = (
        sa.select(RequestStep, User.email)
        .join(Request, Request.id == RequestStep.request_id)
        .outerjoin(User, User.id == RequestStep.by_id)
        .where(Request.product_id == product.id)
        .order_by(RequestStep.request_id, RequestStep.number)
    )
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for step, by in session.execute(query):
        found[step.request_id].append({"kind": step.kind.value, "words": step.words, "by": by, "at": step.at})
    return found


def _files(session: orm.Session, product: Product) -> dict[int, list[str]]:
    query = (
        sa.select(RequestFile.request_id, RequestFile.name)
        .join(Request, Request.id == RequestFile.request_id)
        .where(Request.product_id == product.id)
        .order_by(RequestFile.request_id, RequestFile.number)
    )
    found: dict[int, list[str]] = defaultdict(list)
    for request_id, name in session.execute(query):
        found[request_id or 0].append(name)
    return found
