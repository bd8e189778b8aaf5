"""What happened since the last update, from item histories, promises that moved and present states; it neither judges
nor invents."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from kanban.flow.age import Age
from kanban.flow.history import ItemHistory
from kanban.flow.metrics import age
from kanban.flow.stage import Stage
from kanban.formatting import long_days, short_day
from kanban.status.asked import Unanswered, not_asked_again

LINES_AT_MOST = 100


@dataclass(frozen=True)
class Since:
    """Where the facts begin: the instant (None: at the very beginning) and the refs that had been reported as shipped
    by then."""

    at: datetime | None = None
    told: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Shipped:
    """An item that was finished since, and still is."""

    ref: str
    title: str
    on: date


@dataclass(frozen=True)
class Working:
    """An item in progress now."""

    ref: str
    title: str
    column: str
    age: Age


@dataclass(frozen=True)
class Stop:
    """An item that can't proceed now. `reason` is empty where a question holds it up: questions are internal."""

    ref: str
    title: str
    reason: str
    waiting_for: str
    since: date


@dataclass(frozen=True)
class Reopened:
    """An item that readers were told is done, and that is open again."""

    ref: str
    title: str
    on: date


@dataclass(frozen=True)
class Dropped:
    """An item that was discarded since."""

    ref: str
    title: str
    reason: str
    on: date


@dataclass(frozen=True)
class Slipped:
    """A promise whose date moved since, from the day it was promised for then to the one it is promised for now; None
    if its day has passed and no other was named. `ref` is empty if it is about a milestone; `cause` and `mitigation`
    are the words of the last change."""

    ref: str
    title: str
    old_on: date
    new_on: date | None
    cause: str
    mitigation: str


@dataclass(frozen=True)
class Waiting:
    """An item in the queue."""

    ref: str
    title: str


@dataclass(frozen=True)
class Standing:
    """An open problem of the register; `days` counts its first day as 1, `due_on` is the day of its next step."""

    text: str
    owner: str
    next_step: str
    due_on: date | None
    days: int


@dataclass(frozen=True)
class Decided:
    """What an update asked others to decide, by its subject, and the decision that answered it."""

    subject: tuple[str, str]
    number: int
    on: date


@dataclass(frozen=True)
class Facts:
    """All the facts; each list in the order a reader wants. A day of another year than that of `today` says so.
    `decided` is what needs not be asked any more."""

    slipped: tuple[Slipped, ...] = ()
    shipped: tuple[Shipped, ...] = ()
    working: tuple[Working, ...] = ()
    problems: tuple[Standing, ...] = ()
    stops: tuple[Stop, ...] = ()
    reopened: tuple[Reopened, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    next: tuple[Waiting, ...] = ()
    asked: tuple[Unanswered, ...] = ()
    decided: tuple[Decided, ...] = ()
    today: date = date.min


class Gettext(Protocol):
    """Translates a sentence and fills in its named values."""

    def __call__(self, string: str, **variables: Any) -> str: ...


def plain(string: str, **variables: Any) -> str:
    """The sentence in English."""
    return string % variables if variables else string


def gather(
    histories: Iterable[ItemHistory],
    *,
    since: Since,
    today: date,
    columns: Mapping[str, str],
    stops: Sequence[Stop] = (),
    problems: Sequence[Standing] = (),
    dropped: Sequence[Dropped] = (),
    queue: Sequence[Waiting] = (),
    slipped: Sequence[Slipped] = (),
    asked: Sequence[Unanswered] = (),
    decided: Sequence[Decided] = (),
) -> Facts:
    """Facts from every item's history and what a loader read of the present: the column of each ref, what is stopped,
    what was discarded since, the top of the queue, which promises moved since, what others are asked to decide,
    and what they decided."""
    items = list(histories)
    shipped = [item for item in items if item.is_finished and _is_news(item, since)]
    shipped.sort(key=lambda item: (item.finished_at is None, item.finished_at))
    working = [item for item in items if item.is_in_progress]
    working.sort(key=lambda item: (-item.stage.position, item.started_on or today))
    return Facts(
        slipped=tuple(sorted(slipped, key=lambda each: each.old_on - (each.new_on or today))),
        shipped=tuple(Shipped(item.ref, item.title, item.finished_on or today) for item in shipped),
        working=tuple(
            Working(item.ref, item.title, columns.get(item.ref, ""), age(item, today) or Age(1)) for item in working
        ),
        problems=tuple(problems),
        stops=tuple(sorted(stops, key=lambda stop: stop.since)),
        reopened=tuple(
            Reopened(item.ref, item.title, on)
            for item in items
            if not item.is_finished and not item.is_discarded and (on := _reopened_on(item, since)) is not None
        ),
        dropped=tuple(dropped),
        next=tuple(queue),
        asked=tuple(asked),
        decided=tuple(decided),
        today=today,
    )


def _is_news(item: ItemHistory, since: Since) -> bool:
    """Tell whether it is known to be finished in the window, and not reported before unless it was reopened in
    between."""
    if since.at is None or item.finished_at is None:
        return item.finished_at is not None
    return item.finished_at >= since.at and (item.ref not in since.told or _reopened_on(item, since) is not None)


def _reopened_on(item: ItemHistory, since: Since) -> date | None:
    """The day on which an item that had been done before the window, or was reported as done, left done again."""
    if since.at is None:
        return None
    day = None
    for before, after in zip(item.entries, item.entries[1:], strict=False):
        left_done = before.stage is Stage.DONE and after.stage is not Stage.DONE and after.at >= since.at
        if left_done and (before.at < since.at or item.ref in since.told):
            day = after.on
    return day


def sections(facts: Facts, *, locale: str = "en", gettext: Gettext = plain) -> list[dict[str, Any]]:
    """The sections a draft begins with: lines of {ref, text, note}, at most a hundred of each kind."""
    return [
        {"kind": kind, "lines": [line for line, _ in lines][:LINES_AT_MOST]}
        for kind, lines in lines_by_kind(facts, locale=locale, gettext=gettext).items()
    ]


def unmentioned(
    facts: Facts, written: Sequence[Mapping[str, Any]], *, locale: str = "en", gettext: Gettext = plain
) -> list[dict[str, Any]]:
    """Facts that no line of the written sections mentions by its reference, or a milestone by its words: {key, kind,
    line, why} in order of weight. A delay is only mentioned among the delays.

    What is next is the owner's choice, so it is never missing; what was discarded or reopened, and a decision that was
    asked for and not made, is offered only here.
    """
    mentioned = _marks(written)
    delays = _marks(section for section in written if section.get("kind") == "delays")
    told = lines_by_kind(facts, locale=locale, gettext=gettext)
    told["next"] = [(dropped_line(item, gettext), gettext("was discarded")) for item in facts.dropped]
    found = [
        {"key": mark(line), "kind": kind, "line": line, "why": why}
        for kind in ("delays", "problems", "shipped", "in_progress", "next")
        for line, why in told[kind]
        if mark(line) not in (delays if kind == "delays" else mentioned)
    ]
    again = [
        {"key": each.key, "kind": "decisions", "line": dict(each.last.line), "why": _waits(each, locale, gettext)}
        for each in not_asked_again(facts.asked, written)
    ]
    n_delays = sum(fact["kind"] == "delays" for fact in found)
    return [*found[:n_delays], *again, *found[n_delays:]]


def _waits(each: Unanswered, locale: str, gettext: Gettext) -> str:
    who, number = each.last.of, each.first.update
    ago = gettext("%(length)s ago", length=long_days(each.days, locale)) if each.days else gettext("today")
    if not who:
        return gettext("is not decided yet: asked in update %(number)s, %(ago)s", number=number, ago=ago)
    return gettext(
        "is not decided yet: asked of %(who)s in update %(number)s, %(ago)s", who=who, number=number, ago=ago
    )


def _marks(written: Iterable[Mapping[str, Any]]) -> set[str]:
    return {mark(line) for section in written for line in section.get("lines", ())}


def mark(line: Mapping[str, Any]) -> str:
    """What a line is about."""
    return str(line.get("ref") or line.get("text", ""))


def lines_by_kind(
    facts: Facts, *, locale: str = "en", gettext: Gettext = plain
) -> dict[str, list[tuple[dict[str, str], str]]]:
    """Pairs of a line and the reason why it is a fact, by kind of section."""
    today = facts.today
    return {
        "delays": [
            (
                _delay(item, locale, today),
                gettext("its promise moved") if item.new_on else gettext("its day has passed"),
            )
            for item in facts.slipped
        ],
        "shipped": [(_line(item, ""), gettext("is finished")) for item in facts.shipped],
        "in_progress": [
            (_line(item, _progress(item, locale, gettext)), gettext("is in progress")) for item in facts.working
        ],
        "problems": [
            *(
                (_problem(item, locale, today, gettext), gettext("is in the problem register"))
                for item in facts.problems
            ),
            *(
                (
                    _line(item, gettext("open again since %(day)s", day=short_day(item.on, locale, today=today))),
                    gettext("is open again"),
                )
                for item in facts.reopened
            ),
            *((_line(item, _stopped(item, locale, today, gettext)), gettext("can’t proceed")) for item in facts.stops),
        ],
        "next": [(_line(item, ""), gettext("is next")) for item in facts.next],
    }


def dropped_line(item: Dropped, gettext: Gettext) -> dict[str, str]:
    """What is told of an item that was discarded."""
    return _line(item, gettext("will not be done: %(reason)s", reason=item.reason))


def _line(item: Shipped | Working | Stop | Reopened | Dropped | Waiting, note: str) -> dict[str, str]:
    return {"ref": item.ref, "text": item.title, "note": note}


def _delay(item: Slipped, locale: str, today: date) -> dict[str, str]:
    days = (item.old_on, item.new_on or item.old_on)
    like = today if {day.year for day in days} == {today.year} else date.min
    old, new = (short_day(day, locale, today=like) for day in days)
    return {
        "ref": item.ref,
        "text": item.title,
        "note": item.mitigation,
        "old_date": old,
        "new_date": new if item.new_on else "",
        "cause": item.cause,
    }


def _problem(item: Standing, locale: str, today: date, gettext: Gettext) -> dict[str, str]:
    day = short_day(item.due_on, locale, today=today) if item.due_on else ""
    next_step = (
        gettext("next, by %(day)s: %(step)s", step=item.next_step, day=day)
        if item.next_step and day
        else gettext("next: %(step)s", step=item.next_step)
        if item.next_step
        else ""
    )
    return {"ref": "", "text": item.text, "note": "; ".join(filter(None, (item.owner, next_step)))}


def _progress(item: Working, locale: str, gettext: Gettext) -> str:
    length = long_days(item.age.days, locale)
    if not item.age.is_known:
        length = gettext("at least %(length)s", length=length)
    return f"{item.column}, {length}" if item.column else length


def _stopped(item: Stop, locale: str, today: date, gettext: Gettext) -> str:
    day = short_day(item.since, locale, today=today)
    if not item.reason:
        return gettext("waiting for an answer since %(day)s", day=day)
    reason = item.reason.rstrip(".")
    if item.waiting_for:
        return gettext("%(reason)s (waiting for %(who)s since %(day)s)", reason=reason, who=item.waiting_for, day=day)
    return gettext("%(reason)s (since %(day)s)", reason=reason, day=day)
