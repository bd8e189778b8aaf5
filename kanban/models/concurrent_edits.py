"""Edits of the same text by two people: changes to different fields both apply; if both changed the same field, the
second is told whose words are there."""

from collections.abc import Mapping, Sequence
from typing import Any

from kanban.models.event import Event


def merge_edits(
    sent: Mapping[str, Any], now: Mapping[str, Any], since: Sequence[Event]
) -> tuple[dict[str, Any], dict[str, int | None]]:
    """What the writer of a form changed, by field; and by field that clashes, who changed it too.

    `sent` is all that the form sent, and `now` the present values; `since` are all edits after the form was drawn,
    newest first. A field that is sent as it was when the form was drawn counts as not touched.
    """
    then: dict[str, Any] = {}
    last: dict[str, int | None] = {}
    for event in since:
        for field, (before, _after) in event.data["changes"].items():
            then[field] = before
            last.setdefault(field, event.actor_id)
    mine = {field: value for field, value in sent.items() if field not in then or _canon(value) != _canon(then[field])}
    changed = {field for field in then if _canon(now[field]) != _canon(then[field])}
    clashing = (field for field in mine if field in changed and _canon(now[field]) != _canon(mine[field]))
    return mine, {field: last[field] for field in clashing}


def _canon(value: Any) -> Any:
    """A value in one form in which the log's, the form's and the item's can be compared; labels by their names."""
    if isinstance(value, list):
        return sorted((getattr(label, "name", label) for label in value), key=str.casefold)
    return value.replace("\r\n", "\n").strip() if isinstance(value, str) else value
