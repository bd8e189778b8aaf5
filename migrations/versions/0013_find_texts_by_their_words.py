"""Search texts by their words.

Every upgrade makes the full-text index and its triggers anew, see `kanban.models.search_index`.
"""

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Change no table; the revision is there so that older databases are upgraded and get their index."""
