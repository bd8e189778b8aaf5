"""What the API answers, as shapes: the contract that its document shows and that every answer is made from."""

import datetime as dt
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, PlainSerializer, RootModel, WithJsonSchema

Instant = Annotated[
    dt.datetime,
    PlainSerializer(lambda at: at.astimezone(dt.UTC).isoformat().replace("+00:00", "Z"), return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]


class Shape(BaseModel):
    """Read from what a loader found, by the names of its fields."""

    model_config = ConfigDict(from_attributes=True)


class FieldProblem(Shape):
    """One field that can't be used."""

    field: str
    message: str


class Problem(Shape):
    """A refusal (RFC 9457)."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[FieldProblem] = []
    current: dict[str, Any] = {}


class Warning(Shape):  # noqa: A001
    """Something that was allowed but should be known."""

    code: str
    message: str


class Change(Shape):
    """What every changing call answers: the product's version now, and whether this call took it there."""

    version: int = 0
    changed: bool = True
    warnings: list[Warning] = []


# People and products


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


class MemberChanged(Change):
    """A member let in, with another role, or let go (then without a role)."""

    email: str
    role: str | None


# Items


class BlockedTold(Shape):
    """What holds an item up."""

    reason: str
    since: Instant
    waiting_for: str


class Card(Shape):
    """An item as a card; `age_days` and `in_column_days` count the first day as 1."""

    ref: str
    title: str
    type: str
    labels: list[str]
    assignees: list[str]
    started_on: dt.date | None
    age_days: int | None
    in_column_days: int
    blocked: BlockedTold | None
    open_questions: int
    promised_on: dt.date | None


class PlacedCard(Card):
    """A card with where it stands."""

    column: int
    column_name: str
    stage: str
    finished_on: dt.date | None
    revision: int


class BoardColumn(Shape):
    """A column of the board; `total` counts all its items, also those of done that are not listed."""

    id: int
    name: str
    stage: str
    wip_limit: int | None
    wip_mode: str
    total: int
    items: list[Card]


class Board(Shape):
    """The columns of stages ready to done."""

    version: int
    columns: list[BoardColumn]


class Backlog(Shape):
    """Items of stages backlog and ready in rank order."""

    version: int
    data: list[PlacedCard]
    next: str | None


class CriterionTold(Shape):
    """An acceptance criterion."""

    id: int
    text: str
    met_at: Instant | None
    met_by: str | None


class LinkTold(Shape):
    """A relation to another item: part_of or part."""

    kind: str
    ref: str


class ItemBody(PlacedCard):
    """An item in full, but for the version."""

    description: str
    size: str
    class_of_service: str
    created_at: Instant
    started_at: Instant | None
    finished_at: Instant | None
    discarded_at: Instant | None
    discard_reason: str | None
    criteria: list[CriterionTold]
    links: list[LinkTold]


class Item(ItemBody):
    """An item in full, at the product's version."""

    version: int = 0


class ItemChanged(ItemBody, Change):
    """An item just changed."""


class ItemsMade(Change):
    """Items just made, in the order in which they were sent."""

    data: list[ItemBody]


class Made(RootModel[ItemChanged | ItemsMade]):
    """The item, or the list of several, as was asked."""


class Moved(Change):
    """An item where it stands now; `order` only where it was asked for."""

    item: PlacedCard
    order: list[str] | None = None


class CriterionChanged(CriterionTold, Change):
    """A criterion just changed, and the item that it is of."""

    ref: str


class Comment(Shape):
    """A comment."""

    id: int
    author: str
    body: str
    at: Instant


class CommentList(Shape):
    """Comments, oldest first."""

    data: list[Comment]
    next: str | None


class CommentChanged(Comment, Change):
    """A comment just made."""


class Found(PlacedCard):
    """An item found."""

    product: str


class FoundList(Shape):
    """Items found, by reference."""

    data: list[Found]
    next: str | None


# Questions


class AnswerTold(Shape):
    """One entry of a question's thread."""

    id: int
    kind: str
    author: str
    body: str
    becomes: str | None
    at: Instant


class Question(Shape):
    """A question with its thread."""

    id: int
    ref: str
    title: str
    product: str
    body: str
    blocking: bool
    needed_by: dt.date | None
    state: str
    waiting_on: str | None
    asker: str
    addressee: str
    asked_at: Instant
    turned_at: Instant
    closed_at: Instant | None
    cost: str
    answers: list[AnswerTold]


class QuestionList(Shape):
    """Questions, the costliest silence first."""

    data: list[Question]
    next: str | None


class QuestionChanged(Question, Change):
    """A question just changed."""


# Reporting


class Stakeholder(Shape):
    """Somebody who gets a product's updates."""

    id: int
    name: str
    email: str
    organisation: str
    level: str


class StakeholderList(Shape):
    """Stakeholders by id."""

    data: list[Stakeholder]
    next: str | None


class StakeholderChanged(Stakeholder, Change):
    """A stakeholder just added, or found on the list already."""


class Check(Shape):
    """Something a reader would hold against the update as it is."""

    code: str
    message: str
    ref: str | None = None


class UpdateBody(Shape):
    """A status update, but for its deliveries."""

    id: int
    number: int
    product: str
    state: str
    headline: str
    summary: str
    health: str
    health_reason: str
    sections: list[dict[str, Any]]
    since: Instant | None
    created_at: Instant
    published_at: Instant | None
    corrects: int | None
    revision: int


class Delivery(Shape):
    """One person's copy: waiting, sent, kept (there is no mail server), refused or cancelled."""

    email: str
    state: str
    responses: list[str]


class Update(UpdateBody):
    """A status update; its deliveries where you may see them."""

    deliveries: list[Delivery] | None


class UpdateChanged(UpdateBody, Change):
    """A draft just changed, the health that the facts suggest, and where claim and facts disagree."""

    suggested_health: str
    checks: list[Check]


class UpdatePublished(UpdateBody, Change):
    """An update just published, and to how many people."""

    deliveries: int


# Flow and log


class CycleTime(Shape):
    """A finished item."""

    ref: str
    finished_on: dt.date
    days: int


class Percentiles(Shape):
    """Cycle times in days, nearest rank, over `n` finished items."""

    n: int
    p50: int | None
    p85: int | None
    p95: int | None


class Week(Shape):
    """Finished items of a week, by its Monday."""

    week: dt.date
    finished: int


class Throughput(Shape):
    """Complete weeks, oldest first, and the running one."""

    weeks: list[Week]
    running: Week
    mean: float | None


class Age(Shape):
    """An item in progress."""

    ref: str
    stage: str
    started_on: dt.date
    age_days: int
    is_blocked: bool


class FlowDay(Shape):
    """How many items had come to each stage or beyond by the end of a day."""

    on: dt.date
    backlog: int
    ready: int
    doing: int
    review: int
    done: int


class Flow(Shape):
    """The flow of a product."""

    version: int
    cycle_times: list[CycleTime]
    percentiles: Percentiles
    throughput: Throughput
    wip: int
    ages: list[Age]
    cumulative: list[FlowDay]


class Event(Shape):
    """One event of the log."""

    version: int
    seq: int
    kind: str
    ref: str | None
    actor: str | None
    at: Instant
    effective_at: Instant
    data: dict[str, Any]


class EventList(Shape):
    """Events by version; a version is never split."""

    data: list[Event]
    next: str | None


class Imported(Change):
    """What an import did, or would do where it was rehearsed."""

    created: int
    known: int
    mapping: list[dict[str, str | None]]
    notes: list[str]
