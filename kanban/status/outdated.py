"""Lines of a draft that no longer say what the facts say, and their renewed lines, which keep the owner's words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kanban.flow.history import ItemHistory
from kanban.formatting import short_day
from kanban.status.asked import subject_of
from kanban.status.facts import Dropped, Facts
from kanban.status.gettext import Gettext, plain
from kanban.status.lines import dropped_line, lines_by_kind, mark

Line = Mapping[str, Any]


@dataclass(frozen=True)
class Outdated:
    """A line of a draft that no longer holds.

    What became of it is in words: `why`, or `old` and `new` if it stays in its section. `line` holds what replaces it,
    with its `kind`, and is None if the line is left out, which happens only to lines without words of the owner's own.
    `given` is what the facts gave for it. `is_days_only` says that nothing changed but a length of time. `at` is its
    index among all lines, since two may say the same.
    """

    kind: str
    mark: str
    text: str
    ref: str = ""
    why: str = ""
    old: str = ""
    new: str = ""
    line: dict[str, str] | None = None
    given: dict[str, str] | None = None
    can_renew: bool = True
    is_days_only: bool = False
    at: int = 0

    @property
    def key(self) -> str:
        """A name for it that stays the same from one request to the next."""
        return f"{self.kind} {self.mark}"

    @property
    def lasting(self) -> str:
        """What became of it, without the length of time, which grows by itself."""
        return _without_days(self.new) if self.kind == "in_progress" and self.new else self.new or self.why


def outdated(
    facts: Facts,
    items: Iterable[ItemHistory],
    sections: Sequence[Mapping[str, Any]],
    filled: Sequence[Line],
    *,
    locale: str = "en",
    gettext: Gettext = plain,
) -> tuple[Outdated, ...]:
    """The lines of these `sections` that no longer hold, in their order; `filled` are those that the facts filled in.

    A line that the facts did not fill in is checked only against what its section claims about its item; a problem or a
    delay in the owner's own words is not checked. A decision that is asked for is checked against those that were made.
    """
    told = lines_by_kind(facts, locale=locale, gettext=gettext)
    told["dropped"] = [(dropped_line(item, gettext), "") for item in facts.dropped]
    look = _Look(told, {item.ref: item for item in items}, filled, _decided(facts, locale, gettext), gettext)
    lines = [(str(part["kind"]), line) for part in sections for line in part["lines"]]
    settled = {(kind, mark(line)) for kind, line in lines if look.holds(kind, line)}
    found = []
    for at, (kind, line) in enumerate(lines):
        each = look.judge(kind, line, settled)
        if each is not None:
            found.append(replace(each, at=at))
            settled |= {(each.line["kind"], each.mark)} if each.line else set()
    return tuple(found)


class _Look:
    """The present facts by what a line is about, and what the draft was filled with."""

    def __init__(
        self,
        told: Mapping[str, Sequence[tuple[dict[str, str], str]]],
        items: Mapping[str, ItemHistory],
        filled: Sequence[Line],
        decided: Mapping[tuple[str, str], str],
        gettext: Gettext,
    ) -> None:
        self.now = _by_subject((kind, line) for kind, pairs in told.items() for line, _why in pairs)
        self.filled = _by_subject((str(line["kind"]), line) for line in filled)
        self.items = items
        self.decided = decided
        self.gettext = gettext

    def holds(self, kind: str, line: Line) -> bool:
        """Whether a line stands in the section where it belongs."""
        key, item = (kind, mark(line)), self.items.get(str(line.get("ref")))
        match kind:
            case "shipped":
                return item is None or item.is_finished
            case "in_progress":
                return item is None or item.is_in_progress
            case "next":
                is_open = item is None or not (item.is_finished or item.is_in_progress or item.is_discarded)
                return is_open or self._is_told_as_dropped(line)
            case "problems" | "delays":
                return key in self.now or key not in self.filled
            case "decisions":
                return subject_of(line) not in self.decided
        return True

    def judge(self, kind: str, line: Line, settled: set[tuple[str, str]]) -> Outdated | None:
        """What no longer holds of a line, None if all of it does; `settled` are (section, subject) that are taken."""
        if self.holds(kind, line):
            look = {"delays": self._judge_days, "in_progress": self._judge_note, "problems": self._judge_note}.get(kind)
            return look(kind, line) if look else None
        if kind == "decisions":
            return self._leave_out(kind, line, self.decided[subject_of(line)])
        item = self.items.get(str(line.get("ref")))
        if kind == "delays" or item is None:
            gone = self.gettext("is no longer a delay") if kind == "delays" else self.gettext("is settled")
            return self._leave_out(kind, line, gone)
        given, why = self._place(kind, item)
        subject = (given["kind"], mark(line))
        if subject in settled and not self._has_own_words(kind, line):
            return self._leave_out(kind, line, why)
        note = str(line.get("note", "")) if self._is_own(kind, line, "note") else ""
        # The owner's words and the fact that the new section needs stand side by side.
        renewed = {**given, "text": str(line["text"]), "note": "; ".join(filter(None, (note, given["note"])))}
        return self._found(kind, line, why=why, line_now=renewed, given=given)

    def _judge_note(self, kind: str, line: Line) -> Outdated | None:
        """A note that the facts wrote and would write differently now."""
        now = self.now.get((kind, mark(line)), [])
        old = str(line.get("note", ""))
        if not old or not now or self._is_own(kind, line, "note") or any(each["note"] == old for each in now):
            return None
        given = {**now[0], "kind": kind}
        return self._found(
            kind,
            line,
            old=old,
            new=given["note"],
            line_now={"kind": kind, "note": given["note"]},
            given=given,
            is_days_only=kind == "in_progress" and _without_days(old) == _without_days(given["note"]),
        )

    def _judge_days(self, kind: str, line: Line) -> Outdated | None:
        """A delay whose promise moved again since the facts wrote its days."""
        now, days = self.now.get((kind, mark(line)), []), ("old_date", "new_date")
        if not now or any(self._is_own(kind, line, name) for name in days):
            return None
        if any(all(str(line.get(name, "")) == each[name] for name in days) for each in now):
            return None
        same = [each for each in now if each["text"] == line["text"]] or now
        given = {**same[0], "kind": kind}
        fresh = {name: given[name] for name in (*days, "cause", "note") if not self._is_own(kind, line, name)}
        open_ = self.gettext("open")
        old, new = (str(each.get("new_date") or open_) for each in (line, given))
        return self._found(kind, line, old=old, new=new, line_now={"kind": kind, **fresh}, given=given)

    def _place(self, kind: str, item: ItemHistory) -> tuple[dict[str, str], str]:
        """The line for an item in the section where it belongs now, and what became of the item."""
        _ = self.gettext
        bare = {"ref": item.ref, "text": item.title, "note": ""}
        if item.is_discarded:
            [line, *_rest] = self.now.get(("dropped", item.ref)) or [
                dropped_line(Dropped(item.ref, item.title, "", item.created_on), _)
            ]
            return {**line, "kind": "next"}, _("was discarded")
        if item.is_finished:
            return {**bare, "kind": "shipped"}, _("is finished")
        if kind == "shipped" and ("problems", item.ref) in self.now:
            return {**self.now["problems", item.ref][0], "kind": "problems"}, _("is open again")
        if item.is_in_progress:
            [line, *_rest] = self.now.get(("in_progress", item.ref)) or [bare]
            why = _("can proceed again") if kind == "problems" else _("is in progress")
            return {**line, "kind": "in_progress"}, why
        if kind == "problems":
            return {**bare, "kind": "next"}, _("can proceed again")
        return {**bare, "note": _("back in the queue"), "kind": "next"}, _("is back in the queue")

    def _leave_out(self, kind: str, line: Line, why: str) -> Outdated:
        return self._found(kind, line, why=why, can_renew=not self._has_own_words(kind, line))

    def _found(self, kind: str, line: Line, *, line_now: dict[str, str] | None = None, **said: Any) -> Outdated:
        return Outdated(kind, mark(line), str(line["text"]), str(line.get("ref") or ""), line=line_now, **said)

    def _has_own_words(self, kind: str, line: Line) -> bool:
        return any(self._is_own(kind, line, name) for name in ("text", "note", "old_date", "new_date", "cause"))

    def _is_own(self, kind: str, line: Line, name: str) -> bool:
        """Whether this field of a line says something that the facts did not give."""
        words = str(line.get(name) or "")
        return bool(words) and all(words != each.get(name) for each in self._filled_with(kind, line))

    def _is_told_as_dropped(self, line: Line) -> bool:
        """Whether a line says that its item will not be done, or was filled in to say so."""
        said = [str(line.get("note", "")), *(str(each.get("note", "")) for each in self._filled_with("next", line))]
        return any(each["note"] in said for each in self.now.get(("dropped", mark(line)), []))

    def _filled_with(self, kind: str, line: Line) -> list[dict[str, str]]:
        return self.filled.get((kind, mark(line)), [])


def _decided(facts: Facts, locale: str, gettext: Gettext) -> dict[tuple[str, str], str]:
    """By the subject that was asked, what became of it."""
    return {
        each.subject: gettext(
            "was decided on %(day)s (decision %(number)s)",
            day=short_day(each.on, locale, today=facts.today),
            number=each.number,
        )
        for each in facts.decided
    }


def _without_days(note: str) -> str:
    """The note of an item in progress without its length of time: its column."""
    return note.rpartition(", ")[0]


def _by_subject(lines: Iterable[tuple[str, Line]]) -> dict[tuple[str, str], list[dict[str, str]]]:
    """Lines by section and subject, with each field on one line, as a draft saves them."""
    found: dict[tuple[str, str], list[dict[str, str]]] = {}
    for kind, line in lines:
        flat = {name: " ".join(str(words or "").split()) for name, words in line.items()}
        found.setdefault((kind, mark(flat)), []).append(flat)
    return found
