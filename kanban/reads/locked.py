"""Products and memberships for the gate: taking a product's lock, and looking up what a person may see."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.direct.loading import Loading, whole
from kanban.models import (
    Block,
    Column,
    Criterion,
    Decision,
    Item,
    Label,
    Link,
    Member,
    Milestone,
    Product,
    Question,
    StatusUpdate,
    User,
    assignment,
    item_label,
    milestone_item,
)


def lock_product(session: orm.Session, product_id: int) -> Product | None:
    """Take the product's lock and its next version, and load it afresh with its columns.

    Needs a write transaction. The lock is the product's row; on SQLite, BEGIN IMMEDIATE locks the whole file as well.
    """
    product = session.scalars(
        _TAKE, {"product": product_id}, execution_options={"synchronize_session": False, "populate_existing": True}
    ).one_or_none()
    if product is None:
        return None
    columns = session.scalars(_COLUMNS, {"product": product_id}, execution_options={"populate_existing": True}).all()
    orm.attributes.set_committed_value(product, "columns", list(columns))
    product.recorded.clear()
    return product


_TAKE = (
    sa.update(Product)
    .where(Product.id == sa.bindparam("product"))
    .values(version=Product.version + 1)
    .returning(Product)
)
_COLUMNS = sa.select(Column).where(Column.product_id == sa.bindparam("product")).order_by(Column.position)


def membership(session: orm.Session, product_id: int, user_id: int) -> Member | None:
    """The person's membership with user and product loaded, or None; cheaper if the product is loaded already."""
    member = session.scalar(_MEMBERSHIP, {"product": product_id, "person": user_id})
    if member is not None:
        orm.attributes.set_committed_value(member, "product", session.get_one(Product, product_id))
    return member


_MEMBERSHIP = (
    sa.select(Member)
    .where(Member.product_id == sa.bindparam("product"), Member.user_id == sa.bindparam("person"))
    .options(orm.joinedload(Member.user))
)


def with_members(session: orm.Session, product: Product) -> Product:
    """The same product with its members and their accounts loaded."""
    session.scalars(
        sa.select(Product)
        .where(Product.id == product.id)
        .options(orm.selectinload(Product.members).joinedload(Member.user))
        .execution_options(populate_existing=False)
    ).one()
    if "members" not in product.__dict__:
        session.refresh(product, ["members"])
    return product


def any_product_id(session: orm.Session, key: str) -> int | None:
    """The id of the product with this key, whoever may see it: for those who appoint its owner."""
    return session.scalar(sa.select(Product.id).where(Product.key == key.upper()))


def visible_product(session: orm.Session, key: str, user_id: int) -> tuple[Product, Member] | None:
    """A product for reading, with its columns, and the person's membership; one statement if the account is loaded.

    None if there is no such product or the person is no member.
    """
    rows = _VISIBLE.rows(session, {"key": key.upper(), "person": user_id})
    if not rows:
        return None
    product, member, _column = rows[0]
    set_loaded = orm.attributes.set_committed_value
    set_loaded(product, "columns", [column for _product, _member, column in rows if column is not None])
    set_loaded(member, "product", product)
    set_loaded(member, "user", session.get_one(User, user_id))
    return product, member


_VISIBLE = Loading(
    sa.select(*whole(Product, Member, Column))
    .select_from(Product)
    .join(Member, Member.product_id == Product.id)
    .outerjoin(Column, Column.product_id == Product.id)
    .where(Product.key == sa.bindparam("key"), Member.user_id == sa.bindparam("person"))
    .order_by(Column.position),
    *(Product, Member, Column),
)


def read_ref(ref: str) -> tuple[str, int] | None:
    """Read a reference: `ferry-12` becomes ("FERRY", 12); None for anything that is no reference."""
    key, _, number = ref.strip().upper().rpartition("-")
    valid = key.isascii() and key.isalpha() and number.isascii() and number.isdigit() and len(number) <= 9
    return (key, int(number)) if valid else None


def item_in(session: orm.Session, product: Product, number: int, load: tuple[str, ...]) -> Item | None:
    """An item of a product (loaded with its columns), with its column and what `load` names (keys of BELONGINGS).

    One statement each, all of them built only once: relationship loaders would take twice the time of a whole move.
    """
    item: Item | None = session.scalar(_ITEM, {"product": product.id, "number": number})
    if item is None:
        return None
    set_loaded = orm.attributes.set_committed_value
    set_loaded(item, "product", product)
    set_loaded(item, "column", next(column for column in product.columns if column.id == item.column_id))
    _read_belongings(session, item, load)
    return item


def load_belongings(session: orm.Session, item: Item, load: Iterable[str]) -> None:
    """Load what `load` names of an item under its product's lock, except what is loaded already."""
    _read_belongings(session, item, (name for name in load if name not in item.__dict__))


def _read_belongings(session: orm.Session, item: Item, load: Iterable[str]) -> None:
    for name in load:
        found = session.scalars(BELONGINGS[name], {"item": item.id}).unique().all()
        loaded = list(found) if name not in _SINGLE else next(iter(found), None)
        orm.attributes.set_committed_value(item, name, loaded)


def _of_item(query: sa.Select[Any]) -> sa.Select[Any]:
    return query.execution_options(populate_existing=True)


_item_id: sa.BindParameter[int] = sa.bindparam("item")
_ITEM = _of_item(
    sa.select(Item).where(Item.product_id == sa.bindparam("product"), Item.number == sa.bindparam("number"))
)
_whole = orm.aliased(Item)
BELONGINGS = {
    "assignees": _of_item(
        sa.select(User)
        .join(assignment, assignment.c.user_id == User.id)
        .where(assignment.c.item_id == _item_id)
        .order_by(User.name)
    ),
    "labels": _of_item(
        sa.select(Label)
        .join(item_label, item_label.c.label_id == Label.id)
        .where(item_label.c.item_id == _item_id)
        .order_by(Label.folded)
    ),
    "criteria": _of_item(sa.select(Criterion).where(Criterion.item_id == _item_id).order_by(Criterion.number)),
    "blocks": _of_item(
        sa.select(Block).where(Block.item_id == _item_id).order_by(Block.since).options(orm.joinedload(Block.question))
    ),
    "links": sa.select(Link).where(Link.item_id == _item_id).options(orm.joinedload(Link.other)),
    "milestone": _of_item(
        sa.select(Milestone)
        .join(milestone_item, milestone_item.c.milestone_id == Milestone.id)
        .where(milestone_item.c.item_id == _item_id)
    ),
    "part_of": _of_item(sa.select(_whole).join(Item, Item.part_of_id == _whole.id).where(Item.id == _item_id)),
}


_SINGLE = ("part_of", "milestone")


def question_product(session: orm.Session, question_id: int, user_id: int) -> int | None:
    """The id of the product that a question belongs to, if the person is a member there; else None."""
    return session.scalar(
        sa.select(Question.product_id)
        .join(Member, Member.product_id == Question.product_id)
        .where(Question.id == question_id, Member.user_id == user_id)
    )


def question_in(session: orm.Session, product: Product, question_id: int) -> Question | None:
    """A question of a loaded product with its thread, its people, its item, and what answering changes on that item."""
    item = orm.joinedload(Question.item)
    question = session.scalar(
        sa.select(Question)
        .where(Question.product_id == product.id, Question.id == question_id)
        .options(
            item.joinedload(Item.column),
            item.selectinload(Item.criteria),
            item.selectinload(Item.blocks),
            item.selectinload(Item.assignees),
            orm.joinedload(Question.asker),
            orm.joinedload(Question.addressee),
            orm.selectinload(Question.answers),
            orm.selectinload(Question.decisions).selectinload(Decision.superseded_by, recursion_depth=-1),
        )
        .execution_options(populate_existing=True)
    )
    if question is not None:
        orm.attributes.set_committed_value(question.item, "product", product)
    return question


def update_product(session: orm.Session, update_id: int, user_id: int) -> int | None:
    """The id of the product that a status update belongs to, if the person is a member there; else None."""
    return session.scalar(
        sa.select(StatusUpdate.product_id)
        .join(Member, Member.product_id == StatusUpdate.product_id)
        .where(StatusUpdate.id == update_id, Member.user_id == user_id)
    )


def update_in(session: orm.Session, product: Product, update_id: int) -> StatusUpdate | None:
    """A status update of a loaded product with its deliveries."""
    return session.scalar(
        sa.select(StatusUpdate)
        .where(StatusUpdate.product_id == product.id, StatusUpdate.id == update_id)
        .options(orm.selectinload(StatusUpdate.deliveries))
        .execution_options(populate_existing=True)
    )


def hold_admins(session: orm.Session) -> list[int]:
    """The ids of the administrators with access, locked against changes until this transaction ends.

    The lock is weak enough to let changes of products go on, whose events refer to users.
    """
    query = sa.select(User.id).where(User.is_admin, User.is_active).order_by(User.id)
    return list(session.scalars(query.with_for_update(key_share=True)))


def user_by_email(session: orm.Session, email: str) -> User | None:
    """The account with this email address, ignoring case."""
    return session.scalar(sa.select(User).where(User.email == email.strip().lower()))


def members_named(session: orm.Session, product: Product, user_ids: list[int]) -> list[User]:
    """Those of these people who are active members of the product, by name."""
    return list(
        session.scalars(
            sa.select(User)
            .join(Member, Member.user_id == User.id)
            .where(Member.product_id == product.id, User.id.in_(user_ids), User.is_active)
            .order_by(User.name)
        )
    )


def column_in(product: Product, column_id: int) -> Column | None:
    """The column of a loaded product with this id, unless it was removed."""
    return next((column for column in product.standing if column.id == column_id), None)


def members_by_email(session: orm.Session, product: Product, addresses: set[str]) -> list[User]:
    """The active members of a product with these email addresses, by name."""
    query = sa.select(User).join(Member, Member.user_id == User.id)
    query = query.where(Member.product_id == product.id, User.is_active, User.email.in_(addresses))
    return list(session.scalars(query.order_by(User.name)))


def product_named(session: orm.Session, key: str) -> Product | None:
    """The product with this key, with its columns, whoever may see it: for the command line."""
    query = sa.select(Product).where(Product.key == key.strip().upper())
    return session.scalar(query.options(orm.selectinload(Product.columns)))
