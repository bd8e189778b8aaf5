"""People: accounts, their work, where they are members, and who has only just come."""
