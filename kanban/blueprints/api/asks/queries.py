"""The query parameters of a call."""

import datetime as dt

from pydantic import BaseModel, Field

from kanban.blueprints.api.asks.kinds import MOST_IN_A_LIST, NO_NUL, Count
from kanban.models import QuestionState


class Page(BaseModel):
    """A page of a list: how many, and after which place."""

    limit: int = Field(100, ge=1, le=MOST_IN_A_LIST)
    after: str | None = Field(None, max_length=100, pattern=NO_NUL)


class LogPage(BaseModel):
    """A page of the log: about how many events, after which version."""

    limit: int = Field(100, ge=1, le=MOST_IN_A_LIST)
    after: Count = 0


class Search(Page):
    """What to look for."""

    q: str = Field(min_length=1, max_length=200, pattern=NO_NUL)


class InboxPage(Page):
    """Which notifications: all, or only what is unread."""

    unread: bool = False


class QuestionPage(Page):
    """Which questions: of a state, waiting on `me` or on an address."""

    state: QuestionState | None = None
    waiting_on: str | None = Field(None, max_length=254, pattern=NO_NUL)


class Order(BaseModel):
    """Whether to return the order of the target column as well."""

    order: bool = False


class Window(BaseModel):
    """From which day to which, both included."""

    since: dt.date | None = Field(None, alias="from")
    until: dt.date | None = Field(None, alias="to")


class Foretelling(BaseModel):
    """When the next `items` are done, or how many are done `by` a day; at least one of the two."""

    items: int | None = Field(None, ge=1, le=10_000)
    by: dt.date | None = None


class Rehearsal(BaseModel):
    """How to read a list: `map` as `column=field`, may be repeated; and whether only to rehearse."""

    map: str | None = Field(None, max_length=5000, pattern=NO_NUL)
    dry_run: bool = False
