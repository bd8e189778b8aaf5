"""What was known of a draft when somebody pressed the button for later, and what of it is otherwise now; pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kanban.status.facts import Gettext, plain
from kanban.status.health import Suggestion
from kanban.status.honesty import Finding

#: Silence speaks for sending it.
_CURED = "H8"


def known_of(suggestion: Suggestion, findings: Sequence[Finding], last: int | None) -> dict[str, Any]:
    """What is known, as it is kept with the draft; `last` is the number of the last published update."""
    return {"health": suggestion.health, "findings": _marks(findings), "last": last}


def news(
    known: Mapping[str, Any],
    suggestion: Suggestion,
    findings: Sequence[Finding],
    last: int | None,
    *,
    claim: str,
    reason: str,
    gettext: Gettext = plain,
) -> list[str]:
    """In a sentence each: findings that were not there, a suggested health that the claim or its `reason` did not know,
    an update that was published meanwhile. What only went on for longer is no news."""
    _, fresh = gettext, {*_marks(findings)} - {*known["findings"]}
    found = [each.message for each in findings if _mark(each) in fresh]
    if suggestion.health != known["health"] and (reason or suggestion.differs(claim)):
        names = {"on_track": _("on track"), "at_risk": _("at risk"), "off_track": _("off track")}
        was, now = (names.get(health, _("nothing")) for health in (known["health"], suggestion.health))
        found.append(_("Then the facts suggested %(was)s, and now they suggest %(now)s.", was=was, now=now))
    if last != known["last"]:
        found.append(_("Update %(number)s was published meanwhile.", number=last))
    return found


def _marks(findings: Iterable[Finding]) -> list[str]:
    return [_mark(each) for each in findings if each.code != _CURED]


def _mark(finding: Finding) -> str:
    return f"{finding.key}={finding.fact}"
