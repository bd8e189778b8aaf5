"""Counts the statements that the database executes, and the work that they make."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa


@contextmanager
def listening(target: Any, name: str, listener: Callable[..., None]) -> Iterator[None]:
    """Call a listener for each event of this name while the block runs."""
    sa.event.listen(target, name, listener)
    try:
        yield
    finally:
        sa.event.remove(target, name, listener)


@contextmanager
def counting() -> Iterator[list[str]]:
    """The statements that this process executes in the block, as they come; an `executemany` counts as one."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    with listening(sa.Engine, "before_cursor_execute", note):
        yield asked


@contextmanager
def stepping() -> Iterator[Counter[str]]:
    """How many steps SQLite's virtual machine takes for each statement in the block.

    The number is the same on every machine, and higher for a statement that looks through more rows.
    """
    steps: Counter[str] = Counter()

    def begin(connection: sa.Connection, _cursor: object, statement: str, *_more: object) -> None:
        def step() -> int:
            steps[statement] += 1
            return 0

        raw: Any = connection.connection.driver_connection
        raw.set_progress_handler(step, 1)

    def end(connection: sa.Connection) -> None:
        raw: Any = connection.connection.driver_connection
        raw.set_progress_handler(None, 1)

    with (
        listening(sa.Engine, "before_cursor_execute", begin),
        listening(sa.Engine, "commit", end),
        listening(sa.Engine, "rollback", end),
    ):
        yield steps
