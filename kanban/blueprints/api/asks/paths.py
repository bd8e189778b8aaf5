"""The parameters in the path of a call."""

from typing import Literal

from pydantic import BaseModel, Field

from kanban.blueprints.api.asks.kinds import Int


class _Path(BaseModel):
    pass


class OfProduct(_Path):
    """A product."""

    key: str = Field(max_length=8, pattern="^[A-Za-z]{2,8}$")


class OfColumn(OfProduct):
    """A column of a product."""

    column_id: Int


class OfLabel(OfProduct):
    """A label of a product."""

    label_id: Int


class OfMember(OfProduct):
    """A member of a product."""

    email: str = Field(min_length=1, max_length=254, pattern="^[^/]+$")


class OfItem(_Path):
    """An item."""

    ref: str = Field(max_length=18, pattern="^[A-Za-z]{2,8}-[0-9]{1,9}$")


class OfComment(OfItem):
    """A comment on an item."""

    comment_id: Int


class OfCriterion(OfItem):
    """A criterion of an item."""

    criterion_id: Int


class OfLink(OfItem):
    """A link of an item, by its kind (only "needs") and the reference at its other end."""

    kind: Literal["needs"]
    other: str = Field(max_length=18, pattern="^[A-Za-z]{2,8}-[0-9]{1,9}$")


class OfAttachment(OfItem):
    """A file attached to an item."""

    attachment_id: Int


class OfQuestion(_Path):
    """A question."""

    question_id: Int


class OfCommitment(_Path):
    """A promise."""

    commitment_id: Int


class OfStakeholder(_Path):
    """A stakeholder of a product."""

    key: str
    stakeholder_id: Int


class OfRequest(_Path):
    """A request."""

    request_id: Int


class OfNotification(_Path):
    """One of your own notifications."""

    notification_id: Int


class OfUpdate(_Path):
    """A status update."""

    update_id: Int
