"""What others changed of a text since somebody began to edit it: two people who change different things both have their
way; of the same thing, whoever comes second is told whose words stand there."""

from collections.abc import Mapping, Sequence
from typing import Any

from kanban.models.event import Event


def left_of_mine(
    sent: Mapping[str, Any], now: Mapping[str, Any], since: Sequence[Event]
) -> tuple[dict[str, Any], dict[str, int | None]]:
    """Of all that a form sent, what its writer changed, and who changed the same to something else, by field.

    `now` is what counts of each field; `since` are all edits after the form was drawn, the newest first. A field that
    says what it said then was not touched.
    """
    then: dict[str, Any] = {}
    last: dict[str, int | None] = {}
    for event in since:
        for field, (before, _after) in event.data["changes"].items():
            then[field] = before
            last.setdefault(field, event.actor_id)
    mine = {field: value for field, value in sent.items() if field not in then or _said(value) != _said(then[field])}
    changed = {field for field in then if _said(now[field]) != _said(then[field])}
    clashing = (field for field in mine if field in changed and _said(now[field]) != _said(mine[field]))
    return mine, {field: last[field] for field in clashing}


def _said(value: Any) -> Any:
    """A value as the log keeps it and as a form sends it, made alike; labels are their names."""
    if isinstance(value, list):
        return sorted((getattr(label, "name", label) for label in value), key=str.casefold)
    return value.replace("\r\n", "\n").strip() if isinstance(value, str) else value
