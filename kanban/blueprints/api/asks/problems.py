"""Bodies and addresses about the problem register."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from kanban.blueprints.api.asks.body import Body
from kanban.blueprints.api.asks.kinds import NO_NUL, Int
from kanban.blueprints.api.asks.paths import OfProduct
from kanban.blueprints.api.asks.queries import Page

_Sentence = Annotated[str, Field(max_length=500, pattern=NO_NUL)]
_Who = Annotated[str, Field(max_length=120, pattern=NO_NUL)]


class ProblemPage(Page):
    """Which problems: those that stand open, those that ended, or all."""

    state: Literal["open", "ended", "all"] = "all"


class OfProblem(OfProduct):
    """A problem, by its number in the product."""

    number: Int


class NewProblem(Body):
    """A problem in a sentence; who owns it, what is next and by when may follow."""

    text: _Sentence
    owner: _Who = ""
    next_step: _Sentence = ""
    due_on: dt.date | None = None


class ProblemEdit(Body):
    """What to change; a `due_on` of null takes the day away. With a `revision` only from what the caller read."""

    revision: Int | None = None
    text: _Sentence | None = None
    owner: _Who | None = None
    next_step: _Sentence | None = None
    due_on: dt.date | None = None


class ProblemEnd(Body):
    """How it ended."""

    ending: _Sentence
