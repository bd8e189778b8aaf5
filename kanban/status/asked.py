"""Decisions that published updates ask for: which lines ask the same, which decision closes a line, and which wait.

Two lines of a product ask the same if they have the same words and name the same people. A decision closes its own
line, every line that had asked the same by then, and in a correction the line with the same words.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True)
class Ask:
    """One line that asks for a decision, as its update froze it.

    `place` is its index among such lines of the update. An update that `is_notice` went only to those whose promise it
    is about, any other to everybody.
    """

    update_id: int
    update: int
    place: int
    at: datetime
    on: date
    line: Mapping[str, str]
    corrects_id: int | None = None
    is_corrected: bool = False
    is_notice: bool = False

    @property
    def text(self) -> str:
        return self.line["text"] or self.line["ref"]

    @property
    def of(self) -> str:
        """Who is asked to decide; if empty, whoever got the update."""
        return self.line["note"]

    @property
    def by(self) -> str:
        """By when, in words or as an ISO date."""
        return self.line["new_date"]

    @property
    def by_on(self) -> date | None:
        """By which day, if `by` is a date."""
        try:
            return date.fromisoformat(self.by)
        except ValueError:
            return None

    @property
    def subject(self) -> tuple[str, str]:
        """What is asked, and of whom; equal for lines that ask the same."""
        return subject_of(self.line)


@dataclass(frozen=True)
class Answer:
    """A decision, by its number, and the line that it was made on."""

    decision: int
    update_id: int
    place: int
    at: datetime


@dataclass(frozen=True)
class Unanswered:
    """A subject that nobody has decided yet: the first and the last line that asked, and the days since the first.

    It `is_private` if only notices ask for it.
    """

    first: Ask
    last: Ask
    days: int
    is_private: bool

    @property
    def key(self) -> str:
        """A name for it that stays the same from one request to the next."""
        return f"asked {self.last.update}.{self.last.place}"


@dataclass(frozen=True)
class Settled:
    """The decision, by its number, that closes every line that asked the same, and when it was made."""

    decision: int
    at: datetime


class Asked:
    """All lines of a product that ask for decisions, in the order of publishing, and the decisions made on them."""

    def __init__(self, asks: Sequence[Ask], answers: Iterable[Answer]) -> None:
        self.asks = asks
        self._corrects = {ask.update_id: ask.corrects_id for ask in asks}
        by_line = {(ask.update_id, ask.place): ask for ask in asks}
        # Answers indexed by what they may close, so that a line looks at few of them however many years there are.
        self._on_line: dict[tuple[int, int], list[Answer]] = defaultdict(list)
        self._on_subject: dict[tuple[str, str], list[Answer]] = defaultdict(list)
        self._on_words: dict[tuple[int, str], list[Answer]] = defaultdict(list)
        for answer in answers:
            on = by_line.get((answer.update_id, answer.place))
            if on is not None:
                self._on_line[on.update_id, on.place].append(answer)
                self._on_subject[on.subject].append(answer)
                self._on_words[on.update_id, on.text].append(answer)

    def find(self, update: int | None, place: int | None) -> Ask | None:
        """The line at a place of the update with this number; None if there is none."""
        return next((ask for ask in self.asks if (ask.update, ask.place) == (update, place)), None)

    def decision_on(self, ask: Ask) -> int | None:
        """The number of the decision that closes a line, its own before any other; None if it is open."""
        closing = self._closing(ask)
        return closing.decision if closing else None

    def _closing(self, ask: Ask) -> Answer | None:
        closing = self._on_line.get((ask.update_id, ask.place)) or [
            *(answer for answer in self._on_subject.get(ask.subject, ()) if answer.at >= ask.at),
            *(answer for wrong in self._corrected_by(ask) for answer in self._on_words.get((wrong, ask.text), ())),
        ]
        return min(closing, key=lambda answer: answer.decision, default=None)

    def settled(self) -> dict[tuple[str, str], Settled]:
        """The subjects that are decided, each with the decision that closed its newest line."""
        newest = {ask.subject: self._closing(ask) for ask in self.asks}
        return {subject: Settled(each.decision, each.at) for subject, each in newest.items() if each is not None}

    def unanswered(self, today: date) -> list[Unanswered]:
        """Subjects that still wait for a decision, those asked first before the rest.

        What only an update asked that has been corrected since no longer waits: the correction left it out.
        """
        waiting: dict[tuple[str, str], list[Ask]] = {}
        for ask in self.asks:
            if self.decision_on(ask) is None:
                waiting.setdefault(ask.subject, []).append(ask)
        found = []
        for asks in waiting.values():
            standing = [ask for ask in asks if not ask.is_corrected]
            if standing:
                days = (today - asks[0].on).days
                found.append(Unanswered(asks[0], standing[-1], days, all(ask.is_notice for ask in standing)))
        return found

    def _corrected_by(self, ask: Ask) -> set[int]:
        """The ids of the update that this line's update corrects, of the one that that one corrects, and so on."""
        found, wrong = set(), ask.corrects_id
        while wrong is not None:
            found.add(wrong)
            wrong = self._corrects.get(wrong)
        return found


def subject_of(line: Mapping[str, Any]) -> tuple[str, str]:
    """What a line asks, and of whom, with case and spaces folded."""
    words, of = str(line.get("text") or line.get("ref") or ""), str(line.get("note") or "")
    return " ".join(words.split()).casefold(), " ".join(of.split()).casefold()


def not_asked_again(unanswered: Iterable[Unanswered], written: Collection[Mapping[str, Any]]) -> list[Unanswered]:
    """The waiting decisions that a draft's sections do not ask for again.

    A line asks for one again if words and people are the same. One with the same words but other people does too,
    unless it asks for another decision that is waiting.
    """
    waiting = {each.last.subject: each for each in unanswered}
    asks = [subject_of(line) for part in written if part.get("kind") == "decisions" for line in part.get("lines", ())]
    reworded = {words for words, of in asks if (words, of) not in waiting}
    return [each for subject, each in waiting.items() if subject not in asks and subject[0] not in reworded]
