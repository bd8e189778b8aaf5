"""Backlog and Kanban board for product owners; holds nothing but its version."""

__version__ = "0.1.0"
