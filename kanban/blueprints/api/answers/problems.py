"""The problem register as the API tells it."""

import datetime as dt

from kanban.blueprints.api.answers.common import Change, Shape


class ProblemTold(Shape):
    """A problem; `days` counts how long it has been or was open, the first day as 1; `ending` is empty while it is
    open."""

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
    """Problems by number."""

    data: list[ProblemTold]
    next: str | None


class ProblemChanged(ProblemTold, Change):
    """A problem just raised, changed or closed."""
