"""Replays what the log says about questions: state, turn, whether it blocks, and until when an assumption holds."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from kanban.models import Question

#: The state and turn that each kind of event leads to; None leaves it as it is.
_STEPS: dict[str, tuple[str | None, str | None]] = {
    "asked": ("open", "addressee"),
    "assumed": (None, None),
    "asked_back": (None, "asker"),
    "replied": (None, "addressee"),
    "answered": ("answered", "asker"),
    "sent_back": ("open", "addressee"),
    "answer_accepted": ("accepted", "nobody"),
    "withdrawn": ("withdrawn", "nobody"),
}
KINDS = tuple(_STEPS)


@dataclass
class ReplayedQuestion:
    """One question as the log describes it."""

    state: str = ""
    turn: str = ""
    blocking: bool = False
    until: dt.date | None = None

    def follow(self, kind: str, data: dict[str, Any]) -> None:
        """Apply one event."""
        state, turn = _STEPS[kind]
        self.state, self.turn = state or self.state, turn or self.turn
        if kind == "asked":
            self.blocking = data["blocking"]
        if data.get("until"):
            self.until, self.blocking = dt.date.fromisoformat(data["until"]), False


def as_replayed(question: Question) -> ReplayedQuestion:
    """How a log must describe this question in the end."""
    return ReplayedQuestion(question.state.value, question.turn.value, question.blocking, question.assumed_until)
