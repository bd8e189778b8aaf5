"""What the values of enumerations are called in the interface; the values themselves never reach a reader."""

from flask_babel import gettext as _

from kanban.models import ClassOfService, ItemType


def type_word(value: str) -> str:
    """The kind of work in one word."""
    return {
        ItemType.FEATURE: _("Feature"),
        ItemType.BUG: _("Bug"),
        ItemType.CHORE: _("Chore"),
        ItemType.SPIKE: _("Spike"),
    }[ItemType(value)]


def type_choices() -> list[tuple[str, str]]:
    """Pairs for a select."""
    return [(kind.value, type_word(kind)) for kind in ItemType]


def class_word(value: str) -> str:
    """The class of service."""
    return {
        ClassOfService.STANDARD: _("Standard"),
        ClassOfService.EXPEDITE: _("Expedite"),
        ClassOfService.FIXED_DATE: _("Fixed date"),
        ClassOfService.INTANGIBLE: _("Intangible"),
    }[ClassOfService(value)]


def field_word(name: str) -> str:
    """The name of an item's field inside a sentence."""
    return {
        "title": _("the title"),
        "description": _("the description"),
        "type": _("the type"),
        "size": _("the size"),
        "class_of_service": _("the class of service"),
        "labels": _("the labels"),
    }[name]
