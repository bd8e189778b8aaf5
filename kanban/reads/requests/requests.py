"""Single requests with what their verbs need, those whose items have moved on, and a person's open ones."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Item, Member, Product, Request, RequestState, Stakeholder

_OPEN = (RequestState.NEW, RequestState.LATER)


def request_in(session: orm.Session, product: Product, number: int) -> Request | None:
    """A request of a loaded product with all its verbs need: requester, supporters, steps, item and original."""
    request = session.scalar(
        sa.select(Request)
        .where(Request.product_id == product.id, Request.number == number)
        .options(
            orm.joinedload(Request.stakeholder),
            orm.joinedload(Request.item),
            orm.joinedload(Request.duplicate_of),
            orm.selectinload(Request.supporters),
            orm.selectinload(Request.steps),
        )
        .execution_options(populate_existing=True)
    )
    if request is not None:
        orm.attributes.set_committed_value(request, "product", product)
        if request.item is not None:
            orm.attributes.set_committed_value(request.item, "product", product)
    return request


def request_with_id(session: orm.Session, product: Product, request_id: int) -> Request | None:
    """A request of a loaded product by its id, with all its verbs need."""
    own = sa.select(Request.number).where(Request.product_id == product.id, Request.id == request_id)
    number = session.scalar(own)
    return request_in(session, product, number) if number is not None else None


def title_of(session: orm.Session, product: Product, number: int) -> str | None:
    """The title of a request of the product; None if there is none with this number."""
    query = sa.select(Request.title).where(Request.product_id == product.id, Request.number == number)
    return session.scalar(query)


def place_of(session: orm.Session, request_id: int, user_id: int) -> tuple[str, int] | None:
    """The product's key and the number of a request, if the person is a member of that product; else None."""
    row = session.execute(
        sa.select(Product.key, Request.number)
        .join(Request, Request.product_id == Product.id)
        .join(Member, Member.product_id == Product.id)
        .where(Request.id == request_id, Member.user_id == user_id)
    ).one_or_none()
    return (row.key, row.number) if row is not None else None


def count_open(session: orm.Session, person: Stakeholder) -> int:
    """How many of the person's requests wait for a decision."""
    query = sa.select(sa.func.count(Request.id)).where(Request.stakeholder_id == person.id, Request.state.in_(_OPEN))
    return session.scalar(query) or 0


def asks_already(session: orm.Session, person: Stakeholder, title: str, body: str) -> bool:
    """Whether the person has an open request with exactly these words, as when a form is sent twice."""
    query = sa.select(Request.id).where(
        Request.stakeholder_id == person.id, Request.title == title, Request.body == body, Request.state.in_(_OPEN)
    )
    return session.scalar(query.limit(1)) is not None


def left_behind(session: orm.Session, settled_before: dt.datetime) -> list[tuple[int, int]]:
    """Requests (product id, number) whose item was finished, reopened or discarded, but whose state doesn't say so yet.

    Items that changed after `settled_before` are left alone, since that may still be undone.
    """
    rows = session.execute(
        sa.select(Request.product_id, Request.number)
        .join(Item, Item.id == Request.item_id)
        .join(Product, Product.id == Request.product_id)
        .where(
            Product.archived_at.is_(None),
            Request.state.in_((RequestState.ACCEPTED, RequestState.DONE)),
            sa.or_(
                sa.and_(Request.state == RequestState.ACCEPTED, Item.discarded_at < settled_before),
                sa.and_(
                    Item.discarded_at.is_(None),
                    Item.entered_at < settled_before,
                    (Request.state == RequestState.ACCEPTED) == Item.finished_at.is_not(None),
                ),
            ),
        )
        .order_by(Request.product_id, Request.number)
    )
    return [(product_id, number) for product_id, number in rows]
