"""How a list that this program exported is recognised, and cells that are written and read back the same way."""

from collections.abc import Iterable

HEADER = (
    *("Key", "Title", "Description", "Status", "Type", "Labels", "Parent", "Assignees"),
    *("Created", "Started", "Finished", "Removed", "Value", "Effort", "Size"),
)


def is_own(header: Iterable[str]) -> bool:
    """Whether a list was exported from here, so that nothing in it is in another tool's notation."""
    return tuple(header) == HEADER


def join_labels(labels: Iterable[str]) -> str:
    """Labels as one cell; no label contains a comma."""
    return ", ".join(labels)


def split_labels(cell: str) -> list[str]:
    """The labels of a cell that `join_labels` wrote."""
    return [label for part in cell.split(",") if (label := part.strip())]
