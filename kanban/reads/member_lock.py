"""Takes a product's lock for somebody who changes it, and loads everything the gate looks at, in two statements.

Every change of a product begins here, so each statement counts. `reads.locked` takes the lock where no person acts, and
has other look-ups needed under it.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.direct.loading import Loading, whole
from kanban.direct.prepared import Prepared
from kanban.models import ApiToken, Block, Column, Command, Criterion, Item, Member, Product, SignIn, User


class DoneCommand(NamedTuple):
    """The recorded result of a command that was carried out before."""

    id: str
    request_hash: str
    version: int | None
    status: int
    result: dict[str, Any] | None


@dataclass(frozen=True)
class LockedProduct:
    """A product under its lock.

    With the membership of whoever asks (its user and product loaded), whether their sign-in or token is still open, the
    item that was named, and the result of this command if it was carried out before.
    """

    product: Product
    member: Member
    is_signed_in: bool
    item: Item | None
    done: DoneCommand | None


def lock_for_member(
    session: orm.Session,
    user_id: int,
    *,
    sign_in_id: int | None = None,
    token_id: int | None = None,
    product_id: int | None = None,
    key: str = "",
    number: int = 0,
    command: str | None = None,
) -> LockedProduct | None:
    """Take the lock and the next version of a product, named by its id or else by its key; needs a write transaction.

    None, and no version taken, if the person is no member. The lock is the product's row; on SQLite, BEGIN IMMEDIATE
    locks the whole file as well. Everything is read after the lock was taken, including the membership and the sign-in
    or token by which the person came: they may have ended while waiting for the lock.
    """
    lock = _LOCK_KEY if product_id is None else _LOCK_ID
    which = {"product": product_id, "product_key": key.upper(), "person": user_id}
    locked = lock.scalar(session.connection(), which)
    if locked is None:
        return None
    named = {"product": locked, "person": user_id, "number": number, "command": command}
    named |= {"sign_in": sign_in_id, "token": token_id}
    rows = _LOADED.rows(session, named)
    return _locked_product(rows) if rows else None


def give_back_version(session: orm.Session, product_id: int) -> None:
    """Give back the version that was taken with the lock, if nothing was changed; the lock is still held."""
    _GIVE_BACK.write(session.connection(), {"product": product_id})


def _locked_product(rows: list[tuple[Any, ...]]) -> LockedProduct:
    """Assemble the result from one row per column of the product.

    The item is in the row of its column; everything else is the same in each row.
    """
    product, member, user, _column, _none, is_signed_in, *command = rows[0]
    done = DoneCommand(*command[: len(DoneCommand._fields)])
    item = None
    set_loaded = orm.attributes.set_committed_value
    set_loaded(product, "columns", [row[3] for row in rows])
    set_loaded(member, "product", product)
    set_loaded(member, "user", user)
    product.recorded.clear()
    for _product, _member, _user, column, found, _is_signed_in, *more in rows:
        if found is not None:
            item = found
            set_loaded(item, "product", product)
            set_loaded(item, "column", column)
            for name, has_any in zip(_MAY_HAVE, more[len(DoneCommand._fields) :], strict=True):
                if not has_any:
                    set_loaded(item, name, [])
    return LockedProduct(product, member, bool(is_signed_in), item, done if done.status is not None else None)


# Statements are built once, since building one takes longer than running it.

_product, _member, _command = Product.__table__, Member.__table__, Command.__table__
_is_member = sa.exists().where(_member.c.product_id == _product.c.id, _member.c.user_id == sa.bindparam("person"))
_lock = sa.update(Product.__table__).values(version=_product.c.version + 1).returning(_product.c.id).where(_is_member)  # type: ignore[arg-type]
_LOCK_ID = Prepared(_lock.where(_product.c.id == sa.bindparam("product")))
_LOCK_KEY = Prepared(_lock.where(_product.c.key == sa.bindparam("product_key")))
_GIVE_BACK = Prepared(
    sa.update(Product.__table__).values(version=_product.c.version - 1).where(_product.c.id == sa.bindparam("product"))  # type: ignore[arg-type]
)
_numbered = sa.and_(Item.product_id == sa.bindparam("product"), Item.number == sa.bindparam("number"))
#: Lists that are empty for most items: the statement tells which are, so that those are not queried.
_MAY_HAVE = {"criteria": Criterion.item_id, "blocks": Block.item_id}
_came_by = sa.or_(
    *(
        sa.exists().where(
            came.id == sa.bindparam(name, type_=sa.Integer), came.user_id == User.id, came.ended_at.is_(None)
        )
        for name, came in (("sign_in", SignIn), ("token", ApiToken))
    )
)
_LOADED = Loading(
    sa.select(
        *whole(Product, Member, User, Column, Item),
        _came_by.label("is_signed_in"),
        *(_command.c[name] for name in DoneCommand._fields),
        *(sa.exists().where(whose == Item.id).label(f"has_{name}") for name, whose in _MAY_HAVE.items()),
    )
    .select_from(Product)
    .join(Member, sa.and_(Member.product_id == Product.id, Member.user_id == sa.bindparam("person")))
    .join(User, User.id == Member.user_id)
    .join(Column, Column.product_id == Product.id)
    .outerjoin(Item, sa.and_(_numbered, Item.column_id + 0 == Column.id))  # a sum, to use only the index on the number
    .outerjoin(
        _command,
        sa.and_(
            _command.c.person_id == sa.bindparam("person"), _command.c.id == sa.bindparam("command", type_=sa.Text)
        ),
    )
    .where(Product.id == sa.bindparam("product"))
    .order_by(Column.position),
    *(Product, Member, User, Column, Item),
)
