"""Backlog and Kanban board for product owners: one ordered backlog, a live board, questions, and status updates by mail."""

__version__ = "0.1.0"
