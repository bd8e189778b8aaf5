"""Decisions: those that updates ask for, and the log of what was decided."""
