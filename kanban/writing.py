"""Writes plain rows, bypassing the unit of work, which first examines every relation of everything it knows.

A move changes four columns of one row, a comment is one new row: the unit of work took longer to find that out than to
write them.
"""

from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from kanban.prepared import Prepared

State = orm.InstanceState[Any]


def write_plain(session: orm.Session) -> list[Any]:
    """Write what changed if columns tell all of it: at most one changed row of a table (the unit of work writes several
    as one), and new rows that nothing hangs on yet. Returns the objects of the new rows; if there is anything else, all
    is left to the next flush."""
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
    for state, values in fresh:  # after the changed rows, as a place that was left may be taken at once
        _insert(session, state, values or {})
    written: Any = session
    written._register_persistent({*changed, *(state for state, _values in fresh)})  # what the unit of work does then
    return new


# New rows


def _new_columns(state: State) -> dict[str, Any] | None:
    """The values of a new row by its attributes, without those that are empty; None if something hangs on it, or the
    database is to say more than its number."""
    mapper, given = state.mapper, state.dict
    if len(mapper.tables) != 1 or len(mapper.primary_key) != 1:
        return None
    values: dict[str, Any] = {}
    for relation in mapper.relationships:
        other = given.get(relation.key)
        if other is None or (relation.uselist and not other):
            continue
        known = _keys_told_by(state, relation, other)
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


def _keys_told_by(state: State, relation: orm.RelationshipProperty[Any], other: Any) -> dict[str, Any] | None:
    """The row's own columns that lead to an object which has a row itself; None for any other relation."""
    if relation.direction is not orm.RelationshipDirection.MANYTOONE or not sa.inspect(other).has_identity:
        return None
    return {
        state.mapper.get_property_by_column(local).key: getattr(
            other, relation.mapper.get_property_by_column(remote).key
        )
        for local, remote in relation.local_remote_pairs
    }


def _default(column: sa.Column[Any]) -> Any:
    """What Python fills in where nothing was said."""
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
    """The statement that inserts a row with these columns and returns its number, built once."""
    table: Any = mapper.local_table
    return Prepared(sa.insert(table).values(_bound(mapper, names)).returning(mapper.primary_key[0]))


# Changed rows


def _changed_columns(state: State) -> dict[str, Any] | None:
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


def _is_told_by_columns(state: State, relation: orm.RelationshipProperty[Any]) -> bool:
    """Tell whether the row's own columns already name what this relation leads to, or the columns of what was added to
    it name the row."""
    if relation.lazy == "write_only":
        added, _unchanged, gone = state.get_history(relation.key, orm.attributes.PASSIVE_NO_INITIALIZE)  # type: ignore[attr-defined]
        return not gone and all(_is_named(relation, sa.inspect(one).dict, state) for one in added or ())
    other = state.dict[relation.key]
    if relation.direction is not orm.RelationshipDirection.MANYTOONE or other is None:
        return False
    return _is_named(relation, sa.inspect(other).dict, state)


def _is_named(relation: orm.RelationshipProperty[Any], other: dict[str, Any], state: State) -> bool:
    """Tell whether the columns on both sides of a relation hold the same."""
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
    """The statement that updates these columns, built once."""
    table: Any = mapper.local_table
    which = [column == sa.bindparam(f"key_{column.name}", type_=column.type) for column in mapper.primary_key]
    return Prepared(sa.update(table).where(*which).values(_bound(mapper, names)))


def _bound(mapper: orm.Mapper[Any], names: tuple[str, ...]) -> dict[Any, Any]:
    return {mapper.columns[name]: sa.bindparam(f"new_{name}", type_=mapper.columns[name].type) for name in names}
