"""What was known of a draft when it was scheduled, and what of that has changed since; pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from kanban.formatting import short_day
from kanban.status.case import Case, is_about
from kanban.status.gettext import Gettext, plain
from kanban.status.health import Suggestion
from kanban.status.honesty import Finding
from kanban.status.lines import mark

#: The finding that the last update is long ago; publishing cures it, so it holds no update back.
_CURED = "H8"


def known_of(suggestion: Suggestion, findings: Sequence[Finding], last: int | None, case: Case) -> dict[str, Any]:
    """What is known now, in the form that is kept with the draft.

    `last` is the number of the last published update; `days` are the days of the promises that the draft reports as
    delays.
    """
    return {"health": suggestion.health, "findings": _marks(findings), "last": last, "days": _days(case)}


def changed_since_scheduled(
    known: Mapping[str, Any],
    suggestion: Suggestion,
    findings: Sequence[Finding],
    last: int | None,
    case: Case,
    *,
    claim: str,
    reason: str,
    gettext: Gettext = plain,
) -> list[str]:
    """What is new since the draft was scheduled, a sentence each.

    That is: findings that were not there, a suggested health that the claim or its `reason` did not take into account,
    a reported delay whose promise is now for another day, and an update published meanwhile. What only lasted longer is
    no news.
    """
    _, fresh = gettext, {*_marks(findings)} - {*known["findings"]}
    found = [each.message for each in findings if _mark(each) in fresh]
    if suggestion.health != known["health"] and (reason or suggestion.differs(claim)):
        names = {"on_track": _("on track"), "at_risk": _("at risk"), "off_track": _("off track")}
        was, now = (names.get(health, _("nothing")) for health in (known["health"], suggestion.health))
        found.append(_("The facts suggested %(was)s then; now they suggest %(now)s.", was=was, now=now))
    found += _other_days(known.get("days", {}), case, {each.key for each in findings if _mark(each) in fresh}, _)
    if last != known["last"]:
        found.append(_("Update %(number)s has been published in the meantime.", number=last))
    return found


def _days(case: Case) -> dict[str, Any]:
    """By the number of a promise: its title, its day, and the lines that report it as a delay."""
    told = {
        each: [line for line in case.lines("delays") if is_about(line, each.ref, each.title)] for each in case.promises
    }
    return {
        str(each.number): {"title": each.title, "due_on": f"{each.due_on}", "lines": [*map(mark, lines)]}
        for each, lines in told.items()
        if lines
    }


def _other_days(known: Mapping[str, Any], case: Case, found: set[str], _: Gettext) -> Iterator[str]:
    """Sentences about reported delays whose promise is now for another day, as far as no finding says so.

    Check H17 can't read a day that somebody typed, and notices and corrections hold no others.
    """
    now = {str(each.number): each.due_on for each in case.promises}
    for number, then in known.items():
        due_on, was = now.get(number), date.fromisoformat(then["due_on"])
        if due_on == was or any(f"H17:delays {line}" in found for line in then["lines"]):
            continue
        if due_on is None:
            yield _("“%(title)s” is listed as a delay, but that promise is no longer open.", title=then["title"])
        else:
            days = {name: short_day(day, "en", today=case.today) for name, day in (("was", was), ("now", due_on))}
            yield _(
                "“%(title)s” was promised for %(was)s then and is promised for %(now)s now.",
                title=then["title"],
                **days,
            )


def _marks(findings: Iterable[Finding]) -> list[str]:
    return [_mark(each) for each in findings if each.code != _CURED]


def _mark(finding: Finding) -> str:
    return f"{finding.key}={finding.fact}"
