"""What the values of enumerations are called in the interface; the values themselves are never shown."""

from flask_babel import gettext as _
from flask_babel import ngettext

from kanban.errors import Invalid
from kanban.models import Cause, ClassOfService, ItemType, LibertyKind, Stage


def type_word(value: str) -> str:
    """The type of an item in one word."""
    return {
        ItemType.FEATURE: _("Feature"),
        ItemType.BUG: _("Bug"),
        ItemType.CHORE: _("Chore"),
        ItemType.SPIKE: _("Spike"),
    }[ItemType(value)]


def type_choices() -> list[tuple[str, str]]:
    """The types as (value, label) pairs for a select."""
    return [(kind.value, type_word(kind)) for kind in ItemType]


def type_chosen(given: str) -> ItemType:
    """The type that a form names; Invalid if there is no such type."""
    if given not in list(ItemType):
        raise Invalid({"type": _("Choose one of the types.")})
    return ItemType(given)


def stage_word(value: str) -> str:
    """The name of a stage."""
    return {
        Stage.BACKLOG: _("Backlog"),
        Stage.READY: _("Ready"),
        Stage.DOING: _("Doing"),
        Stage.REVIEW: _("Review"),
        Stage.DONE: _("Done"),
    }[Stage(value)]


def class_word(value: str) -> str:
    """The name of a class of service."""
    return {
        ClassOfService.STANDARD: _("Standard"),
        ClassOfService.EXPEDITE: _("Expedite"),
        ClassOfService.FIXED_DATE: _("Fixed date"),
        ClassOfService.INTANGIBLE: _("Intangible"),
    }[ClassOfService(value)]


def cause_word(value: str) -> str:
    """Why a promised date moved, in words."""
    return {
        Cause.SCOPE_ADDED: _("Scope was added"),
        Cause.ESTIMATE_WRONG: _("The estimate was wrong"),
        Cause.SLOWER_PACE: _("Slower pace than before"),
        Cause.BLOCKED: _("Blocked"),
        Cause.DEPENDENCY: _("Something it depends on"),
        Cause.PEOPLE: _("People"),
        Cause.PRIORITY_CHANGE: _("Priorities changed"),
        Cause.DECISION_AWAITED: _("A decision is awaited"),
        Cause.EXTERNAL: _("Something outside"),
    }[Cause(value)]


def cause_choices() -> list[tuple[str, str]]:
    """The causes as (value, label) pairs for a select."""
    return [(cause.value, cause_word(cause)) for cause in Cause]


def field_word(name: str) -> str:
    """The name of an item's field, as part of a sentence."""
    return {
        "title": _("the title"),
        "description": _("the description"),
        "type": _("the type"),
        "size": _("the size"),
        "class_of_service": _("the class of service"),
        "value": _("the value"),
        "effort": _("the effort"),
        "labels": _("the labels"),
    }[name]


def reading_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """What a column of a file can be read as: groups of pairs for a select (see transfer.preview.READINGS)."""
    dates = [
        ("created", _("Created")),
        ("started", _("Started")),
        ("finished", _("Finished")),
        ("changed", _("Status changed")),
        ("removed", _("Removed")),
    ]
    orders = [("dmy", _("day first")), ("mdy", _("month first"))]
    return [
        ("", [("ignore", _("Left out"))]),
        (
            _("What it is"),
            [
                ("title", _("Title")),
                ("description", _("Description")),
                ("type", _("Type")),
                ("labels", _("Labels")),
                ("value", _("Value")),
                ("effort", _("Effort")),
                ("size", _("Size")),
                ("key", _("Key")),
                ("parent", _("Part of")),
                ("assignee", _("Assignee")),
                ("due", _("Due date")),
            ],
        ),
        (_("Where it stands"), [("status", _("Status")), *dates]),
        (
            _("Dates of numbers"),
            [(f"{date}:{order}", f"{word}, {how}") for date, word in dates for order, how in orders],
        ),
    ]


def climb_words(climb: int) -> str:
    """What the score says about an item's place: it would be so many places higher, lower (negative), or the same."""
    if not climb:
        return _("the score would leave it here")
    if climb > 0:
        return ngettext(
            "the score would put it one place higher", "the score would put it %(num)d places higher", climb
        )
    return ngettext("the score would put it one place lower", "the score would put it %(num)d places lower", -climb)


def reasons_for(kind: str) -> list[tuple[str, str]]:
    """What can be answered with one tap when asked why a move bent a rule (a LibertyKind).

    Pairs of what the log keeps, and what it is called in the reader's language.
    """
    if kind == LibertyKind.PASSED_OVER:
        return [
            ("Needs someone else’s skill", _("Needs someone else’s skill")),
            ("Too large for now", _("Too large for now")),
            ("Waiting for something", _("Waiting for something")),
            ("Agreed with the owner", _("Agreed with the owner")),
        ]
    return [
        ("Urgent", _("Urgent")),
        ("Blocked work waits here", _("Blocked work waits here")),
        ("Somebody is away", _("Somebody is away")),
    ]


def reason_word(reason: str) -> str:
    """A reason as it is shown: in the reader's language if it was given with one tap, else as it was written."""
    known = {kept: word for kind in LibertyKind for kept, word in reasons_for(kind)}
    return known.get(reason, reason)
