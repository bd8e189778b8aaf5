"""The token's person, products, columns and members as the API tells them."""

from kanban.blueprints.api.answers.common import Change, Shape


class TokenTold(Shape):
    """The token of the call."""

    name: str
    scope: str


class Me(Shape):
    """The token's person."""

    email: str
    name: str
    language: str
    time_zone: str
    admin: bool
    token: TokenTold


class ProductBrief(Shape):
    """A product in a list; `role` is yours."""

    key: str
    name: str
    goal: str
    time_zone: str
    role: str
    version: int
    archived: bool


class ProductList(Shape):
    """Your products by key."""

    data: list[ProductBrief]
    next: str | None


class ColumnTold(Shape):
    """A column of a product."""

    id: int
    name: str
    stage: str
    position: int
    wip_limit: int | None
    wip_mode: str
    policy: str
    accepts: bool


class LabelTold(Shape):
    """A label of a product, and how many items carry it: open ones, finished ones, and ones that were discarded."""

    id: int
    name: str
    open: int
    finished: int
    discarded: int


class LabelList(Shape):
    """A product's labels in alphabetical order."""

    data: list[LabelTold]


class MemberTold(Shape):
    """A member of a product."""

    email: str
    name: str
    role: str


class ProductTold(ProductBrief):
    """A product with its columns and members."""

    cadence_days: int
    columns: list[ColumnTold]
    members: list[MemberTold]


class ProductChanged(ProductTold, Change):
    """A product just changed."""


class ColumnChanged(ColumnTold, Change):
    """A column just changed."""


class LabelChanged(LabelTold, Change):
    """A label just renamed, or the one that another one was merged into."""


class MemberChanged(Change):
    """A member let in, given another role, or let go (then without a role)."""

    email: str
    role: str | None
