"""Statements that are compiled once and then given straight to the database's driver.

What SQLAlchemy does around a statement (finding it in its cache, wrapping the cursor, the result and each row) takes
longer than a small read does in SQLite. A move runs a dozen such statements; each is prepared where it is defined.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

Values = Mapping[str, Any]
Conditions = Sequence[sa.ColumnElement[bool]]
Turn = Callable[[Any], Any]


class Prepared:
    """A statement over tables (not over models) that is the same at every execution but for the values bound by name.

    It runs in the transaction of the given connection, raises SQLAlchemy's errors, and reaches the listeners of the
    engine's cursor events, as if SQLAlchemy had run it. A list is bound with `reads.among`; an `expanding` parameter is
    refused, since the statement's text would depend on its values. With further conditions (`where`), as under a
    filter, the statement is run by SQLAlchemy.
    """

    def __init__(self, statement: Any) -> None:
        self.statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def tuples(self, connection: sa.Connection, values: Values, where: Conditions = ()) -> list[Any]:
        """All rows, each a bare tuple."""
        if where:
            return list(connection.execute(self.statement.where(*where), values).all())
        return _turned(*self._found(connection, values))

    def all(self, connection: sa.Connection, values: Values, where: Conditions = ()) -> list[Any]:
        """All rows, each a tuple whose values have the names of the columns."""
        rows = self.tuples(connection, values, where)
        return rows if where or not rows else list(map(self._in(connection).named, rows))

    def one(self, connection: sa.Connection, values: Values) -> Any:
        """The only row, its values by name."""
        (row,) = self.all(connection, values)
        return row

    def scalars(self, connection: sa.Connection, values: Values, where: Conditions = ()) -> list[Any]:
        """The first value of each row."""
        return [row[0] for row in self.tuples(connection, values, where)]

    def scalar(self, connection: sa.Connection, values: Values) -> Any | None:
        """The first value of the first row, or None."""
        rows = self.tuples(connection, values)
        return rows[0][0] if rows else None

    def write(self, connection: sa.Connection, *values: Values) -> int:
        """Run a statement that returns no rows, once for each set of values; returns how many rows it matched."""
        compiled, is_many = self._in(connection), len(values) > 1
        given = [compiled.bound(each) for each in values] if is_many else compiled.bound(values[0])
        cursor = self._run(connection, compiled.text, given, is_many)
        met: int = cursor.rowcount
        cursor.close()
        return met

    def _found(self, connection: sa.Connection, values: Values) -> tuple[list[Any], list[Turn | None]]:
        """All rows as the driver returns them, and for each column the function that converts its values, or None."""
        compiled = self._in(connection)
        cursor = self._run(connection, compiled.text, compiled.bound(values), False)
        try:
            found, turns = cursor.fetchall(), compiled.turns_of(cursor)
        except BaseException as error:
            _give_up(connection, compiled.text, cursor, error)
            raise
        cursor.close()
        return found, turns

    def _run(self, connection: sa.Connection, text: str, given: Any, is_many: bool) -> Any:
        heard, cursor = connection.dispatch, None
        try:
            cursor = connection.connection.cursor()
            for hear in heard.before_cursor_execute:
                hear(connection, cursor, text, given, None, is_many)
            cursor.executemany(text, given) if is_many else cursor.execute(text, given)
            for hear in heard.after_cursor_execute:
                hear(connection, cursor, text, given, None, is_many)
        except BaseException as error:
            _give_up(connection, text, cursor, error)
            raise
        return cursor

    def _in(self, connection: sa.Connection) -> "_Compiled":
        name = connection.dialect.name
        if name not in self._compiled:
            self._compiled[name] = _Compiled.of(self.statement, connection.dialect)
        return self._compiled[name]


def _give_up(connection: sa.Connection, text: str, cursor: Any, error: BaseException) -> None:
    """Raise the driver's error as SQLAlchemy's, and do what SQLAlchemy does about it.

    A lost connection is discarded together with those of the pool that were not opened after it.
    """
    is_drivers = isinstance(error, connection.dialect.loaded_dbapi.Error)
    connection._handle_dbapi_exception(error, text if is_drivers else None, None, cursor, None)


@dataclass(frozen=True)
class _Bound:
    """One value of a statement: fixed, or looked up by its key and converted to what the driver takes."""

    name: str
    key: str | None
    fixed: Any
    turn: Turn | None

    @classmethod
    def of(cls, name: str, bind: Any, dialect: sa.Dialect) -> "_Bound":
        turn = bind.type.dialect_impl(dialect).bind_processor(dialect)
        if bind.required:
            return cls(name, bind.key, None, turn)
        return cls(name, None, turn(bind.value) if turn is not None else bind.value, None)

    def out_of(self, values: Values) -> Any:
        if self.key is None:
            return self.fixed
        value = values[self.key]
        return self.turn(value) if self.turn is not None else value


@dataclass
class _Compiled:
    """A statement compiled for one database: its text, its values in order, the types of its columns."""

    text: str
    order: list[_Bound]
    by_name: bool
    types: list[Any]
    named: Turn
    dialect: sa.Dialect
    turns: list[Turn | None] | None = None

    @classmethod
    def of(cls, statement: Any, dialect: sa.Dialect) -> "_Compiled":
        compiled: Any = statement.compile(dialect=dialect)
        if compiled.post_compile_params or compiled.literal_execute_params:
            raise TypeError(f"Its text depends on its values: {compiled.string}")
        if getattr(compiled, "insert_prefetch", ()) or getattr(compiled, "update_prefetch", ()):
            raise TypeError(f"A default of Python’s would be left out: {compiled.string}")
        bound = {name: _Bound.of(name, bind, dialect) for name, bind in compiled.binds.items()}
        columns = list(getattr(statement, "exported_columns", ()))
        names = [str(column.key) for column in columns]
        row: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]
        return cls(
            text=compiled.string,
            order=[bound[name] for name in compiled.positiontup] if compiled.positional else list(bound.values()),
            by_name=not compiled.positional,
            types=[column.type for column in columns],
            named=row._make,
            dialect=dialect,
        )

    def bound(self, values: Values) -> Any:
        """The values in the shape that the driver takes."""
        if self.by_name:
            return {each.name: each.out_of(values) for each in self.order}
        return tuple([each.out_of(values) for each in self.order])

    def turns_of(self, cursor: Any) -> list[Turn | None]:
        """For each column the function that converts the driver's values, or None if they stay as they are."""
        if self.turns is None:
            self.turns = [
                kind.dialect_impl(self.dialect).result_processor(self.dialect, told[1])
                for kind, told in zip(self.types, cursor.description, strict=True)
            ]
        return self.turns


def _turned(found: list[Any], turns: list[Turn | None]) -> list[Any]:
    """The rows with their values converted: column by column, which is fastest in Python."""
    turned = [(place, turn) for place, turn in enumerate(turns) if turn is not None] if found else []
    if not turned:
        return found
    columns: list[Any] = list(zip(*found, strict=True))
    for place, turn in turned:
        columns[place] = map(turn, columns[place])
    return list(zip(*columns, strict=True))
