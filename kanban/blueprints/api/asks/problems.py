"""Paths, queries and bodies of calls about the problem register."""

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
    """Which problems to list: open ones, ended ones, or all."""

    state: Literal["open", "ended", "all"] = "all"


class OfProblem(OfProduct):
    """A problem, by its number in the product."""

    number: Int


class NewProblem(Body):
    """A problem in a sentence; its owner, next step and day are optional."""

    text: _Sentence
    owner: _Who = ""
    next_step: _Sentence = ""
    due_on: dt.date | None = None


class ProblemEdit(Body):
    """What to change about a problem; a `due_on` of null removes the day. With a `revision`, it is changed only if that
    is still the current one."""

    revision: Int | None = None
    text: _Sentence | None = None
    owner: _Who | None = None
    next_step: _Sentence | None = None
    due_on: dt.date | None = None


class ProblemEnd(Body):
    """How the problem ended."""

    ending: _Sentence
