"""Subject, text and HTML of each kind of mail, made from plain values; it loads nothing and sends nothing."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import css_inline
import jinja2
from flask_babel import gettext

from kanban import formatting
from kanban.attachments import TURNING

KINDS = (
    "sign_in",
    "invitation",
    "password",
    "question_asked",
    "question_answered",
    "question_returned",
    "update",
    "receipt",
    "stakeholder_asked",
    "stakeholder_answered",
    "stakeholder_decided",
    "link_reported",
    "lost_link",
    "update_due",
    "update_held",
    "notification",
    "digest",
    "request_confirm",
    "request_received",
    "request_outcome",
    "request_heard",
    "test",
)
_SUBJECT = "Subject:"
_HEALTH_LOOK = {
    "on_track": ("good", "✓"),
    "at_risk": ("warn", "▲"),
    "off_track": ("bad", "⊖"),
    "unknown": ("plain", "?"),
    "paused": ("plain", "‖"),
    "done": ("good", "✓"),
}

Render = Callable[[str, Mapping[str, Any]], str]


@dataclass(frozen=True)
class WrittenMail:
    """A mail in words; the styles of its HTML are inlined."""

    subject: str
    text: str
    html: str


def compose(kind: str, context: Mapping[str, Any], *, render: Render) -> WrittenMail:
    """Write a mail of this kind; `render(template, values)` is the application's template engine.

    The text template's first line is `Subject: …`. The top of each template says what `context` must hold.
    """
    if kind not in KINDS:
        raise ValueError(f"There is no mail of kind {kind!r}.")
    head, _newline, body = render(f"mail/{kind}.txt", context).lstrip().partition("\n")
    if not head.startswith(_SUBJECT):
        raise ValueError(f"mail/{kind}.txt does not begin with its subject.")
    subject = " ".join(head.removeprefix(_SUBJECT).translate(TURNING).split())
    html = _inliner().inline(render(f"mail/{kind}.html", {**context, "subject": subject}))
    return WrittenMail(subject=subject, text=_tidy(body), html=html)


def renderer(environment: jinja2.Environment) -> Render:
    """A render function over the application's templates in which blocks leave no empty lines behind in plain text."""
    quiet = environment.overlay(trim_blocks=True, lstrip_blocks=True)

    def render(template: str, values: Mapping[str, Any]) -> str:
        return quiet.get_template(template).render(values)

    return render


def update_view(snapshot: Mapping[str, Any], *, locale: str = "en", zone: str = "UTC") -> dict[str, Any]:
    """A frozen snapshot with its dates in words and its sections titled, for mail, page and print alike."""
    published_on = dt.date.fromisoformat(snapshot["published_on"])
    since = _day_of(snapshot.get("since"), zone)
    since_words = formatting.short_day(since, locale, today=published_on) if since else ""
    return {
        **snapshot,
        "part": snapshot.get("part", "full"),
        "notice": bool(snapshot.get("notice")),
        "published_words": formatting.long_day(published_on, locale),
        "published_in_full": formatting.full_day(published_on, locale),
        "since_words": since_words,
        "health_words": health_words(snapshot["health"]),
        "health_tone": _HEALTH_LOOK[snapshot["health"]][0],
        "health_sign": _HEALTH_LOOK[snapshot["health"]][1],
        "computed_words": _computed_words(snapshot),
        "grounds": snapshot.get("health_grounds", []),
        "remarks": [check for check in snapshot.get("checks", []) if check["reason"]],
        "open_checks": [
            check for check in snapshot.get("checks", []) if not check["reason"] and not check["mentioned"]
        ],
        "before_words": _before_words(snapshot, since_words),
        "paragraphs": [part.strip() for part in snapshot["summary"].split("\n\n") if part.strip()],
        "sections": [
            {
                "kind": section["kind"],
                "title": section_title(section["kind"], since_words),
                "lines": [_line_view(section["kind"], line, locale, published_on) for line in section["lines"]],
            }
            for section in snapshot["sections"]
            if section["lines"]
        ],
    }


def _(words: str, **values: str) -> str:
    return str(gettext(words, **values))


def section_title(kind: str, since_words: str = "") -> str:
    """The heading of a section, as readers see it."""
    match kind:
        case "delays":
            return _("Later than promised")
        case "shipped":
            return _("Done since %(day)s", day=since_words) if since_words else _("Done")
        case "in_progress":
            return _("In progress")
        case "problems":
            return _("Problems")
        case "decisions":
            return _("We ask you to decide")
        case "next":
            return _("Next")
    raise ValueError(f"There is no section of kind {kind!r}.")


def health_words(health: str) -> str:
    """The claimed health, as readers see it."""
    return {
        "on_track": _("On track"),
        "at_risk": _("At risk"),
        "off_track": _("Off track"),
        "unknown": _("Health: not known yet"),
        "paused": _("Paused"),
        "done": _("Done"),
    }[health]


def _health_within(health: str) -> str:
    """The health as it reads within a sentence."""
    return _("not known yet") if health == "unknown" else health_words(health).lower()


def _computed_words(snapshot: Mapping[str, Any]) -> str:
    """What the facts suggest, if the claim differs; otherwise ""."""
    computed = snapshot.get("health_computed")
    if not computed or computed == snapshot["health"]:
        return ""
    if snapshot.get("notice"):
        return _("The facts say: %(health)s", health=_health_within(computed))
    return _("The forecast says: %(health)s", health=_health_within(computed))


def _before_words(snapshot: Mapping[str, Any], since_words: str) -> str:
    """The health claimed in the last update, if it was another one; otherwise "".

    A notice about one promise never says this, since it is not about the health of the whole product.
    """
    before = snapshot.get("health_before")
    if not before or before == snapshot["health"] or snapshot.get("notice"):
        return ""
    was = _health_within(before)
    if since_words:
        return _("was %(health)s on %(day)s", health=was, day=since_words)
    return _("was %(health)s before", health=was)


def _line_view(kind: str, line: Mapping[str, str], locale: str, today: dt.date) -> dict[str, str]:
    """A line with its days in words; `date_words` joins them: "1 Dec → 12 Jan", "by 27 Nov"."""
    view = {
        field: line.get(field) or "" for field in ("ref", "text", "note", "old_date", "new_date", "cause", "options")
    }
    view["text"] = view["text"] or view["ref"]
    view["options"] = " · ".join(filter(None, (option.strip() for option in view["options"].split("|"))))
    for field in ("old_date", "new_date"):
        view[field] = _date_words(view[field], locale, today)
    view["open_words"] = _("no new date yet") if kind == "delays" and view["old_date"] and not view["new_date"] else ""
    view["date_words"] = " → ".join(filter(None, (view["old_date"], view["new_date"] or view["open_words"])))
    if kind == "decisions":
        view["date_words"] = view["date_words"] and _("by %(day)s", day=view["date_words"])
        view["note"] = view["note"] and _("asked of %(name)s", name=view["note"])
    return view


def _date_words(value: str, locale: str, today: dt.date) -> str:
    """An ISO day in words, such as "1 Dec"; any other text unchanged."""
    try:
        return formatting.short_day(dt.date.fromisoformat(value), locale, today=today)
    except ValueError:
        return value


def _day_of(instant: str | None, zone: str) -> dt.date | None:
    return dt.datetime.fromisoformat(instant).astimezone(ZoneInfo(zone)).date() if instant else None


def _tidy(text: str) -> str:
    """Strip trailing blanks, allow at most one empty line in a row, and end with one line break."""
    lines: list[str] = []
    for line in (line.rstrip() for line in text.strip().splitlines()):
        if line or lines[-1:] != [""]:
            lines.append(line)
    return "\n".join(lines) + "\n"


@lru_cache(maxsize=1)
def _inliner() -> css_inline.CSSInliner:
    """Inlines styles; the style sheet also stays in the head, since the rules for dark screens can't be inlined."""
    return css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)
