"""All accounts, for those who run the installation."""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import clock, formatting
from kanban.models import ApiToken, Delivery, DeliveryState, Member, Product, SignIn, User, constant
from kanban.policy import Role
from kanban.reads.people.people import Person, person


@dataclass(frozen=True)
class Account:
    """One account; `roles` are (product key, role) pairs, `seen_at` is when a sign-in was last used."""

    id: int
    name: str
    initials: str
    email: str
    is_admin: bool
    is_active: bool
    has_password: bool
    seen_at: dt.datetime | None
    roles: list[tuple[str, str]]


def everybody(session: orm.Session) -> list[Account]:
    """All accounts, active ones first, by name."""
    seen = sa.select(SignIn.user_id, sa.func.max(SignIn.seen_at).label("at")).group_by(SignIn.user_id).subquery()
    rows = session.execute(
        sa.select(User, sa.type_coerce(seen.c.at, SignIn.seen_at.type))
        .outerjoin(seen, seen.c.user_id == User.id)
        .order_by(User.is_active.desc(), User.name, User.id)
    )
    roles: dict[int, list[tuple[str, str]]] = {}
    for user_id, key, role in session.execute(
        sa.select(Member.user_id, Product.key, Member.role)
        .join(Product, Product.id == Member.product_id)
        .order_by(Product.key)
    ):
        roles.setdefault(user_id, []).append((key, role.value))
    return [
        Account(
            id=user.id,
            name=user.name,
            initials=formatting.initials(user.name),
            email=user.email,
            is_admin=user.is_admin,
            is_active=user.is_active,
            has_password=user.password_hash is not None,
            seen_at=at,
            roles=roles.get(user.id, []),
        )
        for user, at in rows
    ]


@dataclass(frozen=True)
class Ownership:
    """One product of the installation and who owns it; nothing about what is in it."""

    key: str
    name: str
    is_archived: bool
    owner: Person
    is_owner_active: bool


def ownerships(session: orm.Session, key: str | None = None) -> list[Ownership]:
    """Every product (or the one with this key) with its owner; those whose owner no longer has access come first."""
    query = (
        sa.select(Product.key, Product.name, Product.archived_at, User)
        .join(Member, Member.product_id == Product.id)
        .join(User, User.id == Member.user_id)
        .where(Member.role == constant(Role.OWNER))
        .order_by(User.is_active, Product.key)
    )
    if key is not None:
        query = query.where(Product.key == key.upper())
    return [
        Ownership(key, name, archived_at is not None, person(user), user.is_active)
        for key, name, archived_at, user in session.execute(query)
    ]


def products_owned(session: orm.Session, user: User) -> list[str]:
    """The keys of the products that this person owns, including archived ones."""
    query = sa.select(Product.key).join(Member, Member.product_id == Product.id)
    return list(
        session.scalars(
            query.where(Member.user_id == user.id, Member.role == constant(Role.OWNER)).order_by(Product.key)
        )
    )


#: The key of the advisory lock on making the first account; keeps it apart from other locks.
_FIRST = 7_262


def hold_first_account(session: orm.Session) -> None:
    """Keep others from making the first account until the transaction ends.

    On SQLite the write transaction does that already.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(_FIRST)))


def is_anybody_here(session: orm.Session) -> bool:
    """Whether anybody has an account yet."""
    return session.scalar(sa.select(User.id).limit(1)) is not None


def is_any_product(session: orm.Session) -> bool:
    """Whether the installation has a product yet."""
    return session.scalar(sa.select(Product.id).limit(1)) is not None


def open_sign_ins(session: orm.Session, user: User) -> list[SignIn]:
    """Where this person is signed in, the last used first."""
    query = sa.select(SignIn).where(SignIn.user_id == user.id, SignIn.ended_at.is_(None))
    return [each for each in session.scalars(query.order_by(SignIn.seen_at.desc())) if each.is_open()]


def open_tokens(session: orm.Session, user: User) -> list[ApiToken]:
    """This person's API tokens that have not ended, in the order in which they were made."""
    query = sa.select(ApiToken).where(ApiToken.user_id == user.id, ApiToken.ended_at.is_(None))
    return list(session.scalars(query.order_by(ApiToken.id)))


def heirs(session: orm.Session, *, but: int) -> list[tuple[int, str]]:
    """Pairs of id and "name (address)" of everybody with access except `but`, by name."""
    query = sa.select(User.id, User.name, User.email).where(User.is_active, User.id != but)
    rows = session.execute(query.order_by(User.name, User.id))
    return [(user_id, f"{name} ({email})") for user_id, name, email in rows]


def never_came() -> sa.ColumnElement[bool]:
    """Whether an account was invited lately and nobody has signed in to it yet, so that it holds nothing of anybody's.

    Sign-ins are kept for longer than "lately", so an account without any really is unused.
    """
    came = sa.exists().where(SignIn.user_id == User.id)
    lately = User.created_at > clock.now() - _NEW
    return sa.and_(User.is_active, User.password_hash.is_(None), User.is_admin.is_(False), lately, ~came)


_NEW = dt.timedelta(days=30)


def is_unclaimed(session: orm.Session, user: User) -> bool:
    """Whether nobody has signed in to this account yet; see `never_came`."""
    return session.scalar(sa.select(User.id).where(User.id == user.id, never_came())) is not None


def has_mail_enough(session: orm.Session, kind: str, user: User) -> bool:
    """Whether one more mail of this kind would be of no use to the person.

    One still waits to be sent, or several were sent so lately that the link in each is still good for minutes. So
    nobody can flood somebody's mailbox, nor keep mails from reaching it.
    """
    lately = sa.select(Delivery.state).where(
        Delivery.kind == kind,
        Delivery.user_id == user.id,
        sa.or_(Delivery.state == DeliveryState.WAITING, Delivery.created_at > clock.now() - _LATELY),
    )
    states = session.scalars(lately).all()
    return DeliveryState.WAITING in states or len(states) >= _ENOUGH


#: Shorter than the life of the shortest mailed link.
_LATELY, _ENOUGH = dt.timedelta(minutes=10), 5
