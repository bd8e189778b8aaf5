"""A backlog and Kanban tool for product owners."""
