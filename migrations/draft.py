"""Drafts the next revision from what the models have and the tables lack: `python migrations/draft.py "Add labels"`.

Check the draft before you commit it: changed CHECKs of existing tables are not detected, and a new column that may not
be empty needs a server default.
"""

import sys
import tempfile
from pathlib import Path

import sqlalchemy as sa
from alembic import command

from kanban import migrating
from kanban.config import Config


def draft(message: str) -> None:
    """Bring an empty SQLite file to the newest revision, and draft a revision from what the models have beyond it."""
    number = len(list((Path(__file__).parent / "versions").glob("*.py"))) + 1
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'kanban.sqlite3'}"
        migrating.upgrade(Config(data_dir=Path(folder), database_url=url, secret_key=""))
        engine = sa.create_engine(url)
        with engine.connect() as connection:
            settings = migrating.alembic_config()
            settings.attributes["connection"] = connection
            command.revision(settings, message, autogenerate=True, rev_id=f"{number:04}")
        engine.dispose()


if __name__ == "__main__":
    draft(sys.argv[1])
