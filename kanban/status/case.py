"""What an update claims and the facts that the claim is checked against: plain records that a loader fills."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kanban.flow.track import Record
from kanban.status.outdated import Outdated


@dataclass(frozen=True)
class Promise:
    """An open promise.

    `half` and `sure` are its dates at 50 and 85 %, None if beyond the forecast; `is_known` says whether there is a
    forecast. `said_sure` is the 85 % date that was on record when the last but one update was published. `is_closure`
    says whether nobody works on the promised day.
    """

    number: int
    title: str
    due_on: date
    ref: str = ""
    is_known: bool = False
    half: date | None = None
    sure: date | None = None
    said_sure: date | None = None
    is_closure: bool = False

    @property
    def keeps_half(self) -> bool:
        return self.half is not None and self.half <= self.due_on

    @property
    def keeps_sure(self) -> bool:
        return self.sure is not None and self.sure <= self.due_on


@dataclass(frozen=True)
class Moved:
    """A promise whose date became later since the last update."""

    title: str
    old_on: date
    new_on: date
    ref: str = ""

    @property
    def days(self) -> int:
        return (self.new_on - self.old_on).days


@dataclass(frozen=True)
class Lost:
    """A promised item that was discarded or went back into the queue since the last update."""

    ref: str
    title: str
    is_discarded: bool


@dataclass(frozen=True)
class Problem:
    """An open problem of the register."""

    text: str
    days: int
    owner: str = ""
    next_step: str = ""


@dataclass(frozen=True)
class Grown:
    """A milestone and how many items joined it since the last update; `now` counts all its items."""

    title: str
    added: int
    now: int

    @property
    def share(self) -> float:
        """The growth as a share of its former size."""
        was = self.now - self.added
        return self.added / was if was > 0 else 0.0


@dataclass(frozen=True)
class Blocked:
    """An item that can't proceed, and for how many days."""

    ref: str
    title: str
    days: int


@dataclass(frozen=True)
class Case:
    """Everything the checks look at.

    `claims` are the healths claimed in the previous updates, the newest first.
    """

    today: date
    claim: str
    words: str = ""
    sections: Sequence[Mapping[str, Any]] = ()
    claims: tuple[str, ...] = ()
    promises: tuple[Promise, ...] = ()
    moved: tuple[Moved, ...] = ()
    lost: tuple[Lost, ...] = ()
    problems: tuple[Problem, ...] = ()
    last_on: date | None = None
    cadence_days: int = 14
    n_shipped: int = 0
    n_eased: int = 0
    grown: tuple[Grown, ...] = ()
    last_finished_on: date | None = None
    has_work: bool = False
    is_short: bool = False
    blocked: tuple[Blocked, ...] = ()
    sle_days: int | None = None
    track: Record | None = None
    outdated: tuple[Outdated, ...] = ()

    def mentions(self, ref: str, title: str, *, kinds: Sequence[str] = ()) -> bool:
        """Whether the update is about something, by its reference or by its words.

        Headline and summary count too, unless `kinds` limits the search to certain sections.
        """
        lines = [line for part in self.sections if not kinds or part["kind"] in kinds for line in part.get("lines", ())]
        if any(is_about(line, ref, title) for line in lines):
            return True
        return not kinds and _says(self.words, ref, title)

    def lines(self, kind: str) -> list[Mapping[str, Any]]:
        """The lines of one section that say something."""
        return [
            line for part in self.sections if part["kind"] == kind for line in part.get("lines", ()) if text_of(line)
        ]


def is_about(line: Mapping[str, Any], ref: str, title: str) -> bool:
    """Whether a line of an update is about something, by its reference or by its words."""
    if ref and line.get("ref") == ref:
        return True
    words = " ".join(str(line.get(name) or "") for name in ("text", "note", "cause"))
    return _says(words, ref, title)


def _says(words: str, ref: str, title: str) -> bool:
    said = words.casefold()
    tokens = "".join(character if character.isalnum() or character == "-" else " " for character in said).split()
    return bool((ref and ref.casefold() in tokens) or (title and title.casefold() in said))


def is_day(words: str) -> bool:
    """Whether a text is an ISO date."""
    try:
        date.fromisoformat(words)
    except ValueError:
        return False
    return True


def text_of(line: Mapping[str, Any]) -> str:
    """The words of a line, or else its reference."""
    return str(line.get("text") or line.get("ref") or "")
