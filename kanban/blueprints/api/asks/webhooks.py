"""Bodies and addresses about webhooks."""

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
    """Where it sends, what it is for, and what it hears of (everything, if nothing is given)."""

    name: _Name
    address: Line
    hears: _Groups = list(Hears)


class WebhookEdit(Body):
    """What to change of it; `is_on` switches it."""

    name: _Name | None = None
    address: Line | None = None
    hears: _Groups | None = None
    is_on: bool | None = None
