"""The query parameters of calls."""

import datetime as dt

from pydantic import BaseModel, Field

from kanban.blueprints.api.asks.kinds import MOST_IN_A_LIST, NO_NUL, Count
from kanban.models import QuestionState


class Page(BaseModel):
    """Which page of a list: at most how many entries, and after which one (the `next` of the page before)."""

    limit: int = Field(100, ge=1, le=MOST_IN_A_LIST)
    after: str | None = Field(None, max_length=100, pattern=NO_NUL)


class LogPage(BaseModel):
    """Which page of the log: about how many events, and after which version."""

    limit: int = Field(100, ge=1, le=MOST_IN_A_LIST)
    after: Count = 0


class Search(Page):
    """What to look for."""

    q: str = Field(min_length=1, max_length=200, pattern=NO_NUL)


class InboxPage(Page):
    """Which notifications to list: all, or only the unread ones."""

    unread: bool = False


class QuestionPage(Page):
    """Which questions to list: of one state, or waiting on `me` or on the person with an address."""

    state: QuestionState | None = None
    waiting_on: str | None = Field(None, max_length=254, pattern=NO_NUL)


class Order(BaseModel):
    """Whether to return the order of the target column too."""

    order: bool = False


class Window(BaseModel):
    """A window of days, `from` and `to` included."""

    since: dt.date | None = Field(None, alias="from")
    until: dt.date | None = Field(None, alias="to")


class Foretelling(BaseModel):
    """What to forecast: when the next `items` will be done, how many will be done `by` a day, or both."""

    items: int | None = Field(None, ge=1, le=10_000)
    by: dt.date | None = None


class Rehearsal(BaseModel):
    """How to read a list: `map`, which may be repeated, as `column=field`; with `dry_run` it is only rehearsed."""

    map: str | None = Field(None, max_length=5000, pattern=NO_NUL)
    dry_run: bool = False
