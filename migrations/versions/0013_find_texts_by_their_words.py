"""Find texts by their words: the index and its triggers are made anew after every upgrade, see models/search_index."""

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Nothing by itself; that there is a revision makes an older database one that is upgraded."""
