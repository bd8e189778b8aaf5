"""How a form is read, and drawn again with what was typed into it."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import flask
import jinja2
from flask_babel import gettext as _

from kanban.errors import Invalid, Stale


def _no_errors() -> Mapping[str, str | None]:
    return defaultdict(lambda: None)


@dataclass(frozen=True)
class Draft:
    """A form that was rejected: what was typed stays in its fields, with a sentence beside them.

    A field that was not sent reads as empty; one without a problem has None as its error.
    """

    form: str
    values: Mapping[str, str] = field(default_factory=lambda: defaultdict(str))
    errors: Mapping[str, str | None] = field(default_factory=_no_errors)
    is_stale: bool = False

    @classmethod
    def typed(
        cls, form: str, errors: Mapping[str, str], *, is_stale: bool = False, more: Mapping[str, str] | None = None
    ) -> "Draft":
        """What this request sent, plus what its address said (`more`)."""
        values = defaultdict(str, flask.request.form.to_dict() | dict(more or {}))
        return cls(form, values, defaultdict(lambda: None, errors), is_stale)


class Edit:
    """A form beside what it edits as that stands now: `changed` are the fields that say something else than when the
    form was drawn (`was_…`; one without it counts as changed), `clashes` those of them that somebody else changed too,
    each with a sentence. `values` fill the form when it is drawn again."""

    def __init__(self, thing: object, names: Iterable[str]) -> None:
        form = flask.request.form
        standing = {name: getattr(thing, name) for name in names}
        self.changed: dict[str, str] = {}
        self.clashes: dict[str, str] = {}
        for name, value in standing.items():
            said = as_typed(form.getlist(name)) if isinstance(value, list) else form.get(name, "")
            was, now = form.get(f"was_{name}"), as_typed(value)
            if was is not None and _lines(said) in (_lines(was), [_one_line(was)]):
                continue
            self.changed[name] = said
            if was is not None and _one_line(now) not in (_one_line(was), _one_line(said)):
                self.clashes[name] = _overtaken(value)
        self.values = {name: as_typed(value) for name, value in standing.items()} | self.changed

    def changes(self) -> dict[str, str]:
        """What to change; Invalid if that would overwrite what somebody else changed in the meantime."""
        if self.clashes:
            raise Invalid(self.clashes, Stale.code)
        return self.changed


def as_typed(value: Any) -> str:
    """A value as its field sends it: nothing and "no" as an empty text, "yes" as 1, several ticks as their words."""
    if value is True:
        return "1"
    if isinstance(value, list):
        return " ".join(value)
    return "" if value is None or value is False else str(value)


def _lines(text: str) -> list[str]:
    return text.splitlines() or [""]


def _one_line(text: str) -> str:
    """The text as a field of one line holds it."""
    return "".join(text.splitlines())


def _overtaken(theirs: Any) -> str:
    if not theirs or theirs is True or isinstance(theirs, Enum | list | dt.date):
        return _("Somebody has changed this in the meantime. What you chose is kept here; saving replaces theirs.")
    return _(
        "Somebody has changed it in the meantime: “%(title)s”. What you wrote is kept here; saving replaces theirs.",
        title=theirs,
    )


@jinja2.pass_context
def focusing(_context: object, attrs: Mapping[str, Any], error: str | None) -> dict[str, Any]:
    """The attributes of a field: a page that answers a sent form puts the focus only on the first field with an error.

    An empty `autofocus` means on, False means off. It is given a template's context so that Jinja does not work it out
    once for all requests, where all that it is given stands in the template.
    """
    wanted = attrs.get("autofocus", False) not in (False, None)
    if flask.request.method == "POST":
        wanted = bool(error) and not flask.g.get("has_focus")
        flask.g.has_focus = flask.g.get("has_focus") or wanted
    rest = {name: value for name, value in attrs.items() if name != "autofocus"}
    return rest | ({"autofocus": ""} if wanted else {})


def small_number(text: str) -> int:
    """For `type=` of a query or form: a whole number that every database can hold, else ValueError."""
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise ValueError("no number, or too long")
    return int(text)


def number_or_none(text: str) -> int | None:
    """The same number, or None for anything else."""
    try:
        return small_number(text)
    except ValueError:
        return None


def day_sent(name: str) -> dt.date:
    """The day in this field; Invalid without one."""
    day = day_or_none(name)
    if day is None:
        raise Invalid({name: _("Give a day.")})
    return day


def day_or_none(name: str) -> dt.date | None:
    """The day in this field, or None where it is empty; Invalid for anything else."""
    given = flask.request.form.get(name, "").strip()
    try:
        return dt.date.fromisoformat(given) if given else None
    except ValueError:
        raise Invalid({name: _("Give a day, written year-month-day, such as 2026-12-15.")}) from None


def references(most: int) -> list[str]:
    """The references in `items`, one field or several, in capitals as they are written; no more than `most`."""
    return " ".join(flask.request.values.getlist("items")).replace(",", " ").upper().split()[:most]


def file_sent(most: int) -> bytes | None:
    """The field `file` of a form, None without one; of a file of more than so many bytes one byte more than that."""
    file = flask.request.files.get("file")
    if file is None:
        return None
    with file.stream:
        content: bytes = file.read(most + 1)
        return content
