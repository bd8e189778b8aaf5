"""Writes the changed columns of one loaded row, bypassing the unit of work, which first examines every relation of it.

A move changes four columns of one row; the unit of work took longer to find that out than to write them.
"""

from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.prepared import Prepared


def write_columns(session: orm.Session) -> None:
    """Write them if nothing but columns of one row changed; anything else is left to the next flush."""
    if session.new or session.deleted or len(session.dirty) != 1:
        return
    state: orm.InstanceState[Any] = sa.inspect(next(iter(session.dirty)))
    values = _changed_columns(state)
    if values is None:
        return
    if values:
        _write(session, state, values)
    state._commit_all(state.dict, session.identity_map)  # what the unit of work does after it has written


def _changed_columns(state: orm.InstanceState[Any]) -> dict[str, Any] | None:
    """The changed columns of a row by their attributes; None if something else changed as well."""
    mapper = state.mapper
    if len(mapper.tables) != 1:
        return None
    values = {}
    for name, was in state.committed_state.items():
        if name in mapper.columns:
            if mapper.columns[name].primary_key:
                return None
            if state.dict[name] != was:
                values[name] = state.dict[name]
        elif name not in mapper.relationships or not _is_told_by_columns(state, mapper.relationships[name]):
            return None
    return values


def _is_told_by_columns(state: orm.InstanceState[Any], relation: orm.RelationshipProperty[Any]) -> bool:
    """Tell whether the row's own columns already name what this relation leads to."""
    other = state.dict[relation.key]
    if relation.direction is not orm.RelationshipDirection.MANYTOONE or other is None:
        return False
    return all(
        getattr(other, relation.mapper.get_property_by_column(remote).key, None)
        == state.dict.get(state.mapper.get_property_by_column(local).key)
        is not None
        for local, remote in relation.local_remote_pairs
    )


def _write(session: orm.Session, state: orm.InstanceState[Any], values: dict[str, Any]) -> None:
    keys = [column.name for column in state.mapper.primary_key]
    named = {f"new_{name}": value for name, value in values.items()}
    named |= {f"key_{name}": part for name, part in zip(keys, state.identity or (), strict=True)}
    if _update(state.mapper, tuple(sorted(values))).write(session.connection(), named) != 1:
        raise orm.exc.StaleDataError(f"A row of {state.mapper.local_table} is gone.")


@lru_cache(maxsize=200)
def _update(mapper: orm.Mapper[Any], names: tuple[str, ...]) -> Prepared:
    """The statement that updates these columns, built once."""
    table: Any = mapper.local_table
    which = [column == sa.bindparam(f"key_{column.name}", type_=column.type) for column in mapper.primary_key]
    return Prepared(
        sa.update(table)
        .where(*which)
        .values({mapper.columns[name]: sa.bindparam(f"new_{name}", type_=mapper.columns[name].type) for name in names})
    )
