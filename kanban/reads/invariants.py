"""Checks what must always hold; run by the tests and by `kanban doctor`, and changes nothing."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Delivery, Event, Item, Link, Product, Question, search_index
from kanban.models.link import a_circle
from kanban.reads.items.attachments import files_by_item
from kanban.reads.items.links import needs_in
from kanban.reads.logged.decisions import broken_decisions
from kanban.reads.logged.problems import broken_problems
from kanban.reads.logged.promises import broken_promises
from kanban.reads.logged.questions import as_replayed
from kanban.reads.logged.replay import Replay, ReplayedItem, replay
from kanban.reads.logged.requests import broken_requests
from kanban.reads.logged.roadmap import broken_roadmap
from kanban.reads.logged.updates import broken_updates
from kanban.reads.logged.webhooks import broken_webhooks


def broken_invariants(session: orm.Session) -> list[str]:
    """Each broken invariant as one sentence; empty if all is well."""
    products = session.scalars(
        sa.select(Product).options(orm.selectinload(Product.columns), orm.selectinload(Product.members))
    )
    found = [sentence for product in products for sentence in _of_product(session, product)]
    return found + list(_of_deliveries(session)) + list(_of_search(session))


def _of_search(session: orm.Session) -> Iterator[str]:
    missed = search_index.differences(session.connection())
    if missed:
        yield f"the search misses or misreads texts: {missed} differ"


def _of_product(session: orm.Session, product: Product) -> Iterator[str]:
    items = session.scalars(
        sa.select(Item)
        .where(Item.product_id == product.id)
        .options(
            orm.joinedload(Item.column),
            orm.joinedload(Item.part_of),
            orm.selectinload(Item.assignees),
            orm.selectinload(Item.labels),
            orm.selectinload(Item.criteria),
            orm.selectinload(Item.blocks),
        )
        .order_by(Item.rank)
        .execution_options(populate_existing=True)
    ).all()
    replayed = replay(_log(session, product))
    for sentence in (
        *_versions(session, product),
        *_places(product, list(items), replayed),
        *_questions(session, product, replayed),
        *_links(session, product, replayed),
        *_files(session, product, replayed),
        *broken_promises(session, product, replayed.promises),
        *broken_decisions(session, product, replayed.decisions),
        *broken_updates(session, product, replayed.updates),
        *broken_requests(session, product, replayed.requests),
        *broken_problems(session, product, replayed.problems),
        *broken_roadmap(session, product, replayed.roadmap),
        *broken_webhooks(session, product, replayed.webhooks),
        *replayed.troubles,
    ):
        yield f"{product.key}: {sentence}"
    for item in items:
        yield from (f"{product.key}-{item.number}: {sentence}" for sentence in _item(session, item, replayed))


def _log(session: orm.Session, product: Product) -> Iterator[tuple[Event, int | None]]:
    rows = session.execute(
        sa.select(Event, Item.number)
        .outerjoin(Item, Item.id == Event.item_id)
        .where(Event.product_id == product.id)
        .order_by(Event.version, Event.seq)
    )
    for event, number in rows:  # noqa: UP028 (a Row is no plain tuple)
        yield event, number


def _versions(session: orm.Session, product: Product) -> Iterator[str]:
    mine = Event.product_id == product.id
    count, highest = session.execute(
        sa.select(sa.func.count(sa.distinct(Event.version)), sa.func.max(Event.version)).where(mine)
    ).one()
    if highest != product.version:
        yield f"the log ends at version {highest}, the product is at {product.version}"
    if count != highest:
        yield f"the log has {count} versions up to {highest}: there are gaps"
    yield from _numbers(session, product)


def _numbers(session: orm.Session, product: Product) -> Iterator[str]:
    """Numbers must follow one another, except for imported items that kept the number they had in their list."""
    query = sa.select(Item.number, Item.import_key).where(Item.product_id == product.id).order_by(Item.number)
    expected = 1
    for number, key in session.execute(query):
        if number != expected and key != f"{product.key}-{number}":
            yield f"number {number} follows {expected - 1}: a number was lost or reused"
        expected = number + 1
    if product.next_item != expected:
        yield f"highest number {expected - 1}, next {product.next_item}: a number was lost or reused"


def _places(product: Product, items: list[Item], replayed: Replay) -> Iterator[str]:
    standing = {column.id for column in product.standing}
    for item in items:
        if item.rank is not None and item.column_id not in standing:
            yield f"item {item.number} stands in no column that is shown"
    order = [item.number for item in items if item.rank is not None]
    if order != replayed.order:
        yield "the order of the items is not the one that the log tells"
    if [column.number for column in product.standing] != replayed.columns:
        yield "the columns are not those that the log tells"
    if {member.user_id: member.role.value for member in product.members} != replayed.members:
        yield "the members are not those that the log tells"


def _questions(session: orm.Session, product: Product, replayed: Replay) -> Iterator[str]:
    rows = session.scalars(sa.select(Question).where(Question.product_id == product.id))
    if {question.number: as_replayed(question) for question in rows} != replayed.questions:
        yield "the questions are not in the states that the log tells"


def _links(session: orm.Session, product: Product, replayed: Replay) -> Iterator[str]:
    other, found = orm.aliased(Item), set()
    query = sa.select(Item.number, Link.kind, other.number, other.product_id).join(Link, Link.item_id == Item.id)
    query = query.join(other, other.id == Link.other_id).where(Item.product_id == product.id)
    for number, kind, needed, product_id in session.execute(query):
        found.add((number, kind.value, needed))
        if product_id != product.id:
            yield f"item {number} is linked to an item of another product"
    if found != {(number, *link) for number, replayed_item in replayed.items.items() for link in replayed_item.links}:
        yield "the links are not those that the log tells"
    circle = a_circle(needs_in(session, product))
    if circle:
        yield f"the needs go round in a circle: {' → '.join(map(str, circle))}"


def _files(session: orm.Session, product: Product, replayed: Replay) -> Iterator[str]:
    if files_by_item(session, product) != {
        number: replayed_item.files for number, replayed_item in replayed.items.items() if replayed_item.files
    }:
        yield "the files on the items are not those that the log tells"


def _item(session: orm.Session, item: Item, replayed: Replay) -> Iterator[str]:
    replayed_item = replayed.items.get(item.number)
    if replayed_item is None:
        yield "the log does not know it"
        return
    for name, table, log in _facts(item, replayed_item):
        if table != log:
            yield f"{name} is {table!r}, the log tells {log!r}"


def _facts(item: Item, replayed_item: ReplayedItem) -> Iterator[tuple[str, Any, Any]]:
    yield "title", item.title, replayed_item.title
    yield "description", item.description, replayed_item.description
    yield "type", item.type.value, replayed_item.type
    yield "size", item.size, replayed_item.size
    yield "value and effort", (item.value, item.effort), (replayed_item.value, replayed_item.effort)
    yield "class of service", item.class_of_service.value, replayed_item.class_of_service
    yield "column", item.column.number, replayed_item.column
    yield "start", item.started_at, replayed_item.started_at
    yield "finish", item.finished_at, replayed_item.finished_at
    yield "unknown start and finish", tuple(item.undated), tuple(replayed_item.undated)
    yield "discarded", item.is_discarded, replayed_item.discarded
    yield "whole", item.part_of.number if item.part_of else None, replayed_item.part_of
    yield "assignees", sorted(user.id for user in item.assignees), sorted(replayed_item.assignees)
    yield "labels", sorted(label.name for label in item.labels), sorted(replayed_item.labels)
    yield (
        "criteria",
        {criterion.number: (criterion.text, criterion.met_at is not None) for criterion in item.criteria},
        replayed_item.criteria,
    )
    yield "open blocks", len(item.open_blocks), len(replayed_item.blocked_by)


def _of_deliveries(session: orm.Session) -> Iterator[str]:
    twice = session.execute(
        sa.select(Delivery.update_id, Delivery.stakeholder_id, sa.func.count())
        .where(Delivery.update_id.is_not(None))
        .group_by(Delivery.update_id, Delivery.stakeholder_id)
        .having(sa.func.count() > 1)
    )
    for update_id, stakeholder_id, count in twice:
        yield f"update {update_id} has {count} deliveries to stakeholder {stakeholder_id}"
