"""Where a person is a member and who else is there, over all products at once.

For pages and mails that show several products together.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import groupby

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.models import Member, Product, User
from kanban.reads.people.people import Person, namesake_addresses


@dataclass(frozen=True)
class MyProduct:
    """A product where the person is a member, with its present version and the person's role."""

    id: int
    key: str
    name: str
    version: int
    role: str


@dataclass(frozen=True)
class MyProducts:
    """The person's products, sorted by key; and `also`, which tells members with the same name apart.

    `also` is by product id and user id.
    """

    mine: tuple[MyProduct, ...]
    also: Mapping[tuple[int, int], str]

    @property
    def products(self) -> dict[str, int]:
        """What a live screen listens to: product keys, with the version each product had."""
        return {one.key: one.version for one in self.mine}

    def among(self, product_id: int, people: Mapping[int, Person]) -> Mapping[int, Person]:
        """These people, named so as to tell them apart from other members of that product."""
        namesakes = {who: also for (product, who), also in self.also.items() if product == product_id and who in people}
        return (
            {**people, **{who: replace(people[who], also=also) for who, also in namesakes.items()}}
            if namesakes
            else people
        )


def read_my_products(session: orm.Session, user_id: int) -> MyProducts:
    """Read it in one query, and before what is shown, so that what is shown is never older than these versions."""
    mine = orm.aliased(Member)
    rows = session.execute(
        sa.select(
            *(Product.id, Product.key, Product.name, Product.version, mine.role),
            *(User.id.label("user_id"), User.name.label("user_name"), User.email),
        )
        .join(mine, sa.and_(mine.product_id == Product.id, mine.user_id == user_id))
        .join(Member, Member.product_id == Product.id)
        .join(User, User.id == Member.user_id)
        .where(Product.archived_at.is_(None))
        .order_by(Product.key)
    ).all()
    products, also = [], dict[tuple[int, int], str]()
    for product, team in groupby(rows, key=lambda row: MyProduct(row.id, row.key, row.name, row.version, row.role)):
        products.append(product)
        namesakes = namesake_addresses((row.user_id, row.user_name, row.email) for row in team)
        also |= {(product.id, user_id): address for user_id, address in namesakes.items()}
    return MyProducts(tuple(products), also)
