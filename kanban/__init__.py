"""Backlog and Kanban board for product owners."""

__version__ = "0.1.0"
