"""Bodies with words that people will read: comments, questions and answers, stakeholders, updates."""

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, ConfigDict, Discriminator, Field, RootModel, Tag

from kanban.blueprints.api.asks.body import Body
from kanban.blueprints.api.asks.kinds import MOST_AT_ONCE, NO_NUL, Email, Int, Line, Text
from kanban.models import Becomes, Health, Level


class Words(Body):
    """A comment or an entry of a thread (Markdown)."""

    body: Annotated[str, Field(max_length=20_000, pattern=NO_NUL)]


class NewQuestion(Words):
    """A question; it goes to the owner unless an `addressee` is named."""

    blocking: bool = False
    addressee: Email | None = None
    needed_by: dt.date | None = None
    assumption: Annotated[str, Field(max_length=1_000, pattern=NO_NUL)] = ""
    assumed_until: dt.date | None = None


class Assumption(Body):
    """What the asker assumes, unless told otherwise by a day."""

    assumption: Annotated[str, Field(max_length=1_000, pattern=NO_NUL)]
    assumed_until: dt.date


class NewAnswer(Words):
    """An answer, and whether to keep it as a criterion or a decision (`becomes`); `again` replaces the last answer."""

    becomes: Becomes | None = None
    again: bool = False


class NewStakeholder(Body):
    """A stakeholder to add; `level` is how much of the updates they get."""

    name: Line
    email: Email
    organisation: Line = ""
    level: Level = Level.FULL
    reason: Annotated[str, Field(max_length=300, pattern=NO_NUL)] = ""


def _is_many(given: Any) -> str:
    return "{many}" if isinstance(given, list) else "{one}"


class NewStakeholders(RootModel[NewStakeholder | list[NewStakeholder]]):
    """One stakeholder, or a list of up to 500, of whom all are added or none."""

    root: Annotated[
        Annotated[NewStakeholder, Tag("{one}")]
        | Annotated[list[NewStakeholder], Field(min_length=1, max_length=MOST_AT_ONCE), Tag("{many}")],
        Discriminator(_is_many),
    ]


class StakeholderEdit(Body):
    """What to change about a stakeholder; a new address ends every personal link that they have got."""

    name: Line | None = None
    email: Email | None = None
    organisation: Line | None = None
    level: Level | None = None
    reason: Annotated[str, Field(max_length=300, pattern=NO_NUL)] | None = None


class NewUpdate(Body):
    """A draft to begin; `corrects` is the id of a published update that it is to correct."""

    model_config = ConfigDict(extra="forbid", strict=True, openapi_extra={"required": False})  # type: ignore[typeddict-unknown-key]

    corrects: Int | None = None


class UpdateLine(Body):
    """A line of a section of an update."""

    ref: Line = ""
    text: Line = ""
    note: Line = ""
    old_date: Line = ""
    new_date: Line = ""
    cause: Line = ""
    options: Line = ""


class UpdateSection(Body):
    """A section of an update."""

    kind: Literal["delays", "shipped", "in_progress", "problems", "decisions", "next"]
    lines: Annotated[list[UpdateLine], Field(max_length=200)]


class UpdateAnswer(Body):
    """An answer to a check, by its key: that a line already mentions it, or a reason that readers see."""

    key: Line
    mentioned: bool = False
    reason: Line = ""


class UpdateEdit(Body):
    """What to change in a draft; with a `revision`, it is changed only if that is still the current one."""

    revision: Int | None = None
    headline: Line | None = None
    summary: Text | None = None
    health: Health | None = None
    health_reason: Line | None = None
    sections: Annotated[list[UpdateSection], Field(max_length=6)] | None = None
    answers: Annotated[list[UpdateAnswer], Field(max_length=200)] | None = None


class Publishing(Body):
    """With a `revision`, the draft is published or handed over only if that is still the current one."""

    model_config = ConfigDict(extra="forbid", strict=True, openapi_extra={"required": False})  # type: ignore[typeddict-unknown-key]

    revision: Int | None = None


class PublishingAt(Publishing):
    """When the draft is to go out, at once by default; with a `revision`, only if that is still the current one."""

    at: AwareDatetime | None = None
