"""Makes model objects from prepared statements, bypassing SQLAlchemy's loader, which plans each time how to fill them.

Every request loads the person who asks, and a product with its columns: SQLAlchemy took four times as long to make
these objects as SQLite to find the rows. Relationships, and whatever is loaded later, are still left to SQLAlchemy.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.direct.prepared import Prepared, Turn, Values


def whole(*models: type[Any]) -> Iterator[sa.ColumnElement[Any]]:
    """All columns of these models' tables, with which a statement for `Loading` begins."""
    for model in models:
        for column in model.__table__.columns:
            yield column.label(f"{model.__table__.name}__{column.name}")


class Loading(Prepared):
    """A prepared select that begins with the `whole` of some models; a row may lack an object, after an outer join."""

    def __init__(self, statement: Any, *models: type[Any]) -> None:
        super().__init__(statement)
        self._models = models
        self._makers: dict[str, list[_Maker]] = {}

    def rows(self, session: orm.Session, values: Values) -> list[tuple[Any, ...]]:
        """For each row its objects (or None), in the order of the models, then all other values.

        Objects that the session already has are left as they are, as by any query.
        """
        connection = session.connection()
        found, turns = self._found(connection, values)
        makers = self._makers.get(connection.dialect.name)
        if makers is None:
            makers = self._makers[connection.dialect.name] = list(_makers(self._models, turns))
        others = list(enumerate(turns))[sum(len(maker.fields) for maker in makers) :]
        known: dict[Any, Any] = {}
        return [
            (
                *[maker.object_in(session, row, known) for maker in makers],
                *[turn(row[place]) if turn is not None else row[place] for place, turn in others],
            )
            for row in found
        ]


@dataclass(frozen=True)
class _Maker:
    """Makes the objects of one model from its part of a row.

    `key` holds the positions of the primary key in the row; `fields` the name, position and converter of each field.
    """

    mapper: orm.Mapper[Any]
    key: tuple[int, ...]
    fields: tuple[tuple[str, int, Turn | None], ...]

    def object_in(self, session: orm.Session, row: tuple[Any, ...], known: dict[Any, Any]) -> Any | None:
        """The session's object for this row; None if an outer join found nothing.

        `known` collects the objects of all rows.
        """
        own = (self.mapper, *[row[place] for place in self.key])
        if own[1] is None:
            return None
        if own not in known:
            key = self.mapper.identity_key_from_primary_key(own[1:])
            had = session.identity_map.get(key)
            known[own] = had if had is not None else self._made(session, key, row)
        return known[own]

    def _made(self, session: orm.Session, key: Any, row: tuple[Any, ...]) -> Any:
        """A new object, as it is when a query has just loaded it."""
        made = self.mapper.class_manager.new_instance()
        state: Any = orm.attributes.instance_state(made)
        values = state.dict
        for name, place, turn in self.fields:
            value = row[place]
            values[name] = turn(value) if turn is not None else value
        state.key, state.session_id = key, session.hash_key
        session.identity_map.add(state)
        return made


def _makers(models: tuple[type[Any], ...], turns: list[Turn | None]) -> Iterator[_Maker]:
    begin = 0
    for model in models:
        mapper: Any = sa.inspect(model)
        columns = list(model.__table__.columns)
        names = [mapper.get_property_by_column(column).key for column in columns]
        fields = [(name, place, turns[place]) for place, name in enumerate(names, begin)]
        key = [begin + columns.index(column) for column in mapper.primary_key]
        yield _Maker(mapper, tuple(key), tuple(fields))
        begin += len(columns)
