"""Facts as the lines of an update, and which facts its text does not mention."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from kanban.formatting import long_days, short_day
from kanban.status.asked import Unanswered, not_asked_again
from kanban.status.facts import Dropped, Facts, OpenProblem, Reopened, Shipped, Slipped, Stop, Waiting, Working
from kanban.status.gettext import Gettext, plain

LINES_AT_MOST = 100


def sections(facts: Facts, *, locale: str = "en", gettext: Gettext = plain) -> list[dict[str, Any]]:
    """The sections that a draft begins with: lines of {ref, text, note}, at most a hundred of each kind."""
    return [
        {"kind": kind, "lines": [line for line, _ in lines][:LINES_AT_MOST]}
        for kind, lines in lines_by_kind(facts, locale=locale, gettext=gettext).items()
    ]


def unmentioned(
    facts: Facts, written: Sequence[Mapping[str, Any]], *, locale: str = "en", gettext: Gettext = plain
) -> list[dict[str, Any]]:
    """Facts that the written sections do not mention, as {key, kind, line, why} in order of weight.

    A fact is mentioned by its item's reference, or by its words if it has none, such as a milestone. A delay has to be
    mentioned among the delays.

    What is next is the owner's choice, so it is never missing. What was discarded, and a decision that was asked for
    and not made, is offered only here.
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
    """What a line is about: its reference, or else its words."""
    return str(line.get("ref") or line.get("text", ""))


def lines_by_kind(
    facts: Facts, *, locale: str = "en", gettext: Gettext = plain
) -> dict[str, list[tuple[dict[str, str], str]]]:
    """By kind of section, pairs of a line and the reason why it belongs there."""
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
    """The line about an item that was discarded."""
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


def _problem(item: OpenProblem, locale: str, today: date, gettext: Gettext) -> dict[str, str]:
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
