"""Looks columns up by name for tests that send forms."""

import sqlalchemy as sa

from kanban.models import Column
from tests.builders import World


def column_id(world: World, name: str) -> int:
    """The id of the column with this name."""
    with world.reading() as session:
        return session.scalars(sa.select(Column.id).where(Column.name == name)).one()
