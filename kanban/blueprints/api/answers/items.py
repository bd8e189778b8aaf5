"""Items as the API returns them: as cards, in full and in lists, with criteria, files and comments."""

import datetime as dt

from pydantic import RootModel

from kanban.blueprints.api.answers.common import Change, Instant, Shape


class BlockedTold(Shape):
    """Why an item is blocked, since when, and what it waits for."""

    reason: str
    since: Instant
    waiting_for: str


class Card(Shape):
    """An item as a card; `age_days` and `in_column_days` count the first day as 1. `started_on` and `age_days` are null
    before the start, and for work that was imported without its start date; `in_column_days` of the latter counts from
    the day of the import."""

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
    """A card with its place. `finished_on` is null until the item is finished (its `stage` is then done), and for work
    that was imported without the date."""

    column: int
    column_name: str
    stage: str
    finished_on: dt.date | None
    revision: int


class QueuedDates(Shape):
    """The days by which the item is done in 50 and in 85 of 100 possible futures; null means beyond five years."""

    p50: dt.date | None
    p85: dt.date | None


class QueuedCard(PlacedCard):
    """A card of the backlog; `dates` is the forecast of its place, null if there is too little history."""

    dates: QueuedDates | None = None


class BoardColumn(Shape):
    """A column of the board; `total` counts all its items, including finished ones that are not listed."""

    id: int
    name: str
    stage: str
    wip_limit: int | None
    wip_mode: str
    total: int
    items: list[Card]


class Board(Shape):
    """The columns of the stages from ready to done."""

    version: int
    columns: list[BoardColumn]


class Backlog(Shape):
    """Items of the stages backlog and ready, in rank order."""

    version: int
    data: list[QueuedCard]
    next: str | None


class CriterionTold(Shape):
    """An acceptance criterion."""

    id: int
    text: str
    met_at: Instant | None
    met_by: str | None


class LinksTold(Shape):
    """The references of the items that an item is linked to."""

    needs: list[str]
    needed_by: list[str]
    split_from: str | None
    split_into: list[str]
    part_of: str | None
    parts: list[str]


class AttachmentTold(Shape):
    """A file attached to an item; `size` is in bytes, `type` the content type that was sent with it."""

    id: int
    name: str
    size: int
    type: str
    at: Instant
    by: str


class AttachmentList(Shape):
    """The files attached to an item, oldest first."""

    data: list[AttachmentTold]


class AttachmentsChanged(Change):
    """The files just added or removed, and the reference of their item."""

    ref: str
    data: list[AttachmentTold]


class ItemBody(PlacedCard):
    """An item in full, without the product's version; `started_at` and `finished_at` are null wherever the days are."""

    description: str
    size: str
    value: int | None = None
    effort: int | None = None
    class_of_service: str
    created_at: Instant
    started_at: Instant | None
    finished_at: Instant | None
    discarded_at: Instant | None
    discard_reason: str | None
    criteria: list[CriterionTold]
    passed_over: int = 0
    links: LinksTold
    attachments: list[AttachmentTold]


class Item(ItemBody):
    """An item in full, with the product's version."""

    version: int = 0


class ItemChanged(ItemBody, Change):
    """An item just changed."""


class ItemsMade(Change):
    """The items just made, in the order in which they were sent."""

    data: list[ItemBody]


class Made(RootModel[ItemChanged | ItemsMade]):
    """The new item or, if a list was sent, the new items."""


class Moved(Change):
    """An item in its present place; `order` lists the references in its column, if that was asked for."""

    item: PlacedCard
    order: list[str] | None = None


class Ranked(Change):
    """The named items in their present places, in the order of the backlog."""

    items: list[PlacedCard]


class Undone(Change):
    """The items of the command that was undone, as they are now, in the order of the command; `item` is the first.

    None, and null, if the command was about a promise.
    """

    item: PlacedCard | None
    items: list[PlacedCard]


class CriterionChanged(CriterionTold, Change):
    """A criterion just changed, and the reference of its item."""

    ref: str


class Comment(Shape):
    """A comment on an item; `author` is an e-mail address, `body` Markdown."""

    id: int
    author: str
    body: str
    at: Instant
    edited_at: Instant | None


class CommentList(Shape):
    """Comments, oldest first."""

    data: list[Comment]
    next: str | None


class CommentChanged(Comment, Change):
    """A comment just made or changed."""


class Found(PlacedCard):
    """An item that was found, with the key of its product."""

    product: str


class FoundList(Shape):
    """The items that were found, by reference."""

    data: list[Found]
    next: str | None
