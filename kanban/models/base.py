"""What all tables share: naming of constraints, instants in UTC, enumerations as checked text."""

import datetime as dt
from collections.abc import Callable
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm


class UtcDateTime(sa.types.TypeDecorator[dt.datetime]):
    """An instant: aware in Python, stored and returned as UTC by both databases."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: sa.Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("An instant needs a time zone.")
        value = value.astimezone(dt.UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: dt.datetime | None, dialect: sa.Dialect) -> dt.datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Callable[[Any], dt.datetime | None] | None:
        """On SQLite parse an instant in one step instead of four: a board of 1,000 cards reads thousands of them."""
        return _read_text if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


def _read_text(value: str | None) -> dt.datetime | None:
    return None if value is None else dt.datetime.fromisoformat(value + "+00:00")


def enum_type(kind: type[StrEnum]) -> sa.Enum:
    """A text column with a CHECK constraint that allows only the values of this enumeration."""
    name = "".join("_" + c.lower() if c.isupper() else c for c in kind.__name__).lstrip("_")
    return sa.Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        length=20,
        name=name,
        values_callable=lambda members: [member.value for member in members],
    )


def constant(value: str) -> sa.ColumnClause[str]:
    """A fixed value written into the SQL text, for comparison with a column that has partial indexes for some values.

    If such a value is a bound parameter, SQLite plans the statement again at every execution, since the plan depends on
    it. For the statement that finds the place of a moved card, planning took 60 of 90 microseconds.
    """
    return sa.literal_column(f"'{value}'", sa.Text)


class Model(orm.DeclarativeBase):
    """Base class of all tables. Their relationships are never loaded implicitly, only when a loader asks for them."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        dt.datetime: UtcDateTime,
        str: sa.Text,
        dict[str, Any]: sa.JSON,
        list[Any]: sa.JSON,
    }
