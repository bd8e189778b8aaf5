"""Paths and bodies of calls about webhooks."""

from typing import Annotated

from pydantic import Field

from kanban.blueprints.api.asks.body import Body
from kanban.blueprints.api.asks.kinds import NO_NUL, Int, Line
from kanban.blueprints.api.asks.paths import OfProduct
from kanban.models import Hears

_Name = Annotated[str, Field(max_length=100, pattern=NO_NUL)]
_Groups = Annotated[list[Hears], Field(max_length=len(Hears))]


class OfWebhook(OfProduct):
    """A webhook, by its number in the product."""

    number: Int


class NewWebhook(Body):
    """A webhook to add: what it is for, its address, and which kinds of events it hears (all, if none are given)."""

    name: _Name
    address: Line
    hears: _Groups = list(Hears)


class WebhookEdit(Body):
    """What to change about a webhook; `is_on` switches it on or off."""

    name: _Name | None = None
    address: Line | None = None
    hears: _Groups | None = None
    is_on: bool | None = None
