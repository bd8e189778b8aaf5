"""What nobody knows the day of, since a list brought it in without telling; and how the log says so."""

from collections.abc import Mapping
from typing import Any, NamedTuple

_START, _FINISH = "undated_start", "undated"


class Undated(NamedTuple):
    """Whether nobody knows the day of an item's start, and of its finish."""

    start: bool = False
    finish: bool = False

    @classmethod
    def told_by(cls, data: Mapping[str, Any]) -> "Undated":
        """As a move of the log tells it, or the state from which an item moved."""
        return cls(_START in data, _FINISH in data)

    @property
    def told(self) -> dict[str, Any]:
        """As the log has it: nothing where all is known."""
        return {mark: True for mark, is_so in zip((_START, _FINISH), self, strict=True) if is_so}


DATED = Undated()
