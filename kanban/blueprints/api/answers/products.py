"""The token's person, products, columns, labels and members, as the API returns them."""

from kanban.blueprints.api.answers.common import Change, Shape


class TokenTold(Shape):
    """The token that the call was made with."""

    name: str
    scope: str


class Me(Shape):
    """The person whose token it is."""

    email: str
    name: str
    language: str
    time_zone: str
    admin: bool
    token: TokenTold


class ProductBrief(Shape):
    """A product in short; `role` is yours."""

    key: str
    name: str
    goal: str
    time_zone: str
    role: str
    version: int
    archived: bool


class ProductList(Shape):
    """Your products, by key."""

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
    """A label of a product, and how many open, finished and discarded items carry it."""

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
    """A label just renamed, or the one that another label was merged into."""


class MemberChanged(Change):
    """A member just added, given another role, or removed (`role` is then null)."""

    email: str
    role: str | None
