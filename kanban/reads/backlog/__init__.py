"""The backlog: how it is shown, and every command that changes its order or its items."""
