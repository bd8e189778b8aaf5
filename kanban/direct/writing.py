"""Writes simple changes directly, bypassing SQLAlchemy's unit of work, which first examines every relation it knows.

A move changes four columns of one row, a comment is one new row: the unit of work took longer to find that out than to
write them.
"""

from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.direct.prepared import Prepared

State = orm.InstanceState[Any]


def write_plain(session: orm.Session) -> list[Any]:
    """Write what has changed, if it is simple enough, and return the objects of the new rows.

    Simple enough are at most one changed row of each table (the unit of work writes several in one go), and new rows on
    which no other new object depends. If there is anything else, everything is left to the next flush.
    """
    new, changed = list(session.new), list(map(sa.inspect, session.dirty))
    if session.deleted or len({state.mapper for state in changed}) < len(changed) or not session.info.get("writing"):
        return []
    fresh = [(state, _new_columns(state)) for state in map(sa.inspect, new)]
    stale = [(state, _changed_columns(state)) for state in changed]
    if any(values is None for _state, values in (*fresh, *stale)):
        return []
    for state, values in stale:
        if values:
            _update(session, state, values)
    for state, values in fresh:  # after the changed rows, since a new row may take a place that one of them has left
        _insert(session, state, values or {})
    written: Any = session
    written._register_persistent({*changed, *(state for state, _values in fresh)})  # as the unit of work would do
    return new


# New rows


def _new_columns(state: State) -> dict[str, Any] | None:
    """The values of a new row by attribute, without those that are None.

    None if another object depends on the row, or if the database would fill in more than its id.
    """
    mapper, given = state.mapper, state.dict
    if len(mapper.tables) != 1 or len(mapper.primary_key) != 1:
        return None
    values: dict[str, Any] = {}
    for relation in mapper.relationships:
        other = given.get(relation.key)
        if other is None or (relation.uselist and not other):
            continue
        known = _keys_from(state, relation, other)
        if known is None:
            return None
        values |= known
    for name, column in mapper.columns.items():
        value = values.get(name, given.get(name))
        if value is None and name in given and column.type.should_evaluate_none:
            return None
        if value is None:
            value = _default(column)
        if value is not None:
            values[name] = value
        elif column.server_default is not None:
            return None
    own = mapper.get_property_by_column(mapper.primary_key[0]).key
    return None if own in values else values


def _keys_from(state: State, relation: orm.RelationshipProperty[Any], other: Any) -> dict[str, Any] | None:
    """The values of the row's foreign key for a relation to an object that has a row already; else None."""
    if relation.direction is not orm.RelationshipDirection.MANYTOONE or not sa.inspect(other).has_identity:
        return None
    return {
        state.mapper.get_property_by_column(local).key: getattr(
            other, relation.mapper.get_property_by_column(remote).key
        )
        for local, remote in relation.local_remote_pairs
    }


def _default(column: sa.Column[Any]) -> Any:
    """The column's default on the Python side, or None."""
    default: Any = column.default
    if default is None:
        return None
    return default.arg(None) if default.is_callable else default.arg


def _insert(session: orm.Session, state: State, values: dict[str, Any]) -> None:
    mapper = state.mapper
    named = {f"new_{name}": value for name, value in values.items()}
    number = _inserting(mapper, tuple(sorted(values))).scalar(session.connection(), named)
    state.dict.update(dict.fromkeys(mapper.columns.keys() - state.dict.keys()), **values)
    state.dict[mapper.get_property_by_column(mapper.primary_key[0]).key] = number


@lru_cache(maxsize=200)
def _inserting(mapper: orm.Mapper[Any], names: tuple[str, ...]) -> Prepared:
    """The statement that inserts a row with these columns and returns its id; built once."""
    table: Any = mapper.local_table
    return Prepared(sa.insert(table).values(_bound(mapper, names)).returning(mapper.primary_key[0]))


# Changed rows


def _changed_columns(state: State) -> dict[str, Any] | None:
    """The changed values of a row by attribute; None if something other than its columns changed as well."""
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
        elif name not in mapper.relationships or not _is_held_by_columns(state, mapper.relationships[name]):
            return None
    return values


def _is_held_by_columns(state: State, relation: orm.RelationshipProperty[Any]) -> bool:
    """Whether columns alone already hold what changed in this relation.

    These are the row's own foreign key or, in a write-only collection, those of the objects added to it.
    """
    if relation.lazy == "write_only":
        added, _unchanged, gone = state.get_history(relation.key, orm.attributes.PASSIVE_NO_INITIALIZE)  # type: ignore[attr-defined]
        return not gone and all(_is_named(relation, sa.inspect(one).dict, state) for one in added or ())
    other = state.dict[relation.key]
    if relation.direction is not orm.RelationshipDirection.MANYTOONE or other is None:
        return False
    return _is_named(relation, sa.inspect(other).dict, state)


def _is_named(relation: orm.RelationshipProperty[Any], other: dict[str, Any], state: State) -> bool:
    """Whether the columns on both sides of a relation hold the same values."""
    return all(
        other.get(relation.mapper.get_property_by_column(remote).key)
        == state.dict.get(state.mapper.get_property_by_column(local).key)
        is not None
        for local, remote in relation.local_remote_pairs
    )


def _update(session: orm.Session, state: State, values: dict[str, Any]) -> None:
    keys = [column.name for column in state.mapper.primary_key]
    named = {f"new_{name}": value for name, value in values.items()}
    named |= {f"key_{name}": part for name, part in zip(keys, state.identity or (), strict=True)}
    if _updating(state.mapper, tuple(sorted(values))).write(session.connection(), named) != 1:
        raise orm.exc.StaleDataError(f"A row of {state.mapper.local_table} is gone.")


@lru_cache(maxsize=200)
def _updating(mapper: orm.Mapper[Any], names: tuple[str, ...]) -> Prepared:
    """The statement that updates these columns; built once."""
    table: Any = mapper.local_table
    which = [column == sa.bindparam(f"key_{column.name}", type_=column.type) for column in mapper.primary_key]
    return Prepared(sa.update(table).where(*which).values(_bound(mapper, names)))


def _bound(mapper: orm.Mapper[Any], names: tuple[str, ...]) -> dict[Any, Any]:
    return {mapper.columns[name]: sa.bindparam(f"new_{name}", type_=mapper.columns[name].type) for name in names}
