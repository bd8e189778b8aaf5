"""People as pages show them: an id, a name and initials. Who may see them is decided before they are read."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy import orm

from kanban import formatting, policy
from kanban.models import Member, Product, User, constant
from kanban.policy import Action, Role


@dataclass(frozen=True)
class Person:
    """Somebody with an account, as far as a page needs; `also` tells them from another member with the same name."""

    id: int
    name: str
    initials: str
    also: str = field(default="", compare=False)

    @property
    def listed(self) -> str:
        """The name for a list from which one is chosen."""
        return f"{self.name} ({self.also})" if self.also else self.name

    @property
    def first_name(self) -> str:
        """The first name, as colleagues say it, with what tells them from others of the same name."""
        return f"{self.name.split()[0]} ({self.also})" if self.also else self.name.split()[0]


def person(user: User) -> Person:
    """A loaded account as a page shows it."""
    return person_named(user.id, user.name)


def people_by_id(
    session: orm.Session,
    ids: Iterable[int | None],
    known: Mapping[int, Person] | None = None,
    *,
    among: Product | None = None,
) -> dict[int, Person]:
    """These people by id, in one query, or none if all are `known`; an unknown id is left out.

    With `among`, members of that product are told apart if they have the same name; only for a reader who is a member
    too.
    """
    wanted = {user_id for user_id in ids if user_id is not None}
    found = {user_id: known[user_id] for user_id in wanted & known.keys()} if known else {}
    if wanted == found.keys():
        return found
    is_member = User.id.in_(_team(among)) if among else sa.false()
    query = sa.select(User.id, User.name, User.email, is_member.label("is_member"))
    rows = session.execute(query.where(sa.or_(User.id.in_(wanted - found.keys()), is_member))).all()
    also = namesake_addresses((row.id, row.name, row.email) for row in rows if row.is_member)
    return {row.id: person_named(row.id, row.name, also.get(row.id, "")) for row in rows} | found


def _team(product: Product) -> sa.Select[int]:
    return sa.select(Member.user_id).where(Member.product_id == product.id)


def people_who(session: orm.Session, which: sa.ColumnElement[bool]) -> list[Person]:
    """The people for whom the condition holds, by name; one query."""
    rows = session.execute(sa.select(User.id, User.name).where(which).order_by(User.name, User.id))
    return [person_named(user_id, name) for user_id, name in rows]


@dataclass(frozen=True)
class Teammate:
    """A member of a product; one without access (not `is_active`) can do nothing."""

    person: Person
    role: str
    is_active: bool

    def can(self, action: Action) -> bool:
        """Whether they still have access and their role allows this."""
        return self.is_active and policy.allows(self.role, action)


def roles_of(session: orm.Session, product: Product) -> list[Teammate]:
    """Every member of a product by name, in one query."""
    rows = session.execute(
        sa.select(User.id, User.name, User.email, User.is_active, Member.role)
        .join(Member, Member.user_id == User.id)
        .where(Member.product_id == product.id)
        .order_by(User.name, User.id)
    ).all()
    also = namesake_addresses((row.id, row.name, row.email) for row in rows)
    return [Teammate(person_named(row.id, row.name, also.get(row.id, "")), row.role, row.is_active) for row in rows]


def role_in(session: orm.Session, product_id: int | None, user_id: int) -> Role | None:
    """The role of a person in a product; None for somebody who is no member of it."""
    return session.scalar(sa.select(Member.role).where(Member.product_id == product_id, Member.user_id == user_id))


def active_members(session: orm.Session, product: Product, *, who_may: Action = Action.SEE) -> list[Person]:
    """The product's members who still have access and whose role allows `who_may`, by name."""
    rows = session.execute(_ACTIVE, {"product": product.id}).all()
    also = namesake_addresses((row.id, row.name, row.email) for row in rows)
    return [person_named(row.id, row.name, also.get(row.id, "")) for row in rows if policy.allows(row.role, who_may)]


def member_names(session: orm.Session, product: Product) -> list[str]:
    """The names that a text in this product can mention."""
    return [member.name for member in active_members(session, product)]


_ACTIVE = (
    sa.select(User.id, User.name, User.email, Member.role)
    .join(Member, Member.user_id == User.id)
    .where(Member.product_id == sa.bindparam("product"), User.is_active)
    .order_by(User.name, User.id)
)


def namesake_addresses(people: Iterable[tuple[int, str, str]]) -> dict[int, str]:
    """Among (id, name, address) triples, the addresses by id of those whose name somebody else has too.

    Every member sees the addresses of the members; of stakeholders, pass only those that the reader may see.
    """
    listed = [(one_id, _as_it_looks(name), address) for one_id, name, address in people]
    times = Counter(name for _id, name, _address in listed)
    return {one_id: address for one_id, name, address in listed if times[name] > 1}


def _as_it_looks(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).split()).casefold()


def person_named(user_id: int, name: str, also: str = "") -> Person:
    """Somebody about whom no more than this was read."""
    return Person(user_id, name, formatting.initials(name), also)


def products_of(
    session: orm.Session, user: User, *, after: str | None = None, limit: int | None = None
) -> list[tuple[Product, Role]]:
    """The products where the person is a member, with their role, by key; with `after`, those behind that key."""
    query = sa.select(Product, Member.role).join(Member, Member.product_id == Product.id)
    query = query.where(Member.user_id == user.id).order_by(Product.key).limit(limit)
    if after is not None:
        query = query.where(Product.key > after)
    return [(product, role) for product, role in session.execute(query)]


def owner_of(session: orm.Session, product: Product) -> User:
    """The product's one accountable owner."""
    query = sa.select(User).join(Member, Member.user_id == User.id)
    return session.scalars(query.where(Member.product_id == product.id, Member.role == constant(Role.OWNER))).one()
