"""Unknown days: starts and finishes that an imported list gave no date for, and how the log marks them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

_START, _FINISH = "undated_start", "undated"


class Undated(NamedTuple):
    """Whether nobody knows the day of an item's start, and of its finish."""

    start: bool = False
    finish: bool = False

    @classmethod
    def from_log(cls, data: Mapping[str, Any]) -> "Undated":
        """Read the marks from the data of a move in the log, or from the state before that move."""
        return cls(_START in data, _FINISH in data)

    @property
    def log_marks(self) -> dict[str, Any]:
        """The marks as the log keeps them; empty if both days are known."""
        return {mark: True for mark, is_so in zip((_START, _FINISH), self, strict=True) if is_so}


DATED = Undated()
