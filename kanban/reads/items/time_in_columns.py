"""How long one item stood in each column, from the log."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from kanban import clock
from kanban.flow.history import Move, Subject, build_histories
from kanban.models import Event, Item, Product, Undated

ARRIVALS = ("created", "moved", "restored", "discarded")


@dataclass(frozen=True)
class TimeInColumn:
    """How long an item stood in a column, all visits together; `share` is a bar from 1 to 10, the longest being 10."""

    column: str
    days: int
    share: int
    is_now: bool


def time_in_columns(product: Product, item: Item, events: Iterable[Event]) -> list[TimeInColumn]:
    """Calendar days in each column, in the order in which the item first came there.

    The days of a move that was undone do not count, nor does a stay whose first or last day is unknown. While the item
    is in progress, today counts, as it does in its age.
    """
    history = build_histories([Subject(item.id, item.ref, item.title)], _moves(product, events), [], product.zone)
    entries = [entry for entry in history[0].entries if entry.column is not None] if history else []
    if not entries:  # creating it was undone, so it never stood anywhere
        return []
    last_day = clock.day_of(item.discarded_at or clock.now(), product.zone)
    running = int(item.started_at is not None and not item.is_finished and not item.is_discarded)
    ends = [entry.on for entry in entries[1:]] + [last_day + dt.timedelta(days=running)]
    is_over_known = [entry.is_dated for entry in entries[1:]] + [True]
    spent: dict[int, int] = {}
    for entry, end, is_known in zip(entries, ends, is_over_known, strict=True):
        if not (entry.is_dated and is_known):
            continue
        spent[entry.column or 0] = spent.get(entry.column or 0, 0) + max(0, (end - entry.on).days)
    if item.is_finished:
        spent.pop(item.column.number, None)
    names = {column.number: column.name for column in product.columns}
    longest = max(spent.values(), default=0) or 1
    return [
        TimeInColumn(
            column=names.get(column, "?"),
            days=days,
            share=max(1, round(10 * days / longest)),
            is_now=column == item.column.number and not item.is_discarded,
        )
        for column, days in spent.items()
    ]


def _moves(product: Product, events: Iterable[Event]) -> list[Move]:
    stages = {column.number: column.stage for column in product.columns}
    moves = []
    for event in events:
        if event.kind in ARRIVALS:
            column: int = event.data.get("to", event.data.get("column", 0))
            to = stages.get(column) if event.kind != "discarded" else None
            undoes = event.data.get("undoes")
            crosses = event.kind != "moved" or event.data["from"] != event.data["to"]
            if crosses:
                moves.append(
                    Move(
                        *(event.item_id or 0, None, to, event.effective_at, event.version, event.seq, undoes, column),
                        is_dated=not any(Undated.from_log(event.data)),
                    )
                )
    return moves
