"""Exports a product's items as a table, which the import can read, or as a document for other programs.

The table leaves out class of service, milestone, and what hangs on an item, such as criteria and comments. The import
does not read documents. Stakeholders are never exported.
"""

import csv
import datetime as dt
import io
from collections import defaultdict
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Comment, Item, Product, User
from kanban.reads.decisions.decisions import list_decisions
from kanban.reads.insights.snapshots import list_snapshots
from kanban.reads.items.api_items import ApiItem, read_api_items
from kanban.reads.questions.api_questions import questions_on
from kanban.reads.settings import list_members
from kanban.transfer import exporting_requests
from kanban.transfer.cells import guard
from kanban.transfer.own import HEADER, join_labels


def as_csv(session: orm.Session, product: Product) -> str:
    """All items in the order of their numbers, in columns that the import knows; cells are guarded against formulas."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEADER)
    for item in read_api_items(session, product, order=(Item.number,)):
        writer.writerow([guard(cell) for cell in _cells(item)])
    return text.getvalue()


def _cells(item: ApiItem) -> tuple[str, ...]:
    return (
        item.ref,
        item.title,
        item.description,
        item.column_name,
        item.type,
        join_labels(item.labels),
        item.links.part_of or "",
        ", ".join(item.assignees),
        *(
            _instant(at and at.replace(microsecond=0))
            for at in (item.created_at, item.started_at, item.finished_at, item.discarded_at)
        ),
        *("" if points is None else str(points) for points in (item.value, item.effort)),
        item.size,
    )


def _instant(at: dt.datetime | None) -> str:
    return "" if at is None else at.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def as_document(session: orm.Session, product: Product, *, has_requests: bool) -> dict[str, Any]:
    """The product with its columns, members and items as plain JSON.

    Each item has its comments, questions and decisions; forecasts are listed day by day. `requests` is None for those
    who may not see any.
    """
    comments = _comments(session, product)
    decisions, about = _decisions(session, product), defaultdict[str | None, list[dict[str, Any]]](list)
    for decision in decisions:
        about[decision["item"]].append(decision)
    questions: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for question in questions_on(session, product):
        questions[question.ref].append(_plain(asdict(question)))
    items = [
        {
            **_plain({name: value for name, value in asdict(item).items() if name != "id"}),
            "attachments": [file.name for file in item.attachments],
            "comments": comments[item.id],
            "questions": questions[item.ref],
            "decisions": about[item.ref],
        }
        for item in read_api_items(session, product, order=(Item.number,))
    ]
    return {
        "product": _plain(
            {
                "key": product.key,
                "name": product.name,
                "goal": product.goal,
                "time_zone": product.time_zone,
                "version": product.version,
            }
        ),
        "decisions": decisions,
        "columns": [
            {
                "id": column.id,
                "name": column.name,
                "stage": column.stage.value,
                "wip_limit": column.wip_limit,
                "wip_mode": column.wip_mode.value,
                "policy": column.policy,
                "accepts": column.accepts,
            }
            for column in product.standing
        ],
        "members": [
            {"email": member.email, "name": member.name, "role": member.role}
            for member in list_members(session, product)
        ],
        "items": items,
        "requests": _plain(exporting_requests.list_requests(session, product)) if has_requests else None,
        "forecasts": _plain(list_snapshots(session, product)),
    }


def _comments(session: orm.Session, product: Product) -> dict[int, list[dict[str, Any]]]:
    query = (
        sa.select(Comment.item_id, User.email, Comment.body, Comment.at, Comment.edited_at)
        .join(User, User.id == Comment.author_id)
        .join(Item, Item.id == Comment.item_id)
        .where(Item.product_id == product.id)
        .order_by(Comment.id)
    )
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for item_id, author, body, at, edited_at in session.execute(query):
        edited = {"edited_at": _instant(edited_at)} if edited_at else {}
        found[item_id].append({"author": author, "body": body, "at": _instant(at), **edited})
    return found


def _decisions(session: orm.Session, product: Product) -> list[dict[str, Any]]:
    """The whole decision log, the oldest first; `item` is a reference, and no stakeholder is named."""
    return [
        {
            "number": line.number,
            "item": line.ref,
            "body": line.body,
            "context": line.context,
            "decided_by": line.who or line.by_email or "a stakeholder",
            "decided_on": line.decided_on.isoformat(),
            "supersedes": line.supersedes,
            "at": _instant(line.at),
        }
        for line in reversed(list_decisions(session, product))
    ]


def _plain(value: Any) -> Any:
    """The same value with instants and days as text."""
    match value:
        case dict():
            return {name: _plain(each) for name, each in value.items()}
        case list():
            return [_plain(each) for each in value]
        case dt.datetime():
            return _instant(value)
        case dt.date():
            return value.isoformat()
        case _:
            return value
