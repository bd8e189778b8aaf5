"""Counts what the database is asked, and what answering it takes."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa


@contextmanager
def listening(target: Any, name: str, listener: Callable[..., None]) -> Iterator[None]:
    """Call it for each such event of SQLAlchemy meanwhile."""
    sa.event.listen(target, name, listener)
    try:
        yield
    finally:
        sa.event.remove(target, name, listener)


@contextmanager
def counting() -> Iterator[list[str]]:
    """The statements of this process meanwhile, as they come; many rows written at once are one."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    with listening(sa.Engine, "before_cursor_execute", note):
        yield asked


@contextmanager
def stepping() -> Iterator[Counter[str]]:
    """How many steps of its virtual machine SQLite takes for each statement meanwhile: the same on every machine, and
    more where it looks through more rows."""
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
