"""Search acceptance criteria and what stakeholders ask as well.

No table changes: every upgrade makes the full-text index anew and so takes the new texts in.
"""

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    pass
