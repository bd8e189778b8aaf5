"""Due dates of an imported list: each becomes a line of the description, since promises are only made on purpose."""

import datetime as dt
from zoneinfo import ZoneInfo

from kanban.transfer.dates import DateOrder, orders_shown, parse_date
from kanban.transfer.remarks import shown

_UTC = ZoneInfo("UTC")


def due_day(text: str, zone: ZoneInfo, order: DateOrder | None) -> str:
    """The day that a cell means, such as "2026-12-24"; the cell's words if that is not certain, "" for an empty cell.

    Some tools write a day without a time as midnight UTC; that is read as the same day wherever the product is.
    """
    words = shown(" ".join(text.split()))
    if order is None and orders_shown([text])[2] is not None:
        return words
    try:
        at, with_offset = parse_date(text, zone, order).at, parse_date(text, _UTC, order).at
    except ValueError:
        return words
    is_day = at == with_offset and at.time() == dt.time()
    return at.astimezone(_UTC if is_day else zone).date().isoformat()


def with_due(description: str, due: str) -> str:
    """Add a line about the former due date to the end of a description, unless it is there already."""
    line = f"Due in the original list: {due}"
    if not due or line in description:
        return description
    return f"{description.rstrip()}\n\n{line}".lstrip()


def due_note(count: int) -> str:
    """What people should know if `count` new items have a due date."""
    rows = "One row has a due date" if count == 1 else f"{count} rows have a due date"
    return f"{rows}. Only the product owner makes promises, so each date is kept at the end of its description instead."
