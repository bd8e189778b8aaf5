"""The problem register, as the API returns it."""

import datetime as dt

from kanban.blueprints.api.answers.common import Change, Shape


class ProblemTold(Shape):
    """A problem; `days` says how long it has been or was open, counting the first day as 1; `ending` is empty while it
    is open."""

    number: int
    text: str
    owner: str
    next_step: str
    due_on: dt.date | None
    revision: int
    opened_on: dt.date
    closed_on: dt.date | None
    ending: str
    days: int


class ProblemList(Shape):
    """Problems in the order of their numbers."""

    data: list[ProblemTold]
    next: str | None


class ProblemChanged(ProblemTold, Change):
    """A problem just raised, changed or closed."""
