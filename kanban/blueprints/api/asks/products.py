"""Bodies of calls about products, their columns, labels and members."""

from typing import Annotated

from pydantic import Field

from kanban.blueprints.api.asks.body import Body
from kanban.blueprints.api.asks.kinds import NO_NUL, Email, Line, Text
from kanban.models import Stage, WipMode
from kanban.policy import Role


class NewProduct(Body):
    """A product to create."""

    key: Annotated[str, Field(max_length=8, pattern=NO_NUL)]
    name: Line
    goal: Text = ""
    time_zone: Line = "UTC"
    cadence_days: Annotated[int, Field(ge=0, le=365)] = 14


class ColumnChange(Body):
    """What to change about a column; a `wip_limit` of null removes it, elsewhere null means unchanged."""

    name: Line | None = None
    wip_limit: Annotated[int, Field(ge=1, le=10_000)] | None = None
    wip_mode: WipMode | None = None
    policy: Line | None = None
    accepts: bool | None = None


class NewColumn(ColumnChange):
    """A column to add after the last one of its stage."""

    name: Line
    stage: Stage


class LabelChange(Body):
    """A new name for a label; with `merge` it may be that of another label, and the two then become one."""

    name: Line
    merge: bool = False


class NewMember(Body):
    """Somebody with an account, and their role; the role `owner` hands the product over to a member."""

    email: Email
    role: Role
