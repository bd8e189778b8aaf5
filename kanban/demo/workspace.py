"""One product of the demo workspace while its story is being told.

What happens is collected in a script with its instants, and then carried out in chronological order, each command by
the verbs that people use.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import orm

from kanban import clock
from kanban.demo.people import PEOPLE
from kanban.models import Item, ItemType, Member, Product, User
from kanban.policy import Role
from kanban.reads import locked
from kanban.reads.board import place
from kanban.reads.items import labels

Act = Callable[[], None]


@dataclass
class Workspace:
    """One product being told; days and hours count back from `now`, `numbers` maps the story's names to numbers."""

    session: orm.Session
    people: dict[str, User]
    key: str
    name: str
    now: dt.datetime
    product_id: int = 0
    numbers: dict[str, int] = field(default_factory=dict)
    script: list[tuple[dt.datetime, int, Act]] = field(default_factory=list)

    def open(self, *, goal: str, limits: dict[str, int], policies: dict[str, str]) -> None:
        """Create the product with its columns, limits and members."""
        owner = self.people["ingrid"]
        product = Product.open(
            key=self.key, name=self.name, owner=owner, goal=goal, time_zone="Europe/Oslo", cadence_days=14
        )
        self.session.add(product)
        self.session.flush()
        self.product_id = product.id
        product = self.lock()
        member = self.owner()
        locked.with_members(self.session, product)
        for name, _, role in PEOPLE:
            if role != "owner":
                product.let_in(self.people[name], Role(role), by=member)
        for column in product.standing:
            column.change(by=member, wip_limit=limits.get(column.name), policy=policies.get(column.name, ""))
        self.session.flush()

    def at(self, instant: dt.datetime, act: Act) -> None:
        """Schedule an act at an instant."""
        self.script.append((instant, len(self.script), act))

    def ago(self, act: Act, *, days: float = 0, hours: float = 0) -> None:
        """Schedule an act this long before now."""
        self.at(self.now - dt.timedelta(days=days, hours=hours), act)

    def play(self) -> None:
        """Carry the script out in chronological order with the clock set to each instant, one command per version."""
        for instant, _, act in sorted(self.script, key=lambda entry: entry[:2]):
            with clock.at(instant):
                act()
                self.session.flush()

    def owner(self) -> Member:
        """The product owner's membership."""
        return self.member("ingrid")

    def member(self, name: str) -> Member:
        """The membership of the person with this name in their address."""
        found = locked.membership(self.session, self.product_id, self.people[name].id)
        assert found is not None
        return found

    def create(
        self, number_name: str, title: str, *, kind: str = "feature", labelled: str = "", description: str = ""
    ) -> None:
        """Add an item at the bottom of the backlog, and remember its number under a name."""
        product = self.lock()
        column = product.standing[0]
        item = Item.create(
            product,
            title,
            place.read_place(self.session, product, column, place.BOTTOM),
            by=self.owner(),
            description=description,
            type=ItemType(kind),
            labels=labels.labels_named(self.session, product, labelled.split(",") if labelled else []),
        )
        self.session.add(item)
        self.session.flush()
        self.numbers[number_name] = item.number

    def move(self, name: str, column: str, by: str, wish: place.TargetPosition = place.BOTTOM) -> None:
        """Move an item as this person."""
        product, item = self.item(name)
        target = next(c for c in product.standing if c.name == column)
        where = place.read_place(self.session, product, target, wish, item=item, pulling=False)
        item.move_to(where, by=self.member(by))

    def item(self, name: str) -> tuple[Product, Item]:
        """Begin a command about an item; returns its locked product and the item."""
        product = self.lock()
        item = locked.item_in(self.session, product, self.numbers[name], ("assignees", "labels", "criteria", "blocks"))
        assert item is not None
        return product, item

    def lock(self) -> Product:
        """Begin a command; returns the locked product, which has a new version."""
        product = locked.lock_product(self.session, self.product_id)
        assert product is not None
        return product
