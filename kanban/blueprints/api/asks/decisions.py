"""Paths, queries and bodies of calls about decisions and stakeholders' questions."""

import datetime as dt
from typing import Annotated

from pydantic import Field

from kanban.blueprints.api.asks.body import Body
from kanban.blueprints.api.asks.kinds import NO_NUL, Int
from kanban.blueprints.api.asks.paths import OfProduct
from kanban.blueprints.api.asks.queries import Page


class DecisionPage(Page):
    """Which decisions to list: those that contain all of the words `q`."""

    q: str = Field("", max_length=200, pattern=NO_NUL)


class NewDecision(Body):
    """A decision; `who` names those who decided if it wasn't the caller, `supersedes` is the number of an older one."""

    body: Annotated[str, Field(max_length=2000, pattern=NO_NUL)]
    context: Annotated[str, Field(max_length=5000, pattern=NO_NUL)] = ""
    who: Annotated[str, Field(max_length=200, pattern=NO_NUL)] = ""
    decided_on: dt.date | None = None
    item: Annotated[str, Field(max_length=100, pattern=NO_NUL)] | None = None
    supersedes: Int | None = None


class OfUpdateQuestion(OfProduct):
    """A stakeholder's question about an update, by its number in the product."""

    number: Int


class Reply(Body):
    """The words of an answer."""

    body: Annotated[str, Field(max_length=5000, pattern=NO_NUL)]
