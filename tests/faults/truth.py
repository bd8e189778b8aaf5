"""The same picture of a product from the tables and from the model, to compare the two."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Attachment, Block, Item, Link, LinkKind, Product, Question, User
from tests.faults.mirror import Card, Mirror

Picture = dict[str, Any]


def told_by(model: Mirror) -> Picture:
    """The picture from the model."""
    return {
        "version": model.version,
        "members": model.roles,
        "columns": [(c.number, c.name, c.stage, c.accepts, c.limit, c.mode) for c in model.columns],
        "order": model.order,
        "cards": {number: _of_card(card) for number, card in model.cards.items()},
        "questions": {number: (talk.state, talk.turn) for number, talk in model.talks.items()},
    }


def _of_card(card: Card) -> Picture:
    kept = ("title", "column", "discarded", "revision", "type", "size", "labels", "whole", "people", "criteria")
    return {
        **{name: getattr(card, name) for name in kept},
        "started": card.started is not None,
        "finished": card.finished is not None,
        "holds": card.holds,
        "needs": card.needs,
        "files": set(card.files),
    }


def told_by_tables(session: orm.Session) -> Picture:
    """The picture from the tables, for the only product of the database."""
    product = session.scalars(
        sa.select(Product).options(orm.selectinload(Product.columns), orm.selectinload(Product.members))
    ).one()
    names = {user.id: user.email.partition("@")[0] for user in session.scalars(sa.select(User))}
    belongings = [orm.joinedload(Item.column), orm.joinedload(Item.part_of)]
    belongings += [orm.selectinload(each) for each in (Item.assignees, Item.labels, Item.criteria)]
    items = session.scalars(sa.select(Item).options(*belongings).order_by(Item.rank)).all()
    beside = _beside(session)
    return {
        "version": product.version,
        "members": {names[member.user_id]: member.role.value for member in product.members},
        "columns": [
            (c.number, c.name, c.stage.value, c.accepts, c.wip_limit, c.wip_mode.value) for c in product.standing
        ],
        "order": [item.number for item in items if item.rank is not None],
        "cards": {item.number: _of_item(item, names, beside) for item in items},
        "questions": {
            question.number: (question.state.value, question.turn.value)
            for question in session.scalars(sa.select(Question))
        },
    }


def _beside(session: orm.Session) -> dict[str, list[tuple[int, Any]]]:
    """What is in tables of its own: pairs of an item's id and what belongs to it."""
    needed = orm.aliased(Item)
    queries: dict[str, sa.Select[*tuple[Any, ...]]] = {
        "holds": sa.select(Block.item_id, Question.number).outerjoin(Block.question).where(Block.until.is_(None)),
        "needs": sa.select(Link.item_id, needed.number)
        .join(needed, needed.id == Link.other_id)
        .where(Link.kind == LinkKind.NEEDS),
        "files": sa.select(Attachment.item_id, Attachment.number).where(Attachment.removed_at.is_(None)),
    }
    return {name: [tuple(row) for row in session.execute(query)] for name, query in queries.items()}


def _of_item(item: Item, names: dict[int, str], beside: dict[str, list[tuple[int, Any]]]) -> Picture:
    return {
        "title": item.title,
        "column": item.column.number,
        "discarded": item.is_discarded,
        "revision": item.revision,
        "type": item.type.value,
        "size": item.size,
        "labels": tuple(label.name for label in item.labels),
        "whole": item.part_of.number if item.part_of else None,
        "people": {names[user.id] for user in item.assignees},
        "criteria": {each.number: (each.text, each.met_at is not None) for each in item.criteria},
        "started": item.started_at is not None,
        "finished": item.is_finished,
        **{name: {what for item_id, what in pairs if item_id == item.id} for name, pairs in beside.items()},
    }
