"""Replays what a log tells of questions: state and turn of each, whether it blocks, and until when one assumes."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from kanban.models import Question

#: What each kind of event makes of state and turn; None leaves it.
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
class ToldQuestion:
    """One question as the log tells it."""

    state: str = ""
    turn: str = ""
    blocking: bool = False
    until: dt.date | None = None

    def follow(self, kind: str, data: dict[str, Any]) -> None:
        """Take one step of the log."""
        state, turn = _STEPS[kind]
        self.state, self.turn = state or self.state, turn or self.turn
        if kind == "asked":
            self.blocking = data["blocking"]
        if data.get("until"):
            self.until, self.blocking = dt.date.fromisoformat(data["until"]), False


def as_told(question: Question) -> ToldQuestion:
    """What a log must tell to end at this question."""
    return ToldQuestion(question.state.value, question.turn.value, question.blocking, question.assumed_until)
