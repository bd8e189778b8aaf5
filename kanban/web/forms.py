"""Reading forms, and drawing them again with what was typed into them."""

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
    """A form to be drawn: the values of its fields and, if it was rejected, an error sentence for each wrong field.

    `form` names it among the forms of its page. A field that was not sent reads as empty; one without a problem has
    None as its error. `is_stale` means that somebody else has changed the thing meanwhile.
    """

    form: str
    values: Mapping[str, str] = field(default_factory=lambda: defaultdict(str))
    errors: Mapping[str, str | None] = field(default_factory=_no_errors)
    is_stale: bool = False

    @classmethod
    def typed(
        cls, form: str, errors: Mapping[str, str], *, is_stale: bool = False, more: Mapping[str, str] | None = None
    ) -> "Draft":
        """A draft of what this request sent, with these errors; `more` are values that the form itself did not hold."""
        values = defaultdict(str, flask.request.form.to_dict() | dict(more or {}))
        return cls(form, values, defaultdict(lambda: None, errors), is_stale)


class Edit:
    """A submitted form compared with the current state of what it edits.

    Each field may be accompanied by a hidden `was_…` with its value when the form was drawn. `changed` holds the fields
    that differ from it (a field without it counts as changed), `clashes` a sentence for each of these that somebody
    else has changed too. `values` fill the form when it is drawn again: the changed fields as typed, the others as they
    are now.
    """

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
        """The changed fields. Raises Invalid if they would overwrite what somebody else has changed in the meantime."""
        if self.clashes:
            raise Invalid(self.clashes, Stale.code)
        return self.changed


def as_typed(value: Any) -> str:
    """A value as its form field sends it: None and False become "", True becomes "1", a list its words with spaces."""
    if value is True:
        return "1"
    if isinstance(value, list):
        return " ".join(value)
    return "" if value is None or value is False else str(value)


def _lines(text: str) -> list[str]:
    return text.splitlines() or [""]


def _one_line(text: str) -> str:
    """The text as a one-line field holds it: without line breaks."""
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
    """The attributes of a field; in the answer to a sent form, only the first field with an error has `autofocus`.

    In the attributes given, an empty `autofocus` means on; False and None mean off. The unused context parameter keeps
    Jinja from evaluating a call with constant arguments once at compile time, for all requests.
    """
    wanted = attrs.get("autofocus", False) not in (False, None)
    if flask.request.method == "POST":
        wanted = bool(error) and not flask.g.get("has_focus")
        flask.g.has_focus = flask.g.get("has_focus") or wanted
    rest = {name: value for name, value in attrs.items() if name != "autofocus"}
    return rest | ({"autofocus": ""} if wanted else {})


def small_number(text: str) -> int:
    """A whole number small enough for every database, for `type=` of a query or form; raises ValueError otherwise."""
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise ValueError("no number, or too long")
    return int(text)


def number_or_none(text: str) -> int | None:
    """Like small_number, but None for anything else."""
    try:
        return small_number(text)
    except ValueError:
        return None


def day_sent(name: str) -> dt.date:
    """The day in this field. Raises Invalid if it is empty or not a day."""
    day = day_or_none(name)
    if day is None:
        raise Invalid({name: _("Give a day.")})
    return day


def day_or_none(name: str) -> dt.date | None:
    """The day in this field, or None if it is empty. Raises Invalid for anything else."""
    given = flask.request.form.get(name, "").strip()
    try:
        return dt.date.fromisoformat(given) if given else None
    except ValueError:
        raise Invalid({name: _("Give a day, written year-month-day, such as 2026-12-15.")}) from None


def references(most: int) -> list[str]:
    """The item references in the `items` field or fields, in capital letters; at most `most` of them."""
    return " ".join(flask.request.values.getlist("items")).replace(",", " ").upper().split()[:most]


def file_sent(most: int) -> bytes | None:
    """The content of the form's `file` field, None without one; of a larger file, only the first `most` + 1 bytes."""
    file = flask.request.files.get("file")
    if file is None:
        return None
    with file.stream:
        content: bytes = file.read(most + 1)
        return content
