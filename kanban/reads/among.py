"""A list of ids as a single bound value of a statement, however long it is.

`IN` with one value per id is rendered anew at every execution: for a thousand cards that takes 0.3 ms per statement,
and a board needs four.
"""

import json
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class _Numbers(sa.types.TypeDecorator[Collection[int]]):
    """Whole numbers passed to the database as a JSON list."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Collection[int] | None, dialect: sa.Dialect) -> str:
        return json.dumps(list(value or ()))


class _Among(FunctionElement[bool]):
    inherit_cache = True
    type = sa.Boolean()

    def self_group(self, against: Any = None) -> "_Among":
        """Unchanged: SQLAlchemy would otherwise compare it with 1 on SQLite, which keeps indexes from being used."""
        return self


def among(column: Any, name: str) -> sa.ColumnElement[bool]:
    """Whether a column of whole numbers is among those bound as `name` (a collection)."""
    return _Among(column, sa.bindparam(name, type_=_Numbers()))


@compiles(_Among)
def _on_sqlite(element: _Among, compiler: Any, **options: Any) -> str:
    column, ids = (compiler.process(each, **options) for each in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({ids}))"


@compiles(_Among, "postgresql")
def _on_postgresql(element: _Among, compiler: Any, **options: Any) -> str:
    column, ids = (compiler.process(each, **options) for each in element.clauses)
    return f"{column} = ANY (ARRAY(SELECT jsonb_array_elements_text(CAST({ids} AS JSONB))::BIGINT))"
