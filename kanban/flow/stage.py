"""The five fixed stages that every product's columns are mapped to; the columns themselves live elsewhere."""

from enum import StrEnum


class Stage(StrEnum):
    """The five fixed stages, in their order; every column of every product is one of them."""

    BACKLOG = "backlog"
    READY = "ready"
    DOING = "doing"
    REVIEW = "review"
    DONE = "done"

    @property
    def position(self) -> int:
        """0 for backlog to 4 for done."""
        return _POSITIONS[self]


_POSITIONS = {stage: position for position, stage in enumerate(Stage)}

QUEUE = (Stage.BACKLOG, Stage.READY)
"""The stages before the start: an item that returns to one of them counts as not started."""
