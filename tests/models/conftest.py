"""A product made of plain objects without a database, to test the rules of the models alone."""

import datetime as dt
from collections.abc import Iterator

import pytest

from kanban import clock
from kanban.models import Column, Item, Member, Place, Product, User
from kanban.policy import Role

NOON = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def noon() -> Iterator[clock.MovedClock]:
    with clock.at(NOON) as moved:
        yield moved


class Team:
    """A product with one member of each role, and places as a loader would provide them."""

    def __init__(self) -> None:
        self.ann = User(id=1, email="ann@example.org", name="Ann")
        self.product = Product.open(key="FE", name="Ferry", owner=self.ann)
        self.product.id = 1
        for index, column in enumerate(self.product.columns):
            column.id = index + 1
        self.members = {Role.OWNER: self.product.members[0]}
        self.members[Role.OWNER].user_id = 1
        for number, role in enumerate((Role.DELEGATE, Role.LEAD, Role.DEVELOPER, Role.VIEWER), start=2):
            user = User(id=number, email=f"{role}@example.org", name=role.value.title())
            member = Member(user=user, user_id=number, role=role, product=self.product)
            self.members[role] = member
        self.product.recorded.clear()

    @property
    def owner(self) -> Member:
        return self.members[Role.OWNER]

    @property
    def developer(self) -> Member:
        return self.members[Role.DEVELOPER]

    def column(self, name: str) -> Column:
        return next(column for column in self.product.columns if column.name == name)

    def place(self, name: str, **what: object) -> Place:
        return Place(**{"column": self.column(name), "rank": 10, "after": None, **what})  # type: ignore[arg-type]

    def item(self, column: str = "Ready", title: str = "Refunds") -> Item:
        item = Item.create(self.product, title, self.place(column, rank=0), by=self.owner)
        item.id = item.number
        self.product.recorded.clear()
        return item

    @property
    def kinds(self) -> list[str]:
        return [event.kind for event in self.product.recorded]


@pytest.fixture
def team() -> Team:
    return Team()
