"""The words of a draft while it is being written: what a form sends, and moving, dropping and adding lines."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from kanban.errors import Invalid
from kanban.status.outdated import Outdated

SECTION_KINDS = ("delays", "shipped", "in_progress", "problems", "decisions", "next")
LINE_FIELDS = ("ref", "text", "note", "old_date", "new_date", "cause", "options")
"""Of a decision that is asked for: `note` is who is asked, `new_date` by when, `options` the choices, split by `|`."""

WORDS = ("headline", "summary", "health", "health_reason")


class Form(Protocol):
    """A submitted form: the first value of a name, and all its values in order."""

    def get(self, key: str, _default: str, /) -> str: ...

    def getlist(self, key: str, /) -> list[str]: ...


@dataclass
class DraftText:
    """The words of a draft, saved or just typed, and the revision that they are based on.

    Each line is a dict of LINE_FIELDS and its section's `kind`; lines stand in one list, section after section. A line
    that came from a form also has its `place` on the page, which the page's buttons refer to.
    """

    revision: int
    words: dict[str, str]
    lines: list[dict[str, str]]

    @classmethod
    def of(cls, revision: int, words: Mapping[str, str], sections: Sequence[Mapping[str, Any]]) -> "DraftText":
        """The words as they are saved."""
        lines = [{"kind": part["kind"], **line} for part in sections for line in part["lines"]]
        return cls(revision, dict(words), lines)

    @classmethod
    def read(cls, form: Form, *, healths: Iterable[str]) -> "DraftText":
        """Read a form: single fields, and for each line field one value per line, in the same order."""
        revision = form.get("over", "") or form.get("revision", "")
        columns = {name: form.getlist(f"line_{name}") for name in ("kind", "place", *LINE_FIELDS)}
        n_lines = len(columns["kind"])
        whole = all(len(values) == n_lines for values in columns.values()) and set(columns["kind"]) <= set(
            SECTION_KINDS
        )
        if not whole or not revision.isdecimal() or len(revision) > 9 or form.get("health", "") not in set(healths):
            raise Invalid({"form": "The form didn’t arrive in full. Reload the page."})
        lines = [{name: columns[name][place] for name in columns} for place in range(n_lines)]
        written = cls(int(revision), {name: form.get(name, "") for name in WORDS}, lines)
        written.tidy()
        return written

    def tidy(self) -> None:
        """Drop lines that say nothing, and put the rest in the order of their sections."""
        self.lines = [line for line in self.lines if line["text"].strip() or line["ref"]]
        self.lines.sort(key=lambda line: SECTION_KINDS.index(line["kind"]))

    def arrange(self, act: str) -> None:
        """Carry out `up N`, `down N` or `drop N` on the line at that place, or `clear KIND` on a section.

        Clearing removes the lines about items and leaves what somebody wrote themselves. Anything else changes nothing.
        """
        verb, _, place = act.partition(" ")
        if verb == "clear":
            self.lines = [line for line in self.lines if line["kind"] != place or not line["ref"]]
            return
        here = next((at for at, line in enumerate(self.lines) if line["place"] == place), None)
        if here is None:
            return
        if verb == "drop":
            del self.lines[here]
            return
        there = here + {"up": -1, "down": 1}.get(verb, 0)
        if 0 <= there < len(self.lines) and self.lines[here]["kind"] == self.lines[there]["kind"]:
            self.lines[here], self.lines[there] = self.lines[there], self.lines[here]

    def mention(self, found: Iterable[Mapping[str, Any]], key: str) -> list[dict[str, str]]:
        """Add the facts with this key, each to its section; returns the added lines."""
        added = [
            {**dict.fromkeys(LINE_FIELDS, ""), "kind": fact["kind"], **fact["line"]}
            for fact in found
            if fact["key"] == key
        ]
        self.lines += added
        self.tidy()
        return added

    def renew(self, found: Iterable[Outdated], which: str) -> list[dict[str, str]]:
        """Bring lines up to date; returns what the facts gave for them.

        `which` is `all`, `days` for those where only a length of time went on, or the key of a single one.
        """
        renewed = {
            each.at: each
            for each in found
            if each.can_renew and (which in ("all", each.key) or (which == "days" and each.is_days_only))
        }
        lines, given = [], []
        for at, line in enumerate(self.lines):
            each = renewed.get(at)
            lines += [line] if each is None else [{**line, **each.line}] if each.line else []
            given += [each.given] if each and each.given else []
        self.lines = lines
        self.tidy()
        return given

    @property
    def sections(self) -> list[dict[str, Any]]:
        """The lines by section; each still has its `kind`, and as `place` its index among all of them."""
        placed = [{**line, "place": place, "is_new": False} for place, line in enumerate(self.lines)]
        return [{"kind": kind, "lines": [line for line in placed if line["kind"] == kind]} for kind in SECTION_KINDS]

    @property
    def changes(self) -> dict[str, Any]:
        """The changes as `StatusUpdate.edit` takes them."""
        return {**self.words, "sections": self.sections}

    @property
    def moved_dates(self) -> int:
        """How many delays the draft reports."""
        return sum(line["kind"] == "delays" and bool(line["text"].strip()) for line in self.lines)

    @property
    def bare_delays(self) -> list[dict[str, str]]:
        """Delays without a new date or without a cause; readers will ask for both."""
        return [
            line
            for line in self.lines
            if line["kind"] == "delays" and line["text"] and not (line["new_date"] and line["cause"])
        ]

    @property
    def asked(self) -> list[dict[str, str]]:
        """The decisions that the draft asks of somebody who is named."""
        return [line for line in self.lines if line["kind"] == "decisions" and line["text"] and line["note"].strip()]
